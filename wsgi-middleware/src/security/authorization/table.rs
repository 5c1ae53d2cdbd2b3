//! Secrets and whose they are.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};

/// A list that takes the same time for every question, so that nobody learns from it which secrets there are, whose, or
/// how much of one was right. The secrets themselves are not kept, only their SHA-256.
#[derive(Clone)]
pub(crate) struct Table<T>(Vec<([u8; 32], T)>);

impl<T> Table<T> {
    pub(crate) fn add(&mut self, secret: &[u8], owner: T) {
        self.0.push((Sha256::digest(secret).into(), owner));
    }

    pub(crate) fn find(&self, secret: &[u8]) -> Option<&T> {
        let digest: [u8; 32] = Sha256::digest(secret).into();
        // Of the place of the right one plus 1; 0 is none. No look is left out, no branch taken.
        let mut found = 0;
        for (number, (known, _)) in (1_u64..).zip(&self.0) {
            found.conditional_assign(&number, digest.ct_eq(known));
        }
        let index = usize::try_from(found.checked_sub(1)?).ok()?;
        self.0.get(index).map(|(_, owner)| owner)
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// Without the secrets.
impl<T> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table({} entries)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_finds_its_owner() {
        let mut table = Table::default();
        assert_eq!(table.find(b""), None);
        for (secret, owner) in [("a", 1), ("b", 2), ("c", 3)] {
            table.add(secret.as_bytes(), owner);
        }
        let owners = ["a", "b", "c", "", "d", "aa"].map(|secret| table.find(secret.as_bytes()));
        assert_eq!(owners, [Some(&1), Some(&2), Some(&3), None, None, None]);
    }

    #[test]
    fn debugging_output_has_no_secrets() {
        let mut table = Table::default();
        table.add(b"secret", "owner");
        assert_eq!(format!("{table:?}"), "Table(1 entries)");
    }
}
