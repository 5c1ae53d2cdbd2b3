//! What layers answer in place of the application.

use std::time::Duration;

use wsgi_core::{ApplicationError, Body, Environ, ExcInfo, Headers, StartResponse, StatusLine};

/// Answers for the layer itself: the reason phrase as text, beside these fields.
///
/// With `exc_info` it takes the place of what the application has begun, if it has.
#[cold]
pub(crate) fn answer(
    environ: &Environ,
    start_response: &mut dyn StartResponse,
    status: StatusLine,
    fields: &[(&str, &str)],
    exc_info: Option<ExcInfo>,
) -> Result<Body, ApplicationError> {
    let text = [status.reason(), b"\n"].concat();
    answer_text(environ, start_response, status, text, fields, exc_info)
}

/// The same, with what there is to say about it: `Bad Request: no valid Host`.
#[cold]
pub(crate) fn refuse(
    environ: &Environ,
    start_response: &mut dyn StartResponse,
    status: StatusLine,
    why: &str,
) -> Result<Body, ApplicationError> {
    let text = [status.reason(), b": ", why.as_bytes(), b"\n"].concat();
    answer_text(environ, start_response, status, text, &[], None)
}

/// Answers `503 Service Unavailable`; clients may try again after this time, told in whole seconds, rounded up.
#[cold]
pub(crate) fn unavailable(
    environ: &Environ,
    start_response: &mut dyn StartResponse,
    retry_after: Duration,
) -> Result<Body, ApplicationError> {
    const UNAVAILABLE: StatusLine = StatusLine::from_static("503 Service Unavailable");
    let is_broken = retry_after.subsec_nanos() > 0;
    let seconds = retry_after.as_secs().saturating_add(is_broken.into());
    let fields = [("Retry-After", &*seconds.to_string())];
    answer(environ, start_response, UNAVAILABLE, &fields, None)
}

fn answer_text(
    environ: &Environ,
    start_response: &mut dyn StartResponse,
    status: StatusLine,
    text: Vec<u8>,
    fields: &[(&str, &str)],
    exc_info: Option<ExcInfo>,
) -> Result<Body, ApplicationError> {
    let content_type = ("Content-Type", "text/plain; charset=utf-8");
    let fields = fields.iter().copied();
    let headers = Headers::try_from_pairs(std::iter::once(content_type).chain(fields))?;
    start_response.start_response(status, headers, exc_info)?;
    // Not all servers leave out the body of an answer to HEAD.
    Ok(match environ.method().as_str() {
        "HEAD" => Body::empty(),
        _ => Body::from(text),
    })
}
