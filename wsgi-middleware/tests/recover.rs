use std::sync::Mutex;

use wsgi_core::testing::{EnvironBuilder, Recorder, get, run};
use wsgi_core::{
    Application, ApplicationError, Blocks, Body, Environ, ExcInfo, Headers, StartResponse,
    StartResponseError, StatusLine, WriteError, application_fn,
};
use wsgi_middleware::Recover;

use crate::{answering, failure};

fn assert_is_500(app: &impl Application, report: &str) {
    let answer = get(app, "/");
    assert_eq!(answer.status, StatusLine::INTERNAL_SERVER_ERROR);
    assert_eq!(
        answer.header("Content-Type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(answer.header("X-Lost"), None);
    assert_eq!(answer.text(), "Internal Server Error\n");
    assert_eq!(answer.errors, format!("{report}\n"));
}

#[test]
fn an_error_before_the_start_is_a_500_and_a_report() {
    assert_is_500(
        &Recover::new(application_fn(|_, _| Err(failure()))),
        "failed on purpose",
    );
}

#[test]
fn an_error_after_the_start_replaces_the_response() {
    let app = application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("X-Lost", "1")])?;
        Err(failure())
    });
    assert_is_500(&Recover::new(app), "failed on purpose");
}

#[test]
fn a_panic_is_a_500_and_a_report() {
    let app = application_fn(|_, _| panic!("on purpose"));
    assert_is_500(&Recover::new(app), "the application panicked: on purpose");
}

/// Panics in the block of this index, or in `close()`.
struct Panicking {
    block: Option<usize>,
    at: usize,
}

impl Blocks for Panicking {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        assert!(self.block != Some(self.at), "block on purpose");
        self.at += 1;
        Ok((self.at < 3).then_some(b"block"))
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        assert!(self.block.is_some(), "close on purpose");
        Ok(())
    }
}

fn panicking(block: Option<usize>) -> impl Application {
    Recover::new(answering(move || {
        Body::from_blocks(Panicking { block, at: 0 })
    }))
}

/// PEP 3333 "Middleware Handling of Block Boundaries": no block is asked for ahead of its turn, so the caller, which
/// knows what has gone out, answers.
#[test]
fn a_block_that_panics_goes_on_as_an_error() {
    for block in [0, 1] {
        let mut environ = Environ::new();
        let mut body = panicking(Some(block))
            .call(&mut environ, &mut Recorder::default())
            .unwrap();
        for _ in 0..block {
            body.next_block().unwrap();
        }
        let error = body.next_block().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the application panicked: block on purpose"
        );
        body.close().unwrap();
    }
}

#[test]
fn a_panic_in_close_goes_on_as_an_error() {
    let mut environ = Environ::new();
    let body = panicking(None)
        .call(&mut environ, &mut Recorder::default())
        .unwrap();
    let error = body.close().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the application panicked: close on purpose"
    );
}

/// What was sent cannot be taken back: the same error goes on, and is not reported twice.
#[test]
fn after_a_write_the_error_goes_on_unreported() {
    let app = Recover::new(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        start_response.write(b"sent")?;
        Err(ApplicationError::Io(std::io::Error::other("disk on fire")))
    }));
    let (errors, report) = wsgi_core::ErrorStream::captured();
    let mut environ = EnvironBuilder::get("/").build();
    environ.set_errors(errors);
    let error = app
        .call(&mut environ, &mut Recorder::default())
        .unwrap_err();
    assert!(matches!(error, ApplicationError::Io(_)), "{error:?}");
    assert_eq!(*report.lock().unwrap(), b"");
}

#[test]
fn a_write_before_the_start_is_a_500() {
    let app = application_fn(|_, start_response| {
        start_response.write(b"early")?;
        Ok(Body::empty())
    });
    assert_is_500(
        &Recover::new(app),
        "write was called before start_response; call that first",
    );
}

/// PEP 3333 "Error Handling": `exc_info` is what the application raised, as Python's servers would have it.
#[test]
fn the_trapped_error_itself_is_the_exc_info() {
    #[derive(Default)]
    struct Trapped(Option<ExcInfo>);
    impl StartResponse for Trapped {
        fn start_response(
            &mut self,
            _: StatusLine,
            _: Headers,
            exc_info: Option<ExcInfo>,
        ) -> Result<(), StartResponseError> {
            self.0 = exc_info;
            Ok(())
        }
        fn write(&mut self, _: &[u8]) -> Result<(), WriteError> {
            Ok(())
        }
    }
    let app = Recover::new(application_fn(|_, _| {
        Err(ApplicationError::raised(std::fmt::Error))
    }));
    let mut environ = EnvironBuilder::get("/").build();
    environ.set_errors(wsgi_core::ErrorStream::captured().0);
    let mut trapped = Trapped::default();
    app.call(&mut environ, &mut trapped).unwrap();
    assert!(trapped.0.unwrap().into_inner().is::<std::fmt::Error>());
}

#[test]
fn an_answer_to_head_has_no_body() {
    let app = Recover::new(application_fn(|_, _| Err(failure())));
    let answer = run(&app, EnvironBuilder::new("HEAD", "/").build()).unwrap();
    assert_eq!(answer.status, StatusLine::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.text(), "");
}

#[test]
fn a_client_that_left_is_no_failure_of_the_application() {
    let app = Recover::new(application_fn(|_, _| Err(WriteError::Disconnected.into())));
    let mut recorder = Recorder::default();
    let error = app.call(&mut Environ::new(), &mut recorder).unwrap_err();
    assert!(matches!(
        error,
        ApplicationError::Write(WriteError::Disconnected)
    ));
    assert!(recorder.started.is_none());
}

#[test]
fn a_report_has_the_causes_the_response_has_none() {
    #[derive(Debug)]
    struct Outer(std::io::Error);
    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("cannot list the orders")
        }
    }
    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }
    let app = application_fn(|_, _| {
        let cause = std::io::Error::other("secret.db is locked");
        Err(ApplicationError::raised(Outer(cause)))
    });
    assert_is_500(
        &Recover::new(app),
        "cannot list the orders\n  caused by: secret.db is locked",
    );
}

#[test]
fn the_application_goes_on_after_a_panic() {
    let calls = Mutex::new(0);
    let app = Recover::new(application_fn(move |_, start_response| {
        let call = {
            let mut calls = calls.lock().unwrap();
            *calls += 1;
            *calls
        };
        assert!(call != 1, "the first call");
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from("fine"))
    }));
    assert_eq!(get(&app, "/").status, StatusLine::INTERNAL_SERVER_ERROR);
    assert_eq!(get(&app, "/").text(), "fine");
}
