//! What the router answers by itself.

use http::Method;
use wsgi_core::{
    Application, ApplicationError, Body, EarlyHints, EarlyHintsError, Environ, ExcInfo, Headers,
    StartResponse, StartResponseError, StatusLine, WriteError,
};

const PLAIN: (&str, &str) = ("Content-Type", "text/plain; charset=utf-8");

/// A status with its own words as the body.
fn plain(
    status: StatusLine,
    text: &'static str,
    header: Option<(&str, &str)>,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    let length = text.len().to_string();
    let headers = [PLAIN, ("Content-Length", &length)];
    start_response.start(status, header.into_iter().chain(headers))?;
    Ok(Body::from(text))
}

pub(crate) fn not_found(start: &mut dyn StartResponse) -> Result<Body, ApplicationError> {
    plain(StatusLine::NOT_FOUND, "404 Not Found\n", None, start)
}

/// A WebSocket route was asked for a page, or the other way round.
pub(crate) fn websocket_mismatch(start: &mut dyn StartResponse) -> Result<Body, ApplicationError> {
    plain(StatusLine::BAD_REQUEST, "400 Bad Request\n", None, start)
}

pub(crate) fn redirect(
    status: StatusLine,
    location: &str,
    start: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    plain(status, "Redirecting\n", Some(("Location", location)), start)
}

/// `OPTIONS`, or a method that nobody answers: both tell which are.
///
/// # Specification
/// RFC 9110 §9.3.7 "OPTIONS", §15.5.6 "405 Method Not Allowed", §10.2.1 "Allow"
pub(crate) fn not_allowed(
    methods: &[&str],
    handler: Option<&dyn Application>,
    environ: &mut Environ,
    start: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    let named = methods.iter().filter(|method| **method != "OPTIONS");
    let allow: Vec<&str> = named.copied().chain(["OPTIONS"]).collect();
    let allow = allow.join(", ");
    if *environ.method() == Method::OPTIONS {
        start.start(StatusLine::NO_CONTENT, [("Allow", &allow)])?;
        return Ok(Body::empty());
    }
    match handler {
        Some(app) => app.call(environ, &mut WithAllow { start, allow }),
        None => {
            let (status, text) = (StatusLine::METHOD_NOT_ALLOWED, "405 Method Not Allowed\n");
            plain(status, text, Some(("Allow", &allow)), start)
        }
    }
}

/// Adds the `Allow` that a `405` must have, where the application has not said it.
struct WithAllow<'s> {
    start: &'s mut dyn StartResponse,
    allow: String,
}

impl StartResponse for WithAllow<'_> {
    fn start_response(
        &mut self,
        status: StatusLine,
        mut headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        if status.code() == 405 && headers.get("allow").is_none() {
            headers.try_append("Allow", &self.allow)?;
        }
        self.start.start_response(status, headers, exc_info)
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        self.start.write(block)
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        self.start.early_hints(hints)
    }
}
