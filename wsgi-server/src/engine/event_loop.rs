//! The event loop: all connections, what their sockets tell, and what is to be done next.
//!
//! It is a thing that one thread at a time holds, the leader, and that may pass to another thread at any call of the
//! application. So it keeps everything in itself: while a call runs, nothing of it is in a variable of its leader.

mod accept;
mod connections;
mod deadline;
mod upkeep;

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};

use super::crew::{Given, Job, Order};
use super::forecast::{Expectation, Forecast};
use super::{Letter, Loop};
use crate::connection::{Connection, Edges, Need, Workbench};
use crate::control::Stop;
use crate::listener::Listener;
use accept::Reports;
use connections::{Connections, Slot, Source};

/// The token of the waker; listeners and connections follow.
pub(super) const WAKER: Token = Token(0);

/// How often timeouts are looked for, and accepting is tried again when descriptors ran out.
pub(super) const SWEEP: Duration = Duration::from_millis(500);

/// What was looked at longer ago than this has had to wait, so that its client may have left. Who has only closed its own
/// side of the connection cannot be told from that, so it is long.
const LATE: Duration = Duration::from_secs(1);

/// How many responses a connection may have in one go before others get their turn.
const TURNS: usize = 32;

/// How many times the sockets are looked at while the interpreter is held, when other threads want it too.
const LOOKS: usize = 64;

/// The `Retry-After` of a 503, in seconds.
pub(super) const RETRY_AFTER: u32 = 1;

/// A connection whose request the leader is to answer itself.
pub(super) struct Call {
    pub(super) key: usize,
    pub(super) connection: Box<Connection>,
    /// Whether to tell afterwards how the call went.
    pub(super) is_measured: bool,
}

pub(super) struct EventLoop {
    poll: Poll,
    /// What one look at the sockets brings, as the system tells it.
    told: Events,
    /// What of it is still to be handled.
    events: VecDeque<(Token, Edges)>,
    listeners: Vec<Listener>,
    connections: Connections,
    bench: Workbench,
    /// The connection whose turn it is.
    current: Option<usize>,
    /// How many responses it has had in this turn.
    turns: usize,
    /// Connections that had their turn and have more to do.
    ready: VecDeque<usize>,
    /// How many of these are to be looked at before the sockets are.
    round: usize,
    letters: Vec<Letter>,
    forecast: Forecast,
    /// The connection, and the leader, of the call that was begun last.
    calling: (usize, usize),
    /// When the sockets were looked at last.
    now: Instant,
    swept: Instant,
    looks: usize,
    /// What is handled now has had to wait.
    is_late: bool,
    /// Accepting failed for want of descriptors: try again at the next sweep.
    accept_later: bool,
    /// There were as many connections as may be: accept again when there is room.
    is_full: bool,
    /// When idle connections were closed for others last.
    hurried: Instant,
    /// Who was told of that, and of peers with too many.
    reports: Reports,
    /// When a graceful stop ends at the latest.
    stop_by: Option<Instant>,
    /// It has stopped listening, and let idle connections go.
    is_drained: bool,
}

impl EventLoop {
    pub(super) fn new(
        poll: Poll,
        mut listeners: Vec<Listener>,
        bench: Workbench,
    ) -> io::Result<Self> {
        for (index, listener) in listeners.iter_mut().enumerate() {
            listener.register(poll.registry(), Token(1 + index))?;
        }
        let now = Instant::now();
        Ok(Self {
            poll,
            told: Events::with_capacity(256),
            events: VecDeque::new(),
            connections: Connections::new(listeners.len()),
            listeners,
            bench,
            current: None,
            turns: 0,
            ready: VecDeque::new(),
            round: 0,
            letters: Vec::new(),
            forecast: Forecast::new(),
            calling: (0, 0),
            now,
            swept: now,
            looks: 0,
            is_late: false,
            accept_later: false,
            is_full: false,
            hurried: now,
            reports: Reports::default(),
            stop_by: None,
            is_drained: false,
        })
    }

