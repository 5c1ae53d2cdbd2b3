//! What a connection has in hand while a request or its response is under way.

use std::io;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use wsgi_core::{Application, Environ, Headers, Mark, StatusLine, environ};

use super::workbench::Workbench;
use crate::exchange::{Exchange, Progress, Wire};
use crate::interpreter::Interpreter;
use crate::output::{Flush, Output};
use crate::patience::Patience;
use crate::protocol::{
    BodyDecoder, CONTINUE, CloseReason, Ending, Framing, HeadReader, Refusal, RequestHead,
    ResponseWriter,
};
use crate::received::Received;
use crate::refused::{Refusals, RefusedRequest};
use crate::request_body::{RequestBody, RequestBodyError};
use crate::stream::Stream;
use crate::timeouts::Pace;

/// Responses to pipelined requests are gathered up to this many bytes before they are sent.
const GATHER: u64 = 64 * 1024;

/// Buffers that grew beyond this many bytes go with the request that needed it. Gathered output and a head at its
/// limit stay below.
const KEPT: usize = 128 * 1024;

/// An environ that held a head of more bytes than this goes with it.
const KEPT_HEAD: usize = 16 * 1024;

/// The memory of a request, its response, and those that wait behind it. Lent to one connection after the other.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) phase: Phase,
    pub(super) farewell: Farewell,
    received: Received,
    output: Output,
    environ: Environ,
    /// Bytes of the longest head that the environ held.
    longest_head: usize,
    /// For a client that takes its responses slowly.
    pub(super) patience: Patience,
    refusals: Arc<Refusals>,
}

#[derive(Debug)]
pub(super) enum Phase {
    /// At the beginning of a head, or in the middle of one, whose first bytes were looked at then.
    Head(HeadReader, Option<Instant>),
    Body(RequestHead, RequestBody),
    Ready(RequestHead),
    Responding(Exchange),
    /// The last response, or refusal, is on its way.
    Flushing,
}

impl Default for Phase {
    fn default() -> Self {
        Self::Head(HeadReader::new(), None)
    }
}

/// How the connection ends once all is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Farewell {
    /// What the client still sends is waited for and thrown away (RFC 9112 §9.6): closing at once could reset the
    /// connection before the client has read the answer.
    #[default]
    Linger,
    /// The client itself asked for the end, so that it sends nothing more.
    Close,
}

/// Who calls the application, and how.
pub(super) struct Caller<'c> {
    pub(super) app: &'c dyn Application,
    pub(super) interpreter: &'c dyn Interpreter,
    /// How slowly a client may take what is `write()`ten.
    pub(super) pace: Pace,
    /// The server is stopping: no connection persists.
    pub(super) draining: bool,
}

/// What a turn of the application came to.
pub(super) enum Turn {
    /// There is more to do at once.
    Again,
    /// The rest is the event loop's.
    Over,
    /// The client is gone.
    Disconnected,
}

impl Active {
    pub(super) fn new(refusals: Arc<Refusals>) -> Self {
        Self {
            phase: Phase::default(),
            farewell: Farewell::default(),
            received: Received::default(),
            output: Output::default(),
            environ: Environ::default(),
            longest_head: 0,
            patience: Patience::default(),
            refusals,
        }
    }

    /// What the environ says of the connection.
    pub(super) fn peer_mut(&mut self) -> &mut environ::Connection {
        self.environ.connection_mut()
    }

    /// Makes it ready for another connection.
    pub(super) fn begin_anew(&mut self) {
        debug_assert_eq!(self.pending(), 0, "all was sent");
        // Where another request could have followed, the environ was reset when the last one ended. A client that left in
        // the middle of its request has left that there.
        if !matches!(self.phase, Phase::Head(_, None)) {
            self.environ.reset();
        }
        self.phase = Phase::default();
        self.farewell = Farewell::default();
        self.received.clear();
        self.patience.settle();
    }

