//! The applications of all hosts.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use wsgi_core::{Application, Environ};

use super::DispatcherError;
use super::prefixes::{Mount, Prefixes};
use crate::common::host_pattern::{HostPattern, Names};
use crate::composition::host::Host;

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
type ByName = HashMap<String, Vec<(Option<u16>, Prefixes)>, RandomState>;

impl Sites {
    pub(super) fn add(
        &mut self,
        host: HostPattern,
        prefix: &[u8],
        app: Arc<dyn Application>,
    ) -> Result<(), DispatcherError> {
        let port = host.port;
        match host.names {
            Names::Any => self.everywhere.add(prefix, app),
            Names::One(name) => of_port(&mut self.exact, name, port).add(prefix, app),
            Names::Below { suffix, and_itself } => {
                if and_itself {
                    let itself = suffix[1..].to_owned();
                    of_port(&mut self.exact, itself, port).add(prefix, app.clone())?;
                }
                of_port(&mut self.wildcard, suffix, port).add(prefix, app)
            }
        }
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

/// Those at a name and port, which are none yet if nothing is mounted there.
fn of_port(names: &mut ByName, name: String, port: Option<u16>) -> &mut Prefixes {
    let ports = names.entry(name).or_default();
    let index = match ports.iter().position(|(known, _)| *known == port) {
        Some(index) => index,
        None => {
            let index = match port {
                Some(_) => 0,
                None => ports.len(),
            };
            ports.insert(index, (port, Prefixes::default()));
            index
        }
    };
    &mut ports[index].1
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
