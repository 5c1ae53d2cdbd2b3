//! What the threads of a server and the handles to it have in common.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use wsgi_core::Application;

use crate::admission::Admission;
use crate::engine::Loop;
use crate::interpreter::Interpreter;
use crate::outbox::Outboxes;
use crate::protocol::Limits;
use crate::refused::{Refusals, RefusedRequest};
use crate::timeouts::Timeouts;

/// Stops a running server, from any thread.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Stops gracefully: no new connections, requests in flight are answered, idle connections closed.
    pub fn shutdown(&self) {
        self.shared.request_stop(Stop::Graceful);
    }

    /// Stops at once; requests in flight are cut off.
    pub fn abort(&self) {
        self.shared.request_stop(Stop::Now);
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle")
            .field("stop", &self.shared.stop())
            .finish()
    }
}

/// Whether the server is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Stop {
    No,
    Graceful,
    Now,
}

/// A [`Stop`] that several threads may ask for. Never taken back, only hastened.
#[derive(Default)]
pub(crate) struct StopFlag(AtomicU8);

/// What all threads and the handles have in common.
pub(crate) struct Shared {
    pub(crate) app: Box<dyn Application>,
    /// How many threads may be in the application at once.
    pub(crate) threads: usize,
    pub(crate) loops: usize,
    pub(crate) queue_limit: Option<usize>,
    pub(crate) queue_timeout: Option<Duration>,
    pub(crate) request_timeout: Option<Duration>,
    pub(crate) answer_half_closed: bool,
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    pub(crate) requests_per_connection: usize,
    pub(crate) admission: Arc<Admission>,
    pub(crate) interpreter: Box<dyn Interpreter>,
    pub(crate) outboxes: Arc<Outboxes>,
    pub(crate) refusals: Arc<Refusals>,
    /// Whether the time of each request is noted.
    pub(crate) ledger: bool,
    pub(crate) stop: StopFlag,
    /// Who has to know of a stop.
    pub(crate) running: OnceLock<Vec<Weak<Loop>>>,
}

impl Shared {
    pub(crate) fn stop(&self) -> Stop {
        match self.stop.0.load(Ordering::Acquire) {
            0 => Stop::No,
            1 => Stop::Graceful,
            _ => Stop::Now,
        }
    }

    pub(crate) fn request_stop(&self, stop: Stop) {
        self.stop.0.fetch_max(stop as u8, Ordering::AcqRel);
        let loops = self.running.get().into_iter().flatten();
        loops.filter_map(Weak::upgrade).for_each(|lp| lp.wake());
    }

    /// How long a request may wait for a thread.
    pub(crate) fn patience(&self) -> Option<Duration> {
        let times = [self.queue_timeout, self.request_timeout];
        times.into_iter().flatten().min()
    }

    /// Tells whoever asked for it of a request that was refused.
    pub(crate) fn tell_refusal(&self, refused: &RefusedRequest<'_>) {
        self.refusals.tell(refused);
    }

    /// Calls the signal handlers of the interpreter that are due.
    pub(crate) fn check_signals(&self) {
        if self.interpreter.check_signals() {
            self.request_stop(Stop::Graceful);
        }
    }
}
