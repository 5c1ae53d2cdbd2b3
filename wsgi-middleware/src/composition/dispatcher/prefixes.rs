//! The applications of one host, by prefix of the path.

use std::sync::Arc;

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
        if !self.prefix.is_empty() {
            let rest = environ.path_info().get(self.prefix.len()..);
            let rest = rest.unwrap_or_default().to_vec();
            let script_name = [environ.script_name(), &self.prefix].concat();
            environ.set_script_name(script_name);
            environ.set_path_info(rest);
        }
    }
}

/// The mounts of a host, in groups of the same length, the longest first.
#[derive(Clone, Default)]
pub(super) struct Prefixes(Vec<SameLength>);

/// In the order of their bytes.
#[derive(Clone)]
struct SameLength(usize, Vec<Mount>);

impl Prefixes {
    pub(super) fn add(
        &mut self,
        given: &[u8],
        app: Arc<dyn Application>,
    ) -> Result<(), DispatcherError> {
        let prefix: Arc<[u8]> = checked(given)?.into();
        let label = String::from_utf8_lossy(&prefix);
        let length = prefix.len();
        let groups = &mut self.0;
        let group = match groups.binary_search_by(|group| length.cmp(&group.0)) {
            Ok(index) => index,
            Err(index) => {
                groups.insert(index, SameLength(length, Vec::new()));
                index
            }
        };
        let mounts = &mut groups[group].1;
        match mounts.binary_search_by(|mount| mount.prefix.cmp(&prefix)) {
            Ok(_) => Err(DispatcherError::Twice {
                prefix: label.into_owned(),
            }),
            Err(index) => {
                let label = label.into();
                mounts.insert(index, Mount { prefix, label, app });
                Ok(())
            }
        }
    }

    /// The longest of the prefixes that cover the path.
    pub(super) fn find(&self, path: &[u8]) -> Option<&Mount> {
        self.0.iter().find_map(|SameLength(length, mounts)| {
            let (front, rest) = path.split_at_checked(*length)?;
            if !matches!(rest, [] | [b'/', ..]) {
                return None;
            }
            let index = mounts.binary_search_by(|mount| (*mount.prefix).cmp(front));
            mounts.get(index.ok()?)
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
        let mounts = self.0.iter().flat_map(|SameLength(_, mounts)| mounts);
        f.debug_list()
            .entries(mounts.map(|mount| &mount.label))
            .finish()
    }
}
