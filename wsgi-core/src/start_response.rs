//! `start_response` and the `write` that it gives.

use std::error::Error;

use thiserror::Error;

use crate::{ApplicationError, EarlyHints, EarlyHintsError, HeaderError, Headers, StatusLine};

/// What an application begins its response with.
///
/// Implemented by servers, by middleware that looks at or changes the response, and by test clients.
/// [`start`](#method.start) is the short way to call it.
///
/// # Specification
/// [PEP 3333, The `start_response()` Callable](https://peps.python.org/pep-3333/#the-start-response-callable) and
/// [The `write()` Callable](https://peps.python.org/pep-3333/#the-write-callable). In Python `start_response`
/// returns `write`; here both are methods of one object, so that a layer which transforms what is written can
/// wrap it.
pub trait StartResponse {
    /// Stores status and headers; they are sent with the first non-empty block, not before.
    ///
    /// `exc_info` is given by an error handler that replaces what was stored.
    ///
    /// # Errors
    /// [`StartResponseError::Twice`] on a second call without `exc_info`;
    /// [`StartResponseError::HeadersSent`], which hands `exc_info` back, once headers have gone out;
    /// [`StartResponseError::Header`] and [`StartResponseError::Status`] for what the server cannot send.
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError>;

    /// Sends a block, or takes it over for sending, before it returns: for applications that push.
    ///
    /// Everything written goes before the blocks of the body.
    ///
    /// # Errors
    /// [`WriteError::NotStarted`] before `start_response`; [`WriteError::BeyondContentLength`];
    /// [`WriteError::Disconnected`] when the client is gone.
    fn write(&mut self, block: &[u8]) -> Result<(), WriteError>;

    /// Sends a `103 Early Hints` response ahead of the one that `start_response` begins: Python's `wsgi.early_hints`.
    ///
    /// It leaves before the call returns, and may be called several times. Hints are hints, so they fail for nobody:
    /// nothing happens once the head of the response has gone out, for a client of HTTP/1.0, or where the client is so
    /// slow that they would have to wait. Here rather than in the environ, for like `write` it is output, whose order
    /// the server keeps: who wraps the one has to see the other.
    ///
    /// A layer that wraps another `StartResponse` hands them on; the default drops them.
    ///
    /// # Errors
    /// [`EarlyHintsError::Other`], for outer layers with rules of their own.
    ///
    /// # Specification
    /// RFC 8297 §2 "HTTP Status Code 103: Early Hints"
    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        let _ = hints;
        Ok(())
    }
}

impl dyn StartResponse + '_ {
    /// Begins a response: the short form, for a status that is known and headers as pairs.
    ///
    /// # Errors
    /// As [`start_response`](StartResponse::start_response), and [`HeaderError`] for a malformed header.
    pub fn start<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        &mut self,
        status: StatusLine,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Result<(), ApplicationError> {
        let headers = Headers::try_from_pairs(headers)?;
        Ok(self.start_response(status, headers, None)?)
    }
}

impl<S: StartResponse + ?Sized> StartResponse for &mut S {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        (**self).start_response(status, headers, exc_info)
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        (**self).write(block)
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        (**self).early_hints(hints)
    }
}

/// The error that an application trapped and is answering for: Python's `sys.exc_info()`.
///
/// Given to `start_response` by error handlers, and handed back by it when it is too late to change the
/// answer, so that the application can fail with what it had trapped.
#[derive(Debug)]
pub struct ExcInfo(Box<dyn Error + Send + Sync>);

impl ExcInfo {
    /// Wraps the trapped error.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into())
    }

    /// The trapped error.
    pub fn into_inner(self) -> Box<dyn Error + Send + Sync> {
        self.0
    }
}

impl std::fmt::Display for ExcInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Why `start_response` refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartResponseError {
    /// PEP 3333: a second call without `exc_info` is a fatal error.
    #[error(
        "start_response was called a second time without exc_info; an error handler passes the error it trapped"
    )]
    Twice,
    /// PEP 3333: with `exc_info` after headers were sent, the trapped error is raised again.
    #[error("the headers have been sent already; fail with the trapped error: {0}")]
    HeadersSent(ExcInfo),
    /// A status that cannot be sent as the final one of a response.
    #[error("status {status:?} cannot end a request; 1xx statuses are the server's own")]
    Status {
        /// The status line.
        status: String,
    },
    /// A header that cannot be sent.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// Refused for another reason, such as an exception of a Python server's `start_response`.
    #[error(transparent)]
    Other(Box<dyn Error + Send + Sync>),
}

/// Why `write` refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// PEP 3333: `write` is what `start_response` returns.
    #[error("write was called before start_response; call that first")]
    NotStarted,
    /// PEP 3333 "Handling the Content-Length Header".
    #[error(
        "{surplus} bytes were written beyond the Content-Length of {length}; correct or leave out the header"
    )]
    BeyondContentLength {
        /// The length promised.
        length: u64,
        /// How many bytes of this block were too many.
        surplus: u64,
    },
    /// The client is gone; there is nobody to write to.
    #[error("the client has closed the connection")]
    Disconnected,
    /// Refused for another reason, such as an exception of a Python server's `write`.
    #[error(transparent)]
    Other(Box<dyn Error + Send + Sync>),
}
