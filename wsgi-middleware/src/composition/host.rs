//! The host that a request is for.

use std::borrow::Cow;

use wsgi_core::{Environ, environ};

#[cfg(any(feature = "redirect", feature = "rewrite"))]
use crate::common::host_pattern::HostPattern;
use crate::common::uri_host::{self, HostFault, default_port};

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
            Ok(host) => (host.name.to_lower(), host.port),
            Err(HostFault::Missing) => of_server(environ)?,
            Err(HostFault::Malformed) => return None,
        };
        let port = port.or_else(|| default_port(&environ.url_scheme()));
        Some(Self { name, port })
    }

    /// Whether one of the patterns covers it.
    #[cfg(any(feature = "redirect", feature = "rewrite"))]
    pub(crate) fn is_any_of(&self, patterns: &[HostPattern]) -> bool {
        patterns
            .iter()
            .any(|pattern| pattern.covers(&self.name, || self.port))
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
    let host = uri_host::Host::parse(name.as_bytes())?;
    let name = host.name.to_lower().into_owned();
    Some((name.into(), text(environ::SERVER_PORT)?.parse().ok()))
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
}
