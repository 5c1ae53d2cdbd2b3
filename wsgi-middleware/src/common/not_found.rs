//! [`NotFound`]: the application that has nothing.

use wsgi_core::{Application, ApplicationError, Body, Environ, StartResponse, StatusLine};

/// An application that has nothing: `404 Not Found` for every request. For layers that stand alone.
///
/// # Examples
/// ```
/// assert_eq!(wsgi_core::testing::get(&wsgi_middleware::NotFound, "/").status.code(), 404);
/// ```
///
/// # Specification
/// RFC 9110 §15.5.5 "404 Not Found"
#[derive(Clone, Copy, Debug, Default)]
pub struct NotFound;

impl Application for NotFound {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", "10"),
        ];
        start_response.start(StatusLine::NOT_FOUND, headers)?;
        Ok(match *environ.method() == "HEAD" {
            true => Body::empty(),
            false => Body::from("Not Found\n"),
        })
    }
}
