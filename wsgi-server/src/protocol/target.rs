//! The request target: which of its forms it has, and its parts.

use std::borrow::Cow;

use http::Method;
use wsgi_core::Environ;

use super::Refusal;
use super::character_set::CharacterSet;
use super::host::is_host_and_port;
use super::refusal::excerpt;

/// The parts of a target, still encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target<'b> {
    whole: &'b [u8],
    path: &'b [u8],
    query: &'b [u8],
    /// Whether there is a percent sign anywhere.
    is_encoded: bool,
    /// Host and port, which the absolute form brings along.
    pub(super) authority: Option<&'b [u8]>,
}

impl<'b> Target<'b> {
    /// Takes a target apart.
    ///
    /// # Specification
    /// RFC 9112 §3.2 "Request Target"
    pub(super) fn parse(target: &'b [u8], method: &Method) -> Result<Self, Refusal> {
        let marks = Marks::of(target);
        match target.get(marks.length) {
            Some(&byte) => {
                let target = excerpt(target);
                Err(Refusal::TargetByte { byte, target })
            }
            None => Self::split(target, marks, method),
        }
    }

    /// As [`parse`](Target::parse), for a target that ends where a byte comes that has no place in one.
    #[inline]
    pub(super) fn parse_first(rest: &'b [u8], method: &Method) -> Option<Self> {
        let marks = Marks::of(rest);
        let target = &rest[..marks.length];
        match target {
            [b'/', ..] => Some(Self::origin(target, marks)), // as nearly all are
            _ => Self::split(target, marks, method).ok(),
        }
    }

    /// RFC 9112 §3.2.1 "origin-form". Two slashes begin a path, too: there is no scheme before them.
    #[inline]
    fn origin(target: &'b [u8], marks: Marks) -> Self {
        let (path, query) = marks.split(target);
        Self {
            whole: target,
            path,
            query,
            is_encoded: marks.percent,
            authority: None,
        }
    }

    pub(super) fn length(&self) -> usize {
        self.whole.len()
    }

    /// RFC 9110 §7.4 "Rejecting Misdirected Requests": what is of `https` must have come over such a connection.
    pub(super) fn check_scheme(&self, environ: &Environ) -> Result<(), Refusal> {
        let of_https = self
            .whole
            .get(..8)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"https://"));
        if of_https && environ.url_scheme() != "https" {
            let target = excerpt(self.whole);
            return Err(Refusal::Misdirected { target });
        }
        Ok(())
    }

    fn split(target: &'b [u8], marks: Marks, method: &Method) -> Result<Self, Refusal> {
        let (before, query) = marks.split(target);
        let (authority, path) = match before {
            [b'/', ..] => return Ok(Self::origin(target, marks)),
            // RFC 9112 §3.2.4 "asterisk-form": the server as a whole, so no path.
            b"*" if target == b"*" && *method == Method::OPTIONS => (None, &b""[..]),
            _ => match split_absolute(before) {
                // RFC 9110 §4.2.3, RFC 9112 §3.2.4: an empty path means the root, but to OPTIONS the server as a whole.
                Some((authority, b"")) => match *method == Method::OPTIONS && before == target {
                    true => (Some(authority), &b""[..]),
                    false => (Some(authority), &b"/"[..]),
                },
                Some((authority, path)) => (Some(authority), path),
                None => {
                    let target = excerpt(target);
                    return Err(Refusal::TargetForm { target });
                }
            },
        };
        Ok(Self {
            whole: target,
            path,
            query,
            is_encoded: marks.percent,
            authority,
        })
    }

    /// Sets `REQUEST_URI`, `PATH_INFO` and `QUERY_STRING`. Percent-encoding is taken off the path, once; where it
    /// is broken it stays. An encoded NUL becomes NUL, an encoded slash a slash (RFC 3875 §4.1.5).
    pub(super) fn store(&self, environ: &mut Environ) {
        environ.set_target(self.whole);
        if self.is_encoded {
            let decoded: Cow<'_, [u8]> = percent_encoding::percent_decode(self.path).into();
            environ.set_path_info(decoded);
        } else {
            environ.set_path_info(self.path);
        }
        environ.set_query_string(self.query);
    }
}

/// RFC 9112 §3.2.2 "absolute-form", up to its query: the authority, and what follows it.
fn split_absolute(target: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = [&b"http://"[..], b"https://"].iter().find_map(|scheme| {
        let (start, rest) = target.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    })?;
    let end = rest.iter().position(|&byte| byte == b'/');
    let (authority, rest) = rest.split_at(end.unwrap_or(rest.len()));
    // RFC 9110 §4.2.1: a URI of http has a host.
    let has_host = !matches!(authority, [] | [b':', ..]);
    (has_host && is_host_and_port(authority)).then_some((authority, rest))
}

/// What one walk over a target finds.
#[derive(Clone, Copy)]
struct Marks {
    /// How many bytes at the start may stand in a target.
    length: usize,
    /// Where the first question mark stands.
    question: Option<usize>,
    /// Whether there is a percent sign.
    percent: bool,
}

impl Marks {
    /// What stands before and behind the first question mark.
    #[inline]
    fn split(self, target: &[u8]) -> (&[u8], &[u8]) {
        let question = self.question.unwrap_or(target.len());
        let query = target.get(question + 1..).unwrap_or_default();
        (&target[..question], query)
    }

