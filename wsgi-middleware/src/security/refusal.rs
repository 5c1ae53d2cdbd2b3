//! Answers in place of the application's.

use wsgi_core::{ApplicationError, Body, Environ, StartResponse, StatusLine};

/// The reason phrase as text, and what there is to say beside it.
#[cold]
pub(crate) fn refuse(
    environ: &Environ,
    status: StatusLine,
    why: &str,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    let mut text = String::from_utf8_lossy(status.reason()).into_owned();
    if !why.is_empty() {
        text.push_str(": ");
        text.push_str(why);
    }
    text.push('\n');
    start_response.start(status, [("Content-Type", "text/plain; charset=utf-8")])?;
    // Not all servers leave out the body of an answer to HEAD.
    match environ.method().as_str() {
        "HEAD" => Ok(Body::empty()),
        _ => Ok(Body::from(text)),
    }
}
