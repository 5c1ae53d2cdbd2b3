//! How the validators on either side of a middleware find each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Left in the environ's extensions by the outer validator; the inner ones count in it what they see.
#[derive(Clone, Debug, Default)]
pub(super) struct Link(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    /// Inner validators that were called.
    attached: AtomicUsize,
    /// Blocks that inner bodies gave.
    blocks: AtomicUsize,
    /// Calls of `write` by inner applications.
    writes: AtomicUsize,
    /// Inner bodies that are not closed yet.
    open: AtomicUsize,
}

impl Link {
    pub(super) fn attach(&self) {
        self.0.attached.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn is_attached(&self) -> bool {
        self.0.attached.load(Ordering::Relaxed) > 0
    }

    pub(super) fn block_given(&self) {
        self.0.blocks.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn blocks(&self) -> usize {
        self.0.blocks.load(Ordering::Relaxed)
    }

    pub(super) fn written(&self) {
        self.0.writes.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn writes(&self) -> usize {
        self.0.writes.load(Ordering::Relaxed)
    }

    pub(super) fn body_opened(&self) {
        self.0.open.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn body_closed(&self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn open_bodies(&self) -> usize {
        self.0.open.load(Ordering::Relaxed)
    }
}
