//! `RequestId` around an application of Python, and exported.

use std::sync::Arc;

use pyo3::prelude::*;
use wsgi_core::handler;
use wsgi_core::python::{export, interpreter};
use wsgi_middleware::{AccessLog, RequestId};
use wsgi_tests::module;

use crate::seeing::{app, both};

#[test]
fn the_application_the_client_and_the_log_have_the_same_id() {
    let named = || {
        let named = RequestId::new(app()).generate_with(|| Ok("r1".to_owned()));
        AccessLog::new(named).format("%{X-Request-Id}i %{X-Request-Id}o".parse().unwrap())
    };
    both(named, &[("X-Request-Id", "forged")], |got| {
        assert_eq!(got.text, "- | - | - | - | r1 | r1 | -");
        assert_eq!(got.header("X-Request-Id"), Some("r1"));
        assert_eq!(got.errors, "r1 r1\n");
    });
    let accepting = || RequestId::new(app()).accept_incoming();
    both(accepting, &[("X-Request-Id", "p1")], |got| {
        assert_eq!(got.text, "- | - | - | - | p1 | p1 | -");
    });
}

const OUTER: &str = r#"
from wsgiref.util import setup_testing_defaults

def seen(app):
    environ = {"HTTP_X_REQUEST_ID": "forged"}
    setup_testing_defaults(environ)
    body = app(environ, lambda status, headers, exc_info=None: None)
    for block in body:
        pass
    if hasattr(body, "close"):
        body.close()
    return environ["HTTP_X_REQUEST_ID"], environ["wsgi_rs.request_id"]
"#;

/// The environ is one for all layers, so that those outside find the id after the call: a log of Python's, say.
#[test]
fn a_layer_of_python_outside_finds_the_id_too() {
    let named = RequestId::new(handler(|_| "hello")).generate_with(|| Ok("r1".to_owned()));
    interpreter::initialize().expect("the interpreter starts");
    let found: (String, String) = Python::attach(|py| {
        let app = export(py, Arc::new(named)).expect("it can be exported");
        let seen = module(py, OUTER).getattr("seen").expect("it is defined");
        let found = seen.call1((app,)).expect("it is served");
        found.extract().expect("two texts")
    });
    assert_eq!(found, ("r1".to_owned(), "r1".to_owned()));
}
