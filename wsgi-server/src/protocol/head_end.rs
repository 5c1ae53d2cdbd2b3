//! Where a request head ends, found without looking at a byte twice.

use std::ops::Range;

use memchr::memchr2;

use super::character_set::TOKEN;
use super::refusal::excerpt_of_end;
use super::request_line::RequestLine;
use super::target::Target;
use super::{Limits, Refusal};

/// Looks for the end of a head in a buffer that grows, line by line.
///
/// What can never become a head is refused as soon as that shows, not when the head is complete: a first byte
/// that begins no method, a line that ends in LF or CR alone, a malformed request line, too many bytes. Of several faults
/// it is always the first, however the bytes arrive.
#[derive(Clone, Debug, Default)]
pub(super) struct HeadEnd {
    /// Where the request line begins, behind empty lines.
    start: usize,
    /// Where the request line ends; 0 while that is not known.
    request_line_end: usize,
    /// Where the line that is being looked at begins.
    line: usize,
    /// What has been looked at.
    seen: usize,
}

/// The parts of a complete head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeadParts {
    /// The request line, without its line end.
    pub(super) request_line: Range<usize>,
    /// The field lines with their line ends, and the empty line.
    pub(super) fields: Range<usize>,
}

impl HeadEnd {
    /// Whether nothing has been looked at yet.
    pub(super) fn is_new(&self) -> bool {
        self.seen == 0
    }

    /// Goes on where the last call stopped; `None` when more bytes are needed.
    pub(super) fn find(
        &mut self,
        buffer: &[u8],
        limits: &Limits,
    ) -> Result<Option<HeadParts>, Refusal> {
        let window = &buffer[..buffer.len().min(limits.head)];
        loop {
            if self.seen == self.start {
                check_first(window.get(self.start))?;
            }
            let Some(line_end) = self.next_line_end(window, limits)? else {
                return self.check_unfinished(window, limits).map(|()| None);
            };
            let next = line_end + 2;
            let is_empty = line_end == self.line;
            if self.line == self.start {
                if is_empty {
                    // RFC 9112 §2.2: empty lines before the request line are ignored.
                    self.start = next;
                } else {
                    let line = RequestLine::parse(&window[self.start..line_end])?;
                    Target::parse(line.target, &line.method)?;
                    self.request_line_end = line_end;
                }
            } else if is_empty {
                return Ok(Some(HeadParts {
                    request_line: self.start..self.request_line_end,
                    fields: self.request_line_end + 2..next,
                }));
            }
            self.line = next;
            self.seen = next;
        }
    }

    /// The next CR LF; that of the request line is looked for no further than where it may be.
    fn next_line_end(&mut self, window: &[u8], limits: &Limits) -> Result<Option<usize>, Refusal> {
        let end = match self.line == self.start {
            true => window
                .len()
                .min((self.start + 1).saturating_add(limits.request_line)),
            false => window.len(),
        };
        let rest = window.get(self.seen..end).unwrap_or_default();
        let Some(found) = memchr2(b'\r', b'\n', rest) else {
            self.seen += rest.len();
            return Ok(None);
        };
        self.seen += found;
        match window[self.seen..] {
            [b'\r', b'\n', ..] => Ok(Some(self.seen)),
            [b'\r'] => Ok(None), // its LF may be on the way
            [b'\r', ..] => Err(Refusal::BareCarriageReturn {
                near: excerpt_of_end(&window[self.line..self.seen + 2]),
            }),
            _ => Err(Refusal::BareLineFeed {
                near: excerpt_of_end(&window[self.line..=self.seen]),
            }),
        }
    }

    fn check_unfinished(&self, window: &[u8], limits: &Limits) -> Result<(), Refusal> {
        if self.line == self.start && self.seen - self.start > limits.request_line {
            return Err(refuse_long_line(&window[self.start..self.seen], limits));
        }
        if window.len() == limits.head {
            let limit = limits.head;
            return Err(Refusal::HeadTooLarge { limit });
        }
        Ok(())
    }
}

/// A request begins with a method, or with the CR of an empty line.
fn check_first(byte: Option<&u8>) -> Result<(), Refusal> {
    match byte {
        None | Some(b'\r') => Ok(()),
        Some(b'\n') => Err(Refusal::BareLineFeed {
            near: excerpt_of_end(b"\n"),
        }),
        // The type of a TLS handshake record; no method begins with a control character.
        Some(0x16) => Err(Refusal::TlsHandshake),
        Some(&byte) if TOKEN.contains(byte) => Ok(()),
        Some(&byte) => Err(Refusal::NotHttp { byte }),
    }
}

