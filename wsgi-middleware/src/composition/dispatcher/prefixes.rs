//! The applications of one host, by prefix of the path.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use foldhash::fast::RandomState;
use wsgi_core::{Application, Environ};

use super::DispatcherError;

/// An application and where it is.
#[derive(Clone)]
pub(super) struct Mount {
    /// Without a slash at its end.
    prefix: Arc<[u8]>,
    /// The same for logs and metrics.
    label: Arc<str>,
    pub(super) app: Arc<dyn Application>,
}

impl Mount {
    /// Moves the prefix from `PATH_INFO` to the end of `SCRIPT_NAME`.
    ///
    /// Nobody moves it back: applications of Python read their environ while the body is sent, after the call.
    pub(super) fn enter(&self, environ: &mut Environ) {
        environ.enter_mount(self.label.clone());
        environ.shift_path(self.prefix.len());
    }
}

/// The mounts of a host.
#[derive(Clone, Default)]
pub(super) struct Prefixes {
    by_prefix: HashMap<Arc<[u8]>, Mount, RandomState>,
    /// Those that prefixes have, the longest first.
    lengths: Vec<usize>,
}

impl Prefixes {
    pub(super) fn add(
        &mut self,
        given: &[u8],
        app: Arc<dyn Application>,
    ) -> Result<(), DispatcherError> {
        let prefix: Arc<[u8]> = checked(given)?.into();
        let label: Arc<str> = String::from_utf8_lossy(&prefix).into();
        let length = prefix.len();
        match self.by_prefix.entry(prefix.clone()) {
            Entry::Occupied(_) => {
                let prefix = label.to_string();
                return Err(DispatcherError::Twice { prefix });
            }
            Entry::Vacant(place) => place.insert(Mount { prefix, label, app }),
        };
        let place = self.lengths.binary_search_by(|known| length.cmp(known));
        if let Err(place) = place {
            self.lengths.insert(place, length);
        }
        Ok(())
    }

    /// The longest of the prefixes that cover the path.
    pub(super) fn find(&self, path: &[u8]) -> Option<&Mount> {
        self.lengths.iter().find_map(|&length| {
            let (front, rest) = path.split_at_checked(length)?;
            match rest {
                [] | [b'/', ..] => self.by_prefix.get(front),
                _ => None,
            }
        })
    }
}

/// A prefix as it was given, without slashes at its end.
fn checked(given: &[u8]) -> Result<&[u8], DispatcherError> {
    let end = given.iter().rposition(|&byte| byte != b'/');
    let prefix = end.map_or(&given[..0], |end| &given[..=end]);
    let text = || String::from_utf8_lossy(given).into_owned();
    if !prefix.is_empty() && prefix[0] != b'/' {
        return Err(DispatcherError::NoLeadingSlash { prefix: text() });
    }
    if prefix.windows(2).any(|pair| pair == b"//") {
        return Err(DispatcherError::EmptySegment { prefix: text() });
    }
    Ok(prefix)
}

impl std::fmt::Debug for Prefixes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let labels = self.by_prefix.values().map(|mount| &mount.label);
        f.debug_set().entries(labels).finish()
    }
}
