//! Building and running a server.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use mio::{Poll, Waker};
use thiserror::Error;
use wsgi_core::Application;

use crate::engine::{Engine, WAKER};
use crate::interpreter::Interpreter;
use crate::listener::Listener;
use crate::protocol::Limits;

/// A server that is bound to its addresses and ready to run.
pub struct Server {
    engine: Engine,
    shared: Arc<Shared>,
    addresses: Vec<String>,
}

impl Server {
    /// Begins a server; see [`ServerBuilder`] for what can be set.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Where it listens: `http://127.0.0.1:8000`, `unix:/run/app.sock`; port 0 is told as the port it became.
    pub fn addresses(&self) -> Vec<String> {
        self.addresses.clone()
    }

    /// A handle to stop it by, from any thread.
    pub fn handle(&self) -> Handle {
        Handle {
            shared: self.shared.clone(),
        }
    }

    /// Serves until [`Handle::shutdown`] or [`Handle::abort`]; the calling thread runs the event loop.
    ///
    /// # Errors
    /// [`ServerError::Poll`] when the system's readiness API fails.
    pub fn run(mut self) -> Result<(), ServerError> {
        let shared = self.shared.clone();
        let mut outcome = Ok(());
        let mut serve = || {
            outcome = self.engine.run();
            self.engine.close();
        };
        if shared.calls_inline() {
            // Attached to the end: what the application left unfinished is dropped here too.
            shared.interpreter.attach(&mut serve);
        } else {
            serve();
        }
        outcome.map_err(ServerError::Poll)
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

/// What a server is made of.
#[must_use]
pub struct ServerBuilder {
    bind: Vec<String>,
    threads: usize,
    limits: Limits,
    timeouts: Timeouts,
    interpreter: Box<dyn Interpreter>,
}

impl Default for ServerBuilder {
    fn default() -> Self {
        Self {
            bind: Vec::new(),
            threads: 1,
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            interpreter: Box::new(()),
        }
    }
}

impl ServerBuilder {
    /// Adds an address to listen at: `host:port`, `:port` (every IPv4 address), `[::1]:port`, `unix:path`. Port 0
    /// lets the system choose one. Default, when none is given: `127.0.0.1:8000`.
    pub fn bind(mut self, address: impl Into<String>) -> Self {
        self.bind.push(address.into());
        self
    }

    /// How many threads may be in the application at once. Default 1: the event loop calls it itself, which is
    /// fastest for applications that never wait; `wsgi.multithread` is true above 1. At least 1.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// What a request may consist of. Default: [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long clients may take. Default: [`Timeouts::default`].
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// The interpreter that the application needs. Default: none.
    pub fn interpreter(mut self, interpreter: impl Interpreter + 'static) -> Self {
        self.interpreter = Box::new(interpreter);
        self
    }

    /// Binds the addresses.
    ///
    /// # Errors
    /// [`ServerError::Address`] for what is no address, [`ServerError::Bind`] when it cannot be listened at,
    /// [`ServerError::Poll`] when the system's readiness API fails.
    pub fn build(self, app: impl Application + 'static) -> Result<Server, ServerError> {
        let default = ["127.0.0.1:8000".to_owned()];
        let wanted = if self.bind.is_empty() {
            &default[..]
        } else {
            &self.bind
        };
        let mut listeners = Vec::new();
        for address in wanted {
            listeners.extend(Listener::bind(address)?);
        }
        let addresses = listeners.iter().map(Listener::address).collect();
        let poll = Poll::new().map_err(ServerError::Poll)?;
        let waker = Waker::new(poll.registry(), WAKER).map_err(ServerError::Poll)?;
        let shared = Arc::new(Shared {
            app: Box::new(app),
            threads: self.threads,
            limits: self.limits,
            timeouts: self.timeouts,
            interpreter: self.interpreter,
            listeners: listeners.len(),
            stop: AtomicU8::new(Stop::No as u8),
            waker,
        });
        let engine = Engine::new(poll, listeners, shared.clone()).map_err(ServerError::Poll)?;
        Ok(Server {
            engine,
            shared,
            addresses,
        })
    }
}

impl std::fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("bind", &self.bind)
            .field("threads", &self.threads)
            .field("limits", &self.limits)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

/// How long clients may take, and how long a graceful stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Between two requests of a connection. Default 75 s: longer than the 60 s that load balancers keep theirs, so
    /// that none of them sends a request into a connection that is just being closed.
    pub keep_alive: Duration,
    /// From the first byte of a head to its last. Default 30 s.
    pub head: Duration,
    /// Between two pieces of a request's body. Default 30 s.
    pub body: Duration,
    /// How long a client may take nothing of its response. Default 60 s.
    pub write: Duration,
    /// How long a client may go on sending after the connection was closed on our side. Default 2 s.
    pub linger: Duration,
    /// How long a graceful stop waits for requests in flight. Default 30 s.
    pub graceful: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            keep_alive: Duration::from_secs(75),
            head: Duration::from_secs(30),
            body: Duration::from_secs(30),
            write: Duration::from_secs(60),
            linger: Duration::from_secs(2),
            graceful: Duration::from_secs(30),
        }
    }
}

/// Stops a running server, from any thread.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
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

/// What the event loop, the pool's threads and the handles have in common.
pub(crate) struct Shared {
    pub(crate) app: Box<dyn Application>,
    pub(crate) threads: usize,
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    pub(crate) interpreter: Box<dyn Interpreter>,
    /// How many listeners there were at the start; tokens of connections follow theirs.
    pub(crate) listeners: usize,
    stop: AtomicU8,
    waker: Waker,
}

impl Shared {
    pub(crate) fn stop(&self) -> Stop {
        match self.stop.load(Ordering::Acquire) {
            0 => Stop::No,
            1 => Stop::Graceful,
            _ => Stop::Now,
        }
    }

    /// Whether the event loop calls the application itself.
    pub(crate) fn calls_inline(&self) -> bool {
        self.threads == 1
    }

    /// A stop is never taken back, only hastened.
    pub(crate) fn request_stop(&self, stop: Stop) {
        self.stop.fetch_max(stop as u8, Ordering::AcqRel);
        self.wake();
    }

    pub(crate) fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "cannot wake the event loop; it looks by itself twice a second");
        }
    }
}

/// Why a server could not be built or run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Not an address, or a name that stands for none.
    #[error(
        "cannot listen at {address:?}: no such address; write host:port, :port, [::1]:port or unix:path"
    )]
    Address {
        /// What was given.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The address is in use, not ours, or not permitted.
    #[error(
        "cannot listen at {address:?}; stop what listens there, or choose another address (port 0: any free one)"
    )]
    Bind {
        /// What was given.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The system's readiness API (epoll, kqueue) failed.
    #[error("the event loop failed")]
    Poll(#[source] io::Error),
}
