//! One client's connection: its requests one after the other, its responses in their order.
//!
//! ```text
//!   Idle
//!    │ first byte                                                 all sent, kept alive
//!    ▼                                                                       │
//!   Head ──────────▶ Body ──────────────▶ Ready ──────────────────────▶ Responding
//!    ▲  └───────────── no body ───────────▲      application called          │
//!    └────────────────────────── requests wait ─────────────────────────────┤
//!                                                            not kept alive  ▼
//!   Closed ◀── Lingering ◀───────── all sent ───────────────────────────  Flushing
//! ```
//!
//! Nothing here waits, but for what an application `write()`s. [`Connection::advance`] does all that can be done
//! without the application and says what is needed next; [`Connection::respond`] calls the application, on the
//! thread that answers this request.
//!
//! Most connections are idle at any time, so an idle one is small: the memory of a request, [`Active`], comes from
//! the loop's [`Workbench`] with the first byte of a request and goes back there when nothing is left in it.

mod active;
mod edges;
#[cfg(test)]
mod tests;
mod workbench;

use std::io;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;
use mio::{Registry, Token};
use wsgi_core::{Client, environ};

use crate::control::Shared;
use crate::output::{Flush, Output};
use crate::stream::Stream;
use crate::timeouts::Timeouts;
use active::{Active, Caller, Farewell, Phase, Turn};
pub(crate) use edges::Edges;
use workbench::Fill;
pub(crate) use workbench::Workbench;

/// What a closed connection's client may still send before it is cut off (RFC 9112 §9.6).
const LINGER: usize = 1 << 20;

#[derive(Debug)]
pub(crate) struct Connection {
    /// Shared with the watcher while the application makes something that can wait no longer.
    stream: Arc<Stream>,
    state: State,
    /// What an environ says of the connection; in the environ while there is an [`Active`].
    peer: environ::Connection,
    /// When to give the client up, unless something happens first.
    deadline: Instant,
    /// The thread that began the response under way.
    thread: Option<usize>,
    /// How many requests the application was called for.
    requests: usize,
    /// The event loop is told of what happens at the socket.
    registered: bool,
    /// An edge was seen and not all of it was read.
    readable: bool,
    /// The system says that the client sends no more; what it sent before is still to be read.
    read_closed: bool,
    /// All that the client sent was read.
    input_ended: bool,
    /// The client takes no more either.
    disconnected: bool,
}

#[derive(Debug)]
enum State {
    /// Between two requests: nothing was received, nothing is to be sent.
    Idle,
    Active(Box<Active>),
    /// All is sent, and the client knows it; so many bytes it may still send.
    Lingering(usize),
    Closed,
}

/// What a connection needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// The next event of its socket.
    Event,
    /// A thread to call the application on: [`Connection::respond`].
    Application,
    /// Nothing any more.
    Removal,
}

/// What one step of [`Connection::advance`] came to.
enum Step {
    Again,
    Wait(Instant),
}

impl Connection {
    pub(crate) fn new(
        stream: Stream,
        mut peer: environ::Connection,
        now: Instant,
        timeouts: &Timeouts,
    ) -> Self {
        let stream = Arc::new(stream);
        peer.client = Some(Client::of_connection(&stream));
        Self {
            stream,
            state: State::Idle,
            peer,
            // However short idle connections live, the first request may be on its way for as long as a head.
            deadline: now + timeouts.keep_alive.max(timeouts.head),
            thread: None,
            requests: 0,
            registered: false,
            readable: true,
            read_closed: false,
            input_ended: false,
            disconnected: false,
        }
    }

