//! The thread that sees to it that no call of an application holds up an event loop.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use mio::{Events, Poll, Token, Waker};

use super::Loop;
use super::baton::CallId;
use super::event_loop::SWEEP;
use super::sleep::Sleep;
use crate::control::Shared;

/// How often the leaders are looked at while they are busy. A call that is seen twice has lasted for at least this
/// long, and for twice as long at most.
const TICK: Duration = Duration::from_millis(1);

/// A leader that computes, or whose processor has been taken from it, may go on for so many ticks: another thread would not
/// help much in the first case, and not at all in the second.
const PATIENCE: u32 = 5;

/// After so many ticks without a call the watcher sleeps, until a leader wakes it.
const QUIET: u32 = 100;

/// How leaders wake the watcher.
#[derive(Debug)]
pub(super) struct Pulse {
    waker: Waker,
    sleep: Sleep,
}

impl Pulse {
    /// A leader has something to do. Costs next to nothing unless the watcher sleeps.
    pub(super) fn quicken(&self) {
        if self.sleep.disturb() {
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
}

impl Watcher {
    pub(super) fn new() -> io::Result<(Self, Pulse)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), Token(0))?;
        let watcher = Self {
            poll,
            told: Events::with_capacity(4),
            quiet: 0,
        };
        let pulse = Pulse {
            waker,
            sleep: Sleep::new(),
        };
        Ok((watcher, pulse))
    }

    /// Runs until the last of the event loops has ended.
    pub(super) fn watch(&mut self, shared: &Shared, pulse: &Pulse, loops: &[Arc<Loop>]) {
        // The calls that the leaders were in at the tick before, and for how many ticks.
        let mut seen = vec![(None, 0); loops.len()];
        while !loops.iter().all(|lp| lp.has_ended()) {
            self.rest(shared, pulse, loops);
            shared.outboxes.flush();
            self.quiet = self.quiet.saturating_add(1);
            for (lp, (seen, ticks)) in loops.iter().zip(&mut seen) {
                let call = lp.baton.call();
                if seen.replace(call) != Some(call) {
                    (self.quiet, *ticks) = (0, 0);
                    lp.sample.give();
                } else if call.is_call() {
                    (self.quiet, *ticks) = (0, *ticks + 1);
                    if *ticks >= PATIENCE || !lp.leader_is_running() {
                        relieve(lp, call);
                    }
                }
            }
        }
    }

    /// Waits for the next tick, or for a leader when nothing has happened for a while.
    fn rest(&mut self, shared: &Shared, pulse: &Pulse, loops: &[Arc<Loop>]) {
        let sleeps = self.quiet >= QUIET && {
            pulse.sleep.begin();
            shared.outboxes.are_empty()
                && loops
                    .iter()
                    .all(|lp| lp.mailbox.is_waiting() || lp.has_ended())
        };
        let timeout = if sleeps { SWEEP } else { TICK };
        let outcome = self.poll.poll(&mut self.told, Some(timeout));
        pulse.sleep.end();
        if sleeps && !self.told.is_empty() {
            self.quiet = 0;
        }
        if let Err(error) = outcome
            && error.kind() != io::ErrorKind::Interrupted
        {
            // Without the poll there is still the clock.
            tracing::error!(%error, "the watcher's poll failed");
            std::thread::sleep(TICK);
        }
    }
}

/// Gives the loop to another thread, if its leader is still in this call.
fn relieve(lp: &Arc<Loop>, call: CallId) {
    let Some(follower) = lp.crew.reserve(|id| lp.spawn(id)) else {
        return;
    };
    let mut state = lp.baton.take_up(call);
    if let Some(state) = &mut state {
        state.note_slow_call(lp);
        tracing::debug!(
            event_loop = lp.index,
            thread = follower,
            "a call lasts; another thread leads the event loop"
        );
    }
    lp.crew.promote(follower, state);
}
