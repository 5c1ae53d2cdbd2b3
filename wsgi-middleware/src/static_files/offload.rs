//! Files that the server in front sends: `X-Sendfile` and `X-Accel-Redirect`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::StaticFilesError;

/// What stays as it is in the path of a URL.
pub(super) const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Who sends a file's bytes. The configuration says; nothing in a request does.
#[derive(Clone, Debug, Default)]
pub(super) enum Offload {
    /// We do.
    #[default]
    None,
    /// A server that is told the file's path.
    Sendfile,
    /// A server that is told the file's place in its own URLs: folders, and what stands for them there.
    AccelRedirect(Vec<(PathBuf, String)>),
}

impl Offload {
    /// Says that files below `folder` are below `location` for the server in front.
    pub(super) fn map(&mut self, folder: &Path, location: &str) -> Result<(), StaticFilesError> {
        if !location.starts_with('/') {
            let location = location.to_owned();
            return Err(StaticFilesError::Location { location });
        }
        let folder = canonical(folder)?;
        let location = location.trim_end_matches('/').to_owned();
        match self {
            Self::AccelRedirect(map) => map.push((folder, location)),
            _ => *self = Self::AccelRedirect(vec![(folder, location)]),
        }
        Ok(())
    }

    /// Whether files may be handed over.
    pub(super) const fn is_on(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// The field that hands over the file at `path` below `root`; `None` when we send it ourselves.
    pub(super) fn field(&self, root: &Path, path: &[u8]) -> Option<(&'static str, Vec<u8>)> {
        let file = || root.join(OsStr::from_bytes(path));
        match self {
            Self::None => None,
            Self::Sendfile => {
                let file = file().into_os_string().into_encoded_bytes();
                // Servers differ in whether they decode the path; with these it would matter.
                let is_plain = |byte: &u8| !byte.is_ascii_control() && *byte != b'%';
                file.iter().all(is_plain).then_some(("X-Sendfile", file))
            }
            Self::AccelRedirect(map) => map.iter().find_map(|(folder, location)| {
                let file = file();
                let rest = file.strip_prefix(folder).ok()?;
                let rest = percent_encode(rest.as_os_str().as_bytes(), PATH);
                Some((
                    "X-Accel-Redirect",
                    format!("{location}/{rest}").into_bytes(),
                ))
            }),
        }
    }
}

/// A folder's path without links, `.` and `..`, from the root of the file system.
pub(super) fn canonical(folder: &Path) -> Result<PathBuf, StaticFilesError> {
    let path = std::fs::canonicalize(folder).and_then(|path| match path.is_dir() {
        true => Ok(path),
        false => Err(std::io::ErrorKind::NotADirectory.into()),
    });
    path.map_err(|source| StaticFilesError::Root {
        path: folder.to_owned(),
        source,
    })
}
