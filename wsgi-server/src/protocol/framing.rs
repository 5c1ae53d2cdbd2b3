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
        (None, Some(_)) if content_length.repeated => Err(Refusal::ContentLengthRepeated),
        (None, Some(value)) => content_length::parse(value)
            .map(Framing::Length)
            .ok_or_else(|| Refusal::ContentLength {
                value: excerpt(value),
            }),
        // RFC 9112 §6.1: a coding in HTTP/1.0 means that somebody on the way did not understand it.
        (Some(_), _) if version < Version::HTTP_11 => Err(Refusal::TransferEncodingInHttp10),
        // RFC 9112 §6.1 lets a server refuse both fields together, so refuse and close.
        (Some(_), Some(_)) => Err(Refusal::TwoFramings),
        (Some(value), None) if transfer_encoding.repeated => Err(Refusal::TransferEncoding {
            value: excerpt(value),
        }),
        (Some(value), None) => decide_by_coding(value),
    }
}

/// RFC 9112 §6.1, §6.3 rule 4: `chunked` alone is understood.
fn decide_by_coding(value: &[u8]) -> Result<Framing, Refusal> {
    if value.eq_ignore_ascii_case(b"chunked") {
        return Ok(Framing::Chunked);
    }
    let mut codings = value.rsplit(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    let last_is_chunked = codings
        .next()
        .is_some_and(|last| last.eq_ignore_ascii_case(b"chunked"));
    let value = excerpt(value);
    if last_is_chunked && !codings.any(|coding| coding.eq_ignore_ascii_case(b"chunked")) {
        Err(Refusal::TransferEncodingNotImplemented { value })
    } else {
        Err(Refusal::TransferEncoding { value })
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
        ("TE: gzip, chunked", Err(501)),
        ("TE: chunked\nTE: chunked", Err(400)),
        ("TE: gzip\nTE: chunked", Err(400)),
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
    fn http_1_0_has_lengths_but_no_codings() {
        assert_eq!(status("CL: 5", Version::HTTP_10), Ok(Framing::Length(5)));
        assert_eq!(status("TE: chunked", Version::HTTP_10), Err(400));
        assert_eq!(status("TE: chunked\nCL: 5", Version::HTTP_10), Err(400));
    }
}
