//! Mounts: applications that have all paths under a prefix to themselves.

use std::sync::Arc;

use thiserror::Error;
use wsgi_core::{Application, ApplicationError, Body, Environ, StartResponse};

use crate::pattern::{PatternError, as_text, check_path};

/// An application at a prefix: `/blog`, or nothing for the one at `/`.
pub(crate) struct Mount {
    prefix: String,
    app: Arc<dyn Application>,
}

impl Mount {
    pub(crate) fn new(prefix: &str, app: Arc<dyn Application>) -> Result<Self, MountError> {
        check_path(prefix).map_err(|problem| MountError::Path { problem })?;
        let prefix = if prefix == "/" { "" } else { prefix };
        if prefix.ends_with('/') {
            return Err(MountError::TrailingSlash);
        }
        if prefix.contains(['{', '}']) {
            return Err(MountError::Parameter);
        }
        Ok(Self {
            prefix: prefix.to_owned(),
            app,
        })
    }

    /// As it was written: `/` for the empty prefix.
    pub(crate) fn prefix(&self) -> &str {
        if self.prefix.is_empty() {
            "/"
        } else {
            &self.prefix
        }
    }

    /// How many bytes the mount takes from the front of the path.
    pub(crate) fn len(&self) -> usize {
        self.prefix.len()
    }

    /// Moves the prefix from `PATH_INFO` to `SCRIPT_NAME` and lets the application answer.
    pub(crate) fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        if !self.prefix.is_empty() {
            let (moved, rest) = environ.path_info().split_at(self.prefix.len());
            let script_name = [environ.script_name(), moved].concat();
            let rest = rest.to_vec();
            environ.set_script_name(script_name);
            environ.set_path_info(rest);
        }
        self.app.call(environ, start_response)
    }
}

impl std::fmt::Debug for Mount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Mount").field(&self.prefix()).finish()
    }
}

/// All mounts, with a trie of their prefixes.
#[derive(Debug, Default)]
pub(crate) struct Mounts {
    mounts: Vec<Mount>,
    trie: matchit::Router<usize>,
    root: Option<usize>,
}

impl Mounts {
    /// Adds a mount.
    pub(crate) fn add(&mut self, mount: Mount) -> Result<(), MountError> {
        if self.mounts.iter().any(|known| known.prefix == mount.prefix) {
            return Err(MountError::Twice);
        }
        let index = self.mounts.len();
        if mount.prefix.is_empty() {
            self.root = Some(index);
        } else {
            let prefix = as_text(mount.prefix.as_bytes());
            // Ending at the prefix, at the slash behind it, or anywhere beyond: a segment boundary each time.
            for key in [
                prefix.to_string(),
                format!("{prefix}/"),
                format!("{prefix}/{{*rest}}"),
            ] {
                self.trie
                    .insert(key, index)
                    .map_err(|error| MountError::Unsupported {
                        reason: error.to_string(),
                    })?;
            }
        }
        self.mounts.push(mount);
        Ok(())
    }

    /// The mount of the longest prefix; that at `/` has what no other has.
    pub(crate) fn find(&self, path: &[u8]) -> Option<&Mount> {
        let found = self
            .trie
            .at(&as_text(path))
            .ok()
            .map(|found| *found.value)
            .or(self.root)?;
        self.mounts.get(found)
    }

    pub(crate) fn has_root(&self) -> bool {
        self.root.is_some()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Mount> {
        self.mounts.iter()
    }
}

/// Why a mount was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MountError {
    /// No `PATH_INFO` begins so.
    #[error("{problem}")]
    Path {
        /// What is wrong with the prefix as a path.
        problem: PatternError,
    },
    /// The slash behind the prefix belongs to the `PATH_INFO` of the application.
    #[error(
        "it ends with \"/\"; leave that out, the application has it at the front of its PATH_INFO"
    )]
    TrailingSlash,
    /// A prefix is plain text.
    #[error(
        "it has a brace, but a prefix takes no parameters; mount at the part before it and route the rest inside"
    )]
    Parameter,
    /// Two applications at one prefix.
    #[error("an application is mounted there already; give one of the two another prefix")]
    Twice,
    /// The trie refused it for a reason of its own.
    #[error("the prefix is not understood: {reason}")]
    Unsupported {
        /// The trie's words.
        reason: String,
    },
}
