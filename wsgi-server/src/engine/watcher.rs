//! The thread that sees to it that no call of an application holds up an event loop.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token, Waker};

use super::Loop;
use super::event_loop::SWEEP;
use crate::control::Shared;

/// How often the leaders are looked at while they are busy. A call that is seen twice has lasted for at least this
/// long, and for twice as long at most.
const TICK: Duration = Duration::from_millis(1);

/// After so many ticks without a call the watcher sleeps, until a leader wakes it.
const QUIET: u32 = 100;

/// How leaders wake the watcher.
#[derive(Debug)]
pub(super) struct Pulse {
    waker: Waker,
    asleep: AtomicBool,
}

impl Pulse {
    /// A leader has something to do. Costs next to nothing unless the watcher sleeps.
    pub(super) fn quicken(&self) {
        // Either this leader sees that the watcher sleeps, or the watcher, which looks once more before it does,
        // sees that this leader waits no longer.
        fence(Ordering::SeqCst);
        if self.asleep.load(Ordering::Relaxed) && self.asleep.swap(false, Ordering::Relaxed) {
            self.wake();
        }
    }

    /// Has the watcher look around.
    pub(super) fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "cannot wake the watcher; it looks by itself twice a second");
        }
    }
}

/// Watches over the leaders until the last event loop has ended.
pub(super) struct Watcher {
    poll: Poll,
    told: Events,
    quiet: u32,
    signals_checked: Instant,
}

impl Watcher {
    pub(super) fn new() -> io::Result<(Self, Pulse)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), Token(0))?;
        let watcher = Self {
            poll,
            told: Events::with_capacity(4),
            quiet: 0,
            signals_checked: Instant::now(),
        };
        let pulse = Pulse {
            waker,
            asleep: AtomicBool::new(false),
        };
        Ok((watcher, pulse))
    }

    /// Runs until the last of the event loops has ended; the signal handlers of an interpreter run here.
    pub(super) fn watch(&mut self, shared: &Shared, pulse: &Pulse, loops: &[Arc<Loop>]) {
        // How many calls there had been at the tick before.
        let mut seen = vec![u64::MAX; loops.len()];
        while !loops.iter().all(|lp| lp.has_ended()) {
            let signalled = !self.rest(shared, pulse, loops);
            if signalled || self.signals_checked.elapsed() >= SWEEP {
                self.signals_checked = Instant::now();
                shared.check_signals();
            }
            shared.outboxes.flush();
            self.quiet = self.quiet.saturating_add(1);
            for (lp, seen) in loops.iter().zip(&mut seen) {
                let calls = lp.baton.calls();
                if calls == *seen {
                    // A loop that is held is at most waiting, which is no call.
                    self.relieve(lp);
                } else {
                    self.quiet = 0;
                    lp.sample.give();
                }
                *seen = calls;
            }
        }
    }

    /// Gives the loop to another thread, if its leader is in a call.
    fn relieve(&mut self, lp: &Arc<Loop>) {
        if !lp.baton.is_down() {
            return;
        }
        self.quiet = 0;
        let Some(follower) = lp.crew.reserve(|id| lp.spawn(id)) else {
            return;
        };
        let mut state = lp.baton.take_up();
        if let Some(state) = &mut state {
            state.note_slow_call();
        }
        lp.crew.promote(follower, state);
    }

    /// Waits for the next tick, or for a leader when nothing has happened for a while. `false`: a signal came.
    fn rest(&mut self, shared: &Shared, pulse: &Pulse, loops: &[Arc<Loop>]) -> bool {
        let sleeps = self.quiet >= QUIET && {
            pulse.asleep.store(true, Ordering::Relaxed);
            fence(Ordering::SeqCst);
            shared.outboxes.is_empty()
                && loops
                    .iter()
                    .all(|lp| lp.mailbox.is_waiting() || lp.has_ended())
        };
        let timeout = if sleeps { SWEEP } else { TICK };
        let outcome = self.poll.poll(&mut self.told, Some(timeout));
        pulse.asleep.store(false, Ordering::Relaxed);
        if sleeps && !self.told.is_empty() {
            self.quiet = 0;
        }
        match outcome {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => false,
            Err(error) => {
                // Without the poll there is still the clock.
                tracing::error!(%error, "the watcher's poll failed");
                std::thread::sleep(TICK);
                true
            }
            Ok(()) => true,
        }
    }
}
