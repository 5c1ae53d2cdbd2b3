//! A line of the log on its way from the request to its output.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use wsgi_core::{Environ, ErrorStream, Headers, Ledger};

use super::Settings;
use super::moments::{Measured, Moments};
use super::output::Output;
use super::pattern::{Captured, Outcome};
use super::source::Source;
use crate::observation::observed::{BlocksObserver, Observer, Tally};

/// A line on its way while the application is called.
pub(super) struct Line<'s> {
    settings: &'s Arc<Settings>,
    moments: Moments,
    /// Nothing of the request yet where only slow ones have lines.
    captured: Captured,
    /// The stream of the request, where the lines go there.
    errors: Option<ErrorStream>,
}

/// A line that is written when a body in blocks is closed.
pub(super) struct LineOfBlocks {
    moments: Moments,
    captured: Captured,
    writer: LineWriter,
}

enum LineWriter {
    AtOnce(Writer),
    /// When the server's ledger is complete.
    Awaited(Arc<Awaited>),
    /// It has written.
    Done,
}

/// What is written when a response has ended.
struct Settled {
    captured: Captured,
    measured: Measured,
    status: u16,
    body_bytes: u64,
}

struct Writer {
    settings: Arc<Settings>,
    errors: Option<ErrorStream>,
}

impl<'s> Line<'s> {
    pub(super) fn begin(settings: &'s Arc<Settings>, environ: &mut Environ) -> Self {
        let mut line = Self {
            settings,
            moments: Moments::begin(settings, environ),
            captured: Captured::default(),
            errors: None,
        };
        if settings.slowness.is_none() {
            line.enter(environ);
        }
        line
    }

    /// There may be a line: takes what the request tells, and the place where the line goes.
    fn enter(&mut self, environ: &mut Environ) {
        if let Output::WsgiErrors = self.settings.output {
            self.errors = Some(environ.errors().clone());
        }
        let pattern = self.settings.format.pattern();
        pattern.enter(environ, &mut self.captured);
    }

    /// Takes what inner layers have found out, for a line that is written later.
    fn exit(mut self, environ: &mut Environ) -> LineOfBlocks {
        let pattern = self.settings.format.pattern();
        pattern.exit(environ, &mut self.captured);
        let is_awaited = self.is_awaited(environ);
        let writer = Writer {
            settings: self.settings.clone(),
            errors: self.errors,
        };
        LineOfBlocks {
            moments: self.moments,
            captured: self.captured,
            writer: match is_awaited {
                true => LineWriter::Awaited(Awaited::of(environ, writer)),
                false => LineWriter::AtOnce(writer),
            },
        }
    }

    /// Whether the line tells what the server's ledger will have.
    fn is_awaited(&self, environ: &Environ) -> bool {
        self.settings.timing && environ.ledger().is_some()
    }

    fn end(mut self, environ: &mut Environ, tally: &Tally) {
        let Some(measured) = self.moments.end(self.settings) else {
            return;
        };
        if self.settings.slowness.is_some() {
            self.enter(environ);
        }
        if self.is_awaited(environ) {
            return self.exit(environ).settle(measured, tally);
        }
        let settled = Settled::of(self.captured, measured, tally);
        settled.write(self.settings, Some(environ), None, self.errors.as_ref());
    }
}

impl Observer for Line<'_> {
    type Told = Vec<u8>;
    type OfBlocks = LineOfBlocks;

    fn read(&self, headers: &Headers) -> Vec<u8> {
        self.settings.format.pattern().response(headers)
    }

    fn started(&mut self, told: Vec<u8>) {
        self.captured.response = told;
    }

    fn returned(mut self, environ: &mut Environ) -> LineOfBlocks {
        self.moments.note_return(self.settings);
        if self.settings.slowness.is_some() {
            self.enter(environ); // blocks may take long
        }
        self.exit(environ)
    }

    fn ended(self, environ: &mut Environ, tally: &Tally) {
        // Given functions are foreign code, whose panic loses the line, never the response.
        let _ = catch_unwind(AssertUnwindSafe(|| self.end(environ, tally)));
    }
}

impl LineOfBlocks {
    fn settle(&mut self, measured: Measured, tally: &Tally) {
        let captured = std::mem::take(&mut self.captured);
        let settled = Settled::of(captured, measured, tally);
        match std::mem::replace(&mut self.writer, LineWriter::Done) {
            LineWriter::AtOnce(Writer { settings, errors }) => {
                settled.write(&settings, None, None, errors.as_ref());
            }
            // Done once only: there is one line for it.
            LineWriter::Awaited(awaited) => drop(awaited.settled.set(settled)),
            LineWriter::Done => {}
        }
    }

    fn settings(&self) -> Option<&Settings> {
        match &self.writer {
            LineWriter::AtOnce(writer) => Some(&writer.settings),
            LineWriter::Awaited(awaited) => Some(&awaited.writer.settings),
            LineWriter::Done => None,
        }
    }
}

impl BlocksObserver for LineOfBlocks {
    fn ended(&mut self, tally: &Tally) {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let measured = self
                .settings()
                .and_then(|settings| self.moments.end(settings));
            if let Some(measured) = measured {
                self.settle(measured, tally);
            }
        }));
    }
}

impl Settled {
    fn of(captured: Captured, measured: Measured, tally: &Tally) -> Self {
        Self {
            captured,
            measured,
            status: tally.status,
            body_bytes: tally.body_bytes,
        }
    }

    /// `request` is asked for what inner layers have found out, unless that was captured; `ledger` is the server's.
    fn write(
        mut self,
        settings: &Settings,
        request: Option<&dyn Source>,
        ledger: Option<&Ledger>,
        errors: Option<&ErrorStream>,
    ) {
        let own = match (settings.timing, ledger) {
            (true, None) => self.measured.ledger(),
            _ => None,
        };
        let outcome = Outcome {
            time: self.measured.time,
            status: self.status,
            body_bytes: self.body_bytes,
            duration: self.measured.duration,
            timing: ledger.or(own.as_ref()),
            refused: None,
            suppressed: self.measured.suppressed,
        };
        let pattern = settings.format.pattern();
        let line = pattern.line(&mut self.captured, request, &outcome);
        settings.output.write(line, errors);
        self.captured.give_back();
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
        let Some(settled) = self.settled.take() else {
            return; // there is to be no line, or settling it has failed
        };
        let Writer { settings, errors } = &self.writer;
        let ledger = self.ledger.get();
        let _ = catch_unwind(AssertUnwindSafe(|| {
            settled.write(settings, None, ledger, errors.as_ref());
        }));
    }
}