    #[inline]
    fn of(bytes: &[u8]) -> Self {
        let mut marks = Self {
            length: bytes.len(),
            question: None,
            percent: false,
        };
        let mut rest = bytes;
        loop {
            rest = &rest[PLAIN.span(rest)..];
            let at = bytes.len() - rest.len();
            match rest.first() {
                Some(b'?') => marks.question = marks.question.or(Some(at)),
                Some(b'%') => marks.percent = true,
                _ => {
                    marks.length = at;
                    return marks;
                }
            }
            rest = &rest[1..];
        }
    }
}

/// A target is made of visible ASCII characters and has no fragment. Those that RFC 3986 excludes but browsers leave as
/// they are, such as `|` and `"` in a query, are let through. A question mark and a percent sign say more.
static PLAIN: CharacterSet = CharacterSet::alphanumeric_and(b"!\"$&'()*+,-./:;<=>@[\\]^_`{|}~");

#[cfg(test)]
mod tests {
    use super::*;

    /// Target → `PATH_INFO`, `QUERY_STRING`, authority; `None` for a refusal.
    type Parts = Option<(&'static [u8], &'static str, Option<&'static str>)>;

    const CASES: &[(&str, Parts)] = &[
        ("/", Some((b"/", "", None))),
        ("/a?", Some((b"/a", "", None))),
        ("/caf%C3%A9", Some((b"/caf\xc3\xa9", "", None))),
        ("/a%2Fb", Some((b"/a/b", "", None))),
        ("/%2541%252F", Some((b"/%41%2F", "", None))),
        ("/a;b=c/d;e", Some((b"/a;b=c/d;e", "", None))),
        ("//a.example//b/", Some((b"//a.example//b/", "", None))),
        ("/a/../b/./c", Some((b"/a/../b/./c", "", None))),
        ("/q?a=%20b?x/&%zz", Some((b"/q", "a=%20b?x/&%zz", None))),
        ("/%zz", Some((b"/%zz", "", None))),
        ("/a%", Some((b"/a%", "", None))),
        ("/a%4", Some((b"/a%4", "", None))),
        ("/%%41", Some((b"/%A", "", None))),
        ("/a%00b", Some((b"/a\0b", "", None))),
        ("/a?x=|\"{}", Some((b"/a", "x=|\"{}", None))),
        ("/a#frag", None),
        ("/a?q#frag", None),
        ("/caf\u{e9}", None),
        ("/a\0", None),
        ("/a\tb", None),
        ("/a\u{7f}", None),
        (
            "http://a.example/p%41th?q=http://x/",
            Some((b"/pAth", "q=http://x/", Some("a.example"))),
        ),
        ("http://a.example", Some((b"/", "", Some("a.example")))),
        (
            "http://a.example?t=1",
            Some((b"/", "t=1", Some("a.example"))),
        ),
        (
            "HTTP://a.example:81/",
            Some((b"/", "", Some("a.example:81"))),
        ),
        ("https://[::1]/", Some((b"/", "", Some("[::1]")))),
        ("http://user@a.example/", None),
        ("http://user:pw@a.example/", None),
        ("http:///path", None),
        ("http://:80/", None),
        ("http://a b/", None),
        ("http:/a", None),
        ("ftp://a.example/", None),
        ("a.example:80", None),
        ("a.example", None),
        ("relative", None),
        ("?q", None),
        ("*", None),
        ("**", None),
    ];

    #[test]
    fn targets_are_taken_apart_or_refused() {
        for &(target, expected) in CASES {
            let mut environ = Environ::new();
            let found = Target::parse(target.as_bytes(), &Method::GET);
            let found = found.as_ref().ok().map(|parts| {
                parts.store(&mut environ);
                let query = std::str::from_utf8(environ.query_string()).unwrap();
                let authority = parts.authority.map(|a| std::str::from_utf8(a).unwrap());
                assert_eq!(environ.target(), target.as_bytes());
                (environ.path_info(), query, authority)
            });
            assert_eq!(found, expected, "{target:?}");
        }
    }

    #[test]
    fn the_asterisk_is_for_options_and_has_no_path() {
        let mut environ = Environ::new();
        let target = Target::parse(b"*", &Method::OPTIONS).unwrap();
        target.store(&mut environ);
        assert_eq!(
            (environ.target(), environ.path_info()),
            (&b"*"[..], &b""[..])
        );
        Target::parse(b"*", &Method::GET).unwrap_err();
        Target::parse(b"*?q", &Method::OPTIONS).unwrap_err();
        for (target, path) in [
            ("http://a.example", ""),
            ("http://a.example/", "/"),
            ("http://a.example?q", "/"),
            ("http://a.example?", "/"),
        ] {
            let found = Target::parse(target.as_bytes(), &Method::OPTIONS).unwrap();
            assert_eq!(found.path, path.as_bytes(), "{target}");
        }
    }

    #[test]
    fn what_is_of_https_is_not_served_in_the_clear() {
        let mut environ = Environ::new();
        let target = Target::parse(b"HTTPS://a/", &Method::GET).unwrap();
        target.check_scheme(&environ).unwrap_err();
        environ.connection_mut().url_scheme = "https".into();
        target.check_scheme(&environ).unwrap();
    }
}
