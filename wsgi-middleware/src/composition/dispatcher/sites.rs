//! The applications of all hosts.

use std::collections::HashMap;
use std::sync::Arc;

use wsgi_core::{Application, Environ};

use super::DispatcherError;
use super::prefixes::{Mount, Prefixes};
use crate::composition::host::{Host, HostPattern};

/// The mounts by host.
#[derive(Clone, Debug, Default)]
pub(super) struct Sites {
    exact: ByName,
    /// By what follows the asterisk, the dot included.
    wildcard: ByName,
    /// At no host.
    everywhere: Prefixes,
}

/// The mounts of a name, those with a port first.
type ByName = HashMap<String, Vec<(Option<u16>, Prefixes)>>;

impl Sites {
    pub(super) fn add(
        &mut self,
        host: Option<HostPattern>,
        prefix: &[u8],
        app: Arc<dyn Application>,
    ) -> Result<(), DispatcherError> {
        let Some(host) = host else {
            return self.everywhere.add(prefix, app);
        };
        let names = match host.is_wildcard {
            true => &mut self.wildcard,
            false => &mut self.exact,
        };
        let ports = names.entry(host.name).or_default();
        let index = match ports.iter().position(|(port, _)| *port == host.port) {
            Some(index) => index,
            None => {
                let index = match host.port {
                    Some(_) => 0,
                    None => ports.len(),
                };
                ports.insert(index, (host.port, Prefixes::default()));
                index
            }
        };
        ports[index].1.add(prefix, app)
    }

    /// The mount for the request's host and path.
    pub(super) fn find(&self, environ: &Environ) -> Option<&Mount> {
        let path = environ.path_info();
        let has_hosts = !(self.exact.is_empty() && self.wildcard.is_empty());
        let found = match has_hosts {
            true => Host::of(environ).and_then(|host| self.find_at(&host, path)),
            false => None,
        };
        found.or_else(|| self.everywhere.find(path))
    }

    fn find_at(&self, host: &Host<'_>, path: &[u8]) -> Option<&Mount> {
        find_named(&self.exact, &host.name, host.port, path).or_else(|| {
            if self.wildcard.is_empty() {
                return None;
            }
            // From left to right: the longest first.
            let dots = host.name.match_indices('.');
            let mut suffixes = dots.map(|(dot, _)| &host.name[dot..]);
            suffixes.find_map(|suffix| find_named(&self.wildcard, suffix, host.port, path))
        })
    }
}

fn find_named<'s>(
    names: &'s ByName,
    name: &str,
    port: Option<u16>,
    path: &[u8],
) -> Option<&'s Mount> {
    let ports = names.get(name)?.iter();
    let mut ports = ports.filter(|(wanted, _)| wanted.is_none() || *wanted == port);
    ports.find_map(|(_, prefixes)| prefixes.find(path))
}
