//! Hosts: which one a request is for, and which ones a rule is for.

use std::borrow::Cow;

use thiserror::Error;
use wsgi_core::{Environ, environ};

use crate::common::uri_host::{self, HostFault, HostName, default_port};

/// The host that a request is for.
pub(crate) struct Host<'e> {
    /// In lower case, without the dot that may end it; an IPv6 address in its brackets.
    pub(crate) name: Cow<'e, str>,
    pub(crate) port: Option<u16>,
}

impl<'e> Host<'e> {
    /// That of the field `Host`, or without one the server's own name; the port is the scheme's where none is told.
    /// `None` for what is no host.
    pub(crate) fn of(environ: &'e Environ) -> Option<Self> {
        let (name, port) = match uri_host::Host::of(environ) {
            Ok(host) => (lower(host.name), host.port),
            Err(HostFault::Missing) => of_server(environ)?,
            Err(HostFault::Malformed) => return None,
        };
        let port = port.or_else(|| default_port(&environ.url_scheme()));
        Some(Self { name, port })
    }
}

fn of_server(environ: &Environ) -> Option<(Cow<'static, str>, Option<u16>)> {
    let text = |key| String::from_utf8(environ.var(key)?.into_owned()).ok();
    let name = text(environ::SERVER_NAME)?;
    // Servers have an IPv6 address there without its brackets.
    let name = match name.contains(':') && !name.starts_with('[') {
        true => format!("[{name}]"),
        false => name,
    };
    let name = lower(uri_host::Host::parse(name.as_bytes())?.name).into_owned();
    Some((name.into(), text(environ::SERVER_PORT)?.parse().ok()))
}

fn lower(name: HostName<'_>) -> Cow<'_, str> {
    match name {
        HostName::Registered(name) if !name.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            name.into()
        }
        HostName::Registered(name) => name.to_ascii_lowercase().into(),
        address => address.to_string().into(),
    }
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
        let Some(host) = uri_host::Host::parse(rest.as_bytes()) else {
            return Err(HostPatternError::Name { host: given() });
        };
        let name = lower(host.name);
        Ok(Self {
            name: match is_wildcard {
                true => format!(".{name}"),
                false => name.into_owned(),
            },
            is_wildcard,
            port: host.port,
        })
    }

    /// Whether the request is for one of them.
    #[cfg(any(feature = "redirect", feature = "rewrite"))]
    pub(crate) fn covers(&self, host: &Host<'_>) -> bool {
        let is_named = match self.is_wildcard {
            true => host.name.len() > self.name.len() && host.name.ends_with(&self.name),
            false => host.name == self.name,
        };
        is_named && self.port.is_none_or(|port| Some(port) == host.port)
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
        ("", None),
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
        ("[0:0::1]:80", Some(("[::1]", 80))),
        ("b\u{fc}cher.example", None),
    ];

    #[test]
    fn the_host_of_a_request_is_read_strictly() {
        for &(field, wanted) in HOSTS {
            let environ = EnvironBuilder::get("/").header("Host", field).build();
            let host = Host::of(&environ);
            let host = host.as_ref().map(|host| (&*host.name, host.port));
            let wanted = wanted.map(|(name, port)| (name, Some(port)));
            assert_eq!(host, wanted, "{field:?}");
        }
    }

    #[test]
    fn the_scheme_has_a_port() {
        let environ = EnvironBuilder::get("/")
            .header("Host", "a")
            .var(environ::WSGI_URL_SCHEME, "https")
            .build();
        assert_eq!(Host::of(&environ).and_then(|host| host.port), Some(443));
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
