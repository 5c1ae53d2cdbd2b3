//! Leadership: whoever holds the event loop leads.
#![allow(
    unsafe_code,
    reason = "a box passes through an atomic pointer, for which the standard library has no type"
)]

use std::ptr;

use super::sync::{AtomicPtr, AtomicU64, Ordering};

/// Where the event loop lies while its leader is in a call of the application.
///
/// The leader puts the loop down before a call and takes it up again after it. If the call lasts too long, the watcher
/// takes it up instead and gives it to another thread; the old leader then finds nothing. Exactly one of the two gets
/// it, for taking it up is one atomic swap.
///
/// ```text
///   leader:   … lead ── put_down ── call ──────── take_up ─▶ Some: goes on leading
///                           │                        └─────▶ None: has been succeeded
///                           ▼
///                       [ baton ]
///                           │
///   watcher:                └── take_up ─▶ Some: for a new leader
/// ```
#[derive(Debug)]
pub(super) struct Baton<T> {
    place: AtomicPtr<T>,
    /// How many times it was put down: tells a call from the next one.
    calls: AtomicU64,
}

impl<T> Baton<T> {
    pub(super) fn new() -> Self {
        Self {
            place: AtomicPtr::new(ptr::null_mut()),
            calls: AtomicU64::new(0),
        }
    }

    /// Leaves the loop to whoever takes it up first.
    pub(super) fn put_down(&self, state: Box<T>) {
        // Only the holder of the one loop counts, so nothing is lost between the two.
        let calls = self.calls.load(Ordering::Relaxed);
        self.calls.store(calls.wrapping_add(1), Ordering::Relaxed);
        self.place.store(Box::into_raw(state), Ordering::Release);
    }

    /// Takes the loop, if it lies here.
    pub(super) fn take_up(&self) -> Option<Box<T>> {
        let state = self.place.swap(ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: `put_down` made the pointer from a box and kept no other, and the swap gives it to one caller only.
        (!state.is_null()).then(|| unsafe { Box::from_raw(state) })
    }

    /// Whether it lies here: the leader is in a call.
    pub(super) fn is_down(&self) -> bool {
        !self.place.load(Ordering::Relaxed).is_null()
    }

    /// How many calls have begun so far.
    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

impl<T> Drop for Baton<T> {
    fn drop(&mut self) {
        drop(self.take_up());
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_down_is_taken_up_once() {
        let baton = Baton::new();
        assert!(baton.take_up().is_none());
        baton.put_down(Box::new(7));
        assert_eq!((baton.take_up().as_deref(), baton.calls()), (Some(&7), 1));
        assert!(baton.take_up().is_none());
    }

    #[test]
    fn what_nobody_took_up_is_dropped_with_it() {
        let witness = std::sync::Arc::new(());
        let baton = Baton::new();
        baton.put_down(Box::new(witness.clone()));
        drop(baton);
        assert_eq!(std::sync::Arc::strong_count(&witness), 1);
    }
}
