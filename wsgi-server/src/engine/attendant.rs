//! The thread that runs the server, while others serve.
//!
//! The signal handlers of an interpreter run there, if they run on the thread that began it. That may have to wait for the
//! interpreter, so nobody waits for this thread.

use std::io;
use std::time::Instant;

use mio::{Events, Poll, Token, Waker};

use super::event_loop::SWEEP;
use crate::control::Shared;

/// Waits for signals, until it is told that the server has ended.
pub(super) struct Attendant {
    poll: Poll,
    told: Events,
}

impl Attendant {
    /// With what wakes it at the end.
    pub(super) fn new() -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), Token(0))?;
        let told = Events::with_capacity(1);
        Ok((Self { poll, told }, waker))
    }

    pub(super) fn attend(&mut self, shared: &Shared, has_ended: impl Fn() -> bool) {
        let mut checked = Instant::now();
        while !has_ended() {
            // A signal cuts it short, unless it reached another thread.
            let outcome = self.poll.poll(&mut self.told, Some(SWEEP));
            if outcome.is_err() || checked.elapsed() >= SWEEP {
                shared.check_signals();
                checked = Instant::now();
            }
            if let Err(error) = outcome
                && error.kind() != io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "cannot wait for signals; they are looked for twice a second");
                std::thread::sleep(SWEEP);
            }
        }
    }
}
