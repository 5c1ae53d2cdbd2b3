//! Hosts: what a `Host` field may hold, and how the names in it are compared.

use std::borrow::Cow;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use thiserror::Error;

/// A host that is none: to be answered `400 Bad Request`.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{host:?} is no host: {reason}")]
pub struct BadHost {
    host: String,
    reason: &'static str,
}

impl BadHost {
    fn new(host: impl Into<String>, reason: &'static str) -> Self {
        Self {
            host: host.into(),
            reason,
        }
    }

    /// What was given.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The status of the response: `400 Bad Request`, as RFC 9112 §3.2 has it.
    pub fn status(&self) -> http::StatusCode {
        http::StatusCode::BAD_REQUEST
    }
}

/// A `Host` field in lower case, without the port that is the scheme's own; empty if it is.
///
/// # Specification
/// RFC 9110 §7.2 "Host and :authority"; RFC 3986 §3.2.2 "Host", §3.2.3 "Port"
pub(crate) fn of_field<'r>(field: Cow<'r, [u8]>, scheme: &str) -> Result<Cow<'r, str>, BadHost> {
    let bad = |field: &[u8], reason| BadHost::new(String::from_utf8_lossy(field), reason);
    if let Err(reason) = check(&field) {
        return Err(bad(&field, reason));
    }
    let host = match field {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).ok(),
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).ok(),
    };
    // What has been checked is ASCII.
    Ok(without_port(lower(host.unwrap_or_default()), scheme))
}

/// `SERVER_NAME` and `SERVER_PORT` as a host. Empty where the server has no port, as on a unix socket.
pub(crate) fn of_server(name: &[u8], port: &[u8], scheme: &str) -> Result<String, BadHost> {
    if name.is_empty() || port.is_empty() || !port.iter().all(u8::is_ascii_digit) {
        return Ok(String::new());
    }
    let mut host = name.to_vec();
    if host.contains(&b':') && !host.starts_with(b"[") {
        host.insert(0, b'[');
        host.push(b']');
    }
    host.push(b':');
    host.extend_from_slice(port);
    of_field(Cow::Owned(host), scheme).map(Cow::into_owned)
}

/// A configured name in lower case, its labels in ASCII.
///
/// # Specification
/// RFC 5891 §4 "Registration Protocol", by way of UTS #46; RFC 3986 §3.2.2 "Host"
pub(crate) fn of_name(name: Cow<'_, str>) -> Result<Cow<'_, str>, BadHost> {
    let name = if name.is_ascii() {
        lower(name)
    } else {
        // The port is no part of the name, and might make it too long.
        let (labels, port) = match name.rfind(':') {
            Some(colon) => name.split_at(colon),
            None => (&*name, ""),
        };
        let ascii = ascii(labels);
        let ascii = ascii.ok_or_else(|| BadHost::new(&*name, "IDNA has no ASCII form of it"))?;
        Cow::Owned(format!("{ascii}{port}"))
    };
    match check(name.as_bytes()) {
        Ok(()) => Ok(name),
        Err(reason) => Err(BadHost::new(name, reason)),
    }
}

/// The literal text of a rule's host, as hosts are compared: in lower case, its labels in ASCII where they are whole.
pub(crate) fn of_pattern(text: &str) -> String {
    let labels = text.split('.').map(|label| match label.is_ascii() {
        true => label.to_ascii_lowercase(),
        // No host has what IDNA has no form of; then the rule matches none.
        false => ascii(label).unwrap_or_else(|| label.to_owned()),
    });
    labels.collect::<Vec<_>>().join(".")
}

fn ascii(name: &str) -> Option<String> {
    let length = DnsLength::VerifyAllowRootDot;
    let ascii = Uts46::new().to_ascii(
        name.as_bytes(),
        AsciiDenyList::EMPTY,
        Hyphens::Allow,
        length,
    );
    ascii.ok().map(Cow::into_owned)
}

/// Without the port that is the scheme's own.
pub(crate) fn without_port<'h>(host: Cow<'h, str>, scheme: &str) -> Cow<'h, str> {
    let default = match scheme {
        "http" | "ws" => ":80",
        "https" | "wss" => ":443",
        _ => "",
    };
    let kept = host.strip_suffix(':').unwrap_or(&host);
    let kept = kept.strip_suffix(default).unwrap_or(kept).len();
    match host {
        Cow::Borrowed(host) => Cow::Borrowed(&host[..kept]),
        Cow::Owned(mut host) => {
            host.truncate(kept);
            Cow::Owned(host)
        }
    }
}

fn lower(mut name: Cow<'_, str>) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        name.to_mut().make_ascii_lowercase();
    }
    name
}

/// RFC 1035 §2.3.4 "Size limits"
const LONGEST_LABEL: usize = 63;

