//! Host and port, as they stand in `Host` and in the absolute form of a target.

use std::net::Ipv6Addr;

use super::character_set::CharacterSet;
use super::content_length;

/// Whether this is `uri-host [ ":" port ]`. It may be empty altogether here; where it must not be, the caller says so.
///
/// A port without a host, and one above 65535, are within the grammar and name nothing: what makes a URI of them fails
/// later, and less clearly.
///
/// # Specification
/// RFC 9110 §7.2 "Host and :authority", §4.2.1 "http URI Scheme"; RFC 3986 §3.2.2 "Host", §3.2.3 "Port". No user:
/// RFC 9110 §4.2.4.
pub(super) fn is_host_and_port(value: &[u8]) -> bool {
    let port = match value.strip_prefix(b"[") {
        Some(rest) => match rest.iter().position(|&byte| byte == b']') {
            Some(end) if is_ip_literal(&rest[..end]) => &rest[end + 1..],
            _ => return false,
        },
        None => &value[registered_name_length(value)..],
    };
    is_port(port) && port.len() < value.len() || value.is_empty()
}

/// Nothing, or a colon and the digits of a port; the digits may be missing.
fn is_port(port: &[u8]) -> bool {
    match port.split_first() {
        None | Some((b':', [])) => true,
        Some((b':', digits)) => {
            content_length::parse(digits).is_some_and(|port| u16::try_from(port).is_ok())
        }
        Some(_) => false,
    }
}

/// What stands in brackets: an IPv6 address, or an address of a future version.
fn is_ip_literal(literal: &[u8]) -> bool {
    if let Some(b'v' | b'V') = literal.first() {
        let mut parts = literal[1..].splitn(2, |&byte| byte == b'.');
        let (version, address) = (parts.next(), parts.next());
        return version.is_some_and(|v| !v.is_empty() && v.iter().all(u8::is_ascii_hexdigit))
            && address.is_some_and(|a| {
                !a.is_empty() && a.iter().all(|&b| b == b':' || NAME.contains(b))
            });
    }
    std::str::from_utf8(literal).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
}

/// How many bytes at the start have the form of a name or of an IPv4 address.
fn registered_name_length(value: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at += NAME.span(&value[at..]);
        match value[at..] {
            [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => at += 3,
            _ => return at,
        }
    }
}

/// RFC 3986 §2.2 and §2.3: unreserved characters and sub-delimiters.
static NAME: CharacterSet = CharacterSet::alphanumeric_and(b"-._~!$&'()*+,;=");

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &[&str] = &[
        "",
        "a.example",
        "A.Example:8080",
        "[::1]:80",
        "[2001:db8::1]",
        "[v1.fe80::a+en1]",
        "127.0.0.1",
        "a_b.example",
        "xn--caf-dma.example:",
        "a%20b",
        "a:65535",
        "a:0080",
    ];

    const BAD: &[&str] = &[
        ":80",
        ":",
        "a:65536",
        "a:99999999999999999999",
        "a:+80",
        "a: 80",
        "a.example b.example",
        "a.example/path",
        "a.example:http",
        "a.example:80:80",
        "a.example:-1",
        "a\u{1}.example",
        "user@a.example",
        "user:pw@a.example",
        "[::1",
        "::1",
        "[::1]x",
        "[::1%25eth0]",
        "[]",
        "[v1.]",
        "[a.example]",
        "caf\u{e9}.example",
        "a%2",
        "a%zz",
        "a?b",
        "a#b",
        "a\\b",
        "<a>",
        "a\tb",
    ];

    #[test]
    fn hosts_are_told_from_what_is_none() {
        for host in GOOD {
            assert!(is_host_and_port(host.as_bytes()), "{host:?}");
        }
        for host in BAD {
            assert!(!is_host_and_port(host.as_bytes()), "{host:?}");
        }
    }
}
