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

/// Told of one request while the application is called. Most responses end with the call, so that it may borrow.
pub(crate) trait Observer: Sized {
    /// What it takes from the head of a response.
    type Told;

    /// What observes the blocks of a body.
    type OfBlocks: BlocksObserver;

    /// Takes it; a start that is refused then takes back nothing of an earlier one.
    fn read(&self, headers: &Headers) -> Self::Told;

    /// The response has begun, perhaps in place of another.
    fn started(&mut self, told: Self::Told);

    /// The application has returned, and blocks are still to come.
    fn returned(self, environ: &mut Environ) -> Self::OfBlocks;

    /// The application has returned the whole body, has failed or panicked. Must not panic itself.
    fn ended(self, environ: &mut Environ, tally: &Tally);
}

/// Told of what follows after the call.
pub(crate) trait BlocksObserver: Send + 'static {
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

/// Calls the application under observation. A complete body has ended when the application returns it, one in blocks
/// when it is closed; neither is copied or delayed.
pub(crate) fn observe<O: Observer>(
    app: &(impl Application + ?Sized),
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
    mut observer: O,
) -> Result<Body, ApplicationError> {
    let mut tally = Tally {
        status: 500,
        body_bytes: 0,
        failure: None,
        is_head: environ.method().as_str() == "HEAD",
    };
    let mut start = ObservedStart {
        outer: start_response,
        tally: &mut tally,
        observer: &mut observer,
    };
    let answer = catch_unwind(AssertUnwindSafe(|| app.call(environ, &mut start)));
    match answer {
        Ok(Ok(body)) if body.as_full().is_none() => {
            let observer = observer.returned(environ);
            return Ok(Body::from_blocks(ObservedBlocks {
                body: Some(body),
                lent_as_file: 0,
                observation: Some(Observation { tally, observer }),
            }));
        }
        Ok(Ok(ref body)) => tally.count(body.length().unwrap_or_default()),
        Ok(Err(ref error)) => tally.failure = Some(error.fault()),
        Err(_) => tally.failure = Some(Fault::Application),
    }
    tally.settle();
    observer.ended(environ, &tally);
    answer.unwrap_or_else(|panic| resume_unwind(panic))
}

impl Tally {
    fn count(&mut self, bytes: u64) {
        self.body_bytes = self.body_bytes.saturating_add(bytes);
    }

    fn settle(&mut self) {
        if self.failure.is_some() && self.body_bytes == 0 {
            self.status = 500;
        }
        // Servers send no body here, whatever the application gave (RFC 9110 §6.4.1 "Content Semantics").
        if self.is_head || matches!(self.status, 100..=199 | 204 | 304) {
            self.body_bytes = 0;
        }
    }
}

/// Notes the status, and counts what is written.
struct ObservedStart<'s, O> {
    outer: &'s mut dyn StartResponse,
    tally: &'s mut Tally,
    observer: &'s mut O,
}

impl<O: Observer> StartResponse for ObservedStart<'_, O> {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        let code = status.code();
        let told = self.observer.read(&headers);
        self.outer.start_response(status, headers, exc_info)?;
        self.tally.status = code;
        self.observer.started(told);
        Ok(())
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        self.outer.write(block)?;
        self.tally.count(block.len() as u64);
        Ok(())
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        self.outer.early_hints(hints)
    }
}

/// A body on its way. It ends when this is dropped, so that a panic ends it, too.
struct Observation<O: BlocksObserver> {
    tally: Tally,
    observer: O,
}

impl<O: BlocksObserver> Drop for Observation<O> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.tally.failure.get_or_insert(Fault::Application);
        }
        self.tally.settle();
        self.observer.ended(&self.tally);
    }
}

/// Counts the blocks, and lets go of the observation at the close.
struct ObservedBlocks<O: BlocksObserver> {
    /// Taken at the close.
    body: Option<Body>,
    /// Bytes of a region that the server may be sending in place of the blocks.
    lent_as_file: u64,
    observation: Option<Observation<O>>,
}

impl<O: BlocksObserver> Blocks for ObservedBlocks<O> {
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
