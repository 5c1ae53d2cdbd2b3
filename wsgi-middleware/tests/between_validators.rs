//! A layer at its work, with a validator on each side.

use std::sync::{Arc, Mutex};

use wsgi_core::testing::{Answer, run};
use wsgi_core::validate::{Validator, Violation};
use wsgi_core::{Application, ApplicationError, Environ};

/// What the applications of these tests do: they say no more than a test is about, and malformed things where it is about
/// those.
const ALLOWED: [&str; 3] = ["content-type.missing", "header.date", "header.etag"];

/// Runs the application in what `wrap` puts around it.
///
/// # Panics
/// When either validator finds a violation.
pub(crate) fn between<I: Application, A: Application>(
    app: I,
    wrap: impl FnOnce(Validator<I>) -> A,
    environ: Environ,
) -> Result<Answer, ApplicationError> {
    let (answer, mut found) = judged(app, wrap, environ);
    found.retain(|id| !ALLOWED.contains(id));
    assert!(found.is_empty(), "{found:?}");
    answer
}

/// The answer, and what was found, by identifier.
pub(crate) fn judged<I: Application, A: Application>(
    app: I,
    wrap: impl FnOnce(Validator<I>) -> A,
    environ: Environ,
) -> (Result<Answer, ApplicationError>, Vec<&'static str>) {
    let found: Arc<Mutex<Vec<Violation>>> = Arc::default();
    let sink = || {
        let found = found.clone();
        move |violation| found.lock().unwrap().push(violation)
    };
    let inner = Validator::new(app).on_violation(sink());
    let outer = Validator::new(wrap(inner)).on_violation(sink());
    let answer = run(&outer, environ);
    let found = std::mem::take(&mut *found.lock().unwrap());
    let ids = found.into_iter().map(|violation| violation.id);
    (answer, ids.collect())
}
