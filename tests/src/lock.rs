//! One process at a time: several test binaries prepare the same things.

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

/// Holds the lock of this file until dropped.
#[derive(Debug)]
pub(crate) struct Lock(
    #[expect(dead_code, reason = "the lock is held for as long as the file is open")] File,
);

impl Lock {
    /// Waits until no other process holds the lock.
    ///
    /// # Panics
    /// When the file cannot be made or locked.
    pub(crate) fn take(path: &Path) -> Self {
        let file = File::create(path)
            .unwrap_or_else(|error| panic!("cannot create the lock file {path:?}: {error}"));
        flock(&file, FlockOperation::LockExclusive)
            .unwrap_or_else(|error| panic!("cannot lock {path:?}: {error}"));
        Self(file)
    }
}
