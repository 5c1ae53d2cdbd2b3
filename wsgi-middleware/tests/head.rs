use http::Method;
use wsgi_core::testing::{EnvironBuilder, Recorder, TrackedBody, run};
use wsgi_core::{Application, Body, Environ, StartResponse, StatusLine, application_fn};
use wsgi_middleware::Head;

use crate::between_validators::between;
use crate::{answering, failure};

fn head() -> Environ {
    EnvironBuilder::new("HEAD", "/").build()
}

type Fields = &'static [(&'static str, &'static str)];

fn with(status: &'static str, fields: Fields, body: &'static str) -> impl Application {
    application_fn(move |_, start_response| {
        start_response.start(StatusLine::from_static(status), fields.iter().copied())?;
        Ok(Body::from(body))
    })
}

/// Status, fields and body of the application, whether it is shown a `GET`, and the length that is told.
#[rustfmt::skip]
const CASES: &[(&str, Fields, &str, bool, Option<&str>)] = &[
    ("200 OK", &[], "hello", false, Some("5")),
    ("200 OK", &[], "", false, None),
    ("200 OK", &[], "", true, Some("0")),
    ("200 OK", &[("Content-Length", "5")], "hello", false, Some("5")),
    ("200 OK", &[("Content-Length", "5")], "", false, Some("5")),
    ("404 Not Found", &[], "no", false, Some("2")),
    ("204 No Content", &[], "", true, None),
    ("304 Not Modified", &[], "", true, None),
];

#[test]
fn there_is_no_body_and_its_length_is_told() {
    for &(status, fields, body, as_get, wanted) in CASES {
        let wrap = |app| Head::new(app).as_get(as_get);
        let answer = between(with(status, fields, body), wrap, head()).unwrap();
        let case = format!("{status} {fields:?} {body:?} {as_get}");
        assert_eq!(answer.status, StatusLine::from_static(status), "{case}");
        assert_eq!(answer.header("Content-Length"), wanted, "{case}");
        assert_eq!(answer.body(), b"", "{case}");
    }
}

#[test]
fn other_methods_pass() {
    for method in ["GET", "POST"] {
        let app = Head::new(answering(|| Body::from("hello"))).as_get(true);
        let answer = run(&app, EnvironBuilder::new(method, "/").build()).unwrap();
        assert_eq!(answer.text(), "hello");
        assert_eq!(answer.header("Content-Length"), None);
    }
}

#[test]
fn the_body_is_closed_unread_at_the_end() {
    let tracked = TrackedBody::new(["one", "two"]);
    let inner = tracked.clone();
    let app = Head::new(answering(move || inner.body()));
    let mut body = app.call(&mut head(), &mut Recorder::default()).unwrap();
    assert_eq!(body.next_block().unwrap(), None);
    assert!(tracked.log().is_empty());
    drop(body);
    assert_eq!(tracked.log(), ["close"]);
}

#[test]
fn what_is_written_goes_nowhere() {
    let writing = application_fn(|_, start_response| {
        assert!(start_response.write(b"early").is_err());
        start_response.start(StatusLine::OK, [("X-A", "1")])?;
        start_response.write(b"one")?;
        Ok(Body::from("two"))
    });
    let answer = run(&Head::new(writing), head()).unwrap();
    assert!(answer.written.is_empty());
    assert_eq!(answer.header("X-A"), Some("1"));
    assert_eq!(answer.header("Content-Length"), None);
}

/// An application that knows `GET` alone, and notes what it was shown.
fn get_only(
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, wsgi_core::ApplicationError> {
    let shown = environ.method().to_string();
    let range = environ.headers().contains("Range") || environ.headers().contains("If-Range");
    let status = match *environ.method() {
        Method::GET => StatusLine::OK,
        _ => StatusLine::METHOD_NOT_ALLOWED,
    };
    start_response.start(status, [("X-Shown", shown), ("X-Range", range.to_string())])?;
    Ok(Body::from("hello"))
}

#[test]
fn an_application_that_knows_get_alone_is_shown_that() {
    let request = || {
        EnvironBuilder::new("HEAD", "/")
            .header("Range", "bytes=0-1")
            .header("If-Range", "\"v\"")
            .build()
    };
    let answer = between(get_only, |app| Head::new(app).as_get(true), request()).unwrap();
    assert_eq!(answer.status, StatusLine::OK);
    assert_eq!(answer.header("X-Shown"), Some("GET"));
    assert_eq!(answer.header("X-Range"), Some("false"));
    assert_eq!(answer.header("Content-Length"), Some("5"));
    assert_eq!(*answer.environ.method(), Method::HEAD);

    let answer = run(&Head::new(get_only), request()).unwrap();
    assert_eq!(answer.status, StatusLine::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("X-Range"), Some("true"));
}

#[test]
fn the_method_is_put_back_when_the_application_fails_or_panics() {
    let failing = Head::new(application_fn(|_, _| Err(failure()))).as_get(true);
    let mut environ = head();
    assert!(
        failing
            .call(&mut environ, &mut Recorder::default())
            .is_err()
    );
    assert_eq!(*environ.method(), Method::HEAD);

    let panicking = Head::new(application_fn(|_, _| panic!("on purpose"))).as_get(true);
    let call = || {
        panicking
            .call(&mut environ, &mut Recorder::default())
            .map(drop)
    };
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).is_err());
    assert_eq!(*environ.method(), Method::HEAD);
}
