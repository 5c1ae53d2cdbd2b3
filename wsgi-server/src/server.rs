//! Building and running a server.

use std::sync::Arc;

use mio::{Poll, Waker};
use wsgi_core::Application;

use crate::control::{Handle, Shared, StopFlag};
use crate::engine::{Engine, WAKER};
use crate::error::ServerError;
use crate::interpreter::Interpreter;
use crate::listener::Listener;
use crate::protocol::Limits;
use crate::timeouts::Timeouts;

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
        Handle::new(self.shared.clone())
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
            stop: StopFlag::default(),
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
