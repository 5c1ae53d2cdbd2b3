//! PEP 3333 "Error Handling".

use wsgi_core::testing::{Recorder, run};
use wsgi_core::validate::Validator;
use wsgi_core::{
    Application, ApplicationError, Body, ExcInfo, Fault, Headers, StartResponse,
    StartResponseError, StatusLine, WriteError, application_fn,
};

use crate::kit::{TEXT, assert_flawless, assert_reports, get};
use crate::start_response::{on_willful_server, recovering};

/// "applications should try to trap their own, internal errors, and display a helpful message in the browser"
#[test]
fn an_application_may_answer_for_its_error() {
    let answer = assert_flawless(recovering(b""), get);
    assert_eq!(
        (answer.status, answer.blocks),
        (StatusLine::INTERNAL_SERVER_ERROR, vec![b"sorry".to_vec()])
    );
}

/// "the application must not have actually sent any data to the browser yet, or else it risks corrupting the response"
#[test]
fn after_output_the_error_cannot_be_displayed() {
    let error = run(&Validator::new(recovering(b"sent")), get()).unwrap_err();
    assert!(
        matches!(
            error,
            ApplicationError::StartResponse(StartResponseError::HeadersSent(_))
        ),
        "{error:?}"
    );
    assert_eq!(error.fault(), Fault::Misuse);
}

/// Middleware that holds back what is written, and so can still exchange it for the error body.
struct Holding(Recorder);

impl StartResponse for Holding {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        if exc_info.is_some() {
            self.0 = Recorder::default();
        }
        self.0.start_response(status, headers, None)
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        self.0.write(block)
    }
}

/// "or simply return without an exception after storing the supplied arguments"
#[test]
fn a_middleware_may_keep_the_error_body() {
    let inner = recovering(b"withdrawn");
    let middleware = application_fn(move |environ, start_response| {
        let mut held = Holding(Recorder::default());
        let body = inner.call(environ, &mut held)?;
        let (status, headers) = held.0.started.ok_or(ApplicationError::NotStarted)?;
        start_response.start_response(status, headers, None)?;
        Ok(body)
    });
    let answer = assert_flawless(middleware, get);
    assert_eq!(
        (answer.status.code(), answer.text().as_str()),
        (500, "sorry")
    );
}

/// "if any output has already been sent to the browser, start_response will reraise the provided exception"
#[test]
fn a_server_that_accepts_exc_info_too_late_is_reported() {
    let warned = run(&on_willful_server(recovering(b"sent"), true), get())
        .unwrap()
        .errors;
    assert_eq!(
        warned.matches("[exc-info.accepted-late]").count(),
        1,
        "{warned}"
    );
    let right = run(&on_willful_server(recovering(b"sent"), false), get())
        .unwrap()
        .errors;
    assert_eq!(right, "");
}

/// "Always provide exc_info when beginning an error response"
#[test]
fn an_error_response_needs_exc_info() {
    let forgetful = || {
        application_fn(|_, start_response| {
            start_response.start(StatusLine::OK, [TEXT])?;
            start_response.start(StatusLine::INTERNAL_SERVER_ERROR, [TEXT])?;
            Ok(Body::from("sorry"))
        })
    };
    let error = run(&forgetful(), get()).unwrap_err().to_string();
    assert!(
        error.contains("an error handler passes the error it trapped"),
        "{error}"
    );
    let stubborn = application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [TEXT])?;
        let _ = start_response.start(StatusLine::INTERNAL_SERVER_ERROR, [TEXT]);
        Ok(Body::from("sorry"))
    });
    assert_reports("start-response.twice", stubborn, get);
}