    /// Goes on with bytes that just came.
    pub(super) fn take_in(&mut self, input: &[u8], bench: &Workbench, now: Instant) {
        if !self.received.is_empty() {
            self.received.append(input);
            return self.resume(bench, now);
        }
        match self.decode(input, bench, now) {
            Ok(used) => self.received.append(&input[used..]),
            Err(refusal) => self.refuse(&refusal, input),
        }
    }

    /// Goes on with the bytes that waited.
    pub(super) fn resume(&mut self, bench: &Workbench, now: Instant) {
        let mut received = mem::take(&mut self.received);
        match self.decode(received.bytes(), bench, now) {
            Ok(used) => {
                received.consume(used);
                self.received = received;
            }
            Err(refusal) => self.refuse(&refusal, received.bytes()),
        }
    }

    /// Calls the application, or goes on with its body.
    pub(super) fn respond(&mut self, stream: &Arc<Stream>, caller: &Caller<'_>) -> Turn {
        let mut wire = Wire {
            output: &mut self.output,
            stream,
            interpreter: caller.interpreter,
            patience: &mut self.patience,
            pace: caller.pace,
            is_lent: false,
        };
        let begins = if let Phase::Ready(head) = self.phase {
            if !head.keep_alive {
                self.farewell = Farewell::Close;
            }
            let keep_alive = head.keep_alive && !caller.draining;
            let is_head = self.environ.method() == Method::HEAD;
            let writer = ResponseWriter::new(is_head, self.environ.version(), keep_alive);
            self.phase = Phase::Responding(Exchange::new(writer));
            self.environ.mark(Mark::Called);
            true
        } else {
            false
        };
        let Phase::Responding(exchange) = &mut self.phase else {
            return Turn::Over;
        };
        let progress = if begins {
            exchange.begin(caller.app, &mut self.environ, &mut wire)
        } else {
            exchange.proceed(&mut self.environ, &mut wire)
        };
        match progress {
            Progress::Yield => Turn::Again,
            Progress::Blocked => Turn::Over,
            Progress::Disconnected => {
                self.phase = Phase::Flushing;
                drop(self.environ.take_completion()); // cut short
                Turn::Disconnected
            }
            Progress::Ended(ending) => {
                self.end_response(ending);
                Turn::Over
            }
        }
    }

