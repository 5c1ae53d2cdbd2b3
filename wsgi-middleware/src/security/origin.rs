//! Origins, as browsers name them in the `Origin` field.

use thiserror::Error;

use crate::common::uri_host::{Host, HostName, default_port};

/// A tuple origin: scheme, host and port.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'o> {
    pub(crate) scheme: &'o str,
    pub(crate) host: Host<'o>,
}

impl<'o> Origin<'o> {
    /// Reads `https://example.org:8443`; `null`, which is no tuple, is `None`.
    pub(crate) fn parse(value: &'o [u8]) -> Option<Self> {
        let (scheme, authority) = std::str::from_utf8(value).ok()?.split_once("://")?;
        // RFC 3986 §3.1 "Scheme"
        let mut bytes = scheme.bytes();
        let is_scheme = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        let host = Host::parse(authority.as_bytes())?;
        is_scheme.then_some(Self { scheme, host })
    }
}

/// An origin from a configuration, as browsers serialise it: in lower case, without the port that the scheme has anyway.
pub(crate) fn serialised(origin: &str) -> Result<String, OriginError> {
    if origin.eq_ignore_ascii_case("null") {
        return Err(OriginError::Null);
    }
    let malformed = || OriginError::Malformed {
        origin: origin.to_owned(),
    };
    let lower = origin.to_ascii_lowercase();
    let parsed = Origin::parse(lower.as_bytes()).ok_or_else(malformed)?;
    let Origin { scheme, host } = parsed;
    // A dot at the end of a name makes another origin, for browsers.
    let dot = match host.name {
        HostName::Registered(_) if authority_has_final_dot(&lower) => ".",
        _ => "",
    };
    let port = host.port.filter(|_| host.port != default_port(scheme));
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    Ok(format!("{scheme}://{}{dot}{port}", host.name))
}

fn authority_has_final_dot(origin: &str) -> bool {
    let authority = origin.split_once("://").map_or("", |(_, rest)| rest);
    let name = authority.split(':').next().unwrap_or_default();
    name.ends_with('.')
}

/// Why a text is not the origin of a page.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum OriginError {
    /// HTML "Origin": the serialisation of a tuple origin is scheme, host and port.
    #[error(
        "origin {origin:?} is none; write scheme, host and, if it is not the scheme's own, port, such as \
         \"https://shop.example:8443\": without path, slash at the end or wildcard, and hosts of other scripts in Punycode"
    )]
    Malformed {
        /// The text as it was given.
        origin: String,
    },
    /// HTML "Origin": every opaque origin, of whomever, is serialised like this.
    #[error(
        "origin \"null\" is that of sandboxed frames and local files of anybody; it cannot be told from an attacker's"
    )]
    Null,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_do() {
        for (given, wanted) in [
            ("https://example.org", "https://example.org"),
            ("HTTPS://Example.ORG", "https://example.org"),
            ("https://example.org:443", "https://example.org"),
            ("http://example.org:80", "http://example.org"),
            ("http://example.org:443", "http://example.org:443"),
            ("https://example.org.", "https://example.org."),
            ("https://example.org.:444", "https://example.org.:444"),
            ("http://[0:0::1]:8000", "http://[::1]:8000"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("chrome-extension://abcdef", "chrome-extension://abcdef"),
        ] {
            assert_eq!(serialised(given).as_deref(), Ok(wanted), "{given}");
        }
    }

    #[test]
    fn what_no_browser_sends_is_no_origin() {
        for given in [
            "",
            "*",
            "example.org",
            "https://",
            "https://example.org/",
            "https://example.org/path",
            "https://*.example.org",
            "https://user@example.org",
            "https://m\u{fc}ller.example",
            "https:example.org",
            "1https://example.org",
            "https://a.example https://b.example",
        ] {
            let error = serialised(given).unwrap_err();
            assert!(matches!(error, OriginError::Malformed { .. }), "{given}");
        }
        assert_eq!(serialised("null"), Err(OriginError::Null));
    }
}
