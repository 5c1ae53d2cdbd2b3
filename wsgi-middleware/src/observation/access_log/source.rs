//! Where the atoms of a request come from.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use http::Version;
use wsgi_core::{Environ, Headers, SensitiveNames, environ};

use super::AccessRecord;

pub(super) trait Source {
    fn method(&self) -> &[u8];
    /// As it came, percent-encoded.
    fn target(&self) -> Cow<'_, [u8]>;
    /// Without query, decoded.
    fn path(&self) -> Cow<'_, [u8]>;
    fn query(&self) -> &[u8];
    fn protocol(&self) -> &[u8];
    fn headers(&self) -> Option<&Headers>;
    /// The pattern that the path matched.
    fn route(&self) -> Option<Cow<'_, [u8]>>;
    /// `REMOTE_ADDR`, where it is an address that can be written in one way only.
    fn ipv4(&self) -> Option<Ipv4Addr>;
    /// By the very name.
    fn variable(&self, name: &str) -> Option<Cow<'_, [u8]>>;
    /// Of the header fields that are not to be told, where somebody said so.
    fn sensitive_names(&self) -> Option<SensitiveNames>;
}

impl Source for Environ {
    fn method(&self) -> &[u8] {
        self.method().as_str().as_bytes()
    }

    /// Not every server tells the target; what stands in for it is decoded.
    fn target(&self) -> Cow<'_, [u8]> {
        match (self.target(), self.query_string()) {
            (b"", b"") => self.path(),
            (b"", query) => [&self.path(), &b"?"[..], query].concat().into(),
            (target, _) => target.into(),
        }
    }

    fn path(&self) -> Cow<'_, [u8]> {
        match self.script_name() {
            b"" => self.path_info().into(),
            script_name => [script_name, self.path_info()].concat().into(),
        }
    }

    fn query(&self) -> &[u8] {
        self.query_string()
    }

    fn protocol(&self) -> &[u8] {
        match self.version() {
            Version::HTTP_09 => b"HTTP/0.9",
            Version::HTTP_10 => b"HTTP/1.0",
            Version::HTTP_2 => b"HTTP/2.0",
            Version::HTTP_3 => b"HTTP/3.0",
            _ => b"HTTP/1.1",
        }
    }

    fn headers(&self) -> Option<&Headers> {
        Some(self.headers())
    }

    fn route(&self) -> Option<Cow<'_, [u8]>> {
        match self.route() {
            Some(Cow::Borrowed(route)) => Some(route.as_bytes().into()),
            Some(Cow::Owned(route)) => Some(route.into_bytes().into()),
            None => self.var(environ::ROUTE),
        }
    }

    fn ipv4(&self) -> Option<Ipv4Addr> {
        match self.remote_addr() {
            Ok(Some(IpAddr::V4(address))) => Some(address),
            _ => None,
        }
    }

    fn variable(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        self.var(name)
    }

    fn sensitive_names(&self) -> Option<SensitiveNames> {
        SensitiveNames::of(self)
    }
}

impl AccessRecord<'_> {
    fn split_target(&self) -> (&[u8], &[u8]) {
        match self.target.iter().position(|&byte| byte == b'?') {
            Some(at) => (&self.target[..at], &self.target[at + 1..]),
            None => (self.target, b""),
        }
    }
}

impl Source for AccessRecord<'_> {
    fn method(&self) -> &[u8] {
        self.method
    }

    fn target(&self) -> Cow<'_, [u8]> {
        self.target.into()
    }

    fn path(&self) -> Cow<'_, [u8]> {
        percent_encoding::percent_decode(self.split_target().0).into()
    }

    fn query(&self) -> &[u8] {
        self.split_target().1
    }

    fn protocol(&self) -> &[u8] {
        self.protocol
    }

    fn headers(&self) -> Option<&Headers> {
        self.headers
    }

    fn route(&self) -> Option<Cow<'_, [u8]>> {
        None
    }

    fn ipv4(&self) -> Option<Ipv4Addr> {
        match self.remote_addr {
            Some(IpAddr::V4(address)) => Some(address),
            _ => None,
        }
    }

    /// What an environ would have; of the variables that the request alone does not tell, there are none.
    fn variable(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        match name {
            environ::REMOTE_ADDR => Some(self.remote_addr?.to_string().into_bytes().into()),
            environ::REQUEST_METHOD => Some(self.method.into()),
            environ::SERVER_PROTOCOL => Some(self.protocol.into()),
            environ::PATH_INFO => Some(self.path()),
            environ::QUERY_STRING => Some(self.query().into()),
            _ => {
                let field = name.strip_prefix("HTTP_")?.replace('_', "-");
                self.headers?.get(field).map(Cow::Borrowed)
            }
        }
    }

    /// The request came to no layer that could say so.
    fn sensitive_names(&self) -> Option<SensitiveNames> {
        None
    }
}
