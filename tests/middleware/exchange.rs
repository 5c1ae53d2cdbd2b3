//! One request of one's own, to an application of Python in a layer: asked by Rust, or exported and asked by Python, where
//! `wsgiref.validate` stands on the outside.

use std::collections::HashMap;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use wsgi_core::Application;
use wsgi_core::python::{PyApplication, export, interpreter};
use wsgi_tests::module;

/// What a module of this code calls `app`; `validator` there is that of `wsgiref`, which makes an iterator of a list, so that
/// nobody knows any more how long it is.
pub(crate) fn application(code: &str) -> PyApplication {
    interpreter::initialize().expect("the interpreter starts");
    Python::attach(|py| {
        let code = format!("from wsgiref.validate import validator\n{code}");
        let app = module(py, &code).getattr("app").expect("it is defined");
        PyApplication::new(&app).expect("it is callable")
    })
}

const EXCHANGE: &str = r#"
import io
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

def exchange(app, body, variables):
    environ = {"PATH_INFO": "/", "SCRIPT_NAME": "", "QUERY_STRING": "", "wsgi.input": io.BytesIO(body), **variables}
    environ["wsgi.input_terminated"] = True
    setup_testing_defaults(environ)
    started, blocks = [], []
    def start_response(status, headers, exc_info=None):
        started[:] = [status, dict(headers)]
        return blocks.append
    response = validator(app)(environ, start_response)
    try:
        blocks.extend(response)
    finally:
        response.close()
    return started[0], started[1], b"".join(blocks), environ["REQUEST_METHOD"]
"#;

pub(crate) struct Exchange {
    pub(crate) status: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
    /// As the server's environ has it in the end.
    pub(crate) method: String,
}

/// What a Python server got from the exported application, for a request with these variables and this body.
pub(crate) fn exchange<A: Application + 'static>(
    app: A,
    variables: &[(&str, &str)],
    body: &str,
) -> Exchange {
    interpreter::initialize().expect("the interpreter starts");
    Python::attach(|py| {
        let app = export(py, Arc::new(app)).expect("it can be exported");
        let exchange = module(py, EXCHANGE).getattr("exchange");
        let exchange = exchange.expect("it is defined");
        let given = PyDict::new(py);
        for (key, value) in variables {
            given.set_item(key, value).expect("strings can be items");
        }
        let result = exchange
            .call1((app, body.as_bytes(), given))
            .expect("wsgiref.validate finds nothing");
        let (status, headers, body, method): (_, _, Vec<u8>, _) =
            result.extract().expect("it returns these four");
        let body = String::from_utf8(body).expect("the tests send ASCII");
        Exchange {
            status,
            headers,
            body,
            method,
        }
    })
}
