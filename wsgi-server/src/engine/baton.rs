//! Leadership: whoever holds the event loop leads.
#![allow(
    unsafe_code,
    reason = "a box passes through an atomic pointer, for which the standard library has no type"
)]

use std::ptr;

use super::stress;
use super::sync::{AtomicPtr, AtomicU64, Ordering};

/// Where the event loop lies while its leader is in a call of the application.
///
/// The leader puts the loop down before a call and takes it up again after it. If the call lasts too long, the watcher
/// takes it up instead and gives it to another thread; the old leader then finds nothing. Exactly one of the two gets
/// it, for taking it up is one compare-and-swap.
///
/// ```text
///   leader:   … lead ── put_down ── call ──────── take_up ─▶ Some: goes on leading
///                           │                        └─────▶ None: has been succeeded
///                           ▼
///                       [ baton ]
///                           │
///   watcher:                └── take_up ─▶ Some: for a new leader
/// ```
///
/// Both name the call that they mean. So the old leader does not take up what its successor has put down for a call of
/// its own, and the watcher does not take the loop from the next call, which has only just begun.
#[derive(Debug)]
pub(super) struct Baton<T: Send> {
    place: AtomicPtr<T>,
    /// Odd while the loop lies here; one more each time it is put down or taken up.
    moves: AtomicU64,
}

/// One call of a leader, told from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CallId(u64);

impl<T: Send> Baton<T> {
    pub(super) fn new() -> Self {
        Self {
            place: AtomicPtr::new(ptr::null_mut()),
            moves: AtomicU64::new(0),
        }
    }

    /// Leaves the loop to whoever takes it up first, for the time of a call. Only who holds the one loop may do so.
    pub(super) fn put_down(&self, state: Box<T>) -> CallId {
        stress::point();
        // The holder of the loop is the only one to write either, until the last store here.
        let call = self.moves.load(Ordering::Relaxed).wrapping_add(1);
        self.place.store(Box::into_raw(state), Ordering::Relaxed);
        self.moves.store(call, Ordering::Release);
        stress::point();
        CallId(call)
    }

    /// Takes the loop, if it still lies here for this call.
    pub(super) fn take_up(&self, call: CallId) -> Option<Box<T>> {
        stress::point();
        if !call.is_call() {
            return None;
        }
        let taken = call.0.wrapping_add(1);
        self.moves
            .compare_exchange(call.0, taken, Ordering::AcqRel, Ordering::Relaxed)
            .ok()?;
        stress::point();
        let state = self.place.load(Ordering::Relaxed);
        // SAFETY: `put_down` made the pointer from a box, kept no other, and then made `moves` odd, which only one
        // compare-and-swap for each call makes even again: this one, for the call is one. `Acquire` shows the pointer,
        // and what it points to, as they were when `put_down` released them.
        Some(unsafe { Box::from_raw(state) })
    }

    /// The call that the leader is in, else something that stays the same until the next one.
    pub(super) fn call(&self) -> CallId {
        CallId(self.moves.load(Ordering::Relaxed))
    }
}

impl CallId {
    /// Whether this is a call at all: the loop lay in the baton.
    pub(super) fn is_call(self) -> bool {
        self.0 % 2 == 1
    }
}

impl<T: Send> Drop for Baton<T> {
    fn drop(&mut self) {
        let call = self.call();
        if call.is_call() {
            drop(self.take_up(call));
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_down_is_taken_up_once() {
        let baton = Baton::new();
        assert!(!baton.call().is_call());
        let call = baton.put_down(Box::new(7));
        assert!(call.is_call() && baton.call() == call);
        assert_eq!(baton.take_up(call).as_deref(), Some(&7));
        assert!(!baton.call().is_call());
        assert!(baton.take_up(call).is_none());
    }

    #[test]
    fn between_two_calls_there_is_nothing_to_take_up() {
        let baton = Baton::<u8>::new();
        assert!(baton.take_up(baton.call()).is_none());
        let call = baton.put_down(Box::new(7));
        drop(baton.take_up(call));
        assert!(baton.take_up(baton.call()).is_none());
        assert!(!baton.call().is_call());
    }

    #[test]
    fn what_a_successor_puts_down_is_not_for_the_leaders_before_it() {
        let baton = Baton::new();
        let slow = baton.put_down(Box::new(7));
        let state = baton.take_up(slow).expect("the watcher gets it");
        let next = baton.put_down(state);
        assert!(baton.take_up(slow).is_none());
        assert_eq!(baton.take_up(next).as_deref(), Some(&7));
    }

    /// As the models have it, here for tools that watch memory.
    #[test]
    fn of_two_threads_one_takes_it_up() {
        let baton = Baton::new();
        for turn in 0..20 {
            let call = baton.put_down(Box::new(turn));
            let (leader, watcher) = std::thread::scope(|scope| {
                let watcher = scope.spawn(|| baton.take_up(baton.call()));
                (
                    baton.take_up(call),
                    watcher.join().expect("it does not panic"),
                )
            });
            assert!(leader.is_none() || watcher.is_none());
            assert_eq!(leader.or(watcher).as_deref(), Some(&turn));
        }
    }

    #[test]
    fn what_nobody_took_up_is_dropped_with_it() {
        let witness = std::sync::Arc::new(());
        let baton = Baton::new();
        let _ = baton.put_down(Box::new(witness.clone()));
        drop(baton);
        assert_eq!(std::sync::Arc::strong_count(&witness), 1);
    }
}
