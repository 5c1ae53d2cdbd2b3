//! A line of the log on its way from the request to its output.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use http::Method;
use wsgi_core::{Environ, ErrorStream, Ledger, Mark};

use super::output::{Output, with_buffer};
use super::pattern::{Captured, Outcome};
use super::{Clock, Settings};

/// A line on its way; settled when it is dropped, so that a panic has one too.
pub(super) struct Line {
    /// Whether the application has failed.
    pub(super) failed: bool,
    status: u16,
    is_head: bool,
    body_bytes: u64,
    time: SystemTime,
    begun: Instant,
    /// The layer's own, where the server has none.
    ledger: Option<Ledger>,
    captured: Captured,
    writer: Option<Writer>,
    /// Where it waits for the server's ledger.
    awaited: Option<Arc<Awaited>>,
}

/// What a line becomes when its response has ended.
struct Settled {
    captured: Captured,
    time: SystemTime,
    status: u16,
    body_bytes: u64,
    duration: Duration,
}

struct Writer {
    settings: Arc<Settings>,
    /// The stream of the request, where the lines go there.
    errors: Option<ErrorStream>,
}

impl Line {
    pub(super) fn begin(settings: &Arc<Settings>, environ: &mut Environ) -> Self {
        let errors = match &settings.output {
            Output::WsgiErrors => Some(environ.errors().clone()),
            _ => None,
        };
        let mut writer = Some(Writer {
            settings: settings.clone(),
            errors,
        });
        let begun = Instant::now();
        let (mut ledger, mut awaited) = (None, None);
        if settings.timing && environ.ledger().is_some() {
            awaited = writer.take().map(|writer| Awaited::of(environ, writer));
        } else if settings.timing {
            let mut own = Ledger::new(begun);
            own.mark(Mark::Called, begun);
            ledger = Some(own);
        }
        Self {
            failed: false,
            status: 500,
            is_head: environ.method() == Method::HEAD,
            body_bytes: 0,
            time: settings.clock.now(),
            begun,
            ledger,
            captured: settings.format.pattern().enter(environ),
            writer,
            awaited,
        }
    }

    /// The application has started its response, of which this is told. If it had done so before, this counts.
    pub(super) fn started(&mut self, status: u16, told: Vec<u8>) {
        self.status = status;
        self.captured.response = told;
    }

    /// The application has returned.
    pub(super) fn returned(&mut self, settings: &Settings, environ: &Environ) {
        if let Some(own) = &mut self.ledger {
            own.mark(Mark::Started, Instant::now());
        }
        settings.format.pattern().exit(environ, &mut self.captured);
    }

    pub(super) fn count(&mut self, bytes: u64) {
        self.body_bytes = self.body_bytes.saturating_add(bytes);
    }

    /// Settles what was sent in the end.
    fn settle(&mut self, clock: &Clock) -> Settled {
        let unwinding = std::thread::panicking();
        if (self.failed || unwinding) && self.body_bytes == 0 {
            self.status = 500;
        }
        // Servers send no body here, whatever the application gave (RFC 9110 §6.4.1 "Content Semantics").
        if self.is_head || matches!(self.status, 100..=199 | 204 | 304) {
            self.body_bytes = 0;
        }
        if let Some(own) = &mut self.ledger {
            own.mark(Mark::Ended, Instant::now());
        }
        let duration = match clock {
            Clock::System => self.begun.elapsed(),
            Clock::Given(clock) => clock().duration_since(self.time).unwrap_or_default(),
        };
        Settled {
            captured: std::mem::take(&mut self.captured),
            time: self.time,
            status: self.status,
            body_bytes: self.body_bytes,
            duration,
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // Given functions are foreign code, which must not panic out of a drop.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            if let Some(writer) = self.writer.take() {
                let settled = self.settle(&writer.settings.clock);
                writer.write(&settled, self.ledger.as_ref());
            } else if let Some(awaited) = self.awaited.take() {
                let settled = self.settle(&awaited.writer.settings.clock);
                // Set this once only: there is one line for it.
                let _ = awaited.settled.set(settled);
            }
        }));
    }
}

/// A line that two work on, who may end in either order and on different threads: the layer settles the line, the
/// server the ledger. Written when both have let go of it, so that a server which forgets its part loses no line.
struct Awaited {
    settled: OnceLock<Settled>,
    ledger: OnceLock<Ledger>,
    writer: Writer,
}

impl Awaited {
    fn of(environ: &mut Environ, writer: Writer) -> Arc<Self> {
        let awaited = Arc::new(Self {
            settled: OnceLock::new(),
            ledger: OnceLock::new(),
            writer,
        });
        let server = awaited.clone();
        environ.on_finished(move |finished| {
            if let Some(ledger) = finished.ledger {
                // Called once only.
                let _ = server.ledger.set(ledger.clone());
            }
        });
        awaited
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        let Some(settled) = self.settled.get() else {
            return; // settling it has failed
        };
        let ledger = self.ledger.get();
        let _ = catch_unwind(AssertUnwindSafe(|| self.writer.write(settled, ledger)));
    }
}

impl Writer {
    fn write(&self, settled: &Settled, timing: Option<&Ledger>) {
        let outcome = Outcome {
            time: settled.time,
            status: settled.status,
            body_bytes: settled.body_bytes,
            duration: Some(settled.duration),
            timing,
            refused: None,
        };
        let pattern = self.settings.format.pattern();
        with_buffer(|line| {
            pattern.write(&settled.captured, &outcome, line);
            match &self.errors {
                Some(errors) => Output::Stream(errors.clone()).write(line),
                None => self.settings.output.write(line),
            }
        });
    }
}
