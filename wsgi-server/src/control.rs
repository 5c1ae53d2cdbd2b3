//! What the event loop, the threads of the pool and the handles to a server have in common.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use mio::Waker;
use wsgi_core::Application;

use crate::interpreter::Interpreter;
use crate::protocol::Limits;
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

/// What the event loop, the pool's threads and the handles have in common.
pub(crate) struct Shared {
    pub(crate) app: Box<dyn Application>,
    pub(crate) threads: usize,
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    pub(crate) interpreter: Box<dyn Interpreter>,
    /// How many listeners there were at the start; tokens of connections follow theirs.
    pub(crate) listeners: usize,
    pub(crate) stop: StopFlag,
    pub(crate) waker: Waker,
}

impl Shared {
    pub(crate) fn stop(&self) -> Stop {
        match self.stop.0.load(Ordering::Acquire) {
            0 => Stop::No,
            1 => Stop::Graceful,
            _ => Stop::Now,
        }
    }

    /// Whether the event loop calls the application itself.
    pub(crate) fn calls_inline(&self) -> bool {
        self.threads == 1
    }

    pub(crate) fn request_stop(&self, stop: Stop) {
        self.stop.0.fetch_max(stop as u8, Ordering::AcqRel);
        self.wake();
    }

    pub(crate) fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "cannot wake the event loop; it looks by itself twice a second");
        }
    }
}
