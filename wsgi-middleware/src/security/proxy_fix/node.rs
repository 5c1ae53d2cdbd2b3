//! Addresses, hosts and paths as proxies tell them: each read strictly, or not believed.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use thiserror::Error;

/// What a text is that was not what it should be.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(super) enum Fault {
    #[error("no address")]
    Node,
    #[error("neither http nor https")]
    Scheme,
    #[error("no host")]
    Host,
    #[error("no port")]
    Port,
    #[error("no plain absolute path")]
    Prefix,
    #[error("no list of forwarded elements (RFC 7239 §4)")]
    Elements,
}

/// Who sent the request on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Known(Node),
    /// `unknown`, or a name that says nothing to others (RFC 7239 §6.2 and §6.3).
    Hidden,
}

impl Sender {
    /// An address as [`Node::parse`] takes it, `unknown`, or a name beginning with `_`.
    pub(super) fn parse(text: &[u8]) -> Result<Self, Fault> {
        let text = text.trim_ascii();
        if let Some(node) = Node::parse(text) {
            return Ok(Self::Known(node));
        }
        // nodename [ ":" node-port ]; each begins in its own way, so the first colon parts them.
        let colon = text.iter().position(|&byte| byte == b':');
        let (name, port) = text.split_at(colon.unwrap_or(text.len()));
        let is_port = |port: &[u8]| {
            is_hidden(port)
                || std::str::from_utf8(port).is_ok_and(|port| parse_port(port).is_some())
        };
        let is_name = name.eq_ignore_ascii_case(b"unknown") || is_hidden(name);
        if is_name && port.strip_prefix(b":").is_none_or(is_port) {
            return Ok(Self::Hidden);
        }
        Err(Fault::Node)
    }

    /// RFC 7239 §6: as [`parse`](Self::parse), but that an IPv6 address stands in brackets.
    pub(super) fn parse_rfc_7239(text: &[u8]) -> Result<Self, Fault> {
        let colons = text.iter().filter(|&&byte| byte == b':').count();
        if colons > 1 && !text.starts_with(b"[") {
            return Err(Fault::Node);
        }
        Self::parse(text)
    }

    pub(super) fn node(self) -> Option<Node> {
        match self {
            Self::Known(node) => Some(node),
            Self::Hidden => None,
        }
    }
}

/// RFC 7239 §6.3 "Obfuscated Identifier": `_` and at least one more of letters, digits, `._-`.
fn is_hidden(text: &[u8]) -> bool {
    let is_name_byte = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    text.strip_prefix(b"_")
        .is_some_and(|name| !name.is_empty() && name.iter().all(is_name_byte))
}

/// An address with a port, if one was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) addr: IpAddr,
    pub(super) port: Option<u16>,
}

impl Node {
    /// `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]`, `[2001:db8::1]:80` and, as `X-Forwarded-For` has it,
    /// `2001:db8::1`. `None` for all else.
    ///
    /// A port that is hidden (`192.0.2.1:_p`, RFC 7239 §6.3) leaves the address.
    fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
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
        let (addr, hidden) = match text.find(":_") {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        if hidden.is_some_and(|port| !is_hidden(port.as_bytes())) {
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

/// `http` or `https`, in any case; some proxies write `ws` and `wss` when a WebSocket is asked for, which begins as a
/// request of these.
pub(super) fn parse_scheme(text: &[u8]) -> Option<&'static str> {
    let text = text.trim_ascii();
    [
        ("http", "http"),
        ("https", "https"),
        ("ws", "http"),
        ("wss", "https"),
    ]
    .into_iter()
    .find(|(told, _)| told.as_bytes().eq_ignore_ascii_case(text))
    .map(|(_, scheme)| scheme)
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
        ("192.0.2.1:80", Some(("192.0.2.1", Some(80)))),
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

    #[test]
    fn senders_may_hide() {
        for text in [
            "unknown",
            "Unknown",
            "_hidden",
            "_a.b-c_d",
            "unknown:80",
            "_a:_b",
            " unknown ",
        ] {
            assert_eq!(Sender::parse(text.as_bytes()), Ok(Sender::Hidden), "{text}");
        }
        for text in [
            "",
            "_",
            "_a b",
            "unknown:",
            "unknown:0",
            "_a:_",
            "example.com",
            "192.0.2.1.",
            "\u{e9}",
        ] {
            assert_eq!(Sender::parse(text.as_bytes()), Err(Fault::Node), "{text}");
        }
        assert!(Sender::parse(b" 192.0.2.1 ").is_ok_and(|sender| sender.node().is_some()));
    }

    #[test]
    fn addresses_of_rfc_7239_stand_in_brackets() {
        assert_eq!(Sender::parse_rfc_7239(b"2001:db8::1"), Err(Fault::Node));
        assert_eq!(
            Sender::parse_rfc_7239(b"[2001:db8::1]"),
            Sender::parse(b"2001:db8::1")
        );
        assert!(Sender::parse_rfc_7239(b"192.0.2.1:80").is_ok());
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
        assert_eq!(parse_scheme(b"wss"), Some("https"));
        assert_eq!(parse_scheme(b"javascript"), None);
    }
}
