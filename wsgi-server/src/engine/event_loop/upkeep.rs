//! What comes round from time to time, and the end.

use std::sync::Arc;
use std::time::Instant;

use mio::Token;

use super::EventLoop;
use super::connections::Slot;
use crate::connection::Edges;
use crate::control::Stop;
use crate::engine::crew::Order;
use crate::engine::{Letter, Loop};

impl EventLoop {
    /// Gives up clients whose time is over, and requests that nobody found time for.
    pub(super) fn sweep(&mut self, lp: &Arc<Loop>) {
        self.swept = self.now;
        for (key, slot) in self.connections.iter_mut() {
            if let Slot::Here(connection) = slot
                && connection.is_overdue(self.now)
            {
                connection.look_again();
                self.ready.push_back(key);
            }
        }
        let oldest = lp
            .shared
            .patience()
            .and_then(|age| self.now.checked_sub(age));
        for job in oldest
            .map(|oldest| lp.crew.expired(oldest))
            .unwrap_or_default()
        {
            self.refuse(job);
        }
        // After that, for who still waited in the queue is no thread's.
        self.answer_overdue(lp);
        // Whichever loop accepts.
        if lp.shared.admission.is_awaited() {
            self.hurry_idle();
        }
        if std::mem::take(&mut self.accept_later) {
            self.look_at_listeners();
        }
        self.round = self.ready.len();
    }

    /// Accepts at the next turn whoever waits, without having been told.
    pub(super) fn look_at_listeners(&mut self) {
        let listeners = 0..self.listeners.len();
        self.events
            .extend(listeners.map(|index| (Token(1 + index), Edges::default())));
    }

    /// Whether the server is to go on. While it stops, idle connections are let go.
    pub(super) fn goes_on(&mut self, lp: &Loop) -> bool {
        match lp.shared.stop() {
            Stop::No => true,
            Stop::Now => false,
            Stop::Graceful => self.drain(lp),
        }
    }

    /// Stops listening once those are answered who came before the stop. `false`: all is done, or the time is over.
    fn drain(&mut self, lp: &Loop) -> bool {
        let Some(until) = self.stop_by else {
            self.stop_by = Some(self.now + lp.shared.timeouts.graceful);
            self.look_at_listeners();
            return true;
        };
        self.listeners.clear();
        self.collect(lp);
        if self.events.is_empty() && self.ready.is_empty() {
            // Nobody of these has said anything that was not listened to.
            self.connections
                .retain(|slot| !matches!(slot, Slot::Here(connection) if connection.is_idle()));
            self.is_drained = true;
            // What a thread that is too late brings back is for nobody.
            let mut slots = self.connections.iter_mut();
            if slots.all(|(_, slot)| matches!(slot, Slot::Away(away) if away.is_answered())) {
                return false;
            }
        }
        if self.now >= until {
            tracing::warn!(
                connections = self.connections.len(),
                "the graceful timeout is over"
            );
        }
        self.now < until
    }

    /// Closes the bodies of unfinished answers, each on the thread that began it, and forgets all connections.
    pub(in crate::engine) fn close(&mut self, lp: &Loop, me: usize) {
        self.listeners.clear();
        // Requests that wait are cut off, too; this thread, which leads no more in a moment, would take the first.
        drop(lp.crew.expired(Instant::now()));
        self.letters.extend(lp.mailbox.close());
        let returned = self.letters.drain(..).filter_map(|letter| match letter {
            Letter::Returned(_, connection) => Some(connection),
            Letter::Arrived(..) => None,
        });
        let here = self.connections.drain();
        for mut connection in here.chain(returned) {
            let other = connection.thread().filter(|&thread| thread != me);
            let left = match other {
                Some(thread) => lp.crew.recall(thread, Order::Abandon(connection)),
                None => {
                    connection.abandon();
                    Ok(())
                }
            };
            if let Err(Order::Abandon(mut connection)) = left {
                connection.abandon(); // its thread has ended, which it does not before its answers have
            }
        }
    }
}