    /// Answers the ready request without the application, which has no room for it.
    pub(super) fn refuse_overload(&mut self, retry_after: u32) {
        const OVERLOAD: StatusLine = StatusLine::from_static("503 Service Unavailable");
        let Phase::Ready(head) = &self.phase else {
            return;
        };
        self.tell_refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            "no thread had time for it",
            b"",
        );
        let is_head = self.environ.method() == Method::HEAD;
        let mut writer = ResponseWriter::new(is_head, self.environ.version(), head.keep_alive);
        let body = b"Service Unavailable\n";
        let length = Some(body.len() as u64);
        let headers = Headers::try_from_pairs([
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Retry-After", &retry_after.to_string()),
        ])
        .expect("a media type and a number are field values");
        // Neither can fail: it is the first call, and the body is as long as it says.
        let _ = writer.start(OVERLOAD, headers, None);
        let _ = writer.write(body, length, &mut self.output.buffer);
        let ending = writer.finish(length, &mut self.output.buffer);
        if !head.keep_alive {
            self.farewell = Farewell::Close;
        }
        self.end_response(ending);
    }

    /// The rest of the request did not come in time.
    pub(super) fn refuse_late(&mut self) {
        let received = mem::take(&mut self.received);
        self.refuse(&Refusal::Timeout, received.bytes());
    }

    /// Answers what is no acceptable request, and ends the connection. `received`: what came of it, from the beginning of
    /// the head if that is not complete.
    fn refuse(&mut self, refusal: &Refusal, received: &[u8]) {
        let method = self.tell_refusal(refusal.status(), &refusal.to_string(), received);
        refusal.encode_for(&method, &mut self.output.buffer);
        self.environ.reset();
        self.received.clear();
        self.phase = Phase::Flushing;
        self.farewell = Farewell::Linger;
    }

    /// Tells logs and listeners; returns the method as far as it decides what the answer looks like.
    fn tell_refusal(&self, status: StatusCode, reason: &str, received: &[u8]) -> Method {
        let refused = RefusedRequest::new(status, reason).peer(&self.environ);
        let mut refused = match &self.phase {
            Phase::Head(..) => refused.head(received),
            _ => refused.request(&self.environ),
        };
        if let Phase::Head(_, Some(began)) = self.phase {
            refused.duration = Some(began.elapsed());
        }
        refused.log();
        self.refusals.tell(&refused);
        match refused.method {
            b"HEAD" => Method::HEAD,
            _ => Method::GET,
        }
    }

    /// Closes the body of an unfinished response.
    pub(super) fn abandon(&mut self) {
        if let Phase::Responding(mut exchange) = mem::replace(&mut self.phase, Phase::Flushing) {
            exchange.abandon(&mut self.environ);
            drop(self.environ.take_completion()); // cut short
            self.environ.reset();
        }
    }

    /// Sends nothing but `rest`, and ends the connection.
    pub(super) fn part(&mut self, rest: Output) {
        self.abandon();
        self.environ.reset();
        self.received.clear();
        self.output = rest;
        self.phase = Phase::Flushing;
        self.farewell = Farewell::Linger;
    }

    pub(super) fn flush(&mut self, stream: &Stream) -> io::Result<Flush> {
        self.output.flush(stream)
    }

    /// The client has to take some of the output first: when it has had time enough. What it is still to send is not
    /// read meanwhile, so that may take as long.
    pub(super) fn wait_for_reader(&mut self, bench: &Workbench, now: Instant) -> Instant {
        match &mut self.phase {
            Phase::Head(_, Some(began)) => *began = now,
            Phase::Body(_, body) => body.pause(now),
            _ => {}
        }
        let taken = self.output.taken();
        self.patience
            .deadline(taken, bench.timeouts.write_pace(), now)
    }

    /// Bytes that are still to be sent.
    pub(super) fn pending(&self) -> u64 {
        self.output.pending()
    }

    /// Whether output must go before another request is looked at: something large is on its way, or the client
    /// reads no responses, and then gets no further requests answered.
    pub(super) fn must_send_first(&self) -> bool {
        self.output.must_go_first() || self.output.pending() > GATHER
    }

    /// Whether bytes wait that were not looked at since the last request ended.
    pub(super) fn has_more(&self) -> bool {
        matches!(self.phase, Phase::Head(_, None)) && !self.received.is_empty()
    }

    /// Whether anything of a request has come. Empty lines are nothing of one: some clients send one behind a body, and
    /// would take what they are told for the answer to what they ask next.
    ///
    /// # Specification
    /// RFC 9112 §2.2 "Message Parsing"
    pub(super) fn has_begun(&self) -> bool {
        let mut received = self.received.bytes().iter();
        !matches!(self.phase, Phase::Head(..)) || received.any(|byte| !b"\r\n".contains(byte))
    }

    /// Whether bytes wait behind the request under way.
    pub(super) fn has_received(&self) -> bool {
        !self.received.is_empty()
    }

    /// Adds a time in which the thread that answers the request waited for the interpreter.
    pub(super) fn waited_for_interpreter(&mut self, wait: Duration) {
        self.environ.waited_for_interpreter(wait);
    }

    /// The request's method.
    pub(super) fn method(&self) -> Method {
        self.environ.method().clone()
    }

    /// `PATH_INFO` of the request.
    pub(super) fn path(&self) -> &[u8] {
        self.environ.path_info()
    }

    /// Whether no request was so large that its memory should go with it.
    pub(super) fn is_worth_keeping(&self) -> bool {
        self.received.capacity() <= KEPT
            && self.output.buffer.capacity() <= KEPT
            && self.longest_head <= KEPT_HEAD
    }

    fn end_response(&mut self, ending: Ending) {
        self.phase = match ending {
            Ending::KeepAlive => Phase::default(),
            Ending::Close(reason) => {
                self.note_close(reason.as_ref());
                Phase::Flushing
            }
        };
        if let Some(completion) = self.environ.take_completion() {
            self.output.push_completion(completion);
        }
        self.environ.reset();
    }

    fn note_close(&self, reason: Option<&CloseReason>) {
        if let Some(reason) = reason {
            let target = String::from_utf8_lossy(self.environ.target()).into_owned();
            tracing::warn!(method = %self.environ.method(), target, %reason, "connection closed after the response");
        }
    }

    /// Takes the next request apart as far as its bytes are there; tells how many of them it used.
    fn decode(&mut self, input: &[u8], bench: &Workbench, now: Instant) -> Result<usize, Refusal> {
        let mut used = 0;
        if let Phase::Head(reader, began) = &mut self.phase {
            if bench.keeps_ledgers && began.is_none() {
                begin_ledger(&mut self.environ, bench, now);
            }
            let Some(head) = reader.read(input, &bench.limits, &mut self.environ)? else {
                began.get_or_insert(now);
                return Ok(0);
            };
            self.environ.mark(Mark::Parsed);
            used = head.length;
            self.begin_body(head, used < input.len(), bench);
        }
        if let Phase::Body(..) = &self.phase {
            used += self.decode_body(&input[used..])?;
        }
        Ok(used)
    }

    /// The head is complete; `follows`: the body is already on its way.
    fn begin_body(&mut self, head: RequestHead, follows: bool, bench: &Workbench) {
        self.longest_head = self.longest_head.max(head.length);
        if matches!(head.framing, Framing::Empty | Framing::Length(0)) {
            self.phase = Phase::Ready(head);
            return;
        }
        if head.expects_continue && !follows {
            // RFC 9110 §10.1.1: not needed when the body is already on its way.
            self.output.buffer.extend_from_slice(CONTINUE);
        }
        let body = RequestBody::new(
            BodyDecoder::new(head.framing, &bench.limits),
            bench.bodies.clone(),
        );
        self.phase = Phase::Body(head, body);
    }

    fn decode_body(&mut self, input: &[u8]) -> Result<usize, Refusal> {
        let Phase::Body(head, body) = &mut self.phase else {
            return Ok(0);
        };
        let used = match body.receive(input) {
            Ok(used) => used,
            Err(RequestBodyError::Refused(refusal)) => return Err(refusal),
            Err(RequestBodyError::Spill(error)) => return Err(cannot_spill(&error)),
        };
        if !body.is_complete() {
            return Ok(used);
        }
        let head = *head;
        if head.framing == Framing::Chunked {
            // The body's length is known now, which spares the application a special case.
            let length = body.length().to_string();
            let _ = self.environ.set_var(environ::CONTENT_LENGTH, length);
            self.environ.remove_var("HTTP_TRANSFER_ENCODING");
        }
        if let Phase::Body(_, body) = mem::replace(&mut self.phase, Phase::Ready(head)) {
            let input = body.into_input().map_err(|error| cannot_spill(&error))?;
            self.environ.set_input(input);
            self.environ.mark(Mark::Ready);
        }
        Ok(used)
    }
}

/// The request's first bytes are looked at; they came before the sockets were looked at, which was `now`.
fn begin_ledger(environ: &mut Environ, bench: &Workbench, now: Instant) {
    environ.begin_ledger(now);
    if let Some(ledger) = environ.ledger_mut() {
        ledger.waited(bench.waited);
        ledger.queued(now.elapsed().saturating_sub(bench.waited));
    }
}

fn cannot_spill(error: &io::Error) -> Refusal {
    tracing::error!(%error, "cannot keep a large request body in a temporary file; free space or set TMPDIR");
    Refusal::NoRoom
}
