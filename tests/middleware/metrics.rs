//! `Metrics` around Python, and exported.

use pyo3::prelude::*;
use wsgi_core::python::{PyApplication, interpreter};
use wsgi_core::testing::get;
use wsgi_middleware::Metrics;
use wsgi_tests::module;

use crate::{python, served};

const ROUTED: &str = r#"
def app(environ, start_response):
    environ["wsgi_rs.route"] = "/users/<id>"
    start_response("201 Created", [("Content-Type", "text/plain")])
    yield b"one"
    yield b"two"
"#;

fn routed() -> PyApplication {
    interpreter::initialize().expect("the interpreter starts");
    Python::attach(|py| {
        let app = module(py, ROUTED).getattr("app").expect("it is defined");
        PyApplication::new(&app).expect("it is callable")
    })
}

/// The lines of the counts of durations and of the sum of what was sent.
fn told<A>(metrics: &Metrics<A>) -> Vec<String> {
    let text = metrics.render();
    let lines = text.lines().filter(|line| {
        line.starts_with("http_server_request_duration_seconds_count")
            || line.starts_with("http_server_response_body_size_bytes_sum")
    });
    lines.map(str::to_owned).collect()
}

const WANTED: [&str; 2] = [
    r#"http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="201",http_route="/users/<id>",url_scheme="http"} 1"#,
    r#"http_server_response_body_size_bytes_sum{http_request_method="GET",http_response_status_code="201",http_route="/users/<id>",url_scheme="http"} 6.0"#,
];

#[test]
fn a_framework_of_python_tells_its_route() {
    let app = Metrics::new(routed());
    assert_eq!(get(&app, "/users/7").text(), "onetwo");
    assert_eq!(told(&app), WANTED);
}

#[test]
fn exported_it_counts_as_well() {
    let app = Metrics::new(routed());
    let (status, _, body, _) = served(app.clone(), "/users/7");
    assert_eq!((status.as_str(), body.as_str()), ("201 Created", "onetwo"));
    assert_eq!(told(&app), WANTED);
}

#[test]
fn exceptions_are_failures_of_the_application() {
    let app = Metrics::new(python().0);
    for path in ["/fails", "/fails-later"] {
        wsgi_core::testing::run(&app, wsgi_core::testing::EnvironBuilder::get(path).build())
            .expect_err("it fails");
    }
    let text = app.render();
    for status in ["200", "500"] {
        let line = format!(
            r#"http_server_request_duration_seconds_count{{http_request_method="GET",http_response_status_code="{status}",url_scheme="http",error_type="application"}} 1"#
        );
        assert!(text.contains(&line), "{text}");
    }
}

#[test]
fn the_exporter_is_an_application_for_python() {
    let app = Metrics::new(python().0);
    get(&app, "/blocks");
    let (status, headers, body, _) = served(app.exporter(), "/");
    assert_eq!(status, "200 OK");
    assert_eq!(
        headers["Content-Type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    assert_eq!(body, app.render());
}
