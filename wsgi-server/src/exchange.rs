//! One request and its response: the server's half of PEP 3333.
//!
//! An [`Exchange`] calls the application, takes its body block by block, sees every block on its way before it
//! asks for the next, and closes the body exactly once. It knows nothing of event loops and threads; whoever
//! drives it does so from one thread, from the call to `close()`.

use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use wsgi_core::{
    Application, ApplicationError, Body, EarlyHints, EarlyHintsError, Environ, ExcInfo, Fault,
    Headers, Mark, StartResponse, StartResponseError, StatusLine, WriteError,
};

use crate::interpreter::Interpreter;
use crate::outbox;
use crate::output::{Flush, Output};
use crate::patience::Patience;
use crate::protocol::{Ending, ResponseWriter};
use crate::stream::Stream;
use crate::timeouts::Pace;

/// Output that waits for a slow client beyond this many bytes stops the iteration until it has gone. Less goes on being
/// sent by the watcher; where nobody watches, nothing may be left behind.
const HIGH_WATER: u64 = 64 * 1024;

/// Blocks of at least this many bytes go out from where they are instead of being copied behind the head.
const DIRECT: usize = 32 * 1024;

/// An application that makes a block within this time is about to make another one.
const QUICK: Duration = Duration::from_micros(50);

/// So many gathered bytes are sent.
const GATHERED: u64 = 32 * 1024;

/// After this many blocks other connections get their turn.
const TURN: usize = 64;

/// The wire: where a response goes.
pub(crate) struct Wire<'w> {
    pub(crate) output: &'w mut Output,
    pub(crate) stream: &'w Arc<Stream>,
    /// What `write()` lets go of while it waits.
    pub(crate) interpreter: &'w dyn Interpreter,
    /// How long `write()` waits for a slow client.
    pub(crate) patience: &'w mut Patience,
    pub(crate) pace: Pace,
    /// The output lies in the thread's outbox.
    pub(crate) is_lent: bool,
}