    /// Waits until there is something to do, and does what comes round from time to time. `false`: the end has come.
    pub(super) fn wait(&mut self, lp: &Arc<Loop>) -> io::Result<bool> {
        // After a call that took long it looks at once, to know who came meanwhile.
        let idle = !self.is_late
            && self.current.is_none()
            && self.ready.is_empty()
            && self.events.is_empty();
        let must_drain = lp.shared.stop() != Stop::No && !self.is_drained;
        if idle && !must_drain && lp.mailbox.about_to_wait() {
            let looked = self.look(Some(lp.sweep_interval));
            lp.mailbox.awake();
            lp.pulse.quicken();
            if !looked? && lp.is_solo() {
                lp.shared.check_signals();
            }
        } else {
            self.look(Some(Duration::ZERO))?;
        }
        self.looks = LOOKS;
        if self.now.duration_since(self.swept) >= lp.sweep_interval {
            if lp.is_solo() {
                lp.shared.check_signals();
            }
            self.sweep(lp);
        }
        Ok(self.goes_on(lp))
    }

    /// The leader has waited for the interpreter, if there is one.
    pub(super) fn attached(&mut self) {
        self.bench.attached(self.now);
    }

    /// The next request for the leader to answer. `None`: there is nothing to do but to wait.
    ///
    /// Everything else is done on the way: connections accepted, received from, sent to, handed to other threads.
    pub(super) fn next_call(&mut self, lp: &Arc<Loop>, me: usize) -> Option<Call> {
        loop {
            let call = if let Some(key) = self.current.take() {
                self.advance(lp, me, key)
            } else if let Some((token, edges)) = self.events.pop_front() {
                self.turns = 0;
                self.handle(lp, me, token, edges)
            } else if self.has_more(lp) {
                self.turns = 0;
                let key = self.ready.pop_front();
                key.and_then(|key| self.advance(lp, me, key))
            } else {
                return None;
            };
            if call.is_some() {
                return call;
            }
        }
    }

    /// Puts a connection back after a call on the leader's own thread. `again`: the application has more at once.
    pub(super) fn put_back(&mut self, lp: &Loop, me: usize, call: Call, again: bool) {
        if call.connection.is_responding() {
            lp.crew.pin(me);
        }
        self.connections.put(call.key, call.connection);
        self.turns += 1;
        if lp.is_solo() && self.now.elapsed() > LATE {
            self.is_late = true;
        }
        if again || self.turns >= TURNS {
            self.ready.push_back(call.key);
        } else {
            self.current = Some(call.key);
        }
    }

    /// A call of the leader was measured.
    pub(super) fn note_measured_call(&mut self, has_waited: bool) {
        if has_waited {
            self.forecast.waited(self.now);
        } else {
            self.forecast.quick();
        }
    }

    /// The leader's call lasted so long that it has been succeeded.
    pub(super) fn note_slow_call(&mut self, lp: &Loop) {
        self.forecast.slow(Instant::now());
        let (key, thread) = self.calling;
        lp.crew.note_call(thread, key);
        if let Some(away) = self.connections.away(key) {
            away.path = Some(self.forecast.path().into());
        }
    }

