//! `Cascade` of applications of Python, on both sides of the border.

use std::sync::Arc;

use pyo3::prelude::*;
use wsgi_core::python::{PyApplication, export, interpreter};
use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_middleware::Cascade;
use wsgi_tests::module;

/// The first has nothing, in several ways, and leaves traces in the environ; the second tells what it finds.
const APPS: &str = r#"
import io
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

TEXT = [("Content-Type", "text/plain")]
closed = []

class Body:
    def __init__(self, blocks):
        self.blocks = iter(blocks)
    def __iter__(self):
        return self
    def __next__(self):
        return next(self.blocks)
    def close(self):
        closed.append("first")

def first(environ, start_response):
    way = environ["QUERY_STRING"]
    environ["first.key"] = "left behind"
    environ["first.object"] = object()
    environ["PATH_INFO"] = "/moved"
    environ["HTTP_X_ADDED"] = "1"
    del environ["HTTP_X_THERE"]
    environ["wsgi.input"].read(3)
    if way == "write":
        write = start_response("404 Not Found", TEXT)
        write(b"nothing")
        return Body([])
    if way == "late":
        def late():
            start_response("404 Not Found", TEXT)
            yield b"nothing"
        return late()
    start_response("404 Not Found", TEXT)
    return Body([b"nothing"])

def second(environ, start_response):
    start_response("200 OK", TEXT)
    left = [key for key in ("first.key", "first.object", "HTTP_X_ADDED") if key in environ]
    size = int(environ["CONTENT_LENGTH"])
    told = [environ["PATH_INFO"], environ["HTTP_X_THERE"], left, environ["wsgi.input"].read(size)]
    return [repr(told).encode()]

def serve(app, way):
    environ = {"REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "PATH_INFO": "/here", "QUERY_STRING": way, "HTTP_X_THERE": "yes",
               "CONTENT_LENGTH": "5", "wsgi.input": io.BytesIO(b"hello")}
    setup_testing_defaults(environ)
    started, written = [], []
    def start_response(status, headers, exc_info=None):
        started[:] = [status]
        return written.append
    body = validator(app)(environ, start_response)
    blocks = list(body)
    body.close()
    return started[0], b"".join(written + blocks).decode()
"#;

const TOLD: &str = "['/here', 'yes', [], b'hello']";

fn apps() -> (Cascade<PyApplication>, Py<PyModule>) {
    interpreter::initialize().expect("the interpreter starts");
    Python::attach(|py| {
        let module = module(py, APPS);
        let app = |name| PyApplication::new(&module.getattr(name).unwrap()).unwrap();
        (
            Cascade::new(app("first")).then(app("second")),
            module.unbind(),
        )
    })
}

fn closed(module: &Py<PyModule>) -> usize {
    Python::attach(|py| module.bind(py).getattr("closed").unwrap().len().unwrap())
}

#[test]
fn the_next_application_of_python_gets_the_request_as_it_was() {
    for (way, closes) in [("plain", 1), ("write", 1), ("late", 0)] {
        let (app, module) = apps();
        let environ = EnvironBuilder::post(&format!("/here?{way}"), "hello")
            .header("X-There", "yes")
            .build();
        let answer = run(&app, environ).unwrap();
        assert_eq!(answer.text(), TOLD, "{way}");
        assert!(answer.written.is_empty(), "{way}");
        assert_eq!(closed(&module), closes, "{way}");
    }
}

#[test]
fn exported_it_brings_the_servers_own_dict_back() {
    for (way, closes) in [("plain", 1), ("write", 1), ("late", 0)] {
        let (app, module) = apps();
        let (status, text) = Python::attach(|py| {
            let app = export(py, Arc::new(app)).unwrap();
            let serve = module.bind(py).getattr("serve").unwrap();
            let served = serve
                .call1((app, way))
                .expect("wsgiref.validate finds nothing");
            served.extract::<(String, String)>().unwrap()
        });
        assert_eq!((&*status, &*text), ("200 OK", TOLD), "{way}");
        assert_eq!(closed(&module), closes, "{way}");
    }
}