impl Wire<'_> {
    /// Before the application runs: what waits to be sent can be sent meanwhile.
    #[inline]
    fn lend(&mut self) {
        if self.output.pending() > 0 && !self.output.must_go_first() {
            self.is_lent = outbox::fill(self.stream, self.output);
        }
    }

    /// When the application has come back.
    #[inline]
    fn reclaim(&mut self) {
        if mem::take(&mut self.is_lent) {
            self.empty_outbox();
        }
    }

    fn empty_outbox(&mut self) {
        outbox::empty(self.output);
        if self.output.pending() == 0 {
            self.stream.owe_nothing();
        }
    }

    /// Sends what there is of the response.
    ///
    /// # Errors
    /// The client is gone, or the event loop has answered it meanwhile.
    #[inline]
    fn flush(&mut self) -> io::Result<Flush> {
        self.stream.begin_answer()?;
        self.output.flush(self.stream)
    }

    /// Sends an interim response while the application runs, behind the answers to earlier requests. A client that
    /// takes so little that it would have to wait gets none.
    fn hint(&mut self, interim: &[u8]) {
        // What fails here fails again when the response is sent.
        if self.stream.begin_answer().is_err() {
            return; // and by somebody else
        }
        self.reclaim();
        if self.has_room() {
            self.output.buffer.extend_from_slice(interim);
            let _ = self.output.flush(self.stream);
        }
        self.lend();
        // It was no answer yet, so the right to give one is anybody's again.
        self.stream.open_answer(self.is_lent);
    }

    /// Whether more may be put into the output although it may have to wait there.
    fn has_room(&mut self) -> bool {
        let is_low = |output: &Output| output.pending() <= high_water();
        let has_room =
            is_low(self.output) || (self.output.flush(self.stream).is_ok() && is_low(self.output));
        has_room && !self.output.must_go_first()
    }

    /// Waits until the client takes something, or has had time enough; other threads run Python meanwhile.
    ///
    /// # Errors
    /// The client has used up its patience, though something was just offered to it.
    fn wait(&mut self) -> io::Result<()> {
        let (now, taken) = (Instant::now(), self.output.taken());
        let until = self.patience.deadline(taken, self.pace, now);
        let left = until.saturating_duration_since(now);
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let timeout = Timespec::try_from(left).ok();
        let mut writable = [PollFd::new(self.stream, PollFlags::OUT)];
        let mut ready = Ok(0);
        self.interpreter
            .detach(&mut || ready = rustix::event::poll(&mut writable, timeout.as_ref()));
        match ready {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// One request's response, from the call of the application on. It stays where it was made, for it is large.
#[derive(Debug)]
pub(crate) struct Exchange {
    writer: ResponseWriter,
    body: Body,
    /// The body's length as it told it before its first block.
    total: Option<u64>,
}

/// How far an exchange has come.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Progress {
    /// There is more, and it is other connections' turn.
    Yield,
    /// The client must take some of the output first.
    Blocked,
    /// All that there is to send is in the output; the body is closed.
    Ended(Ending),
    /// The client is gone; the body is closed.
    Disconnected,
}

impl Exchange {
    /// Before the application was called.
    #[inline]
    pub(crate) fn new(writer: ResponseWriter) -> Self {
        Self {
            writer,
            body: Body::empty(),
            total: None,
        }
    }

    /// Calls the application and takes as much of its body as one turn allows. Once.
    pub(crate) fn begin(
        &mut self,
        app: &dyn Application,
        environ: &mut Environ,
        wire: &mut Wire<'_>,
    ) -> Progress {
        wire.lend(); // answers to requests before this one
        let mut responder = Responder {
            writer: &mut self.writer,
            wire,
            is_timed: environ.ledger().is_some(),
            written: None,
        };
        let body = &mut self.body;
        let called = guarded(|| {
            // Straight to its place, which spares a move.
            *body = app.call(environ, &mut responder)?;
            Ok(())
        });
        if let (Some(at), Some(ledger)) = (responder.written, environ.ledger_mut()) {
            ledger.mark(Mark::Started, at);
            ledger.mark(Mark::FirstByte, at);
        }
        environ.mark(Mark::Started);
        wire.interpreter.came_back(called.as_ref().err());
        wire.reclaim();
        if let Err(error) = called {
            return self.fail(&error, environ, wire);
        }
        if !self.writer.is_started() {
            return self.fail(&ApplicationError::NotStarted, environ, wire);
        }
        // After `write()` the body is only a part of the response: its length says nothing of the whole.
        if !self.writer.head_sent() {
            self.total = self.body.length();
        }
        self.proceed(environ, wire)
    }

    /// Takes as much of the body as one turn allows.
    pub(crate) fn proceed(&mut self, environ: &mut Environ, wire: &mut Wire<'_>) -> Progress {
        match self.send_whole(wire) {
            Ok(true) => return self.finish(environ, wire),
            Ok(false) => {}
            Err(error) => return self.fail(&error, environ, wire),
        }
        let mut gathers = false;
        for _ in 0..TURN {
            let asked = Instant::now();
            match self.send_block(wire) {
                Ok(true) => {}
                Ok(false) => return self.finish(environ, wire),
                Err(error) => return self.fail(&error, environ, wire),
            }
            // PEP 3333 "Buffering and Streaming": a block is on its way before the next is asked for, or
            // another thread sends it meanwhile.
            let is_quick = asked.elapsed() < QUICK;
            if gathers && is_quick && wire.output.pending() < GATHERED {
                continue;
            }
            match wire.flush() {
                Ok(Flush::Blocked) if wire.output.pending() > high_water() => {
                    return Progress::Blocked;
                }
                Ok(_) => environ.mark(Mark::FirstByte),
                Err(_) => {
                    self.abandon(environ);
                    return Progress::Disconnected;
                }
            }
            gathers = is_quick && outbox::is_here();
        }
        Progress::Yield
    }

    /// Ends the exchange because nobody waits for it any more. The body is closed.
    pub(crate) fn abandon(&mut self, environ: &mut Environ) {
        let body = mem::take(&mut self.body);
        if let Err(error) = guarded(|| body.close()) {
            report(&error, environ);
        }
    }

    /// Sends the body in one go if it is all at hand: complete bytes, or a file. `false` if it is neither.
    fn send_whole(&mut self, wire: &mut Wire<'_>) -> Result<bool, ApplicationError> {
        if let Some(block) = self.body.as_full().filter(|block| block.len() < DIRECT) {
            self.writer
                .write(block, self.total, &mut wire.output.buffer)?;
            return Ok(true);
        }
        if self.writer.head_sent() {
            return Ok(false); // a head that is out may have promised chunks
        }
        if let Some(block) = self.body.take_full() {
            let length = block.len() as u64;
            let allowed = self
                .writer
                .write_raw(length, Some(length), &mut wire.output.buffer)?;
            wire.output.push_block(block.slice(..allowed as usize));
            return Ok(true);
        }
        let Some(region) = self.body.file() else {
            return Ok(false);
        };
        if region.length > 0 {
            // Without a descriptor to spare (EMFILE) the file's bytes are read, block by block.
            let Ok(file) = region.file.try_clone() else {
                return Ok(false);
            };
            let allowed = self.writer.write_raw(
                region.length,
                Some(region.length),
                &mut wire.output.buffer,
            )?;
            wire.output.push_file(file, region.offset, allowed);
        }
        Ok(true)
    }

    /// Encodes the next block. `false` at the end.
    fn send_block(&mut self, wire: &mut Wire<'_>) -> Result<bool, ApplicationError> {
        if !self.writer.wants_more() {
            return Ok(false);
        }
        wire.lend();
        let next = guarded(|| self.body.next_block());
        wire.interpreter.came_back(next.as_ref().err());
        wire.reclaim();
        match next? {
            None => Ok(false),
            Some(block) => {
                self.writer
                    .write(block, self.total, &mut wire.output.buffer)?;
                Ok(true)
            }
        }
    }

    fn finish(&mut self, environ: &mut Environ, wire: &mut Wire<'_>) -> Progress {
        let ending = self.writer.finish(self.total, &mut wire.output.buffer);
        match self.close(environ, wire) {
            Ok(()) => Progress::Ended(ending),
            Err(_) => Progress::Disconnected,
        }
    }

    /// The application failed: reports it, answers 500 if that is still possible, closes the body.
    #[cold]
    fn fail(
        &mut self,
        error: &ApplicationError,
        environ: &mut Environ,
        wire: &mut Wire<'_>,
    ) -> Progress {
        report(error, environ);
        let ending = self.writer.fail(&mut wire.output.buffer);
        match (self.close(environ, wire), error) {
            (Ok(()), ApplicationError::Write(WriteError::Disconnected)) | (Err(_), _) => {
                Progress::Disconnected
            }
            _ => Progress::Ended(ending),
        }
    }

    /// Closes the body; the client need not wait for that.
    ///
    /// # Errors
    /// The event loop has answered the client meanwhile.
    fn close(&mut self, environ: &mut Environ, wire: &mut Wire<'_>) -> io::Result<()> {
        let mut is_ours = Ok(());
        if self.body.as_full().is_none() {
            is_ours = wire.stream.begin_answer();
            if is_ours.is_ok() {
                wire.lend();
            }
        }
        let body = mem::take(&mut self.body);
        let closed = guarded(|| body.close());
        wire.reclaim();
        if let Err(error) = closed {
            report(&error, environ);
        }
        is_ours
    }
}

/// PEP 3333 "Error Handling": servers trap and log what aborts an application.
fn report(error: &ApplicationError, environ: &mut Environ) {
    let target = String::from_utf8_lossy(environ.target()).into_owned();
    if error.fault() == Fault::Client {
        tracing::debug!(target, %error, "the client ended the request");
        return;
    }
    let line = format!(
        "error in {} {target:?}: {}",
        environ.method(),
        error.report()
    );
    environ.errors().write_line(&line);
}

fn high_water() -> u64 {
    if outbox::is_here() { HIGH_WATER } else { 0 }
}

/// Runs a part of the application; a panic becomes an error.
fn guarded<T>(part: impl FnOnce() -> Result<T, ApplicationError>) -> Result<T, ApplicationError> {
    // What a panic leaves half done belongs to this request alone, which ends with it.
    catch_unwind(AssertUnwindSafe(part))
        .unwrap_or_else(|payload| Err(ApplicationError::from_panic(&*payload)))
}

/// `start_response` and `write` of one request.
struct Responder<'r, 'w> {
    writer: &'r mut ResponseWriter,
    wire: &'r mut Wire<'w>,
    /// Whether the request has a ledger.
    is_timed: bool,
    /// When the first block was written, for the ledger: the environ is the application's meanwhile.
    written: Option<Instant>,
}

impl StartResponse for Responder<'_, '_> {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        self.writer.start(status, headers, exc_info)
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        self.wire.reclaim();
        let encoded = self.writer.write(block, None, &mut self.wire.output.buffer);
        // What was within the Content-Length goes out even when the rest was refused.
        self.send().map_err(|_| WriteError::Disconnected)?;
        self.wire.lend();
        if self.is_timed {
            self.written.get_or_insert_with(Instant::now);
        }
        encoded
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        let mut interim = Vec::new();
        self.writer.early_hints(hints, &mut interim);
        if !interim.is_empty() {
            self.wire.hint(&interim);
        }
        Ok(())
    }
}

impl Responder<'_, '_> {
    /// Sends what is there. `write()` has nobody to hand a block back to, so a client that takes nothing is
    /// waited for once the output has grown beyond its bound.
    fn send(&mut self) -> io::Result<()> {
        let mut has_waited = false;
        while self.wire.flush()? == Flush::Blocked && self.wire.output.pending() > high_water() {
            self.wire.wait()?;
            has_waited = true;
        }
        if has_waited {
            self.wire.patience.pause(Instant::now());
        }
        Ok(())
    }
}
