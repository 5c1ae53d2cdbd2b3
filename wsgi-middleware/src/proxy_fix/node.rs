//! Addresses, hosts and paths as proxies tell them: each read strictly, or not believed.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// An address with a port, if one was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) addr: IpAddr,
    pub(super) port: Option<u16>,
}

impl Node {
    /// `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]`, `[2001:db8::1]:80` and, as `X-Forwarded-For` has it,
    /// `2001:db8::1`. `None` for all else: `unknown`, names beginning with `_` (RFC 7239 §6.3), what is malformed.
    ///
    /// A port that is hidden (`192.0.2.1:_p`, RFC 7239 §6.3) leaves the address.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?.trim();
        if let Ok(addr) = text.parse() {
            return Some(Self { addr, port: None });
        }
        if let Ok(socket) = text.parse::<SocketAddr>() {
            // Rust reads a scope (`[fe80::1%1]:80`), which has no meaning beyond the proxy's own machine.
            return (!text.contains('%')).then(|| Self {
                addr: socket.ip(),
                port: Some(socket.port()),
            });
        }
        let (addr, hidden) = match text.split_once(":_") {
            Some((addr, port)) => (addr, Some(port)),
            None => (text, None),
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if hidden.is_some_and(|port| port.is_empty() || !port.chars().all(is_name)) {
            return None;
        }
        let addr = match addr.strip_prefix('[').and_then(|v6| v6.strip_suffix(']')) {
            Some(v6) => IpAddr::V6(v6.parse::<Ipv6Addr>().ok()?),
            None if hidden.is_some() => IpAddr::V4(addr.parse().ok()?),
            None => return None,
        };
        Some(Self { addr, port: None })
    }
}

/// A host, without and with its port.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Host<'v> {
    pub(super) name: &'v str,
    pub(super) port: Option<u16>,
}

impl<'v> Host<'v> {
    /// RFC 9110 §7.2 "Host and :authority": `uri-host [ ":" port ]`; a name has letters, digits and `-._~`,
    /// an IPv6 address stands in brackets. `None` for all else, so that no URL made of it names another host.
    pub(super) fn parse(text: &'v [u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?.trim();
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(parse_port(port)?)),
            _ => (text, None),
        };
        let is_host = match name.strip_prefix('[').and_then(|v6| v6.strip_suffix(']')) {
            Some(v6) => v6.parse::<Ipv6Addr>().is_ok(),
            None => {
                !name.is_empty()
                    && name
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
            }
        };
        is_host.then_some(Self { name, port })
    }
}

/// 1 to 65535, in digits only.
pub(super) fn parse_port(text: &str) -> Option<u16> {
    // `u16::from_str` would take a plus sign.
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|&port: &u16| is_number && port != 0)
}

/// `http` or `https`, in any case.
pub(super) fn parse_scheme(text: &[u8]) -> Option<&'static str> {
    let text = text.trim_ascii();
    ["http", "https"]
        .into_iter()
        .find(|scheme| scheme.as_bytes().eq_ignore_ascii_case(text))
}

/// A path such as `/shop`, percent-decoded, without slashes at its end; empty for `/`.
///
/// `None` for what is no absolute path, has empty or dot segments (`//example.com` would name a host), control
/// characters or backslashes.
pub(super) fn parse_prefix(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    if text.first() != Some(&b'/') || text.iter().any(|byte| b"?#".contains(byte)) {
        return None;
    }
    let mut path: Vec<u8> = percent_encoding::percent_decode(text).collect();
    while path.last() == Some(&b'/') {
        path.pop();
    }
    let is_fine = !path
        .iter()
        .any(|&byte| byte < 0x20 || byte == 0x7f || byte == b'\\')
        && !path
            .split(|&byte| byte == b'/')
            .skip(1)
            .any(|segment| matches!(segment, b"" | b"." | b".."));
    is_fine.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text, and what it names: address or host, and port.
    type Row = (&'static str, Option<(&'static str, Option<u16>)>);

    const NODES: &[Row] = &[
        ("192.0.2.1", Some(("192.0.2.1", None))),
        (" 192.0.2.1:80 ", Some(("192.0.2.1", Some(80)))),
        ("192.0.2.1:_port", Some(("192.0.2.1", None))),
        ("2001:db8::1", Some(("2001:db8::1", None))),
        ("[2001:db8::1]", Some(("2001:db8::1", None))),
        ("[2001:db8::1]:4711", Some(("2001:db8::1", Some(4711)))),
        ("[2001:db8::1]:_p", Some(("2001:db8::1", None))),
        ("[192.0.2.1]", None),
        ("192.0.2.1:", None),
        ("192.0.2.1:_", None),
        ("192.0.2.1:65536", None),
        ("2001:db8::1:_p", None),
        ("[fe80::1%1]:80", None),
        ("unknown", None),
        ("_hidden", None),
        ("example.com", None),
        ("", None),
    ];

    #[test]
    fn nodes_are_addresses_or_nothing() {
        for (text, wanted) in NODES {
            let wanted = wanted.map(|(addr, port)| Node {
                addr: addr.parse().unwrap(),
                port,
            });
            assert_eq!(Node::parse(text.as_bytes()), wanted, "{text}");
        }
    }

    const HOSTS: &[Row] = &[
        ("example.com", Some(("example.com", None))),
        ("example.com:8443", Some(("example.com", Some(8443)))),
        ("[2001:db8::1]", Some(("[2001:db8::1]", None))),
        ("[2001:db8::1]:80", Some(("[2001:db8::1]", Some(80)))),
        ("", None),
        (":80", None),
        ("example.com:", None),
        ("example.com:+80", None),
        ("example.com:0", None),
        ("example.com/path", None),
        ("user@example.com", None),
        ("a b", None),
        ("a\\b", None),
        ("2001:db8::1", None),
        ("[example.com]", None),
    ];

    #[test]
    fn hosts_are_names_or_addresses_or_nothing() {
        for (text, wanted) in HOSTS {
            let wanted = wanted.map(|(name, port)| Host { name, port });
            assert_eq!(Host::parse(text.as_bytes()), wanted, "{text}");
        }
    }

    #[test]
    fn prefixes_are_plain_paths_or_nothing() {
        for (text, wanted) in [
            ("/shop", Some(&b"/shop"[..])),
            ("/caf%C3%A9/", Some("/caf\u{e9}".as_bytes())),
            ("/", Some(b"")),
            ("shop", None),
            ("//example.com", None),
            ("/%2Fexample.com", None),
            ("/a/../b", None),
            ("/a\\b", None),
            ("/a%0Ab", None),
            ("/a?b", None),
            ("", None),
        ] {
            assert_eq!(parse_prefix(text.as_bytes()).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn schemes_are_http_and_https() {
        assert_eq!(parse_scheme(b" HTTPS"), Some("https"));
        assert_eq!(parse_scheme(b"javascript"), None);
    }
}
