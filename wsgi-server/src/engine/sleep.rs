//! The sleep of the watcher, while no leader has anything to do.

use super::stress;
use super::sync::{AtomicBool, Ordering, fence};

/// Whether the watcher sleeps.
///
/// Leaders tell only a watcher that sleeps, so that a request costs them one look:
///
/// ```text
///   watcher:  begin ── does everybody wait? ─▶ yes: sleep      leader:  wait no longer ── disturb ─▶ true: wake it
///                                          └─▶ no: go on                                        └─▶ false: it looks
/// ```
///
/// Each tells the other first and looks then. So either the leader sees that the watcher sleeps, or the watcher sees that
/// this leader waits no longer.
#[derive(Debug)]
pub(super) struct Sleep(AtomicBool);

impl Sleep {
    pub(super) fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// The watcher is about to sleep. It has to look once more after this.
    pub(super) fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        stress::point();
    }

    /// The watcher does not sleep, or not any more.
    pub(super) fn end(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// There is something to watch, as whoever looks can see from now on. `true`: the watcher has to be woken.
    pub(super) fn disturb(&self) -> bool {
        stress::point();
        fence(Ordering::SeqCst);
        self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::Relaxed)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn only_a_watcher_that_sleeps_is_woken_and_once() {
        let sleep = Sleep::new();
        assert!(!sleep.disturb());
        sleep.begin();
        assert_eq!((sleep.disturb(), sleep.disturb()), (true, false));
        sleep.begin();
        sleep.end();
        assert!(!sleep.disturb());
    }
}