/// RFC 9112 §3 "Request Line": 501 where it is the method that is too long, else 414.
fn refuse_long_line(line: &[u8], limits: &Limits) -> Refusal {
    let limit = limits.request_line;
    match line.contains(&b' ') {
        true => Refusal::RequestLineTooLong { limit },
        false => Refusal::MethodTooLong { limit },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(buffer: &str, limits: &Limits) -> Result<Option<HeadParts>, u16> {
        HeadEnd::default()
            .find(buffer.as_bytes(), limits)
            .map_err(|refusal| refusal.status().as_u16())
    }

    /// Where request line and fields lie, or whether more is needed, or the refusal's status.
    type Expected = Result<Option<(Range<usize>, Range<usize>)>, u16>;

    const CASES: &[(&str, Expected)] = &[
        ("", Ok(None)),
        ("G", Ok(None)),
        ("GET / HTTP/1.1", Ok(None)),
        ("GET / HTTP/1.1\r", Ok(None)),
        ("GET / HTTP/1.1\r\n", Ok(None)),
        ("GET / HTTP/1.1\r\n\r", Ok(None)),
        ("GET / HTTP/1.1\r\n\r\n", Ok(Some((0..14, 16..18)))),
        (
            "GET / HTTP/1.1\r\nA: b\r\n\r\nbody",
            Ok(Some((0..14, 16..24))),
        ),
        ("\r\n\r\nGET / HTTP/1.1\r\n\r\n", Ok(Some((4..18, 20..22)))),
        ("\r\n", Ok(None)),
        ("\r", Ok(None)),
        ("\rG", Err(400)),
        ("\n", Err(400)),
        ("\r\n\n", Err(400)),
        ("\x16\x03\x01", Err(400)),
        ("\0", Err(400)),
        (" GET", Err(400)),
        ("\u{80}", Err(400)),
        ("GET / HTTP/1.1\n", Err(400)),
        ("GET / HTTP/1.1\rHost", Err(400)),
        ("GET / HTTP/1.1\r\nA: b\n", Err(400)),
        ("GET / HTTP/1.1\r\nA: b\r\r", Err(400)),
        ("GET / HTTP/1.1\r\nA: b\r\n\rGET\r\n", Err(400)),
        ("GET / HTTP/1.1\r\nA: b\rc\r\n", Err(400)),
        ("SSH-2.0-OpenSSH_9.9\r\n", Err(400)),
        ("PRI * HTTP/2.0\r\n", Err(505)),
        ("GET a HTTP/1.1\r\n", Err(400)),
    ];

    #[test]
    fn the_end_is_found_and_what_has_none_is_refused_early() {
        for (buffer, expected) in CASES {
            let expected = expected.clone().map(|parts| {
                parts.map(|(request_line, fields)| HeadParts {
                    request_line,
                    fields,
                })
            });
            assert_eq!(find(buffer, &Limits::default()), expected, "{buffer:?}");
        }
    }

    #[test]
    fn a_tls_client_is_told_from_other_strangers() {
        let greeting = HeadEnd::default().find(b"\x16\x03\x01\0\x2e", &Limits::default());
        assert_eq!(greeting, Err(Refusal::TlsHandshake));
        let noise = HeadEnd::default().find(b"\x80", &Limits::default());
        assert_eq!(noise, Err(Refusal::NotHttp { byte: 0x80 }));
    }

    #[test]
    fn the_log_is_told_where_a_line_end_is_wrong() {
        const CASES: &[(&str, &str)] = &[
            (
                "GET / HTTP/1.1\nHost: a",
                r#"LF without CR, at the end of "GET / HTTP/1.1\n""#,
            ),
            (
                "GET / HTTP/1.1\r\nA: b\nC: d",
                r#"LF without CR, at the end of "A: b\n""#,
            ),
            (
                "GET / HTTP/1.1\r\nA: b\rC: d",
                r#"not followed by LF, at the end of "A: b\rC""#,
            ),
            ("\nGET /", r#"LF without CR, at the end of "\n""#),
        ];
        for (buffer, told) in CASES {
            let refusal = HeadEnd::default().find(buffer.as_bytes(), &Limits::default());
            let text = refusal.unwrap_err().to_string();
            assert!(text.ends_with(told), "{buffer:?}: {text}");
        }
    }

    #[test]
    fn no_byte_is_looked_at_twice() {
        let (mut end, limits) = (HeadEnd::default(), Limits::default());
        let mut buffer = b"GET / HTTP/1.1\r\nA: b".to_vec();
        assert_eq!(end.find(&buffer, &limits), Ok(None));
        // Were they looked at again, these would be refused.
        buffer.fill(b'\n');
        buffer.extend_from_slice(b"cd\r\n\r\n");
        let parts = end.find(&buffer, &limits).unwrap().unwrap();
        assert_eq!(
            (parts.request_line, parts.fields),
            (0..14, 16..buffer.len())
        );
    }

    #[test]
    fn limits_are_inclusive_and_need_no_complete_line() {
        let limits = Limits {
            request_line: 20,
            head: 40,
            ..Limits::default()
        };
        let exact = "GET /4567890 HTTP/1.";
        assert_eq!(find(exact, &limits), Ok(None));
        assert_eq!(find(&format!("{exact}1"), &limits), Err(414));
        assert_eq!(find(&format!("{exact}1\r\n"), &limits), Err(414));
        assert_eq!(find(&format!("{exact}1\n"), &limits), Err(414));
        assert_eq!(
            find(&format!("GET /{}", "x".repeat(1_000_000)), &limits),
            Err(414)
        );
        assert_eq!(find(&"x".repeat(1_000_000), &limits), Err(501));
        assert_eq!(find("x /4567890 HTTP/1.1\r\n", &limits), Ok(None));
        let head = "GET / HTTP/1.1\r\nA: 90123456789012345\r\n\r\n";
        assert_eq!(head.len(), 40);
        assert!(find(head, &limits).unwrap().is_some());
        assert_eq!(find(&head.replace("A:", "AB:"), &limits), Err(431));
        assert_eq!(find(&head[..39], &limits), Ok(None));
        assert_eq!(find(&"\r\n".repeat(20), &limits), Err(431));
    }
}
