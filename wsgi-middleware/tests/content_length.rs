use wsgi_core::testing::{EnvironBuilder, TrackedBody, get, run};
use wsgi_core::{Application, Body, StatusLine, application_fn};
use wsgi_middleware::ContentLength;

use crate::{answering, failure};

fn with(status: &'static str, headers: Headers, body: &'static str) -> impl Application {
    ContentLength::new(application_fn(move |_, start_response| {
        start_response.start(StatusLine::from_static(status), headers.iter().copied())?;
        Ok(Body::from(body))
    }))
}

type Headers = &'static [(&'static str, &'static str)];

/// Method, status, headers and body of a response, and the `Content-Length` it leaves with.
const CASES: &[(&str, &str, Headers, &str, Option<&str>)] = &[
    ("GET", "200 OK", &[], "hello", Some("5")),
    ("GET", "200 OK", &[], "", Some("0")),
    ("GET", "404 Not Found", &[], "no", Some("2")),
    (
        "GET",
        "200 OK",
        &[("content-length", "7")],
        "hello",
        Some("7"),
    ),
    (
        "GET",
        "200 OK",
        &[("Transfer-Encoding", "gzip")],
        "hello",
        None,
    ),
    ("GET", "204 No Content", &[], "", None),
    ("GET", "304 Not Modified", &[], "", None),
    ("GET", "205 Reset Content", &[], "", Some("0")),
    ("HEAD", "200 OK", &[], "hello", Some("5")),
    ("HEAD", "200 OK", &[], "", None),
    ("CONNECT", "200 OK", &[], "", None),
    ("CONNECT", "403 Forbidden", &[], "no", Some("2")),
];

#[test]
fn the_field_is_added_where_the_length_is_known_and_may_be_told() {
    for &(method, status, headers, body, wanted) in CASES {
        let environ = EnvironBuilder::new(method, "/").build();
        let answer = run(&with(status, headers, body), environ).unwrap();
        let case = format!("{method} {status} {headers:?} {body:?}");
        assert_eq!(answer.header("Content-Length"), wanted, "{case}");
        let fields = answer.headers.get_all("Content-Length").count();
        assert_eq!(fields, usize::from(wanted.is_some()), "{case}");
    }
}

#[test]
fn blocks_of_unknown_number_get_no_field() {
    let app = ContentLength::new(answering(|| TrackedBody::new(["one"]).body()));
    assert_eq!(get(&app, "/").header("Content-Length"), None);
}

/// An application that fails after it began must leave its caller free to begin another response.
#[test]
fn a_start_that_was_held_back_is_dropped_with_a_failure() {
    let failing = ContentLength::new(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("X-Lost", "1")])?;
        Err(failure())
    }));
    let app = application_fn(move |environ, start_response| {
        failing.call(environ, start_response).unwrap_err();
        start_response.start_response(StatusLine::BAD_REQUEST, wsgi_core::Headers::new(), None)?;
        Ok(Body::empty())
    });
    assert_eq!(get(&app, "/").status, StatusLine::BAD_REQUEST);
}
