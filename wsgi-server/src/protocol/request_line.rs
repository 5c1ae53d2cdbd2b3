//! The request line: method, target, version.

use http::{Method, Version};

use super::Refusal;
use super::refusal::excerpt;

/// The three parts of a request line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RequestLine<'b> {
    pub(super) method: Method,
    pub(super) target: &'b [u8],
    pub(super) version: Version,
}

impl<'b> RequestLine<'b> {
    /// Takes a line, without its line end, apart at its two spaces.
    ///
    /// # Specification
    /// RFC 9112 §3 "Request Line"
    pub(super) fn parse(line: &'b [u8]) -> Result<Self, Refusal> {
        let mut parts = line.split(|&byte| byte == b' ');
        let (Some(method), Some(target @ [_, ..]), Some(version), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            let line = excerpt(line);
            return Err(Refusal::RequestLine { line });
        };
        let version = parse_version(version)?;
        let method = parse_method(method)?;
        Ok(Self {
            method,
            target,
            version,
        })
    }
}

/// RFC 9110 §9.1 "Overview" of methods: a token.
pub(super) fn parse_method(text: &[u8]) -> Result<Method, Refusal> {
    let method = Method::from_bytes(text).map_err(|_| Refusal::Method {
        method: excerpt(text),
    })?;
    if method == Method::CONNECT {
        return Err(Refusal::Connect);
    }
    Ok(method)
}

/// RFC 9110 §2.5 "Protocol Version": a higher minor version is treated as the highest one that is spoken here.
fn parse_version(text: &[u8]) -> Result<Version, Refusal> {
    match text {
        b"HTTP/1.1" => Ok(Version::HTTP_11),
        b"HTTP/1.0" => Ok(Version::HTTP_10),
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'2'..=b'9'] => Ok(Version::HTTP_11),
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => {
            Err(Refusal::VersionNotSupported {
                version: excerpt(text),
            })
        }
        _ => Err(Refusal::Version {
            version: excerpt(text),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Method, target and version, or the refusal's status.
    type Expected = Result<(&'static str, &'static str, Version), u16>;

    const CASES: &[(&str, Expected)] = &[
        ("GET / HTTP/1.1", Ok(("GET", "/", Version::HTTP_11))),
        ("GET / HTTP/1.0", Ok(("GET", "/", Version::HTTP_10))),
        ("GET / HTTP/1.2", Ok(("GET", "/", Version::HTTP_11))),
        ("GET / HTTP/1.9", Ok(("GET", "/", Version::HTTP_11))),
        ("get /a HTTP/1.1", Ok(("get", "/a", Version::HTTP_11))),
        (
            "M-SEARCH * HTTP/1.1",
            Ok(("M-SEARCH", "*", Version::HTTP_11)),
        ),
        (
            "!#$%&'*+-.^_`|~ / HTTP/1.1",
            Ok(("!#$%&'*+-.^_`|~", "/", Version::HTTP_11)),
        ),
        ("GET / HTTP/2.0", Err(505)),
        ("PRI * HTTP/2.0", Err(505)),
        ("GET / HTTP/0.9", Err(505)),
        ("GET / HTTP/1.10", Err(400)),
        ("GET / HTTP/1", Err(400)),
        ("GET / HTTP/2", Err(400)),
        ("GET / http/1.1", Err(400)),
        ("GET / HTTP/1.1 ", Err(400)),
        ("GET / HTTP/1,1", Err(400)),
        ("GET / HTTPS/1.1", Err(400)),
        ("GET /", Err(400)),
        ("GET", Err(400)),
        ("", Err(400)),
        (" GET / HTTP/1.1", Err(400)),
        ("GET  / HTTP/1.1", Err(400)),
        ("GET /  HTTP/1.1", Err(400)),
        ("GET  HTTP/1.1", Err(400)),
        ("GET /a b HTTP/1.1", Err(400)),
        ("GET\t/\tHTTP/1.1", Err(400)),
        ("GET / HTTP/1.1\t", Err(400)),
        ("GE(T / HTTP/1.1", Err(400)),
        ("GET\0 / HTTP/1.1", Err(400)),
        ("G\u{e9}T / HTTP/1.1", Err(400)),
        ("CONNECT a.example:443 HTTP/1.1", Err(501)),
        ("CONNECT / HTTP/1.1", Err(501)),
    ];

    #[test]
    fn request_lines_are_taken_apart_or_refused() {
        for &(line, expected) in CASES {
            let found = RequestLine::parse(line.as_bytes());
            let found = match &found {
                Ok(found) => {
                    let target = std::str::from_utf8(found.target).unwrap();
                    Ok((found.method.as_str(), target, found.version))
                }
                Err(refusal) => Err(refusal.status().as_u16()),
            };
            assert_eq!(found, expected, "{line:?}");
        }
    }
}
