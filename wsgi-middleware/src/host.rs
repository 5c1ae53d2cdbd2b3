//! Hosts: which one a request is for, and which ones a rule is for.

use std::borrow::Cow;

use thiserror::Error;
use wsgi_core::{Environ, environ};

/// Names of the DNS have at most 253 bytes.
const LONGEST: usize = 255;

/// The host that a request is for.
pub(crate) struct Host<'e> {
    /// In lower case, without the dot that may end it; an IPv6 address in its brackets.
    pub(crate) name: Cow<'e, str>,
    pub(crate) port: u16,
}

impl<'e> Host<'e> {
    /// That of the field `Host`, or without one the server's own name; the port is the scheme's where none is told.
    /// `None` for what is no host.
    pub(crate) fn of(environ: &'e Environ) -> Option<Self> {
        let field = environ.headers().get("Host");
        let (name, port) = match field.filter(|field| !field.is_empty()) {
            Some(field) => {
                let (name, port) = split(std::str::from_utf8(field).ok()?)?;
                (Cow::Borrowed(name), port)
            }
            None => {
                let text = |key| String::from_utf8(environ.var(key)?.into_owned()).ok();
                let name = text(environ::SERVER_NAME)?;
                // Python's servers have it without the brackets.
                let name = match name.contains(':') && !name.starts_with('[') {
                    true => format!("[{name}]"),
                    false => name,
                };
                let port = text(environ::SERVER_PORT)?.parse().ok();
                (Cow::Owned(split(&name)?.0.to_owned()), port)
            }
        };
        let name = match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(name.to_ascii_lowercase()),
            false => name,
        };
        let port = port.unwrap_or_else(|| match &*environ.url_scheme() {
            "https" => 443,
            _ => 80,
        });
        Some(Self { name, port })
    }
}

/// `name`, `name:port`, `[address]:port` taken apart; the dot at the name's end left out.
///
/// # Specification
/// RFC 9110 §7.2 "Host and :authority"; RFC 3986 §3.2.2 "Host"
fn split(text: &str) -> Option<(&str, Option<u16>)> {
    let end = match text.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => text.find(':').unwrap_or(text.len()),
    };
    let (name, port) = text.split_at(end);
    let port = match port.strip_prefix(':') {
        // RFC 3986 §3.2.3: a port may be empty.
        Some("") => None,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(digits.parse().ok()?)
        }
        None if port.is_empty() => None,
        _ => return None,
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_host = match name.strip_prefix('[') {
        Some(address) => address
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || b":.]".contains(&byte)),
        None => !name.starts_with('.') && !name.contains("..") && name.bytes().all(is_name),
    };
    (is_host && (1..=LONGEST).contains(&name.len())).then_some((name, port))
}

/// The hosts that a rule is for: `example.org`, `*.example.org` (every name below it, not itself), each with or without
/// a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct HostPattern {
    /// In lower case; of a wildcard what follows the asterisk, the dot included.
    pub(crate) name: String,
    pub(crate) is_wildcard: bool,
    pub(crate) port: Option<u16>,
}

impl HostPattern {
    /// Reads one that somebody wrote.
    pub(crate) fn parse(host: &str) -> Result<Self, HostPatternError> {
        let given = || host.to_owned();
        if !host.is_ascii() {
            return Err(HostPatternError::NotAscii { host: given() });
        }
        let (rest, is_wildcard) = match host.strip_prefix("*.") {
            Some(rest) => (rest, true),
            None if host.contains('*') => return Err(HostPatternError::Wildcard { host: given() }),
            None => (host, false),
        };
        let Some((name, port)) = split(rest) else {
            return Err(HostPatternError::Name { host: given() });
        };
        let name = name.to_ascii_lowercase();
        Ok(Self {
            name: match is_wildcard {
                true => format!(".{name}"),
                false => name,
            },
            is_wildcard,
            port,
        })
    }
}

/// Why a text names no hosts.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostPatternError {
    /// Not a name or address, with or without a port.
    #[error(
        "{host:?} is no host; write a name or address such as \"api.example.org\", \"[::1]\" or \"example.org:8080\", \
         without scheme and path"
    )]
    Name {
        /// The host as it was given.
        host: String,
    },
    /// A `*` that is not the whole first label.
    #[error("host {host:?}: its \"*\" is not the whole first label; write \"*.example.org\"")]
    Wildcard {
        /// The host as it was given.
        host: String,
    },
    /// Clients send names of other scripts in ASCII (RFC 5890 §2.3.2.1 "A-label").
    #[error(
        "host {host:?} is not in ASCII; write it as clients send it, such as \"xn--bcher-kva.example\""
    )]
    NotAscii {
        /// The host as it was given.
        host: String,
    },
}

#[cfg(test)]
mod tests {
    use wsgi_core::testing::EnvironBuilder;

    use super::*;

    /// `Host`, and the name and port that are read from it.
    const HOSTS: &[(&str, Option<(&str, u16)>)] = &[
        ("example.org", Some(("example.org", 80))),
        ("EXAMPLE.org.:8080", Some(("example.org", 8080))),
        ("example.org:", Some(("example.org", 80))),
        ("[::1]:81", Some(("[::1]", 81))),
        ("[::1]", Some(("[::1]", 80))),
        ("", Some(("127.0.0.1", 80))),
        ("example.org:80x", None),
        ("example.org:+80", None),
        ("example.org:99999", None),
        ("exa mple.org", None),
        ("user@example.org", None),
        ("example..org", None),
        (".example.org", None),
        (".", None),
        ("[::1", None),
        ("[::1]x", None),
        ("[::1].:80", None),
        ("b\u{fc}cher.example", None),
    ];

    #[test]
    fn the_host_of_a_request_is_read_strictly() {
        for &(field, wanted) in HOSTS {
            let environ = EnvironBuilder::get("/").header("Host", field).build();
            let host = Host::of(&environ);
            let host = host.as_ref().map(|host| (&*host.name, host.port));
            assert_eq!(host, wanted, "{field:?}");
        }
        let long = EnvironBuilder::get("/").header("Host", "a.".repeat(200) + "a");
        assert!(Host::of(&long.build()).is_none());
    }

    #[test]
    fn the_scheme_has_a_port() {
        let environ = EnvironBuilder::get("/")
            .header("Host", "a")
            .var(environ::WSGI_URL_SCHEME, "https")
            .build();
        assert_eq!(Host::of(&environ).map(|host| host.port), Some(443));
    }

    #[test]
    fn what_names_no_hosts_is_refused() {
        for host in ["", "a/b", "http://a", "a:b", ".a", "*.", "a b"] {
            let error = HostPattern::parse(host).unwrap_err();
            assert!(matches!(error, HostPatternError::Name { .. }), "{host}");
        }
        for host in ["*", "*a", "a.*.b", "*.*.a"] {
            let error = HostPattern::parse(host).unwrap_err();
            assert!(
                matches!(
                    error,
                    HostPatternError::Wildcard { .. } | HostPatternError::Name { .. }
                ),
                "{host}"
            );
        }
        let error = HostPattern::parse("b\u{fc}cher.example").unwrap_err();
        assert!(matches!(error, HostPatternError::NotAscii { .. }));
    }
}
