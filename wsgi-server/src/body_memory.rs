//! How much memory the request bodies of all connections hold together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What all bodies together may hold by default, in bytes: 64 MiB, so that a small machine survives many uploads at
/// once. Beyond it bodies go into files sooner.
const DEFAULT: usize = 64 << 20;

/// A server's account of the memory that request bodies hold, be they on their way, complete, or taken by the
/// application.
#[derive(Debug)]
pub(crate) struct BodyMemory {
    limit: usize,
    used: AtomicUsize,
}

/// What one body holds of a [`BodyMemory`]; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    memory: Arc<BodyMemory>,
    bytes: usize,
}

impl BodyMemory {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            used: AtomicUsize::new(0),
        }
    }

    /// Bytes held now.
    #[cfg(test)]
    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }
}

impl Default for BodyMemory {
    fn default() -> Self {
        Self::new(DEFAULT)
    }
}

impl Share {
    /// Nothing, for a body that is about to begin.
    pub(crate) fn new(memory: Arc<BodyMemory>) -> Self {
        Self { memory, bytes: 0 }
    }

    /// Says that the body holds so many bytes now. `false`: it has grown, and all bodies together hold too much.
    pub(crate) fn set(&mut self, bytes: usize) -> bool {
        // A sum alone: nothing else is told by it, so no order of memory accesses is needed.
        let grown = bytes.saturating_sub(self.bytes);
        let before = if grown > 0 {
            self.memory.used.fetch_add(grown, Ordering::Relaxed)
        } else {
            let shrunk = self.bytes - bytes;
            self.memory.used.fetch_sub(shrunk, Ordering::Relaxed)
        };
        self.bytes = bytes;
        grown == 0 || before + grown <= self.memory.limit
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_counted_together_and_given_back() {
        let memory = Arc::new(BodyMemory::new(100));
        let mut one = Share::new(memory.clone());
        let mut two = Share::new(memory.clone());
        assert!(one.set(60) && two.set(40));
        assert!(!two.set(41), "one byte too many");
        assert_eq!(memory.used(), 101, "counted all the same");
        assert!(two.set(10) && one.set(90));
        drop(one);
        assert_eq!(memory.used(), 10);
        drop(two);
        assert_eq!(memory.used(), 0);
    }
}
