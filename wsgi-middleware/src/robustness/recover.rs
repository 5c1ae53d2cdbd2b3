//! [`Recover`]: a failure becomes a `500` and a line in the error stream.

use wsgi_core::{
    Application, ApplicationError, Blocks, Body, Environ, FileRegion, Layer, StartResponse,
    StatusLine, WriteError,
};

use crate::common::start::{WatchedStart, answer};
use crate::robustness::failure::{caught, trapped};

/// Answers `500 Internal Server Error` when the application fails or panics, and reports why in `wsgi.errors`.
///
/// The client learns nothing of the cause. Too late for another answer are failures after `write()`, and those of
/// the body: this layer does not ask for a block before its caller does (PEP 3333 "Middleware Handling of Block
/// Boundaries"). They go on to the caller, who reports them and answers `500` if nothing has gone out, or else cuts
/// the response short, so that the client can tell. A panic in a block or in `close()` goes on as
/// [`ApplicationError::Panicked`]. Each failure is thus reported once, by the one that it ends with. A client
/// that left ([`WriteError::Disconnected`]) is no failure and goes on as well.
///
/// The bridge to Python has an application's first block at hand when it returns, so that a generator of Python which
/// fails before its first block is answered here.
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
        let mut watched = WatchedStart::new(start_response);
        let called = caught(|| self.app.call(environ, &mut watched));
        let has_sent = watched.has_sent();
        match called {
            Ok(body) if body.as_full().is_some() => Ok(body),
            Ok(body) => Ok(Body::from_blocks(Caught(body))),
            Err(error @ ApplicationError::Write(WriteError::Disconnected)) => Err(error),
            Err(error) if has_sent => Err(error),
            Err(error) => {
                environ.errors().write_line(&error.report());
                let status = StatusLine::INTERNAL_SERVER_ERROR;
                // PEP 3333 "Error Handling": legal whether or not the application had begun.
                let exc_info = Some(trapped(error));
                answer(environ, start_response, status, &[], exc_info)
            }
        }
    }
}

/// A body whose panics are errors.
struct Caught(Body);

impl Blocks for Caught {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        caught(|| self.0.next_block())
    }

    fn length(&self) -> Option<u64> {
        self.0.length()
    }

    fn file(&mut self) -> Option<FileRegion<'_>> {
        self.0.file()
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        let body = std::mem::take(&mut self.0);
        caught(|| body.close())
    }
}
