//! Which hosts are meant.

use thiserror::Error;

use crate::common::uri_host::{Host, HostName};

/// One host, or the names below one, or all; at one port, or at any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPattern {
    pub(crate) names: Names,
    pub(crate) port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    Any,
    /// In lower case, without the dot that may end it; an IPv6 address in its brackets.
    One(String),
    Below {
        /// The same, with a dot before it.
        suffix: String,
        and_itself: bool,
    },
}

impl HostPattern {
    /// Reads `example.org`; `.example.org` for that and all names below; `*.example.org` for the names below alone;
    /// addresses such as `192.0.2.1` and `[2001:db8::1]`; each may name a port (`example.org:8443`). `*` is all.
    pub(crate) fn parse(text: &str) -> Result<Self, HostPatternError> {
        let host = || text.to_owned();
        if text == "*" {
            return Ok(Names::Any.at_any_port());
        }
        if !text.is_ascii() {
            return Err(HostPatternError::NotAscii { host: host() });
        }
        let (and_itself, rest) = match (text.strip_prefix("*."), text.strip_prefix('.')) {
            (Some(rest), _) => (Some(false), rest),
            (None, Some(rest)) => (Some(true), rest),
            (None, None) => (None, text),
        };
        if rest.contains('*') {
            return Err(HostPatternError::Wildcard { host: host() });
        }
        let Some(Host { name, port }) = Host::parse(rest.as_bytes()) else {
            return Err(HostPatternError::Name { host: host() });
        };
        let names = match (and_itself, name) {
            (None, name) => Names::One(name.to_lower().into_owned()),
            (Some(and_itself), HostName::Registered(_)) => Names::Below {
                suffix: format!(".{}", name.to_lower()),
                and_itself,
            },
            (Some(_), HostName::Ipv6(_)) => return Err(HostPatternError::Name { host: host() }),
        };
        Ok(Self { names, port })
    }

    /// Whether a value of `Host` is this one name, byte by byte: what most requests have, told before the value is taken
    /// apart. Names that are here are well formed, so whatever is the same is, too.
    pub(crate) fn is(&self, value: &[u8]) -> bool {
        let name = match &self.names {
            Names::One(name) => name,
            Names::Below { suffix, and_itself } if *and_itself => &suffix[1..],
            Names::Any | Names::Below { .. } => return false,
        };
        self.port.is_none() && name.as_bytes() == value
    }

    /// Whether it covers a host: its name without the dot that may end it, an IPv6 address in its usual form and
    /// brackets. The port is asked for where it matters.
    pub(crate) fn covers(&self, name: &str, port: impl FnOnce() -> Option<u16>) -> bool {
        self.names.cover(name.as_bytes()) && (self.port.is_none() || self.port == port())
    }
}

impl Names {
    pub(crate) const fn at_any_port(self) -> HostPattern {
        let port = None;
        HostPattern { names: self, port }
    }

    fn cover(&self, name: &[u8]) -> bool {
        match self {
            Self::Any => true,
            Self::One(one) => one.as_bytes().eq_ignore_ascii_case(name),
            Self::Below { suffix, and_itself } => {
                let suffix = suffix.as_bytes();
                let is_itself = *and_itself && suffix[1..].eq_ignore_ascii_case(name);
                let end = name.len().checked_sub(suffix.len()).map(|at| &name[at..]);
                is_itself || end.is_some_and(|end| end.eq_ignore_ascii_case(suffix))
            }
        }
    }
}

/// Why a text does not say which hosts are meant.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostPatternError {
    /// Not a name or address, with or without a port.
    #[error(
        "{host:?} is no host; write \"example.org\", \".example.org\" for that and all names below, \"*.example.org\" for \
         those below, \"192.0.2.1\", \"[2001:db8::1]\", each with \":8443\" for this port alone, or \"*\": without scheme \
         and path"
    )]
    Name {
        /// The host as it was given.
        host: String,
    },
    /// A `*` that is not the whole first label.
    #[error(
        "host {host:?}: its \"*\" is not the whole first label; write \"*.example.org\", or \"*\" for all hosts at all \
         ports"
    )]
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
    use super::*;

    /// Pattern, name of a host in lower case, its port, and whether the one covers the other.
    const CASES: &[(&str, &str, u16, bool)] = &[
        ("*", "example.org", 80, true),
        ("*", "[::1]", 80, true),
        ("Example.ORG.", "example.org", 80, true),
        ("example.org", "EXAMPLE.org", 80, true),
        ("example.org", "a.example.org", 80, false),
        ("example.org", "example.orgs", 80, false),
        ("example.org:81", "example.org", 81, true),
        ("example.org:81", "example.org", 80, false),
        (".Example.org", "example.org", 80, true),
        (".example.org", "a.B.example.org", 80, true),
        (".example.org", "aexample.org", 80, false),
        (".example.org:81", "a.example.org", 80, false),
        ("*.example.org", "a.b.example.org", 80, true),
        ("*.example.org", "example.org", 80, false),
        ("*.example.org", "aexample.org", 80, false),
        ("*.example.org", "org", 80, false),
        ("[0:0::1]", "[::1]", 80, true),
        ("[::1]:81", "[::1]", 80, false),
    ];

    #[test]
    fn a_host_or_the_names_below_or_all_are_covered() {
        for &(pattern, name, port, wanted) in CASES {
            let found = HostPattern::parse(pattern).unwrap();
            let covers = found.covers(name, || Some(port));
            assert_eq!(covers, wanted, "{name}:{port} by {pattern}");
            // What is told in haste is true.
            let is = found.is(name.as_bytes());
            assert!(!is || wanted, "{name} by {pattern}");
        }
    }

    #[test]
    fn what_names_no_hosts_is_refused() {
        for host in [
            "", ".", "*.", "a/b", "http://a", "a:b", "a b", "..a", ".[::1]", "*.[::1]", "::1",
        ] {
            let error = HostPattern::parse(host).unwrap_err();
            assert!(matches!(error, HostPatternError::Name { .. }), "{host}");
        }
        for host in ["**", "*a", "a.*.b", "*.*.a", "*:80"] {
            let error = HostPattern::parse(host).unwrap_err();
            assert!(matches!(error, HostPatternError::Wildcard { .. }), "{host}");
        }
        let error = HostPattern::parse("b\u{fc}cher.example").unwrap_err();
        assert!(matches!(error, HostPatternError::NotAscii { .. }));
    }
}
