//! Requests whose bodies turn out to be unreadable.

use wsgi_core::{
    Application, ApplicationError, Body, Environ, ExcInfo, Fault, StartResponse, StatusLine,
    WriteError,
};

use crate::common::start::{HeldStart, answer};

/// Calls the application, and answers with `refusal` in its place if it did not get over what made the body unreadable: it
/// failed, or answered with a status of 500 or more, as frameworks do that trap whatever is raised.
///
/// What has been sent stands. `refusal` is asked once, behind the call.
pub(crate) fn call_or_refuse<A: Application>(
    app: &A,
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
    refusal: impl FnOnce() -> Option<StatusLine>,
) -> Result<Body, ApplicationError> {
    let mut held = HeldStart::only(start_response, |status| status.code() >= 500);
    let answered = app.call(environ, &mut held);
    let refusal = refusal().filter(|_| !held.is_released());
    match (answered, refusal) {
        (Err(error @ ApplicationError::Write(WriteError::Disconnected)), _) => Err(error),
        (Err(error), Some(status)) => {
            // The client reads of its own fault only; what else went wrong is for the log.
            if error.fault() != Fault::Client {
                environ.errors().write_line(&error.report());
            }
            let exc_info = Some(ExcInfo::new(error));
            answer(environ, start_response, status, &[], exc_info)
        }
        (Ok(body), Some(status)) if held.head().is_some() => {
            if let Err(error) = body.close() {
                environ.errors().write_line(&error.report());
            }
            let exc_info = held.take().and_then(|(_, _, exc_info)| exc_info);
            answer(environ, start_response, status, &[], exc_info)
        }
        (Ok(body), _) => {
            held.release(|_, _| Ok(()))?;
            Ok(body)
        }
        (Err(error), None) => Err(error),
    }
}
