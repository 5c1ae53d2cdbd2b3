//! [`BodyLimit`]: how large the body of a request may be.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use thiserror::Error;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, Headers, Input, Layer, StartResponse, StatusLine,
};

use super::unreadable::call_or_refuse;
use crate::common::start::answer;

/// Refuses requests whose body is longer than a limit: `413 Content Too Large`.
///
/// One whose `Content-Length` is beyond it the application never sees. Of one that does not say how long it is, the
/// application gets so many bytes, and then an error at the next read: [`BodyLimitError`] inside of the
/// [`InputError`](wsgi_core::InputError), for Python a `ClientDisconnected`, which is an `OSError`. When the application
/// fails thereafter, or answers with a status of 500 or more, as frameworks do that trap whatever is raised, the answer is the
/// `413`, unless part of another has gone out; all else that it answers by itself passes.
///
/// Default: 2 MiB. Servers have a limit of their own (`wsgi-server` of 1 GiB) and close the connection behind a body that
/// they did not read; this layer is for the limit of one application or of one part of it, and may stand in several places.
///
/// # Place in the stack
/// Outside of what reads the body; inside of the access log. Where bodies are decompressed it may stand on either
/// side: outside it counts what is sent, inside what comes of that.
///
/// # Examples
/// ```
/// use wsgi_core::testing::{EnvironBuilder, run};
/// use wsgi_core::handler;
/// use wsgi_middleware::BodyLimit;
///
/// let app = BodyLimit::new(handler(|_| "Thank you\n")).limit(1024);
/// let answer = run(&app, EnvironBuilder::post("/", vec![0; 1025]).build())?;
/// assert_eq!(answer.status.code(), 413);
/// # Ok::<(), wsgi_core::ApplicationError>(())
/// ```
///
/// # Specification
/// RFC 9110 §15.5.14 "413 Content Too Large". Modelled on `RequestBodyLimit` of tower-http.
#[derive(Clone, Debug)]
pub struct BodyLimit<A = ()> {
    app: A,
    limit: u64,
}

/// Wraps applications in [`BodyLimit`]. Made by `BodyLimitLayer::default()`.
pub type BodyLimitLayer = BodyLimit<()>;

impl<A> BodyLimit<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        let limit = 2 << 20;
        Self { app, limit }
    }

    /// How long a body may be, in bytes; one that is as long as that is accepted. Default: 2 MiB.
    #[must_use]
    pub fn limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }
}

impl<A: Default> Default for BodyLimit<A> {
    fn default() -> Self {
        Self::new(A::default())
    }
}

impl<A> Layer<A> for BodyLimitLayer {
    type Service = BodyLimit<A>;

    fn layer(&self, app: A) -> BodyLimit<A> {
        let limit = self.limit;
        BodyLimit { app, limit }
    }
}

impl<A: Application> Application for BodyLimit<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        // Where the length is told, servers hand out no more than that, and the stream can stay as it is.
        let told = declared_length(environ.headers()).or_else(|| environ.input().remaining());
        match told {
            Some(length) if length > self.limit => return too_large(environ, start_response),
            Some(_) => return self.app.call(environ, start_response),
            None => {}
        }
        let is_exceeded = Arc::new(AtomicBool::new(false));
        let limited = Limited {
            input: environ.take_input(),
            left: self.limit,
            limit: self.limit,
            is_exceeded: is_exceeded.clone(),
        };
        environ.set_input(Input::from_reader(limited, None));
        call_or_refuse(&self.app, environ, start_response, || {
            is_exceeded.load(Ordering::Relaxed).then_some(TOO_LARGE)
        })
    }
}

/// What `Content-Length` says; of several the most.
pub(crate) fn declared_length(request: &Headers) -> Option<u64> {
    let number = |field: &[u8]| {
        let digits = field.trim_ascii();
        let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        // What is beyond 64 bits is beyond every limit.
        is_number.then(|| {
            let text = std::str::from_utf8(digits).unwrap_or_default();
            text.parse().unwrap_or(u64::MAX)
        })
    };
    request.get_all("Content-Length").filter_map(number).max()
}

const TOO_LARGE: StatusLine = StatusLine::from_static("413 Content Too Large");

pub(crate) fn too_large(
    environ: &Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    answer(environ, start_response, TOO_LARGE, &[], None)
}

/// A stream that fails where it goes on beyond the limit.
struct Limited {
    input: Input,
    left: u64,
    limit: u64,
    is_exceeded: Arc<AtomicBool>,
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.left > 0 {
            let most = usize::try_from(self.left).unwrap_or(usize::MAX);
            let most = most.min(buffer.len());
            let read = self.input.read(&mut buffer[..most])?;
            self.left = self.left.saturating_sub(read as u64);
            return Ok(read);
        }
        if !self.is_exceeded.load(Ordering::Relaxed) && self.input.read(&mut [0])? == 0 {
            return Ok(0);
        }
        self.is_exceeded.store(true, Ordering::Relaxed);
        let limit = self.limit;
        // The kind of what is the client's doing, so that it passes for no failure of the application.
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            BodyLimitError { limit },
        ))
    }
}

/// The request's body is longer than [`BodyLimit`] lets through.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the body is longer than {limit} bytes")]
pub struct BodyLimitError {
    limit: u64,
}

impl BodyLimitError {
    /// The limit, in bytes.
    pub fn limit(&self) -> u64 {
        self.limit
    }
}
