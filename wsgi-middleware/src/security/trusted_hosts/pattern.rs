//! Which hosts are meant.

use std::net::Ipv6Addr;

use thiserror::Error;
use wsgi_core::Environ;

use crate::common::uri_host::{Host, HostName, default_port};

/// A name, or the names below one, or any; and a port, or any.
#[derive(Clone, Debug)]
pub(super) struct HostPattern {
    names: Names,
    port: Option<u16>,
}

#[derive(Clone, Debug)]
enum Names {
    Any,
    One(String),
    Address(Ipv6Addr),
    /// Those below, and the name itself or not.
    Below {
        domain: String,
        and_itself: bool,
    },
}

impl HostPattern {
    pub(super) fn parse(text: &str) -> Result<Self, TrustedHostsError> {
        let malformed = || TrustedHostsError {
            pattern: text.to_owned(),
        };
        let (below, rest) = match (text.strip_prefix("*."), text.strip_prefix('.')) {
            (Some(rest), _) => (Some(false), rest),
            (None, Some(rest)) => (Some(true), rest),
            (None, None) => (None, text),
        };
        if text == "*" {
            let names = Names::Any;
            return Ok(Self { names, port: None });
        }
        let Host { name, port } = Host::parse(rest.as_bytes()).ok_or_else(malformed)?;
        let names = match (below, name) {
            (None, HostName::Registered(name)) => Names::One(name.to_owned()),
            (None, HostName::Ipv6(address)) => Names::Address(address),
            (Some(and_itself), HostName::Registered(domain)) => Names::Below {
                domain: domain.to_owned(),
                and_itself,
            },
            (Some(_), HostName::Ipv6(_)) => return Err(malformed()),
        };
        Ok(Self { names, port })
    }

    pub(super) fn of_this_machine() -> Vec<Self> {
        let localhost = Names::Below {
            domain: "localhost".to_owned(),
            and_itself: true,
        };
        let ipv4 = Names::One("127.0.0.1".to_owned());
        let names = [localhost, ipv4, Names::Address(Ipv6Addr::LOCALHOST)];
        names.map(|names| Self { names, port: None }).into()
    }

    /// Whether a value of `Host` is this one name, as it stands: what most requests have, told before the value is taken
    /// apart. Names that are here are well formed, so whatever is the same is, too.
    pub(super) fn is(&self, value: &[u8]) -> bool {
        match (&self.names, self.port) {
            (Names::One(name), None) => name.as_bytes().eq_ignore_ascii_case(value),
            _ => false,
        }
    }

    /// `host` is the one of the request.
    pub(super) fn covers(&self, host: &Host<'_>, environ: &Environ) -> bool {
        let port = || host.port.or_else(|| default_port(&environ.url_scheme()));
        self.names.cover(host.name) && (self.port.is_none() || self.port == port())
    }
}

impl Names {
    fn cover(&self, name: HostName<'_>) -> bool {
        match (self, name) {
            (Self::Any, _) => true,
            (Self::One(one), HostName::Registered(name)) => one.eq_ignore_ascii_case(name),
            (Self::Address(one), HostName::Ipv6(address)) => *one == address,
            (Self::Below { domain, and_itself }, HostName::Registered(name)) => {
                let Some(at) = name.len().checked_sub(domain.len()) else {
                    return false;
                };
                let (labels, end) = name.as_bytes().split_at(at);
                let is_place = match labels {
                    [] => *and_itself,
                    labels => labels.ends_with(b"."),
                };
                is_place && end.eq_ignore_ascii_case(domain.as_bytes())
            }
            _ => false,
        }
    }
}

/// Why a text does not say which hosts are meant.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "host {pattern:?} is none; write \"example.org\", \".example.org\" for that and all names below, \"*.example.org\" for \
     those below, \"192.0.2.1\", \"[2001:db8::1]\", each with \":8443\" for this port alone, or \"*\": without scheme and \
     path, names of other scripts in Punycode"
)]
pub struct TrustedHostsError {
    /// The text as it was given.
    pub pattern: String,
}
