//! A line of the log on its way from the request to its output.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use wsgi_core::{Environ, ErrorStream, Headers, Ledger, Mark};

use super::output::{Output, with_buffer};
use super::pattern::{Captured, Outcome};
use super::slowness::waited;
use super::{Clock, Settings};
use crate::observation::observed::{Observer, Tally};

/// A line on its way; settled when the response has ended.
pub(super) struct Line {
    settings: Arc<Settings>,
    time: SystemTime,
    begun: Instant,
    /// What the request has waited before, as the server's ledger tells.
    waited: Duration,
    /// The layer's own, where the server has none.
    ledger: Option<Ledger>,
    captured: Captured,
    /// Once it is known that there may be a line.
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
    /// How many lines were left out before this one.
    suppressed: u64,
}

struct Writer {
    settings: Arc<Settings>,
    /// The stream of the request, where the lines go there.
    errors: Option<ErrorStream>,
}

impl Line {
    pub(super) fn begin(settings: &Arc<Settings>, environ: &mut Environ) -> Self {
        let begun = Instant::now();
        let mut line = Self {
            settings: settings.clone(),
            time: settings.clock.now(),
            begun,
            waited: Duration::ZERO,
            ledger: None,
            captured: Captured::default(),
            writer: None,
            awaited: None,
        };
        match environ.ledger() {
            Some(ledger) => line.waited = waited(ledger),
            None if settings.timing => {
                let mut own = Ledger::new(begun);
                own.mark(Mark::Called, begun);
                line.ledger = Some(own);
            }
            None => {}
        }
        if settings.slowness.is_none() {
            line.enter(environ);
        }
        line
    }

    /// There is going to be a line: takes what the request tells, and the place where the line goes.
    fn enter(&mut self, environ: &mut Environ) {
        let errors = match &self.settings.output {
            Output::WsgiErrors => Some(environ.errors().clone()),
            _ => None,
        };
        let writer = Writer {
            settings: self.settings.clone(),
            errors,
        };
        let response = std::mem::take(&mut self.captured.response);
        self.captured = self.settings.format.pattern().enter(environ);
        self.captured.response = response;
        if self.settings.timing && environ.ledger().is_some() {
            self.awaited = Some(Awaited::of(environ, writer));
        } else {
            self.writer = Some(writer);
        }
    }

    fn duration(&self) -> Duration {
        match &self.settings.clock {
            Clock::System => self.begun.elapsed(),
            Clock::Given(clock) => clock().duration_since(self.time).unwrap_or_default(),
        }
    }

    /// Settles what was sent in the end, if there is to be a line.
    fn settle(&mut self, tally: &Tally) -> Option<Settled> {
        if let Some(own) = &mut self.ledger {
            own.mark(Mark::Ended, Instant::now());
        }
        let duration = self.duration();
        let suppressed = match &self.settings.slowness {
            None => 0,
            Some(slowness) if !slowness.is_reached(self.waited + duration) => return None,
            Some(slowness) => slowness.admit(self.settings.clock.now())?,
        };
        Some(Settled {
            captured: std::mem::take(&mut self.captured),
            time: self.time,
            status: tally.status,
            body_bytes: tally.body_bytes,
            duration,
            suppressed,
        })
    }
}

impl Observer for Line {
    type Told = Vec<u8>;

    fn read(&self, headers: &Headers) -> Vec<u8> {
        self.settings.format.pattern().response(headers)
    }

    fn started(&mut self, told: Vec<u8>) {
        self.captured.response = told;
    }

    fn returned(&mut self, environ: &mut Environ, is_over: bool) {
        if let Some(own) = &mut self.ledger {
            own.mark(Mark::Started, Instant::now());
        }
        if let Some(slowness) = &self.settings.slowness {
            if is_over && !slowness.is_reached(self.waited + self.duration()) {
                return;
            }
            self.enter(environ);
        }
        let pattern = self.settings.format.pattern();
        pattern.exit(environ, &mut self.captured);
    }

    fn ended(&mut self, tally: &Tally) {
        // Given functions are foreign code, which must not panic out of a drop.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            if let Some(writer) = self.writer.take() {
                if let Some(settled) = self.settle(tally) {
                    writer.write(&settled, self.ledger.as_ref());
                }
            } else if let Some(awaited) = self.awaited.take()
                && let Some(settled) = self.settle(tally)
            {
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
            return; // there is to be no line, or settling it has failed
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
            suppressed: settled.suppressed,
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
