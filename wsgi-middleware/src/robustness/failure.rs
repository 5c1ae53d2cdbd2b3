//! Failures of what a layer is around.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wsgi_core::{ApplicationError, ExcInfo};

/// Runs application code; a panic becomes an error.
///
/// Unwind safety: after a panic the application's body is closed and nothing else of it is used.
pub(crate) fn caught<T>(
    code: impl FnOnce() -> Result<T, ApplicationError>,
) -> Result<T, ApplicationError> {
    catch_unwind(AssertUnwindSafe(code))
        .unwrap_or_else(|payload| Err(ApplicationError::from_panic(&*payload)))
}

/// The failure as `start_response` takes it: what the application itself has raised, where it has.
pub(crate) fn trapped(error: ApplicationError) -> ExcInfo {
    match error {
        ApplicationError::Raised(cause) => ExcInfo::new(cause),
        other => ExcInfo::new(other),
    }
}
