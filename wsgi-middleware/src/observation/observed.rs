//! What layers that observe have in common: what becomes of a response is noted as it passes.

#[cfg(any(feature = "metrics", feature = "trace"))]
mod method;
#[cfg(any(feature = "metrics", feature = "trace"))]
mod route;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use wsgi_core::{
    Application, ApplicationError, Blocks, Body, EarlyHints, EarlyHintsError, Environ, ExcInfo,
    Fault, FileRegion, Headers, StartResponse, StartResponseError, StatusLine, WriteError,
};

#[cfg(any(feature = "metrics", feature = "trace"))]
pub(crate) use method::{KNOWN_METHODS, OTHER, known_method};
#[cfg(any(feature = "metrics", feature = "trace"))]
pub(crate) use route::route_of;

/// Told of one request, step by step.
pub(crate) trait Observer: Send + 'static {
    /// What it takes from the head of a response.
    type Told;

    /// Takes it; a start that is refused then takes back nothing of an earlier one.
    fn read(&self, headers: &Headers) -> Self::Told;

    /// The response has begun, perhaps in place of another.
    fn started(&mut self, told: Self::Told);

    /// The application has returned or panicked. `is_over`: there are no blocks still to come.
    fn returned(&mut self, environ: &mut Environ, is_over: bool);

    /// Surrounds whatever the body does.
    fn within<T>(&self, code: impl FnOnce() -> T) -> T {
        code()
    }

    /// The body is closed. Called exactly once, perhaps while a panic unwinds, so it must not panic itself.
    fn ended(&mut self, tally: &Tally);
}

/// What was sent in the end, as far as a layer can see.
#[derive(Debug)]
pub(crate) struct Tally {
    /// `500` where the application failed before anything went out, for that is what its caller answers.
    pub(crate) status: u16,
    pub(crate) body_bytes: u64,
    /// Whose fault it is that the response is not whole.
    pub(crate) failure: Option<Fault>,
    is_head: bool,
}

/// A request on its way. It ends when this is dropped, so that a panic ends it, too.
struct Observation<O: Observer> {
    tally: Tally,
    observer: O,
}

/// Calls the application under observation. A complete body has ended when the application returns it, one in blocks
/// when it is closed; neither is copied or delayed.
pub(crate) fn observe<O: Observer>(
    app: &(impl Application + ?Sized),
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
    observer: O,
) -> Result<Body, ApplicationError> {
    let tally = Tally {
        status: 500,
        body_bytes: 0,
        failure: None,
        is_head: environ.method().as_str() == "HEAD",
    };
    let mut observation = Observation { tally, observer };
    let mut start = ObservedStart {
        outer: start_response,
        observation: &mut observation,
    };
    let answer = catch_unwind(AssertUnwindSafe(|| app.call(environ, &mut start)));
    let is_over = !matches!(&answer, Ok(Ok(body)) if body.as_full().is_none());
    observation.observer.returned(environ, is_over);
    match answer.unwrap_or_else(|panic| resume_unwind(panic)) {
        Ok(body) => match body.as_full() {
            Some(bytes) => {
                observation.tally.count(bytes.len() as u64);
                Ok(body)
            }
            None => Ok(Body::from_blocks(ObservedBlocks {
                body: Some(body),
                lent_as_file: 0,
                observation: Some(observation),
            })),
        },
        Err(error) => {
            observation.tally.failure = Some(error.fault());
            Err(error)
        }
    }
}

impl Tally {
    fn count(&mut self, bytes: u64) {
        self.body_bytes = self.body_bytes.saturating_add(bytes);
    }

    fn settle(&mut self) {
        if std::thread::panicking() {
            self.failure.get_or_insert(Fault::Application);
        }
        if self.failure.is_some() && self.body_bytes == 0 {
            self.status = 500;
        }
        // Servers send no body here, whatever the application gave (RFC 9110 §6.4.1 "Content Semantics").
        if self.is_head || matches!(self.status, 100..=199 | 204 | 304) {
            self.body_bytes = 0;
        }
    }
}

impl<O: Observer> Drop for Observation<O> {
    fn drop(&mut self) {
        self.tally.settle();
        self.observer.ended(&self.tally);
    }
}

/// Notes the status, and counts what is written.
struct ObservedStart<'s, O: Observer> {
    outer: &'s mut dyn StartResponse,
    observation: &'s mut Observation<O>,
}

impl<O: Observer> StartResponse for ObservedStart<'_, O> {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        let code = status.code();
        let told = self.observation.observer.read(&headers);
        self.outer.start_response(status, headers, exc_info)?;
        self.observation.tally.status = code;
        self.observation.observer.started(told);
        Ok(())
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        self.outer.write(block)?;
        self.observation.tally.count(block.len() as u64);
        Ok(())
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        self.outer.early_hints(hints)
    }
}

/// Counts the blocks, and lets go of the observation at the close.
struct ObservedBlocks<O: Observer> {
    /// Taken at the close.
    body: Option<Body>,
    /// Bytes of a region that the server may be sending in place of the blocks.
    lent_as_file: u64,
    observation: Option<Observation<O>>,
}

impl<O: Observer> Blocks for ObservedBlocks<O> {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        self.lent_as_file = 0;
        let Self {
            body: Some(body),
            observation: Some(Observation { tally, observer }),
            ..
        } = self
        else {
            return Ok(None);
        };
        let block = observer.within(|| body.next_block());
        let block = block.inspect_err(|error| tally.failure = Some(error.fault()))?;
        tally.count(block.map_or(0, |block| block.len() as u64));
        Ok(block)
    }

    fn length(&self) -> Option<u64> {
        match &self.body {
            Some(body) => body.length(),
            None => Some(0),
        }
    }

    fn file(&mut self) -> Option<FileRegion<'_>> {
        let region = self.body.as_mut()?.file()?;
        self.lent_as_file = region.length;
        Some(region)
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        let Some(body) = self.body.take() else {
            return Ok(());
        };
        let Some(mut observation) = self.observation.take() else {
            return body.close();
        };
        let closed = observation.observer.within(|| body.close());
        observation.tally.count(self.lent_as_file);
        closed
    }
}
