//! The first engine: one event loop, and threads for the application when there are to be several.
//!
//! The loop owns all connections. It receives requests whole, so that a slow client costs no thread, and then
//! either calls the application itself (one thread) or hands the connection to a thread of the [`pool`], which
//! hands it back when the response has ended or waits for its client:
//!
//! ```text
//!             ┌────────────── event loop ──────────────┐
//!   sockets ─▶│ advance ─ complete request ─▶ respond   │          one thread: called inline
//!             │    ▲                             │      │
//!             └────┼─────────────────────────────┼──────┘
//!                  │ returned                    ▼ dispatched       several: a connection moves whole
//!                  └──────────────────── pool thread: respond
//! ```
//!
//! A connection is in one place at a time, so nothing of it is locked. While it is away, its slot gathers what its
//! socket tells, for its return.

mod pool;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::{Events, Poll, Token};
use slab::Slab;

use crate::connection::{Connection, Edges, Need, Workbench};
use crate::control::{Shared, Stop};
use crate::listener::Listener;
use pool::Pool;

/// The token of the waker; connections and listeners follow.
pub(crate) const WAKER: Token = Token(0);

/// How often timeouts are looked for, and accepting is tried again when descriptors ran out.
const SWEEP: Duration = Duration::from_millis(500);

/// How many responses a connection may have in one go before others get their turn.
const TURNS: usize = 32;

pub(crate) struct Engine {
    poll: Poll,
    shared: Arc<Shared>,
    listeners: Vec<Listener>,
    connections: Slab<Slot>,
    bench: Workbench,
    /// Connections that had their turn and have more to do.
    ready: VecDeque<usize>,
    pool: Option<Pool>,
    /// Accepting failed for want of descriptors: try again at the next sweep.
    accept_later: bool,
    swept: Instant,
}

/// Where a connection is.
enum Slot {
    Here(Box<Connection>),
    /// With a thread of the pool; what its socket told meanwhile waits here.
    Away(Edges),
}

impl Engine {
    pub(crate) fn new(
        poll: Poll,
        mut listeners: Vec<Listener>,
        shared: Arc<Shared>,
    ) -> io::Result<Self> {
        for (index, listener) in listeners.iter_mut().enumerate() {
            listener.register(poll.registry(), Token(1 + index))?;
        }
        let bench = Workbench::new(shared.limits.clone(), shared.timeouts.clone());
        let pool = (!shared.calls_inline()).then(|| Pool::new(shared.clone()));
        Ok(Self {
            poll,
            shared,
            listeners,
            connections: Slab::new(),
            bench,
            ready: VecDeque::new(),
            pool,
            accept_later: false,
            swept: Instant::now(),
        })
    }

    /// Serves until it is told to stop and the last request is answered.
    pub(crate) fn run(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        let mut stopping: Option<Instant> = None;
        loop {
            self.wait(&mut events)?;
            let now = Instant::now();
            for event in &events {
                self.handle(event, now);
            }
            self.take_back(now);
            for _ in 0..self.ready.len() {
                if let Some(key) = self.ready.pop_front() {
                    self.advance(key, now);
                }
            }
            if now.duration_since(self.swept) >= SWEEP {
                self.check_signals();
                self.sweep(now);
            }
            match self.shared.stop() {
                Stop::No => continue,
                Stop::Graceful => {
                    let until =
                        *stopping.get_or_insert_with(|| now + self.shared.timeouts.graceful);
                    self.drain();
                    if self.connections.is_empty() {
                        return Ok(());
                    }
                    if now >= until {
                        tracing::warn!(
                            connections = self.connections.len(),
                            "the graceful timeout is over"
                        );
                        return Ok(());
                    }
                }
                Stop::Now => return Ok(()),
            }
        }
    }

    /// Closes the bodies of unfinished responses, but for those that a thread of the pool has in hand.
    pub(crate) fn close(&mut self) {
        self.listeners.clear();
        for (_, slot) in &mut self.connections {
            if let Slot::Here(connection) = slot {
                connection.abandon();
            }
        }
        self.connections.clear();
        self.pool = None;
    }

