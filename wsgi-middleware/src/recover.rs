//! [`Recover`]: a failure becomes a `500` and a line in the error stream.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wsgi_core::{
    Application, ApplicationError, Blocks, Body, Environ, ExcInfo, FileRegion, Headers, Layer,
    StartResponse, StartResponseError, StatusLine, WriteError,
};

/// Answers `500 Internal Server Error` when the application fails or panics, and reports why in `wsgi.errors`.
///
/// It covers the call and the first block of the body, which it therefore asks for (and copies) before it
/// returns; a complete body or a file is passed on as it is. The client learns nothing of the cause. When
/// the failure comes too late for another answer, because something was written or a later block fails, it goes on
/// to the caller, who reports it and must cut the response short, so that the client can tell. A panic goes on as
/// [`ApplicationError::Panicked`], that in `close()` too, so that no panic passes this layer. Each failure is thus
/// reported once: here or, if it goes on, by the one that it ends with. A client that left
/// ([`WriteError::Disconnected`]) is no failure and goes on as well.
///
/// Programs built with `panic = "abort"` end at a panic; errors are answered there all the same.
///
/// # Place in the stack
/// Inside of what should see the `500` as any other response (access log, response headers), outside of what may
/// fail.
///
/// # Examples
/// ```
/// use wsgi_core::{ApplicationError, application_fn, testing};
/// use wsgi_middleware::Recover;
///
/// let app = Recover::new(application_fn(|_, _| Err(ApplicationError::raised("the database is gone"))));
/// let answer = testing::get(&app, "/");
/// assert_eq!(answer.status.code(), 500);
/// assert_eq!(answer.text(), "Internal Server Error\n");
/// assert_eq!(answer.errors, "the database is gone\n");
/// ```
///
/// # Specification
/// [PEP 3333, Error Handling](https://peps.python.org/pep-3333/#error-handling)
#[derive(Clone, Debug, Default)]
pub struct Recover<A = ()> {
    app: A,
}

/// Wraps applications in [`Recover`]. Made by `RecoverLayer::default()`.
pub type RecoverLayer = Recover<()>;

impl<A> Recover<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        Self { app }
    }
}

impl<A> Layer<A> for RecoverLayer {
    type Service = Recover<A>;

    fn layer(&self, app: A) -> Recover<A> {
        Recover { app }
    }
}

impl<A: Application> Application for Recover<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let answer =
            caught(|| self.app.call(environ, start_response)).and_then(|body| match body {
                body if body.as_full().is_some() => Ok(body),
                body => Caught::begin(body).map(Body::from_blocks),
            });
        match answer {
            Err(error) if !matches!(error, ApplicationError::Write(WriteError::Disconnected)) => {
                answer_500(error, environ, start_response)
            }
            answer => answer,
        }
    }
}

/// Replaces the response, if it is not too late, and reports the error; else hands the error on.
fn answer_500(
    error: ApplicationError,
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    let report = error.report();
    let headers = Headers::try_from_pairs([("Content-Type", "text/plain; charset=utf-8")])?;
    // PEP 3333 "Error Handling": with `exc_info` the call is legal whether or not the application had begun.
    match start_response.start_response(
        StatusLine::INTERNAL_SERVER_ERROR,
        headers,
        Some(ExcInfo::new(error)),
    ) {
        Ok(()) => {
            environ.errors().write_line(&report);
            Ok(Body::from("Internal Server Error\n"))
        }
        Err(StartResponseError::HeadersSent(exc_info)) => Err(exc_info
            .into_inner()
            .downcast()
            .map_or_else(ApplicationError::Raised, |error| *error)),
        Err(refused) => {
            // The error that goes on is another one; this is the last place that knows of the first.
            environ.errors().write_line(&report);
            Err(refused.into())
        }
    }
}

/// Runs application code; a panic becomes an error.
///
/// Unwind safety: after a panic the application's body is closed and nothing else of it is used.
fn caught<T>(code: impl FnOnce() -> Result<T, ApplicationError>) -> Result<T, ApplicationError> {
    catch_unwind(AssertUnwindSafe(code))
        .unwrap_or_else(|payload| Err(ApplicationError::from_panic(&*payload)))
}

/// A body whose panics are errors, and whose first block is at hand already.
struct Caught {
    /// Taken at the close.
    body: Option<Body>,
    first: First,
}

enum First {
    /// The body was empty to its end.
    None,
    Waiting(Vec<u8>),
    Lent(Vec<u8>),
    /// The body is asked: from the second block on, and for a file from the first.
    Gone,
}

impl Caught {
    /// Asks for the first block, except of a file, which the server may have a quicker way to send.
    ///
    /// # Errors
    /// When that fails; the body is closed then.
    fn begin(body: Body) -> Result<Self, ApplicationError> {
        let mut this = Self {
            body: Some(body),
            first: First::Gone,
        };
        this.first = this.ask_first().inspect_err(|_| {
            // One failure is enough for one response; the first is the one to be told.
            let _ = this.close();
        })?;
        Ok(this)
    }

    fn ask_first(&mut self) -> Result<First, ApplicationError> {
        let Some(body) = &mut self.body else {
            return Ok(First::None);
        };
        caught(|| {
            if body.file().is_some() {
                return Ok(First::Gone);
            }
            Ok(match body.next_block()? {
                Some(block) => First::Waiting(block.to_vec()),
                None => First::None,
            })
        })
    }
}

impl Blocks for Caught {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        self.first = match std::mem::replace(&mut self.first, First::Gone) {
            First::Waiting(block) => First::Lent(block),
            First::None => First::None,
            First::Lent(_) | First::Gone => First::Gone,
        };
        match (&self.first, &mut self.body) {
            (First::Lent(block), _) => Ok(Some(block)),
            (First::Gone, Some(body)) => caught(|| body.next_block()),
            _ => Ok(None),
        }
    }

    fn length(&self) -> Option<u64> {
        let rest = match &self.body {
            Some(body) => body.length(),
            None => Some(0),
        };
        match &self.first {
            First::Waiting(block) => rest?.checked_add(block.len() as u64),
            First::None => Some(0),
            First::Lent(_) | First::Gone => rest,
        }
    }

    fn file(&mut self) -> Option<FileRegion<'_>> {
        match self.first {
            First::Gone => self.body.as_mut()?.file(),
            _ => None,
        }
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        match self.body.take() {
            Some(body) => caught(|| body.close()),
            None => Ok(()),
        }
    }
}
