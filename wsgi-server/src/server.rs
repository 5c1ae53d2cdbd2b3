//! Building and running a server.

use std::num::NonZero;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use wsgi_core::Application;

use crate::admission::Admission;
use crate::connection_limits::ConnectionLimits;
use crate::control::{Handle, Shared, StopFlag};
use crate::engine::Engine;
use crate::error::ServerError;
use crate::interpreter::Interpreter;
use crate::listener::Listener;
use crate::protocol::Limits;
use crate::refused::{Refusals, RefusedRequest};
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

    /// Serves until [`Handle::shutdown`] or [`Handle::abort`]. The calling thread attends to signals, while others serve;
    /// with one thread alone ([`ServerBuilder::threads`]) it does all the work itself.
    ///
    /// # Errors
    /// [`ServerError::Poll`] when the system's readiness API fails or no thread can be started.
    pub fn run(self) -> Result<(), ServerError> {
        let mut engine = Some(self.engine);
        let mut outcome = Ok(());
        self.shared.interpreter.server(&mut || {
            if let Some(engine) = engine.take() {
                outcome = engine.run();
            }
        });
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

/// How many threads may be in the application at once, unless another number is given: below the 100 connections that
/// databases allow by default, as an application may hold one for each thread.
pub(crate) const THREADS: usize = 64;

/// How long the application has until its response begins, unless another time is given: for what is slow, but not for
/// what has come to a halt.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(300);

/// What a server is made of.
#[must_use]
pub struct ServerBuilder {
    bind: Vec<String>,
    threads: usize,
    loops: Option<usize>,
    queue_limit: Option<usize>,
    queue_timeout: Option<Duration>,
    request_timeout: Option<Duration>,
    answer_half_closed: bool,
    limits: Limits,
    timeouts: Timeouts,
    connections: ConnectionLimits,
    interpreter: Box<dyn Interpreter>,
    ledger: bool,
    refusals: Refusals,
}

impl Default for ServerBuilder {
    fn default() -> Self {
        Self {
            bind: Vec::new(),
            threads: THREADS,
            loops: None,
            queue_limit: None,
            queue_timeout: None,
            request_timeout: Some(REQUEST_TIMEOUT),
            answer_half_closed: false,
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            connections: ConnectionLimits::default(),
            interpreter: Box::new(()),
            ledger: false,
            refusals: Refusals::default(),
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

    /// How many threads may be in the application at once. Default 64; at least 1.
    ///
    /// No number is needed for an application to be served well: quick requests are answered by the thread that runs the
    /// event loop, and further threads are started only when calls take long. The number bounds what the application
    /// has to share among them, such as database connections. Where it is reached, requests wait. Several event loops
    /// ([`loops`](Self::loops)) have equal shares.
    ///
    /// With 1, everything happens on the thread that calls [`Server::run`], and `wsgi.multithread` is false.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// How many event loops share the connections, each with threads of its own. Default: one for each processor, or
    /// one alone when the [`Interpreter`] runs one thread at a time. At most as many as there are threads.
    pub fn loops(mut self, loops: usize) -> Self {
        self.loops = Some(loops);
        self
    }

    /// How many requests may wait for a thread, in each event loop; further ones are answered with 503 and
    /// `Retry-After`. Default: no limit but that of the connections, as each of them waits with one request at most.
    pub fn queue_limit(mut self, requests: usize) -> Self {
        self.queue_limit = Some(requests);
        self
    }

    /// How long a request may wait for a thread; then it is answered with 503 and `Retry-After`, and the application
    /// never sees it. Default: no limit.
    pub fn queue_timeout(mut self, age: Duration) -> Self {
        self.queue_timeout = Some(age);
        self
    }

    /// How long the application has until its response begins, from the moment at which the request is complete; waiting
    /// for a thread is a part of it. Default: 300 s; `None`: no limit.
    ///
    /// Then the client is answered with 504 and its connection closed, and the log tells where the thread is, with the
    /// interpreter's own stack ([`Interpreter::stack`]). No thread can be stopped from outside: it counts no more among
    /// [`threads`](Self::threads), another one takes its place, and what it answers at last goes nowhere. As many may
    /// be replaced as there are threads; beyond that they are missed. Requests that still wait for a thread get 503.
    ///
    /// A response has begun when its first bytes are on their way; from then on the client's pace is what counts.
    /// With one thread there is nobody to look at the clock while that is in the application.
    ///
    /// # Specification
    /// RFC 9110 §15.6.5 "504 Gateway Timeout"
    pub fn request_timeout(mut self, limit: Option<Duration>) -> Self {
        self.request_timeout = limit;
        self
    }

    /// Whether to run requests that had to wait although their clients have closed their own side of the connection.
    /// Default: no.
    ///
    /// Who has closed its side has left, as a rule, and TCP does not tell those that still listen from those that do
    /// not. A request that is answered at once is run in either case; one that had to wait for a thread, or for more than
    /// a second behind others, is not, for it would take the time of those whose clients still wait.
    pub fn answer_half_closed(mut self, answer: bool) -> Self {
        self.answer_half_closed = answer;
        self
    }

    /// What a request may consist of. Default: [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long clients may take. Default: [`Timeouts::default`].
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts.bounded();
        self
    }

    /// How many connections there may be. Default: [`ConnectionLimits::default`].
    pub fn connections(mut self, limits: ConnectionLimits) -> Self {
        self.connections = limits;
        self
    }

    /// The interpreter that the application needs. Default: none.
    pub fn interpreter(mut self, interpreter: impl Interpreter + 'static) -> Self {
        self.interpreter = Box::new(interpreter);
        self
    }

    /// Whether to note where the time of each request goes: in the [`Ledger`](wsgi_core::Ledger) of its environ, for
    /// layers that tell of it. Default: no; it takes some ten clock reads for each request.
    pub fn ledger(mut self, ledger: bool) -> Self {
        self.ledger = ledger;
        self
    }

    /// Has this called with each request that the server refuses, as the application never sees those: for an access
    /// log. Default: nobody is told; the server's own log has a line for each in any case.
    ///
    /// It is called by a thread that serves, which goes on when it returns; a panic of it is caught.
    ///
    /// # Examples
    /// ```
    /// # use wsgi_core::handler;
    /// # use wsgi_server::Server;
    /// let server = Server::builder().bind("127.0.0.1:0").on_refusal(|refused| {
    ///     let target = refused.target.escape_ascii();
    ///     eprintln!("{} for {target}: {}", refused.status, refused.reason);
    /// });
    /// # server.build(handler(|_| ""))?;
    /// # Ok::<(), wsgi_server::ServerError>(())
    /// ```
    pub fn on_refusal(
        mut self,
        listener: impl Fn(&RefusedRequest<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.refusals = Refusals::tell_to(listener);
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
            listeners.extend(Listener::bind(address, self.connections.backlog)?);
        }
        let addresses = listeners.iter().map(Listener::address).collect();
        let loops = self.loops.unwrap_or_else(|| {
            if self.interpreter.is_parallel() {
                thread::available_parallelism().map_or(1, NonZero::get)
            } else {
                1
            }
        });
        let shared = Arc::new(Shared {
            app: Box::new(app),
            threads: self.threads,
            loops: loops.clamp(1, self.threads),
            queue_limit: self.queue_limit,
            queue_timeout: self.queue_timeout,
            request_timeout: self.request_timeout,
            answer_half_closed: self.answer_half_closed,
            limits: self.limits,
            requests_per_connection: match self.timeouts.keep_alive {
                Duration::ZERO => 1,
                _ => self.connections.requests,
            },
            timeouts: self.timeouts,
            admission: Arc::new(Admission::new(&self.connections)),
            interpreter: self.interpreter,
            outboxes: Arc::default(),
            refusals: Arc::new(self.refusals),
            ledger: self.ledger,
            stop: StopFlag::default(),
            running: OnceLock::new(),
        });
        let engine = Engine::new(listeners, shared.clone()).map_err(ServerError::Poll)?;
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
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}