    /// Has the socket's events told under this token, unless they are already. What has happened before is told, too,
    /// so that a connection can do without as long as it never waits.
    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        if !self.registered {
            self.stream.register(registry, token)?;
            self.registered = true;
        }
        Ok(())
    }

    /// Takes in what an event of the socket tells.
    pub(crate) fn note(&mut self, edges: Edges) {
        self.read_closed |= edges.read_closed;
        self.readable |= edges.readable || edges.read_closed;
        self.disconnected |= edges.disconnected;
    }

    /// Whether the connection waits between two requests.
    pub(crate) fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle)
    }

    /// Whether the application is in the middle of its answer, so that only its thread may end it.
    pub(crate) fn is_responding(&self) -> bool {
        matches!(&self.state, State::Active(active) if matches!(active.phase, Phase::Responding(_)))
    }

    /// Whether the client has used up its time, as far as is known: if [`look_again`](Self::look_again) does not say
    /// otherwise, the next [`advance`](Self::advance) gives it up.
    pub(crate) fn is_overdue(&self, now: Instant) -> bool {
        now >= self.deadline
    }

    /// Ends the time of a connection that is [expendable](Self::expendable_until), as others need its place. If it has
    /// something to say after all it goes on.
    pub(crate) fn hurry(&mut self, now: Instant) {
        self.deadline = now;
        self.look_again();
    }

    /// When the time of a connection is over that nobody would miss: an idle one, the sooner, the longer it has been so;
    /// or one whose client has its last answer.
    pub(crate) fn expendable_until(&self) -> Option<Instant> {
        let is_expendable = matches!(self.state, State::Idle | State::Lingering(_));
        is_expendable.then_some(self.deadline)
    }

    /// Has the socket looked at though it told nothing. What the client sent may not have been told yet, when the loop
    /// was busy; and what it took is told late, when a good part of the system's buffer has become free.
    pub(crate) fn look_again(&mut self) {
        self.readable = true;
    }

    /// The thread that began the response under way, which has to end it.
    pub(crate) fn thread(&self) -> Option<usize> {
        self.thread.filter(|_| self.is_responding())
    }

    pub(crate) fn set_thread(&mut self, thread: usize) {
        self.thread = Some(thread);
    }

    /// The client's socket.
    pub(crate) fn stream(&self) -> &Arc<Stream> {
        &self.stream
    }

    /// The method of the request that is ready.
    pub(crate) fn method(&self) -> Method {
        match &self.state {
            State::Active(active) => active.method(),
            _ => Method::default(),
        }
    }

    /// Bytes that are still to be sent.
    pub(crate) fn pending(&self) -> u64 {
        match &self.state {
            State::Active(active) => active.pending(),
            _ => 0,
        }
    }

    /// `PATH_INFO` of the request that is ready; empty when there is none.
    pub(crate) fn path(&self) -> &[u8] {
        match &self.state {
            State::Active(active) => active.path(),
            _ => b"",
        }
    }

    /// Adds a time in which the thread that answers the request waited for the interpreter; for the request's ledger.
    pub(crate) fn waited_for_interpreter(&mut self, wait: Duration) {
        if let State::Active(active) = &mut self.state {
            active.waited_for_interpreter(wait);
        }
    }

    /// Does all that can be done without the application.
    pub(crate) fn advance(&mut self, bench: &mut Workbench, now: Instant) -> Need {
        loop {
            let step = match &mut self.state {
                State::Closed => return Need::Removal,
                State::Idle => self.receive(bench, now),
                State::Active(active) => match active.phase {
                    Phase::Ready(_) => return Need::Application,
                    Phase::Responding(_) if self.disconnected => return Need::Application,
                    Phase::Responding(_) => match active.flush(&self.stream) {
                        Ok(Flush::Blocked) => Ok(Step::Wait(active.wait_for_reader(bench, now))),
                        Ok(Flush::Done) => {
                            active.patience.pause(now);
                            return Need::Application;
                        }
                        Err(_) => {
                            self.disconnected = true; // the thread of the application closes the body
                            return Need::Application;
                        }
                    },
                    Phase::Head(..) | Phase::Body(..) => self.receive(bench, now),
                    Phase::Flushing => self.send_rest(bench, now),
                },
                State::Lingering(_) => self.linger(bench),
            };
            match step {
                Ok(Step::Again) => {}
                Ok(Step::Wait(deadline)) => {
                    self.deadline = deadline;
                    if now < deadline {
                        return Need::Event;
                    }
                    self.time_out();
                }
                Err(_) => self.state = State::Closed,
            }
        }
    }

    /// Calls the application, or goes on with its body. `true`: there is more to do at once.
    ///
    /// Everything of one request happens on the thread that calls this.
    pub(crate) fn respond(&mut self, shared: &Shared, draining: bool) -> bool {
        let draining = draining || self.is_last_request(shared);
        self.respond_by(&Caller {
            app: &*shared.app,
            interpreter: &*shared.interpreter,
            pace: shared.timeouts.write_pace(),
            draining,
        })
    }

    /// Counts the request that is ready; whether none may follow it.
    fn is_last_request(&mut self, shared: &Shared) -> bool {
        if matches!(&self.state, State::Active(active) if matches!(active.phase, Phase::Ready(_))) {
            self.requests += 1;
        }
        self.requests >= shared.requests_per_connection
    }

    /// Answers the ready request with 503 and `Retry-After` (seconds), without calling the application.
    ///
    /// # Specification
    /// RFC 9110 §15.6.4 "503 Service Unavailable", §10.2.3 "Retry-After"
    pub(crate) fn refuse_overload(&mut self, retry_after: u32) {
        if let State::Active(active) = &mut self.state {
            active.refuse_overload(retry_after);
        }
    }

    /// The client has used up its time. In the middle of a request it is told so (RFC 9110 §15.5.9); between two
    /// requests, or when it takes no answer, it is not.
    pub(crate) fn time_out(&mut self) {
        if let State::Active(active) = &mut self.state {
            match active.phase {
                Phase::Responding(_) => {
                    self.disconnected = true;
                    return;
                }
                Phase::Head(..) | Phase::Body(..)
                    if active.pending() == 0 && active.has_begun() =>
                {
                    return active.refuse_late();
                }
                _ => {}
            }
        }
        self.state = State::Closed;
    }

    /// Gives the connection up. Where the application is in the middle of its answer, its body is closed, so
    /// this runs on the thread that answers.
    pub(crate) fn abandon(&mut self) {
        if let State::Active(mut active) = mem::replace(&mut self.state, State::Closed) {
            active.abandon();
        }
    }

    /// The event loop has answered the request while the application was busy with it: that is all the client gets, and
    /// `rest` of it is still to be sent.
    pub(crate) fn part(&mut self, rest: Output) {
        if let State::Active(active) = &mut self.state {
            active.part(rest);
        }
    }

    /// Sends what is there, for a thread that hands the connection back.
    pub(crate) fn flush(&mut self) {
        if let State::Active(active) = &mut self.state
            && self.stream.begin_answer().is_ok()
        {
            // An error shows again when the event loop goes on with the connection.
            let _ = active.flush(&self.stream);
        }
    }

    fn respond_by(&mut self, caller: &Caller<'_>) -> bool {
        if self.disconnected {
            self.abandon();
            return false;
        }
        let State::Active(active) = &mut self.state else {
            return false;
        };
        match active.respond(&self.stream, caller) {
            Turn::Again => true,
            Turn::Over => false,
            Turn::Disconnected => {
                // What the event loop has answered instead may still be on its way.
                if !self.stream.is_answer_revoked() {
                    self.state = State::Closed;
                }
                false
            }
        }
    }

    /// Takes the next request apart as far as its bytes are there.
    fn receive(&mut self, bench: &mut Workbench, now: Instant) -> io::Result<Step> {
        if let State::Active(active) = &mut self.state {
            if active.must_send_first() {
                if active.flush(&self.stream)? == Flush::Blocked {
                    return Ok(Step::Wait(active.wait_for_reader(bench, now)));
                }
                active.patience.settle();
            }
            if active.has_more() {
                active.resume(bench, now);
                return Ok(Step::Again);
            }
        }
        if !self.readable {
            return self.rest(bench, now);
        }
        match bench.fill(&self.stream)? {
            Fill::Some(count) => {
                self.readable = self.may_have_more(count, bench);
                if let State::Idle = self.state {
                    self.state = State::Active(bench.take(&mut self.peer));
                }
                if let State::Active(active) = &mut self.state {
                    active.take_in(&bench.scratch[..count], bench, now);
                }
            }
            Fill::WouldBlock => self.readable = false,
            Fill::Ended => {
                // Nothing can complete what is there; RFC 9112 §8: an incomplete message is no request.
                self.input_ended = true;
                match &mut self.state {
                    State::Active(active) => active.phase = Phase::Flushing,
                    _ => self.state = State::Closed,
                }
            }
        }
        Ok(Step::Again)
    }

    /// Whether there may be more to read behind `count` bytes. A read that leaves room has emptied the socket, but
    /// for the end, which may have shared its edge.
    fn may_have_more(&self, count: usize, bench: &Workbench) -> bool {
        count == bench.scratch.len() || self.read_closed
    }

    /// There is nothing to read: sends what was gathered, and becomes idle when nothing is begun.
    fn rest(&mut self, bench: &mut Workbench, now: Instant) -> io::Result<Step> {
        let State::Active(active) = &mut self.state else {
            return Ok(Step::Wait(self.deadline));
        };
        if active.flush(&self.stream)? == Flush::Blocked {
            return Ok(Step::Wait(active.wait_for_reader(bench, now)));
        }
        active.patience.settle();
        Ok(Step::Wait(match &mut active.phase {
            Phase::Head(_, None) => {
                self.put_back(bench, State::Idle);
                now + bench.timeouts.keep_alive
            }
            Phase::Head(_, Some(began)) => *began + bench.timeouts.head,
            Phase::Body(_, body) => body.deadline(bench.timeouts.body_pace(), now),
            _ => now + bench.timeouts.body,
        }))
    }

    fn send_rest(&mut self, bench: &mut Workbench, now: Instant) -> io::Result<Step> {
        let State::Active(active) = &mut self.state else {
            return Ok(Step::Again);
        };
        if active.flush(&self.stream)? == Flush::Blocked {
            return Ok(Step::Wait(active.wait_for_reader(bench, now)));
        }
        let has_unread = self.readable || active.has_received();
        if self.input_ended || (active.farewell == Farewell::Close && !has_unread) {
            self.put_back(bench, State::Closed);
            return Ok(Step::Again);
        }
        self.stream.finish_writing()?;
        self.put_back(bench, State::Lingering(LINGER));
        self.deadline = now + bench.timeouts.linger;
        Ok(Step::Again)
    }

    /// Throws away what the client still sends.
    fn linger(&mut self, bench: &mut Workbench) -> io::Result<Step> {
        let State::Lingering(left) = &mut self.state else {
            return Ok(Step::Again);
        };
        if !self.readable {
            return Ok(Step::Wait(self.deadline));
        }
        match bench.fill(&self.stream)? {
            Fill::Some(count) if count <= *left => {
                *left -= count;
                self.readable = self.may_have_more(count, bench);
            }
            Fill::Some(_) | Fill::Ended => self.state = State::Closed,
            Fill::WouldBlock => self.readable = false,
        }
        Ok(Step::Again)
    }

    /// Goes into a state that needs no request's memory.
    fn put_back(&mut self, bench: &mut Workbench, next: State) {
        if let State::Active(active) = mem::replace(&mut self.state, next) {
            bench.put(active, &mut self.peer);
        }
    }
}