    fn wait(&mut self, events: &mut Events) -> io::Result<()> {
        let timeout = if self.ready.is_empty() {
            SWEEP
        } else {
            Duration::ZERO
        };
        let mut outcome = Ok(());
        let (poll, interpreter) = (&mut self.poll, &self.shared.interpreter);
        let mut wait = || outcome = poll.poll(events, Some(timeout));
        if self.shared.calls_inline() {
            interpreter.detach(&mut wait);
        } else {
            wait(); // this thread never attached
        }
        match outcome {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                events.clear();
                self.check_signals();
                Ok(())
            }
            other => other,
        }
    }

    fn check_signals(&self) {
        if self.shared.interpreter.check_signals() {
            self.shared.request_stop(Stop::Graceful);
        }
    }

    fn handle(&mut self, event: &Event, now: Instant) {
        if event.token() == WAKER {
            return; // what it was for is looked at in every round
        }
        let index = event.token().0 - 1;
        let Some(key) = index.checked_sub(self.shared.listeners) else {
            return self.accept(index, now);
        };
        match self.connections.get_mut(key) {
            Some(Slot::Here(connection)) => {
                connection.note(Edges::of(event));
                self.advance(key, now);
            }
            Some(Slot::Away(edges)) => edges.add(Edges::of(event)),
            None => {}
        }
    }

    fn accept(&mut self, index: usize, now: Instant) {
        loop {
            // There are none any more once the server is stopping.
            let Some(listener) = self.listeners.get(index) else {
                return;
            };
            match listener.accept(!self.shared.calls_inline()) {
                Ok((stream, connection)) => {
                    let connection =
                        Connection::new(stream, connection, now, &self.shared.timeouts);
                    let entry = self.connections.vacant_entry();
                    let (key, token) =
                        (entry.key(), Token(1 + self.shared.listeners + entry.key()));
                    let Slot::Here(connection) = entry.insert(Slot::Here(Box::new(connection)))
                    else {
                        continue;
                    };
                    match connection
                        .stream_mut()
                        .register(self.poll.registry(), token)
                    {
                        Ok(()) => self.advance(key, now),
                        Err(error) => {
                            tracing::error!(%error, "cannot watch a new connection; it is closed");
                            self.connections.remove(key);
                        }
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if is_of_one_client(&error) => {}
                Err(error) => {
                    // Out of descriptors or memory. The client waits in the backlog; another edge may never come.
                    tracing::error!(%error, "cannot accept a connection; raise the limit of open files (ulimit -n)");
                    self.accept_later = true;
                    return;
                }
            }
        }
    }

    /// Moves a connection on as far as one turn goes.
    fn advance(&mut self, key: usize, now: Instant) {
        let shared = &self.shared;
        for _ in 0..TURNS {
            let Some(Slot::Here(connection)) = self.connections.get_mut(key) else {
                return;
            };
            match connection.advance(&mut self.bench, now) {
                Need::Event => return,
                Need::Removal => {
                    self.connections.remove(key);
                    return;
                }
                Need::Application => match &mut self.pool {
                    None => {
                        if connection.respond(shared, shared.stop() != Stop::No) {
                            break;
                        }
                    }
                    Some(pool) => {
                        if let Slot::Here(connection) = std::mem::replace(
                            &mut self.connections[key],
                            Slot::Away(Edges::default()),
                        ) {
                            pool.dispatch(key, connection);
                        }
                        return;
                    }
                },
            }
        }
        self.ready.push_back(key);
    }

    /// Takes back the connections that threads of the pool have finished with for now.
    fn take_back(&mut self, now: Instant) {
        while let Some((key, mut connection)) = self.pool.as_mut().and_then(Pool::returned) {
            if let Slot::Away(missed) = &self.connections[key] {
                connection.note(*missed); // edge-triggered: it is not told again
            }
            self.connections[key] = Slot::Here(connection);
            self.advance(key, now);
        }
    }

    /// Gives up clients whose time is over.
    fn sweep(&mut self, now: Instant) {
        self.swept = now;
        let overdue: Vec<usize> = self
            .connections
            .iter()
            .filter(
                |(_, slot)| matches!(slot, Slot::Here(connection) if connection.is_overdue(now)),
            )
            .map(|(key, _)| key)
            .collect();
        for key in overdue {
            if let Some(Slot::Here(connection)) = self.connections.get_mut(key) {
                connection.time_out();
            }
            self.advance(key, now);
        }
        if std::mem::take(&mut self.accept_later) {
            (0..self.listeners.len()).for_each(|index| self.accept(index, now));
        }
    }

    /// Stops listening and lets idle connections go; the others end with their response.
    fn drain(&mut self) {
        self.listeners.clear();
        self.connections
            .retain(|_, slot| !matches!(slot, Slot::Here(connection) if connection.is_idle()));
    }
}

/// Whether accepting failed because of this one client (it left, or its network failed).
fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionAborted
            | Kind::ConnectionReset
            | Kind::Interrupted
            | Kind::InvalidInput
            | Kind::NotConnected
    )
}
