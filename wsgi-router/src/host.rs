//! Hosts: applications that have a whole site to themselves.

use std::sync::Arc;

use thiserror::Error;
use wsgi_core::{Application, Environ, environ};

/// The applications by host name. Names compare without case.
#[derive(Default)]
pub(crate) struct Hosts {
    exact: Vec<(String, Arc<dyn Application>)>,
    /// Suffixes such as `.example.com`, longest first.
    wildcards: Vec<(String, Arc<dyn Application>)>,
}

impl Hosts {
    pub(crate) fn add(&mut self, host: &str, app: Arc<dyn Application>) -> Result<(), HostError> {
        let (list, name) = match host.strip_prefix('*') {
            Some(suffix) if suffix.starts_with('.') => (&mut self.wildcards, suffix),
            Some(_) => return Err(HostError::Wildcard),
            None => (&mut self.exact, host),
        };
        if name.contains('*') {
            return Err(HostError::Wildcard);
        }
        // What `Host` would have to hold for the entry to be found: the name alone.
        if name.trim_start_matches('.').is_empty()
            || without_port(name.as_bytes()) != name.as_bytes()
        {
            return Err(HostError::Name);
        }
        if !name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte))
        {
            return Err(HostError::Name);
        }
        if list
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            return Err(HostError::Twice);
        }
        list.push((name.to_owned(), app));
        self.wildcards
            .sort_by_key(|(suffix, _)| std::cmp::Reverse(suffix.len()));
        Ok(())
    }

    /// The application for the request's `Host`, or, without that, for `SERVER_NAME`.
    pub(crate) fn find(&self, environ: &Environ) -> Option<&dyn Application> {
        if self.exact.is_empty() && self.wildcards.is_empty() {
            return None;
        }
        match environ
            .headers()
            .get("host")
            .filter(|host| !host.is_empty())
        {
            Some(host) => self.find_name(host),
            None => self.find_name(&environ.var(environ::SERVER_NAME)?),
        }
    }

    fn find_name(&self, host: &[u8]) -> Option<&dyn Application> {
        let host = without_port(host);
        let exact = self
            .exact
            .iter()
            .find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(host));
        let found = exact.or_else(|| {
            self.wildcards
                .iter()
                .find(|(suffix, _)| is_below(host, suffix.as_bytes()))
        });
        found.map(|(_, app)| &**app)
    }
}

/// Whether the host is the suffix with at least one label in front.
fn is_below(host: &[u8], suffix: &[u8]) -> bool {
    host.len()
        .checked_sub(suffix.len())
        .filter(|&labels| labels > 0)
        .is_some_and(|labels| host[labels..].eq_ignore_ascii_case(suffix))
}

/// The host of `host:port`, without the dot that ends a fully qualified name; `[::1]` keeps its brackets.
fn without_port(host: &[u8]) -> &[u8] {
    let end = if host.starts_with(b"[") {
        host.iter()
            .position(|&byte| byte == b']')
            .map_or(host.len(), |bracket| bracket + 1)
    } else {
        host.iter()
            .position(|&byte| byte == b':')
            .unwrap_or(host.len())
    };
    let name = &host[..end];
    name.strip_suffix(b".").unwrap_or(name)
}

impl std::fmt::Debug for Hosts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let exact = self.exact.iter().map(|(name, _)| name.clone());
        let wildcards = self
            .wildcards
            .iter()
            .map(|(suffix, _)| format!("*{suffix}"));
        f.debug_list().entries(exact.chain(wildcards)).finish()
    }
}

/// Why a host was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostError {
    /// Not a name by itself.
    #[error(
        "it is no host name; write a name or address such as \"api.example.com\", without scheme, port and path"
    )]
    Name,
    /// A `*` that is not the whole first label.
    #[error("its \"*\" is not the whole first label; write \"*.example.com\"")]
    Wildcard,
    /// Two applications for one host.
    #[error("an application has this host already; give one of the two another host")]
    Twice,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_the_final_dot_do_not_count() {
        #[rustfmt::skip]
        let cases: &[(&str, &str)] = &[
            ("example.com",       "example.com"),
            ("example.com:8000",  "example.com"),
            ("example.com.:80",   "example.com"),
            ("[::1]:8000",        "[::1]"),
            ("[::1",              "[::1"),
            (":80",               ""),
        ];
        for (host, name) in cases {
            assert_eq!(without_port(host.as_bytes()), name.as_bytes(), "{host}");
        }
    }
}
