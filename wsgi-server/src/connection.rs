//! One client's connection: its requests one after the other, its responses in their order.
//!
//! ```text
//!           bytes                complete            application called
//!   Head ──────────▶ Body ──────────────▶ Ready ──────────────────────▶ Responding
//!    ▲  └───────────── no body ───────────▲                                  │
//!    └────────────────────────── kept alive ────────────────────────────────┤
//!                                                            not kept alive  ▼
//!   Closed ◀── Lingering ◀───────── all sent ───────────────────────────  Flushing
//! ```
//!
//! Nothing here waits. [`Connection::advance`] does all that can be done without the application and says what
//! is needed next; [`Connection::respond`] calls the application, on the thread that answers this request.

use std::io::{self, Read};
use std::time::Instant;

use http::Method;
use mio::event::Event;
use wsgi_core::{Application, Environ, environ};

use crate::exchange::{Exchange, Progress, Wire};
use crate::listener::Stream;
use crate::output::{Flush, Output};
use crate::protocol::{
    BodyDecoder, CONTINUE, CloseReason, Ending, Framing, HeadReader, Limits, Refusal, RequestHead,
    ResponseWriter,
};
use crate::received::{Fill, Received};
use crate::request_body::{RequestBody, RequestBodyError};
use crate::timeouts::Timeouts;

/// Responses to pipelined requests are gathered up to this many bytes before they are sent.
const GATHER: u64 = 64 * 1024;

/// What a closed connection's client may still send before it is cut off (RFC 9112 §9.6).
const LINGER: usize = 1 << 20;

#[derive(Debug)]
pub(crate) struct Connection {
    stream: Stream,
    received: Received,
    output: Output,
    environ: Environ,
    phase: Phase,
    /// An edge was seen and not all of it was read.
    readable: bool,
    /// The system says that the client sends no more; what it sent before is still to be read.
    read_closed: bool,
    /// All that the client sent was read.
    input_ended: bool,
    /// The client takes no more either.
    disconnected: bool,
    /// When to give the client up, unless something happens first.
    deadline: Instant,
    /// The thread of the pool that has the response in hand.
    worker: Option<usize>,
}

#[derive(Debug)]
enum Phase {
    /// Waiting for a request, or in the middle of its head, which began then.
    Head(HeadReader, Option<Instant>),
    Body(RequestHead, RequestBody),
    Ready(RequestHead),
    Responding(Exchange),
    Flushing,
    Lingering(usize),
    Closed,
}

impl Phase {
    fn next_request() -> Self {
        Self::Head(HeadReader::new(), None)
    }
}

/// What an event of a socket tells; each is told once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Edges {
    /// There is something to read.
    readable: bool,
    /// The client sends no more than what is there.
    read_closed: bool,
    /// The client is gone altogether.
    disconnected: bool,
}

impl Edges {
    pub(crate) fn of(event: &Event) -> Self {
        Self {
            readable: event.is_readable(),
            read_closed: event.is_read_closed(),
            disconnected: event.is_error() || (event.is_write_closed() && event.is_read_closed()),
        }
    }

    pub(crate) fn add(&mut self, later: Self) {
        self.readable |= later.readable;
        self.read_closed |= later.read_closed;
        self.disconnected |= later.disconnected;
    }
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

impl Connection {
    pub(crate) fn new(
        stream: Stream,
        connection: environ::Connection,
        now: Instant,
        timeouts: &Timeouts,
    ) -> Self {
        Self {
            stream,
            received: Received::default(),
            output: Output::default(),
            environ: Environ::with_connection(connection),
            phase: Phase::next_request(),
            readable: true,
            read_closed: false,
            input_ended: false,
            disconnected: false,
            deadline: now + timeouts.keep_alive,
            worker: None,
        }
    }

    pub(crate) fn stream_mut(&mut self) -> &mut Stream {
        &mut self.stream
    }

    /// Takes in what an event of the socket tells.
    pub(crate) fn note(&mut self, edges: Edges) {
        self.read_closed |= edges.read_closed;
        self.readable |= edges.readable || edges.read_closed;
        self.disconnected |= edges.disconnected;
    }

