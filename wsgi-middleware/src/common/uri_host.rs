//! Hosts, as the `Host` field and origins name them: what RFC 9110 calls `uri-host`.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use wsgi_core::Environ;

/// A host, and a port where one is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host<'h> {
    pub(crate) name: HostName<'h>,
    pub(crate) port: Option<u16>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum HostName<'h> {
    /// Letters, digits, hyphens, underscores and single dots between them: names, and IPv4 addresses. Compared without
    /// case; the dot that may end a name is left out.
    Registered(&'h str),
    /// Compared as an address, for it can be written in several ways.
    Ipv6(Ipv6Addr),
}

/// RFC 9110 §7.2 "Host and :authority": lacking, given more than once, or no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostFault {
    Missing,
    Malformed,
}

impl<'h> Host<'h> {
    /// Reads `example.org`, `example.org:8000`, `192.0.2.1`, `[::1]:8000`.
    ///
    /// RFC 3986 §3.2.2 "Host" has more: percent-encoding, `!$&'()*+,;=`, addresses of versions to come. No name of the
    /// DNS has them, and whoever puts one of them into a URL, a header or a page may be in for a surprise.
    pub(crate) fn parse(value: &'h [u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?;
        let (name, port) = match text.strip_prefix('[') {
            Some(literal) => {
                let (address, port) = literal.split_once(']')?;
                (HostName::Ipv6(address.parse().ok()?), port)
            }
            None => {
                let end = value.iter().position(|&byte| byte == b':');
                let (name, port) = text.split_at(end.unwrap_or(text.len()));
                (HostName::Registered(registered(name)?), port)
            }
        };
        let port = match port.as_bytes() {
            // RFC 3986 §3.2.3 "Port": may be empty, and then is the scheme's own.
            [] | [b':'] => None,
            [b':', digits @ ..] if digits.iter().all(u8::is_ascii_digit) => {
                Some(port[1..].parse().ok()?)
            }
            _ => return None,
        };
        Some(Self { name, port })
    }

    /// The one that the request names.
    pub(crate) fn of(environ: &'h Environ) -> Result<Self, HostFault> {
        Self::parse(field(environ)?).ok_or(HostFault::Malformed)
    }

    /// The port that the request is for: the one that is told, or the scheme's.
    pub(crate) fn port_of(&self, environ: &Environ) -> Option<u16> {
        self.port.or_else(|| default_port(&environ.url_scheme()))
    }
}

/// The value of `Host`.
pub(crate) fn field(environ: &Environ) -> Result<&[u8], HostFault> {
    let mut values = environ.headers().get_all("Host");
    let value = values.next().ok_or(HostFault::Missing)?;
    match values.next() {
        None => Ok(value),
        Some(_) => Err(HostFault::Malformed),
    }
}

impl<'h> HostName<'h> {
    pub(crate) fn is(self, other: HostName<'_>) -> bool {
        match (self, other) {
            (Self::Registered(name), HostName::Registered(other)) => {
                name.eq_ignore_ascii_case(other)
            }
            (Self::Ipv6(address), HostName::Ipv6(other)) => address == other,
            _ => false,
        }
    }

    /// As it stands in a URL, which for nearly all is as it was sent.
    pub(crate) fn to_text(self) -> Cow<'h, str> {
        match self {
            Self::Registered(name) => name.into(),
            Self::Ipv6(_) => self.to_string().into(),
        }
    }

    /// The same in lower case.
    pub(crate) fn to_lower(self) -> Cow<'h, str> {
        match self {
            Self::Registered(name) if name.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                name.to_ascii_lowercase().into()
            }
            name => name.to_text(),
        }
    }
}

/// As it stands in a URL.
impl std::fmt::Display for HostName<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Registered(name) => f.write_str(name),
            Self::Ipv6(address) => write!(f, "[{address}]"),
        }
    }
}

/// The name without the dot at its end; `None` for what no name can be.
///
/// One walk over its bytes, for each request passes here.
fn registered(name: &str) -> Option<&str> {
    /// RFC 1035 §2.3.4 "Size limits"
    const LONGEST_LABEL: usize = 63;
    const LONGEST_NAME: usize = 253;
    let name = name.strip_suffix('.').unwrap_or(name);
    let mut label = 0;
    for byte in name.bytes() {
        label = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' if label < LONGEST_LABEL => {
                label + 1
            }
            b'.' if label > 0 => 0,
            _ => return None,
        };
    }
    (label > 0 && name.len() <= LONGEST_NAME).then_some(name)
}

/// Of schemes that have one, the port that goes without saying.
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is sent, and how it is understood.
    const CASES: &[(&str, Option<&str>)] = &[
        ("example.org", Some("example.org -")),
        ("example.org.", Some("example.org -")),
        ("example.org:8000", Some("example.org 8000")),
        ("example.org.:8000", Some("example.org 8000")),
        ("example.org:", Some("example.org -")),
        ("a_b-c.Example", Some("a_b-c.Example -")),
        ("192.0.2.1:80", Some("192.0.2.1 80")),
        ("[::1]", Some("[::1] -")),
        ("[0:0:0:0:0:0:0:1]:8000", Some("[::1] 8000")),
        ("[::ffff:192.0.2.1]", Some("[::ffff:192.0.2.1] -")),
        ("", None),
        (".", None),
        (":80", None),
        (".example.org", None),
        ("a..b", None),
        ("example.org..", None),
        ("example.org:65536", None),
        ("example.org:80x", None),
        ("example.org:+80", None),
        ("example.org:80:80", None),
        ("[::1", None),
        ("[::1]80", None),
        ("[::1]:x", None),
        ("[192.0.2.1]", None),
        ("[fe80::1%25eth0]", None),
        ("::1", None),
        ("user@example.org", None),
        ("example.org/evil", None),
        ("example.org?evil", None),
        ("example.org#evil", None),
        ("evil.example\\.example.org", None),
        ("example.org,evil.example", None),
        ("example.org evil.example", None),
        (" example.org", None),
        ("example.org\t", None),
        ("\"example.org\"", None),
        ("<example.org>", None),
        ("exam%70le.org", None),
        ("ex\u{e4}mple.org", None),
        ("*.example.org", None),
    ];

    #[test]
    fn hosts_are_told_from_what_is_none() {
        for &(value, wanted) in CASES {
            let found = Host::parse(value.as_bytes()).map(|host| {
                let port = host.port.map(|port| port.to_string());
                format!("{} {}", host.name, port.as_deref().unwrap_or("-"))
            });
            assert_eq!(found.as_deref(), wanted, "{value:?}");
        }
        assert!(Host::parse(b"ex\xe4mple.org").is_none());
        assert!(Host::parse(&[b'a'; 64]).is_none());
        assert!(Host::parse("a.".repeat(127).as_bytes()).is_some());
        assert!(Host::parse("a.".repeat(128).as_bytes()).is_none());
    }
}
