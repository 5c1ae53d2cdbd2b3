//! [`Recover`]: a failure becomes a `500` and a line in the error stream.

use wsgi_core::{
    Application, ApplicationError, Blocks, Body, Environ, ExcInfo, FileRegion, Headers, Layer,
    StartResponse, StatusLine, WriteError,
};

use crate::common::start::WatchedStart;
use crate::robustness::panics::caught;

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
        let answer = caught(|| self.app.call(environ, &mut watched));
        let has_sent = watched.has_sent();
        match answer {
            Ok(body) if body.as_full().is_some() => Ok(body),
            Ok(body) => Ok(Body::from_blocks(Caught(Some(body)))),
            Err(error @ ApplicationError::Write(WriteError::Disconnected)) => Err(error),
            Err(error) if has_sent => Err(error),
            Err(error) => {
                environ.errors().write_line(&error.report());
                answer_500(error, start_response)
            }
        }
    }
}

/// Begins another response in place of what the application may have begun.
fn answer_500(
    error: ApplicationError,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    let exc_info = match error {
        ApplicationError::Raised(cause) => ExcInfo::new(cause),
        other => ExcInfo::new(other),
    };
    let headers = Headers::try_from_pairs([("Content-Type", "text/plain; charset=utf-8")])?;
    // PEP 3333 "Error Handling": with `exc_info` the call is legal whether or not the application had begun.
    start_response.start_response(StatusLine::INTERNAL_SERVER_ERROR, headers, Some(exc_info))?;
    Ok(Body::from("Internal Server Error\n"))
}

/// A body whose panics are errors; taken at the close.
struct Caught(Option<Body>);

impl Blocks for Caught {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        match &mut self.0 {
            Some(body) => caught(|| body.next_block()),
            None => Ok(None),
        }
    }

    fn length(&self) -> Option<u64> {
        self.0.as_ref().map_or(Some(0), Body::length)
    }

    fn file(&mut self) -> Option<FileRegion<'_>> {
        self.0.as_mut()?.file()
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        match self.0.take() {
            Some(body) => caught(|| body.close()),
            None => Ok(()),
        }
    }
}