    /// Whether the connection waits between two requests.
    pub(crate) fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Head(_, None))
            && self.received.is_empty()
            && self.output.pending() == 0
    }

    /// Whether the application is in the middle of its answer, so that only its thread may end it.
    pub(crate) fn is_responding(&self) -> bool {
        matches!(self.phase, Phase::Responding(_))
    }

    /// Whether the client has used up its time.
    pub(crate) fn is_overdue(&self, now: Instant) -> bool {
        now >= self.deadline
    }

    /// The thread that began the response under way, which has to end it.
    pub(crate) fn worker(&self) -> Option<usize> {
        self.worker.filter(|_| self.is_responding())
    }

    pub(crate) fn set_worker(&mut self, worker: usize) {
        self.worker = Some(worker);
    }

    /// Does all that can be done without the application.
    pub(crate) fn advance(&mut self, limits: &Limits, timeouts: &Timeouts, now: Instant) -> Need {
        loop {
            let step = match &mut self.phase {
                Phase::Closed => return Need::Removal,
                Phase::Ready(_) => return Need::Application,
                Phase::Responding(_) if self.disconnected => return Need::Application,
                Phase::Responding(_) => match self.output.flush(&mut self.stream) {
                    Ok(Flush::Blocked) => return self.wait(now + timeouts.write),
                    Ok(Flush::Done) => return Need::Application,
                    Err(_) => {
                        self.disconnected = true; // the thread of the application closes the body
                        return Need::Application;
                    }
                },
                Phase::Head(..) | Phase::Body(..) => self.receive(limits, timeouts, now),
                Phase::Flushing => self.send_rest(timeouts, now),
                Phase::Lingering(_) => self.linger(),
            };
            match step {
                Ok(Step::Again) => {}
                Ok(Step::Wait(deadline)) => return self.wait(deadline),
                Err(_) => self.phase = Phase::Closed,
            }
        }
    }

    /// Calls the application, or goes on with its body. `true`: there is more to do at once.
    ///
    /// Everything of one request happens on the thread that calls this.
    pub(crate) fn respond(&mut self, app: &dyn Application, draining: bool) -> bool {
        if self.disconnected {
            self.abandon();
            return false;
        }
        let mut wire = Wire {
            output: &mut self.output,
            stream: &mut self.stream,
        };
        let progress = match std::mem::replace(&mut self.phase, Phase::Closed) {
            Phase::Ready(head) => {
                let keep_alive = head.keep_alive && !draining;
                let is_head = self.environ.method() == Method::HEAD;
                let writer = ResponseWriter::new(is_head, self.environ.version(), keep_alive);
                Exchange::begin(app, &mut self.environ, writer, &mut wire)
            }
            Phase::Responding(exchange) => exchange.proceed(&mut self.environ, &mut wire),
            other => {
                self.phase = other;
                return false;
            }
        };
        let (phase, again) = match progress {
            Progress::Yield(exchange) => (Phase::Responding(exchange), true),
            Progress::Blocked(exchange) => (Phase::Responding(exchange), false),
            Progress::Ended(Ending::KeepAlive) => (Phase::next_request(), false),
            Progress::Ended(Ending::Close(reason)) => {
                self.note_close(reason.as_ref());
                (Phase::Flushing, false)
            }
            Progress::Disconnected => (Phase::Closed, false),
        };
        if !matches!(phase, Phase::Responding(_)) {
            self.environ.reset();
        }
        self.phase = phase;
        again
    }

    /// The client has used up its time. In the middle of a request it is told so (RFC 9110 §15.5.9); between two
    /// requests, or when it takes no answer, it is not.
    pub(crate) fn time_out(&mut self) {
        match &self.phase {
            Phase::Responding(_) => self.disconnected = true,
            Phase::Head(_, Some(_)) | Phase::Body(..) if self.output.pending() == 0 => {
                self.refuse(&Refusal::Timeout)
            }
            _ => self.phase = Phase::Closed,
        }
    }

    /// Gives the connection up. Where the application is in the middle of its answer, its body is closed, so
    /// this runs on the thread that answers.
    pub(crate) fn abandon(&mut self) {
        if let Phase::Responding(exchange) = std::mem::replace(&mut self.phase, Phase::Closed) {
            exchange.abandon(&mut self.environ);
            self.environ.reset();
        }
    }

    /// Sends what is there, for a thread that hands the connection back.
    pub(crate) fn flush(&mut self) {
        // An error shows again when the event loop goes on with the connection.
        let _ = self.output.flush(&mut self.stream);
    }

    fn wait(&mut self, deadline: Instant) -> Need {
        self.deadline = deadline;
        Need::Event
    }

    /// Takes the next request apart as far as its bytes are there.
    fn receive(&mut self, limits: &Limits, timeouts: &Timeouts, now: Instant) -> io::Result<Step> {
        if self.output.must_go_first() || self.output.pending() > GATHER {
            // A client that reads no responses gets no further requests answered.
            if self.output.flush(&mut self.stream)? == Flush::Blocked {
                return Ok(Step::Wait(now + timeouts.write));
            }
        }
        if !self.received.is_empty() {
            match self.decode(limits, now) {
                Ok(true) => return Ok(Step::Again),
                Ok(false) => {}
                Err(refusal) => {
                    self.refuse(&refusal);
                    return Ok(Step::Again);
                }
            }
        }
        if self.readable && !self.input_ended {
            match self.received.fill(&mut self.stream)? {
                Fill::Some { drained } => self.readable = !drained || self.read_closed,
                Fill::WouldBlock => self.readable = false,
                Fill::Ended => self.input_ended = true,
            }
            return Ok(Step::Again);
        }
        if self.input_ended {
            // Nothing can complete what is there; RFC 9112 §8: an incomplete message is no request.
            self.phase = Phase::Flushing;
            return Ok(Step::Again);
        }
        let blocked = self.output.flush(&mut self.stream)? == Flush::Blocked;
        Ok(Step::Wait(match &self.phase {
            _ if blocked => now + timeouts.write,
            Phase::Head(_, None) => now + timeouts.keep_alive,
            Phase::Head(_, Some(began)) => *began + timeouts.head,
            _ => now + timeouts.body,
        }))
    }

    /// Goes on with the bytes at hand. `false`: more of them are needed.
    fn decode(&mut self, limits: &Limits, now: Instant) -> Result<bool, Refusal> {
        match std::mem::replace(&mut self.phase, Phase::Closed) {
            Phase::Head(mut reader, began) => {
                let Some(head) = reader.read(self.received.bytes(), limits, &mut self.environ)?
                else {
                    self.phase = Phase::Head(reader, began.or(Some(now)));
                    return Ok(false);
                };
                self.received.consume(head.length);
                if matches!(head.framing, Framing::Empty | Framing::Length(0)) {
                    self.phase = Phase::Ready(head);
                } else {
                    if head.expects_continue && self.received.is_empty() {
                        // RFC 9110 §10.1.1: not needed when the body is already on its way.
                        self.output.buffer.extend_from_slice(CONTINUE);
                    }
                    let body = RequestBody::new(BodyDecoder::new(head.framing, limits));
                    self.phase = Phase::Body(head, body);
                }
                Ok(true)
            }
            Phase::Body(head, mut body) => {
                let taken = match body.receive(self.received.bytes()) {
                    Ok(taken) => taken,
                    Err(RequestBodyError::Refused(refusal)) => return Err(refusal),
                    Err(RequestBodyError::Spill(error)) => return Err(self.cannot_spill(&error)),
                };
                self.received.consume(taken);
                if !body.is_complete() {
                    self.phase = Phase::Body(head, body);
                    return Ok(false);
                }
                if head.framing == Framing::Chunked {
                    // The body's length is known now, which spares the application a special case.
                    let _ = self
                        .environ
                        .set_var(environ::CONTENT_LENGTH, body.length().to_string());
                    self.environ.remove_var("HTTP_TRANSFER_ENCODING");
                }
                let input = body
                    .into_input()
                    .map_err(|error| self.cannot_spill(&error))?;
                self.environ.set_input(input);
                self.phase = Phase::Ready(head);
                Ok(true)
            }
            other => {
                self.phase = other;
                Ok(true)
            }
        }
    }

    fn cannot_spill(&self, error: &io::Error) -> Refusal {
        tracing::error!(%error, "cannot keep a large request body in a temporary file; free space or set TMPDIR");
        Refusal::NoRoom
    }

    fn refuse(&mut self, refusal: &Refusal) {
        let peer = match self.environ.connection().remote_addr {
            Some(address) => address.to_string(),
            None => "unix socket".to_owned(),
        };
        tracing::warn!(peer, status = refusal.status().as_u16(), %refusal, "request refused");
        refusal.encode(&mut self.output.buffer);
        self.environ.reset();
        self.phase = Phase::Flushing;
    }

    fn note_close(&self, reason: Option<&CloseReason>) {
        if let Some(reason) = reason {
            let target = String::from_utf8_lossy(self.environ.target()).into_owned();
            tracing::warn!(method = %self.environ.method(), target, %reason, "connection closed after the response");
        }
    }

    fn send_rest(&mut self, timeouts: &Timeouts, now: Instant) -> io::Result<Step> {
        if self.output.flush(&mut self.stream)? == Flush::Blocked {
            return Ok(Step::Wait(now + timeouts.write));
        }
        // RFC 9112 §9.6: closing at once could reset the connection before the client has read the answer.
        self.stream.finish_writing()?;
        self.phase = if self.input_ended {
            Phase::Closed
        } else {
            Phase::Lingering(LINGER)
        };
        self.deadline = now + timeouts.linger;
        self.received = Received::default();
        self.readable = true;
        Ok(Step::Again)
    }

    fn linger(&mut self) -> io::Result<Step> {
        let Phase::Lingering(left) = &mut self.phase else {
            return Ok(Step::Again);
        };
        let mut waste = [0; 4096];
        match self.stream.read(&mut waste) {
            Ok(0) => self.phase = Phase::Closed,
            Ok(count) if count > *left => self.phase = Phase::Closed,
            Ok(count) => *left -= count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Ok(Step::Wait(self.deadline));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(Step::Again)
    }
}

/// What one step of [`Connection::advance`] came to.
enum Step {
    Again,
    Wait(Instant),
}
