//! The application: the callable that a server invokes once for a request.

use std::sync::Arc;

use crate::{ApplicationError, Body, Environ, StartResponse};

/// A WSGI application: of Rust or, through the bridge, of Python; or middleware around one.
///
/// Functions and closures of this shape are applications, so are `Arc<A>` and `Box<dyn Application>`.
/// Handlers from request to response become applications by [`handler`](crate::handler).
///
/// # Examples
/// ```
/// use wsgi_core::{ApplicationError, Body, Environ, StartResponse, StatusLine};
///
/// fn hello(_: &mut Environ, start_response: &mut dyn StartResponse) -> Result<Body, ApplicationError> {
///     start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
///     Ok(Body::from("Hello, World!\n"))
/// }
///
/// let answer = wsgi_core::testing::get(&hello, "/");
/// assert_eq!(answer.body(), b"Hello, World!\n");
/// ```
///
/// # Specification
/// [PEP 3333, The Application/Framework Side](https://peps.python.org/pep-3333/#the-application-framework-side)
pub trait Application: Send + Sync {
    /// Answers one request.
    ///
    /// When it returns `Ok`, `start_response` has been called. All layers share the one `environ`; what
    /// they put there is seen by the others, during the call and after it.
    ///
    /// # Errors
    /// Whatever keeps the application from answering; the caller reports it and answers `500`.
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError>;
}

impl<F> Application for F
where
    F: Fn(&mut Environ, &mut dyn StartResponse) -> Result<Body, ApplicationError> + Send + Sync,
{
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        self(environ, start_response)
    }
}

impl<A: Application + ?Sized> Application for Arc<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        (**self).call(environ, start_response)
    }
}

impl Application for Box<dyn Application> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        (**self).call(environ, start_response)
    }
}

/// A closure as an application: gives the compiler the types that a bare closure would have to name.
///
/// ```
/// use wsgi_core::{Body, StatusLine, application_fn};
///
/// let app = application_fn(|environ, start_response| {
///     start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
///     Ok(Body::from(environ.path_info().to_vec()))
/// });
/// assert_eq!(wsgi_core::testing::get(&app, "/here").body(), b"/here");
/// ```
pub fn application_fn<F>(function: F) -> F
where
    F: Fn(&mut Environ, &mut dyn StartResponse) -> Result<Body, ApplicationError> + Send + Sync,
{
    function
}
