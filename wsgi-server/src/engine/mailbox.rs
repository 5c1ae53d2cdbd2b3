//! What other threads have for the leader of an event loop.

use super::stress;
use super::sync::{AtomicBool, Mutex, MutexGuard, Ordering, PoisonError};

/// Letters to the leader: connections that come back from a call, clients that another loop has accepted.
///
/// The leader looks in between two events, and once more before it waits for its sockets. Whoever sends a letter is
/// told whether the leader waits, so that it is woken when it must be, and only then:
///
/// ```text
///   sender:  post a letter ─▶ true: wake the poll       leader:  about_to_wait ─▶ true: no letters, wait
///                          └▶ false: it will look                              └▶ false: there are letters
/// ```
///
/// Both sides pass through the same lock, so that either the leader sees the letter or the sender sees that it waits.
#[derive(Debug)]
pub(super) struct Mailbox<L> {
    letters: Mutex<Vec<L>>,
    /// Whether there may be letters, for a look without the lock.
    any: AtomicBool,
    /// Whether the leader waits, or is about to.
    waiting: AtomicBool,
    /// Whether nobody will look in any more.
    closed: AtomicBool,
}

impl<L> Mailbox<L> {
    pub(super) fn new() -> Self {
        Self {
            letters: Mutex::new(Vec::new()),
            any: AtomicBool::new(false),
            waiting: AtomicBool::new(false),
            closed: AtomicBool::new(false),
        }
    }

    /// Leaves a letter. `true`: the leader waits, and has to be woken.
    ///
    /// # Errors
    /// The letter comes back when the loop has ended.
    pub(super) fn post(&self, letter: L) -> Result<bool, L> {
        let mut letters = self.lock();
        if self.closed.load(Ordering::Relaxed) {
            return Err(letter);
        }
        letters.push(letter);
        self.any.store(true, Ordering::Relaxed);
        Ok(self.waiting.swap(false, Ordering::Relaxed))
    }

    /// Moves the letters to `taken`.
    pub(super) fn collect(&self, taken: &mut Vec<L>) {
        stress::point();
        // A letter that this look misses is seen by the next, at the latest by `about_to_wait`.
        if self.any.load(Ordering::Relaxed) {
            let mut letters = self.lock();
            self.any.store(false, Ordering::Relaxed);
            taken.append(&mut letters);
        }
    }

    /// Whether the leader may wait: there are no letters, and whoever posts one from now on will wake it.
    pub(super) fn about_to_wait(&self) -> bool {
        let letters = self.lock();
        let nothing = letters.is_empty();
        self.waiting.store(nothing, Ordering::Relaxed);
        nothing
    }

    /// The wait is over, for whatever reason.
    pub(super) fn awake(&self) {
        stress::point();
        self.waiting.store(false, Ordering::Relaxed);
    }

    /// Whether the leader waits for its sockets.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Takes no more letters; gives those that were not collected.
    pub(super) fn close(&self) -> Vec<L> {
        let mut letters = self.lock();
        self.closed.store(true, Ordering::Relaxed);
        std::mem::take(&mut *letters)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<L>> {
        stress::point();
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_leader_that_waits_is_woken_once() {
        let mailbox = Mailbox::new();
        assert_eq!(mailbox.post(1), Ok(false));
        assert!(!mailbox.about_to_wait());
        let mut letters = Vec::new();
        mailbox.collect(&mut letters);
        assert_eq!(letters, [1]);
        assert!(mailbox.about_to_wait() && mailbox.is_waiting());
        assert_eq!((mailbox.post(2), mailbox.post(3)), (Ok(true), Ok(false)));
        mailbox.collect(&mut letters);
        assert_eq!(letters, [1, 2, 3]);
    }

    #[test]
    fn a_letter_to_a_loop_that_has_ended_comes_back() {
        let mailbox = Mailbox::new();
        assert_eq!(mailbox.post(1), Ok(false));
        assert_eq!(mailbox.close(), [1]);
        assert_eq!(mailbox.post(2), Err(2));
    }
}
