//! Why the parameters of a request do not make the type.

use http::StatusCode;
use wsgi_core::{ApplicationError, Body, StartResponse, StatusLine};

use super::failure::Failure;

/// Why the parameters of a request do not make the type of a [`Path`](crate::Path).
///
/// Either the client has asked for a path that names nothing: a number out of the type's range, text that is not UTF-8 or
/// that the type's own validation refuses. That is `404 Not Found`, as with the converters of this crate, Werkzeug and
/// Django: a path is a name, and one that is well-formed but names nothing is not found. (`400 Bad Request` would say
/// that the message is broken, which a server would have refused.) Or type and route do not fit, which is a bug, and
/// `500`; [`build`](crate::RouterBuilder::build) finds it first where the [`Endpoint`](crate::Endpoint) says what it
/// expects.
///
/// # Specification
/// RFC 9110 §15.5.5 "404 Not Found", §15.5.1 "400 Bad Request"
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PathRejection(pub(super) Failure);

impl PathRejection {
    /// `404`, or `500` when type and route do not fit.
    pub fn status(&self) -> StatusCode {
        if self.0.is_the_values() {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }

    /// Answers `404 Not Found`.
    ///
    /// # Errors
    /// When type and route do not fit, this as the application's failure; else what `start_response` gives.
    pub fn respond(self, start_response: &mut dyn StartResponse) -> Result<Body, ApplicationError> {
        if !self.0.is_the_values() {
            return Err(ApplicationError::raised(self));
        }
        let text = "404 Not Found\n";
        start_response.start(
            StatusLine::NOT_FOUND,
            [
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-Length", &text.len().to_string()),
            ],
        )?;
        Ok(Body::from(text))
    }
}
