//! Panics of Rust code that Python called.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::ApplicationError;

/// Runs Rust code that Python called: a panic must not unwind into C, and is a failure as others are.
pub(super) fn shielded<T>(
    work: impl FnOnce() -> Result<T, ApplicationError>,
) -> Result<T, ApplicationError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|payload| Err(ApplicationError::from_panic(payload.as_ref())))
}
