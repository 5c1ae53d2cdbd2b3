//! `Decompress` around Python, and exported.

use std::sync::Arc;

use pyo3::prelude::*;
use wsgi_core::Application;
use wsgi_core::python::{PyApplication, export, interpreter};
use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_middleware::{Buffer, Decompress};
use wsgi_tests::module;

const CODE: &str = r#"
import gzip, io
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

KEYS = ["CONTENT_LENGTH", "HTTP_CONTENT_ENCODING", "wsgi.input_terminated"]

def app(environ, start_response):
    told = " ".join(str(environ.get(key, "-") or "-") for key in KEYS)
    body = environ["wsgi.input"].read(50_000_000)
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Told", told)])
    return [body]

def lines(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"|".join(environ["wsgi.input"])]

def post(app, body, coding="gzip"):
    environ = {"REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "PATH_INFO": "/", "QUERY_STRING": "", "wsgi.input": io.BytesIO(body),
               "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "text/plain", "HTTP_CONTENT_ENCODING": coding}
    setup_testing_defaults(environ)
    started = []
    def start_response(status, headers, exc_info=None):
        started[:] = [status, dict(headers)]
        return lambda block: None
    body = validator(app)(environ, start_response)
    try:
        return (*started, b"".join(body))
    finally:
        body.close()

def check(app, length):
    status, headers, body = post(app, gzip.compress(b"hello\n" * 1000))
    assert (status, body) == ("200 OK", b"hello\n" * 1000), (status, body)
    assert headers["X-Told"] == f"{length} - True", headers
    assert post(app, b"no gzip")[0] == "400 Bad Request"
    assert post(app, gzip.compress(b"hello")[:-3])[0] == "400 Bad Request"
    assert post(app, gzip.compress(bytes(20_000_000)))[0] == "413 Content Too Large"
    status, headers, body = post(app, b"hello", "lzma")
    assert (status[:3], "gzip" in headers["Accept-Encoding"]) == ("415", True)
"#;

fn python(name: &str) -> PyApplication {
    interpreter::initialize().expect("the interpreter starts");
    Python::attach(|py| PyApplication::new(&module(py, CODE).getattr(name).unwrap()).unwrap())
}

#[test]
fn a_python_application_reads_the_plain_body_under_python_servers() {
    let plain: Arc<dyn Application> = Arc::new(Decompress::new(python("app")));
    let buffered: Arc<dyn Application> = Arc::new(Decompress::new(Buffer::new(python("app"))));
    Python::attach(|py| {
        let check = module(py, CODE).getattr("check").unwrap();
        for (app, length) in [(plain, "-"), (buffered, "6000")] {
            let app = export(py, app).unwrap();
            check.call1((app, length)).unwrap();
        }
    });
}

const HELLO: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcbH\xcd\xc9\xc9\x07\0\x86\xa6\x106\x05\0\0\0";

#[test]
fn a_python_application_reads_the_plain_body_under_rust_servers() {
    let request = |body| {
        EnvironBuilder::post("/", body)
            .header("Content-Encoding", "gzip")
            .build()
    };
    let app = Decompress::new(python("app"));
    let answer = run(&app, request(HELLO)).unwrap();
    assert_eq!(answer.text(), "hello");
    assert_eq!(answer.header("X-Told"), Some("- - True"));
    let broken: &[u8] = b"no gzip";
    assert_eq!(run(&app, request(broken)).unwrap().status.code(), 400);
    let lines = Decompress::new(python("lines"));
    assert_eq!(run(&lines, request(HELLO)).unwrap().text(), "hello");
}
