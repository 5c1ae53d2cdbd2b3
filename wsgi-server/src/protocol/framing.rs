//! Where the body of a request ends.

use http::Version;

use super::refusal::excerpt;
use super::{Refusal, content_length};

/// How the end of a request's body is known.
///
/// # Specification
/// RFC 9112 §6.3 "Message Body Length"
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    Empty,
    /// So many bytes.
    Length(u64),
    /// Up to the last chunk and the trailer section behind it.
    Chunked,
}

impl Framing {
    /// Whether any byte of a body is to come.
    pub fn has_body(self) -> bool {
        !matches!(self, Self::Empty | Self::Length(0))
    }
}

/// A field of which there must not be two.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Single<'h> {
    /// The last one.
    pub(super) value: Option<&'h [u8]>,
    pub(super) repeated: bool,
}

impl<'h> Single<'h> {
    pub(super) fn add(&mut self, value: &'h [u8]) {
        self.repeated |= self.value.replace(value).is_some();
    }
}

/// Decides by the two fields that frame a request.
pub(super) fn decide(
    version: Version,
    content_length: Single<'_>,
    transfer_encoding: Single<'_>,
) -> Result<Framing, Refusal> {
    match (transfer_encoding.value, content_length.value) {
        (None, None) => Ok(Framing::Empty),
        (None, Some(value)) if content_length.repeated => Err(Refusal::ContentLengthRepeated {
            value: excerpt(value),
        }),
        (None, Some(value)) => content_length::parse(value)
            .map(Framing::Length)
            .ok_or_else(|| Refusal::ContentLength {
                value: excerpt(value),
            }),
        // RFC 9112 §6.1: a coding in HTTP/1.0 means that somebody on the way did not understand it.
        (Some(value), _) if version < Version::HTTP_11 => Err(Refusal::TransferEncodingInHttp10 {
            value: excerpt(value),
        }),
        // RFC 9112 §6.1 lets a server refuse both fields together, so refuse and close.
        (Some(coding), Some(length)) => Err(Refusal::TwoFramings {
            content_length: excerpt(length),
            transfer_encoding: excerpt(coding),
        }),
        (Some(value), None) if transfer_encoding.repeated => {
            Err(Refusal::TransferEncodingRepeated {
                value: excerpt(value),
            })
        }
        (Some(value), None) => decide_by_coding(value),
    }
}

/// RFC 9112 §6.1, §6.3 rule 4: `chunked` alone is understood.
fn decide_by_coding(value: &[u8]) -> Result<Framing, Refusal> {
    if value.eq_ignore_ascii_case(b"chunked") {
        return Ok(Framing::Chunked);
    }
    let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
    let mut codings = value.rsplit(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    let ends_in_chunked = codings.next().is_some_and(is_chunked);
    let mut others = codings.filter(|coding| !coding.is_empty()).peekable();
    let is_coded_first = others.peek().is_some() && !others.any(is_chunked);
    let value = excerpt(value);
    // An empty element means nothing (RFC 9110 §5.6.1.2), but not to everybody: §11.2 of RFC 9112 is about such.
    match ends_in_chunked && is_coded_first {
        true => Err(Refusal::TransferEncodingNotImplemented { value }),
        false => Err(Refusal::TransferEncoding { value }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(lines: &str, version: Version) -> Result<Framing, u16> {
        let (mut length, mut coding) = (Single::default(), Single::default());
        for line in lines.lines() {
            match line.split_once(": ").expect("a row is made of field lines") {
                ("CL", value) => length.add(value.as_bytes()),
                (_, value) => coding.add(value.as_bytes()),
            }
        }
        decide(version, length, coding).map_err(|refusal| refusal.status().as_u16())
    }

    const CASES: &[(&str, Result<Framing, u16>)] = &[
        ("", Ok(Framing::Empty)),
        ("CL: 0", Ok(Framing::Length(0))),
        ("CL: 5", Ok(Framing::Length(5))),
        ("CL: 010", Ok(Framing::Length(10))),
        ("CL: 18446744073709551615", Ok(Framing::Length(u64::MAX))),
        ("CL: 18446744073709551616", Err(400)),
        ("CL: 18446744073709551621", Err(400)),
        ("CL: -1", Err(400)),
        ("CL: +5", Err(400)),
        ("CL: five", Err(400)),
        ("CL: 0x5", Err(400)),
        ("CL: 5 6", Err(400)),
        ("CL: 5,5", Err(400)),
        ("CL: 5, 6", Err(400)),
        ("CL: ", Err(400)),
        ("CL: 5\nCL: 5", Err(400)),
        ("CL: 5\nCL: 6", Err(400)),
        ("TE: chunked", Ok(Framing::Chunked)),
        ("TE: CHUNKed", Ok(Framing::Chunked)),
        ("TE: ", Err(400)),
        ("TE: xchunked", Err(400)),
        ("TE: chunked;x=1", Err(400)),
        ("TE: \"chunked\"", Err(400)),
        ("TE: identity", Err(400)),
        ("TE: chunked, identity", Err(400)),
        ("TE: chunked, chunked", Err(400)),
        ("TE: chunked,", Err(400)),
        ("TE: ,chunked", Err(400)),
        ("TE: , ,", Err(400)),
        ("TE: gzip, chunked", Err(501)),
        ("TE: gzip,, chunked", Err(501)),
        ("TE: chunked\nTE: chunked", Err(400)),
        ("TE: gzip\nTE: chunked", Err(400)),
        ("TE: chunked\nTE: gzip", Err(400)),
        ("TE: \nTE: chunked", Err(400)),
        ("CL: 5\nTE: chunked", Err(400)),
        ("TE: chunked\nCL: 5", Err(400)),
        ("TE: xchunked\nCL: 5", Err(400)),
    ];

    #[test]
    fn the_framing_is_decided_as_rfc_9112_has_it() {
        for &(lines, expected) in CASES {
            assert_eq!(status(lines, Version::HTTP_11), expected, "{lines:?}");
        }
    }

    #[test]
    fn the_log_is_told_what_contradicts_what() {
        let (mut length, mut coding) = (Single::default(), Single::default());
        length.add(b"5");
        length.add(b"6\x1b");
        let text = |version, length, coding| {
            let refusal = decide(version, length, coding).unwrap_err();
            refusal.to_string()
        };
        let two = text(Version::HTTP_11, length, Single::default());
        assert!(
            two.ends_with(r#"more than once, at last as "6\u{1b}""#),
            "{two}"
        );
        coding.add(b"\x0bchunked");
        let both = text(Version::HTTP_11, length, coding);
        assert!(
            both.contains(r#""6\u{1b}" and Transfer-Encoding "\u{b}chunked""#),
            "{both}"
        );
        let old = text(Version::HTTP_10, Single::default(), coding);
        assert!(
            old.contains(r#""\u{b}chunked" came with HTTP/1.0"#),
            "{old}"
        );
        coding.add(b"chunked");
        let codings = text(Version::HTTP_11, Single::default(), coding);
        assert!(
            codings.ends_with(r#"more than once, at last as "chunked""#),
            "{codings}"
        );
    }

    #[test]
    fn http_1_0_has_lengths_but_no_codings() {
        assert_eq!(status("CL: 5", Version::HTTP_10), Ok(Framing::Length(5)));
        assert_eq!(status("TE: chunked", Version::HTTP_10), Err(400));
        assert_eq!(status("TE: chunked\nCL: 5", Version::HTTP_10), Err(400));
    }
}
