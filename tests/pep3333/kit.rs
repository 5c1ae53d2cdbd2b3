//! What all sections need: validators around small applications.

use std::sync::{Arc, Mutex};

use wsgi_core::testing::{Answer, EnvironBuilder, run};
use wsgi_core::validate::{Level, Validator, requirements};
use wsgi_core::{Application, ApplicationError, Body, Environ, StatusLine, application_fn};

pub(crate) const TEXT: (&str, &str) = ("Content-Type", "text/plain");

/// `GET /`
pub(crate) fn get() -> Environ {
    EnvironBuilder::get("/").build()
}

/// An application that answers `200 OK` with these headers and this body, whatever is asked.
pub(crate) fn answering<B: Into<Body>>(
    headers: &'static [(&'static str, &'static str)],
    body: impl Fn() -> B + Send + Sync + 'static,
) -> impl Application + 'static {
    answering_with(StatusLine::OK, headers, body)
}

/// As [`answering`], with another status.
pub(crate) fn answering_with<B: Into<Body>>(
    status: StatusLine,
    headers: &'static [(&'static str, &'static str)],
    body: impl Fn() -> B + Send + Sync + 'static,
) -> impl Application + 'static {
    application_fn(move |_, start_response| {
        start_response.start(status.clone(), headers.iter().copied())?;
        Ok(body().into())
    })
}

/// A body that comes in these blocks, and does not tell its length.
pub(crate) fn blocks(blocks: &'static [&'static str]) -> Body {
    Body::from_blocks_iter(blocks.iter().map(|block| block.as_bytes()))
}

/// The ids of what a validator sees that only watches, and how the request ended.
pub(crate) fn watched(
    app: Arc<dyn Application>,
    environ: Environ,
) -> (Vec<&'static str>, Result<Answer, ApplicationError>) {
    let found = Arc::new(Mutex::new(Vec::new()));
    let sink = found.clone();
    let validator = Validator::new(app).on_violation(move |violation| {
        assert_eq!(violation.id, violation.requirement.id);
        assert!(!violation.detail.contains(['\n', '\r']), "{violation}");
        sink.lock().unwrap().push(violation.id);
    });
    let result = run(&validator, environ);
    let found = found.lock().unwrap().clone();
    (found, result)
}

/// The violation of `id`, and no other, is seen by a validator that watches; one by default fails the request for
/// a MUST, and for a SHOULD lets it pass with a warning, once.
#[track_caller]
pub(crate) fn assert_reports(
    id: &str,
    app: impl Application + 'static,
    environ: impl Fn() -> Environ,
) {
    let app: Arc<dyn Application> = Arc::new(app);
    assert_eq!(watched(app.clone(), environ()).0, [id]);
    let row = requirements::REQUIREMENTS
        .iter()
        .copied()
        .flatten()
        .find(|row| row.id == id)
        .expect("every violation has its requirement");
    let label = format!("[{id}]");
    let validator = Validator::new(app);
    let first = run(&validator, environ());
    match row.level {
        Level::Must => {
            let error = first.expect_err("a broken MUST fails the request");
            assert!(matches!(error, ApplicationError::Misuse(_)), "{error:?}");
            assert!(error.to_string().starts_with(&label), "{error}");
        }
        Level::Should | Level::May => {
            let warned = first.expect("a broken SHOULD fails nothing").errors;
            assert_eq!(warned.matches(&label).count(), 1, "{warned}");
            let again = run(&validator, environ())
                .expect("nor the second time")
                .errors;
            assert!(!again.contains(&label), "warned twice: {again}");
        }
    }
}

/// Nothing is wrong, so the answer behind a validator is the answer without one, block for block.
#[track_caller]
pub(crate) fn assert_flawless(
    app: impl Application + 'static,
    environ: impl Fn() -> Environ,
) -> Answer {
    let app: Arc<dyn Application> = Arc::new(app);
    let bare = run(&app, environ()).expect("the application answers");
    assert_eq!(watched(app.clone(), environ()).0, [""; 0]);
    let answer = run(&Validator::new(app), environ()).expect("a flawless request passes");
    assert_eq!(answer.errors, bare.errors);
    assert_eq!(
        (
            &answer.status,
            &answer.headers,
            &answer.written,
            &answer.blocks,
            answer.length
        ),
        (
            &bare.status,
            &bare.headers,
            &bare.written,
            &bare.blocks,
            bare.length
        )
    );
    answer
}
