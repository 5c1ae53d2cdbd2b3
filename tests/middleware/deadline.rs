//! `Deadline` around Python, and exported.

use std::time::Duration;

use pyo3::prelude::*;
use wsgi_core::python::{PyApplication, interpreter};
use wsgi_core::testing::get;
use wsgi_middleware::Deadline;
use wsgi_tests::module;

use crate::{closed, python, served};

/// Comes back when its time is over; the body knows when it was closed.
const LATE: &str = r#"
import time

closed = []

class Body:
    def __iter__(self):
        return iter([b"late"])
    def close(self):
        closed.append("late")

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    while time.monotonic() <= environ["wsgi_rs.deadline"]:
        time.sleep(0)
    return Body()
"#;

fn late() -> (PyApplication, Py<PyModule>) {
    interpreter::initialize().expect("the interpreter starts");
    Python::attach(|py| {
        let module = module(py, LATE);
        let app = module.getattr("app").expect("the module has an app");
        let app = PyApplication::new(&app).expect("it is callable");
        (app, module.unbind())
    })
}

#[test]
fn what_python_answers_late_is_replaced_and_closed_once() {
    let (app, module) = late();
    let app = Deadline::new(app).budget(Duration::from_millis(50));
    let answer = get(&app, "/");
    assert_eq!(
        (answer.status.code(), answer.text().as_str()),
        (504, "Gateway Timeout\n")
    );
    assert_eq!(closed(&module), ["late"]);
}

#[test]
fn exported_it_replaces_what_the_server_was_told() {
    let (app, module) = late();
    let app = Deadline::new(app).budget(Duration::from_millis(50));
    let (status, headers, body, errors) = served(app, "/");
    assert_eq!(
        (status.as_str(), body.as_str()),
        ("504 Gateway Timeout", "Gateway Timeout\n")
    );
    assert_eq!(headers["Content-Type"], "text/plain; charset=utf-8");
    assert_eq!(errors, "");
    assert_eq!(closed(&module), ["late"]);
}

#[test]
fn what_is_in_time_passes_in_every_manner() {
    for (path, body) in [
        ("/blocks", "onetwo"),
        ("/write", "onetwothree"),
        ("/late", "late"),
        ("/again", "sorry"),
    ] {
        let (app, _) = python();
        assert_eq!(served(Deadline::new(app), path).2, body, "{path}");
    }
}
