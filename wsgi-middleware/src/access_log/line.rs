//! A line of the log on its way from the request to its output.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use wsgi_core::{Environ, Ledger, Mark};

use super::{AccessLogFormat, AccessRecord, Clock, Output, Settings};

/// A line on its way; settled when it is dropped, so that a panic has one too.
pub(super) struct Line {
    pub(super) record: AccessRecord,
    /// Whether the application has failed.
    pub(super) failed: bool,
    begun: Instant,
    clock: Clock,
    end: End,
}

/// What becomes of a settled line.
enum End {
    /// It is written at once.
    Written(Writer),
    /// It waits for the server's ledger.
    Awaited(Arc<Awaited>),
}

impl Line {
    pub(super) fn begin(settings: &Settings, environ: &mut Environ) -> Self {
        let writer = Writer {
            format: settings.format,
            output: match &settings.output {
                Output::WsgiErrors => Output::Stream(environ.errors().clone()),
                other => other.clone(),
            },
        };
        let mut record = AccessRecord::of_request(environ, settings.clock.now());
        let begun = Instant::now();
        let end = if !settings.timing {
            End::Written(writer)
        } else if environ.ledger().is_some() {
            End::Awaited(Awaited::of(environ, writer))
        } else {
            let mut own = Ledger::new(begun);
            own.mark(Mark::Called, begun);
            record.timing = Some(own);
            End::Written(writer)
        };
        Self {
            record,
            failed: false,
            begun,
            clock: settings.clock.clone(),
            end,
        }
    }

    /// The application has returned.
    pub(super) fn started(&mut self) {
        if let Some(own) = &mut self.record.timing {
            own.mark(Mark::Started, Instant::now());
        }
    }

    pub(super) fn count(&mut self, bytes: u64) {
        self.record.body_bytes = self.record.body_bytes.saturating_add(bytes);
    }

    /// Settles what was sent in the end.
    fn settle(&mut self) {
        let record = &mut self.record;
        let unwinding = std::thread::panicking();
        if (self.failed || unwinding) && record.body_bytes == 0 {
            record.status = 500;
        }
        // Servers send no body here, whatever the application gave (RFC 9110 §6.4.1 "Content Semantics").
        if record.method == http::Method::HEAD || matches!(record.status, 100..=199 | 204 | 304) {
            record.body_bytes = 0;
        }
        if let Some(own) = &mut record.timing {
            own.mark(Mark::Ended, Instant::now());
        }
        record.duration = match &self.clock {
            Clock::System => self.begun.elapsed(),
            Clock::Given(clock) => clock()
                .duration_since(record.time)
                .unwrap_or(Duration::ZERO),
        };
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // Given functions are foreign code, which must not panic out of a drop.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            self.settle();
            match &mut self.end {
                End::Written(writer) => writer.write(&self.record),
                // Set this once only: there is one line for it.
                End::Awaited(awaited) => drop(awaited.record.set(self.record.clone())),
            }
        }));
    }
}

/// A line that two work on, who may end in either order and on different threads: the layer settles the record, the
/// server the ledger. Written when both have let go of it, so that a server which forgets its part loses no line.
struct Awaited {
    record: OnceLock<AccessRecord>,
    ledger: OnceLock<Ledger>,
    writer: Writer,
}

impl Awaited {
    fn of(environ: &mut Environ, writer: Writer) -> Arc<Self> {
        let awaited = Arc::new(Self {
            record: OnceLock::new(),
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
        let Some(mut record) = self.record.take() else {
            return; // settling it has failed
        };
        record.timing = self.ledger.take();
        let _ = catch_unwind(AssertUnwindSafe(|| self.writer.write(&record)));
    }
}

struct Writer {
    format: AccessLogFormat,
    output: Output,
}

impl Writer {
    fn write(&mut self, record: &AccessRecord) {
        let text = record.format(self.format);
        match &mut self.output {
            Output::Stream(stream) => stream.write_line(&text),
            Output::Function(function) => function(&text),
            Output::WsgiErrors => {}
        }
    }
}