/// Whether it is `uri-host [ ":" port ]`, or empty.
fn check(host: &[u8]) -> Result<(), &'static str> {
    let (name, port) = match host {
        [b'[', inside @ ..] => {
            let close = memchr::memchr(b']', inside).ok_or("the bracket is not closed")?;
            address(&inside[..close])?;
            (&inside[..0], &inside[close + 1..])
        }
        _ => host.split_at(memchr::memchr(b':', host).unwrap_or(host.len())),
    };
    if !name.iter().all(|&byte| is_reg_name(byte)) {
        return Err("a name is made of letters, digits, hyphens and points");
    }
    let labels = name.strip_suffix(b".").unwrap_or(name);
    let mut labels = labels.split(|&byte| byte == b'.');
    if !name.is_empty() && labels.any(|label| label.is_empty() || label.len() > LONGEST_LABEL) {
        return Err("between points stand names of 1 to 63 characters");
    }
    let digits = match port {
        [] => return Ok(()),
        [b':', digits @ ..] => digits,
        _ => return Err("only a port may follow the bracket"),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err("a port is made of digits");
    }
    let number = digits.iter().try_fold(0u16, |n, d| {
        n.checked_mul(10)?.checked_add((d - b'0').into())
    });
    match number {
        Some(0) if !digits.is_empty() => Err("there is no port 0"),
        Some(_) => Ok(()),
        None => Err("there is no port beyond 65535"),
    }
}

/// RFC 3986 `unreserved`, `sub-delims`, and the `%` of `pct-encoded`.
fn is_reg_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(&byte)
}

/// Between brackets stands an IPv6 address; nobody uses `IPvFuture`.
fn address(inside: &[u8]) -> Result<(), &'static str> {
    let text = std::str::from_utf8(inside).ok();
    match text.and_then(|text| text.parse::<std::net::Ipv6Addr>().ok()) {
        Some(_) => Ok(()),
        None => Err("between brackets stands an IPv6 address"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(host: &str, scheme: &str) -> Result<String, BadHost> {
        of_field(host.as_bytes().into(), scheme).map(Cow::into_owned)
    }

    #[test]
    fn hosts_are_in_lower_case_without_the_port_of_their_scheme() {
        #[rustfmt::skip]
        let cases = [
            ("Example.ORG", "http", "example.org"), ("example.org:80", "http", "example.org"),
            ("example.org:80", "ws", "example.org"), ("example.org:443", "https", "example.org"),
            ("example.org:443", "wss", "example.org"), ("example.org:80", "https", "example.org:80"),
            ("example.org:443", "http", "example.org:443"), ("example.org:8080", "http", "example.org:8080"),
            ("example.org:", "http", "example.org"), ("127.0.0.1:80", "http", "127.0.0.1"),
            ("[::1]:80", "http", "[::1]"), ("[::1]:8000", "http", "[::1]:8000"), ("my_service", "http", "my_service"),
            ("", "http", ""), ("example.org.", "http", "example.org."),
        ];
        for (host, scheme, expected) in cases {
            assert_eq!(field(host, scheme).as_deref(), Ok(expected), "{host}");
        }
    }

    /// RFC 9112 §3.2: a server answers 400 to an invalid field value.
    #[test]
    fn what_is_no_host_is_refused() {
        let wrong = [
            "a b",
            ".a",
            "a..b",
            "a/b",
            "user@host",
            "a:b",
            "a:80:80",
            "a:0",
            "a:65536",
            "a:99999999999",
            "[::1",
            "[::1]x",
            "[x]",
            "::1",
            "a,b@",
            "a?b",
            "a#b",
            "a\\b",
            "a<b>",
            "\u{e9}.org",
            "a\0",
            "[fe80::1%25eth0]",
        ];
        for host in wrong {
            let error = field(host, "http").expect_err(host);
            assert_eq!((error.host(), error.status().as_u16()), (host, 400));
        }
        assert!(of_field(Cow::Borrowed(b"\xff"), "http").is_err());
    }

    #[test]
    fn the_server_stands_in_for_a_missing_field() {
        let server =
            |name: &str, port: &str| of_server(name.as_bytes(), port.as_bytes(), "http").unwrap();
        assert_eq!(server("localhost", "80"), "localhost");
        assert_eq!(server("localhost", "5000"), "localhost:5000");
        assert_eq!(server("::1", "5000"), "[::1]:5000");
        assert_eq!(server("[::1]", "80"), "[::1]");
        assert_eq!(server("/run/app.socket", ""), "");
    }

    #[test]
    fn names_of_other_scripts_are_compared_in_ascii() {
        let name = |name: &'static str| of_name(name.into()).map(Cow::into_owned);
        assert_eq!(
            name("B\u{fc}cher.Example:8080").as_deref(),
            Ok("xn--bcher-kva.example:8080")
        );
        assert_eq!(
            name("\u{5317}\u{4eac}.example").as_deref(),
            Ok("xn--1lq90i.example")
        );
        assert_eq!(name("Example.org").as_deref(), Ok("example.org"));
        assert!(name("\u{fc}\u{301} .example").is_err());
        assert!(
            of_name("\u{fc}".repeat(70).into()).is_err(),
            "a label has at most 63 octets"
        );
    }
}