    /// Looks at the sockets. `false`: a signal came instead.
    fn look(&mut self, timeout: Option<Duration>) -> io::Result<bool> {
        let outcome = self.poll.poll(&mut self.told, timeout);
        let looked = mem::replace(&mut self.now, Instant::now());
        self.is_late = timeout == Some(Duration::ZERO) && self.now - looked > LATE;
        self.bench.waited = Duration::ZERO;
        self.round = self.ready.len();
        match outcome {
            Ok(()) => {
                let told = self.told.iter();
                self.events
                    .extend(told.map(|event| (event.token(), Edges::of(event))));
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// When all events are handled: whether there is more to do without waiting.
    fn has_more(&mut self, lp: &Loop) -> bool {
        self.accept_if_room(lp);
        self.collect(lp);
        if self.round > 0 {
            self.round -= 1;
            return true;
        }
        // To let the interpreter go for nothing costs less than to look, unless others are waiting for it.
        if self.looks == 0 || !lp.crew.is_busy() {
            return false;
        }
        self.looks -= 1;
        self.look(Some(Duration::ZERO)).is_ok() && (self.round > 0 || !self.events.is_empty())
    }

    /// Takes in what other threads have sent.
    fn collect(&mut self, lp: &Loop) {
        lp.mailbox.collect(&mut self.letters);
        for letter in mem::take(&mut self.letters) {
            match letter {
                Letter::Returned(key, connection) => self.take_back(key, connection),
                Letter::Arrived(connection) => {
                    let key = self.admit(lp, connection);
                    self.push_ready(key);
                }
            }
        }
    }

    /// A connection is back from the thread that answered.
    fn take_back(&mut self, key: usize, mut connection: Box<Connection>) {
        if let Some(away) = self.connections.away(key) {
            connection.note(away.missed); // edge-triggered: it is not told again
            if let Some(instead) = away.instead.take() {
                connection.part(*instead);
            }
        }
        self.connections.put(key, connection);
        self.push_ready(key);
    }

    fn push_ready(&mut self, key: usize) {
        self.ready.push_back(key);
        self.round += 1;
    }

    fn handle(&mut self, lp: &Arc<Loop>, me: usize, token: Token, edges: Edges) -> Option<Call> {
        let key = match self.connections.source(token) {
            Source::Connection(key) => key,
            Source::Listener(index) => return self.accept(lp, me, index),
            // What the waker was for is looked at in every round.
            Source::Waker | Source::Gone => return None,
        };
        match self.connections.get(key) {
            Some(Slot::Here(connection)) => {
                connection.note(edges);
                self.advance(lp, me, key)
            }
            Some(Slot::Away(away)) => {
                away.missed.add(edges);
                self.send_instead(key);
                None
            }
            None => None,
        }
    }

    /// Moves a connection on as far as that goes without the application.
    fn advance(&mut self, lp: &Arc<Loop>, me: usize, key: usize) -> Option<Call> {
        let connection = self.connections.here(key)?;
        match connection.advance(&mut self.bench, self.now) {
            Need::Event => self.watch(lp, key),
            Need::Removal => self.remove(lp, key),
            Need::Application => self.answer(lp, me, key),
        }
    }

    /// Has the loop told of what happens at a connection's socket.
    fn watch(&mut self, lp: &Loop, key: usize) -> Option<Call> {
        let token = self.connections.token(key);
        let connection = self.connections.here(key)?;
        if let Err(error) = connection.register(self.poll.registry(), token) {
            tracing::error!(%error, "cannot watch a new connection; it is closed");
            // Its answer, if one is under way, is ended by the thread that has begun it.
            if !connection.is_responding() {
                return self.remove(lp, key);
            }
            connection.time_out();
            self.push_ready(key);
        }
        None
    }

    /// Decides who answers a request: the leader, unless another thread has begun it or it is expected to be slow.
    fn answer(&mut self, lp: &Arc<Loop>, me: usize, key: usize) -> Option<Call> {
        let mut connection = self.connections.take(key, self.now)?;
        if let Some(thread) = connection.thread() {
            lp.crew.unpin(thread);
            if thread == me {
                return self.call(key, me, connection);
            }
            let job = Job::new(key, connection, self.now);
            return match lp.crew.recall(thread, Order::Respond(job)) {
                Err(Order::Respond(job)) => self.call(key, me, job.connection),
                _ => None,
            };
        }
        if self.is_late && lp.has_left(&connection) {
            return self.remove(lp, key);
        }
        connection.stream().begin_request(connection.pending() > 0);
        let mut is_measured = false;
        if !lp.is_solo() {
            let path = connection.path();
            let expectation = self.forecast.expect(path, self.now);
            if expectation == Expectation::Slow || !lp.crew.has_room() {
                return self.give(lp, me, Job::new(key, connection, self.now));
            }
            self.forecast.calling(path);
            is_measured = expectation == Expectation::Unsure || lp.sample.take();
        }
        connection.set_thread(me);
        let call = self.call(key, me, connection)?;
        Some(Call {
            is_measured,
            ..call
        })
    }

    /// The leader calls the application itself.
    fn call(&mut self, key: usize, me: usize, connection: Box<Connection>) -> Option<Call> {
        self.calling = (key, me);
        Some(Call {
            key,
            connection,
            is_measured: false,
        })
    }

    /// Has another thread answer a request.
    fn give(&mut self, lp: &Arc<Loop>, me: usize, job: Job) -> Option<Call> {
        if let Some(away) = self.connections.away(job.key) {
            away.path = Some(job.connection.path().into());
        }
        match lp.crew.give(job, |id| lp.spawn(id)) {
            Given::Taken => None,
            Given::Full(job) => {
                self.refuse(job);
                None
            }
            Given::NoThread(Job {
                key,
                mut connection,
                ..
            }) => {
                connection.set_thread(me);
                self.call(key, me, connection)
            }
        }
    }

    /// Answers 503, for nobody has time for this request.
    fn refuse(&mut self, mut job: Job) {
        job.connection.refuse_overload(RETRY_AFTER);
        if let Some(away) = self.connections.away(job.key) {
            job.connection.note(away.missed);
        }
        self.connections.put(job.key, job.connection);
        self.push_ready(job.key);
    }
}
