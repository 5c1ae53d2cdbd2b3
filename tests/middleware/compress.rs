//! `Compress` around Python, and exported.

use std::sync::Arc;

use pyo3::prelude::*;
use wsgi_core::python::{PyApplication, export, interpreter};
use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::{Application, Body, StatusLine, application_fn};
use wsgi_middleware::{Coding, Compress};
use wsgi_tests::module;

/// An application with all ways to give a body, and a server that checks both sides of what is around it.
const CODE: &str = r#"
import sys, zlib
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

HTML = [("Content-Type", "text/html"), ("ETag", '"1"')]
closed = []

class Body:
    def __init__(self, blocks):
        self.blocks = iter(blocks)
    def __iter__(self):
        return self
    def __next__(self):
        return next(self.blocks)
    def close(self):
        closed.append("closed")

def app(environ, start_response):
    if environ["PATH_INFO"] == "/full":
        start_response("200 OK", HTML + [("Content-Length", "5000")])
        return [b"hello" * 1000]
    return validator(streaming)(environ, start_response)

def streaming(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/blocks":
        start_response("200 OK", HTML)
        return Body([b"one", b"", b"two"])
    if path == "/write":
        write = start_response("200 OK", HTML)
        write(b"one")
        write(b"two")
        return [b"three"]
    if path == "/again":
        try:
            start_response("200 OK", [("Content-Type", "image/png")])
            raise ValueError("trapped")
        except ValueError:
            start_response("503 Service Unavailable", HTML, sys.exc_info())
        return [b"sorry" * 1000]
    start_response("304 Not Modified", [("ETag", '"1"')])
    return []

def ask(app, path, **variables):
    environ = {"PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "", "HTTP_ACCEPT_ENCODING": "gzip", **variables}
    setup_testing_defaults(environ)
    started, blocks = [], []
    def start_response(status, headers, exc_info=None):
        started[:] = [status, dict(headers)]
        return blocks.append
    body = validator(app)(environ, start_response)
    try:
        blocks.extend(body)
    finally:
        body.close()
    return (*started, blocks)

def check(app):
    def plain(blocks):
        decoder = zlib.decompressobj(31)
        return [decoder.decompress(block) for block in blocks]
    status, headers, blocks = ask(app, "/full")
    assert plain(blocks) == [b"hello" * 1000], blocks
    assert headers["Content-Length"] == str(len(blocks[0])), headers
    assert (headers["Content-Encoding"], headers["ETag"], headers["Vary"]) == ("gzip", 'W/"1"', "Accept-Encoding")
    status, headers, blocks = ask(app, "/blocks")
    assert plain(blocks) == [b"one", b"", b"two", b""], blocks
    assert "Content-Length" not in headers
    status, headers, blocks = ask(app, "/write")
    assert plain(blocks)[:2] == [b"one", b"two"] and b"".join(plain(blocks)) == b"onetwothree", blocks
    status, headers, blocks = ask(app, "/again")
    assert status.startswith("503") and b"".join(plain(blocks)) == b"sorry" * 1000, (status, blocks)
    status, headers, blocks = ask(app, "/cached", HTTP_IF_NONE_MATCH='W/"1"')
    assert (status, headers["ETag"], blocks) == ("304 Not Modified", 'W/"1"', [])
    status, headers, blocks = ask(app, "/full", HTTP_ACCEPT_ENCODING="identity;q=0")
    assert (status, blocks) == ("406 Not Acceptable", [b"Not Acceptable\n"])
"#;

#[test]
fn a_python_application_is_compressed_for_python_servers() {
    interpreter::initialize().expect("the interpreter starts");
    Python::attach(|py| {
        let module = module(py, CODE);
        let app = PyApplication::new(&module.getattr("app").unwrap()).unwrap();
        let app = export(py, Arc::new(Compress::new(app))).unwrap();
        module.getattr("check").unwrap().call1((app,)).unwrap();
        let closed: Vec<String> = module.getattr("closed").unwrap().extract().unwrap();
        assert_eq!(closed, ["closed"]);
    });
}

#[test]
fn a_python_application_is_compressed_for_rust_servers() {
    interpreter::initialize().expect("the interpreter starts");
    let app =
        Python::attach(|py| PyApplication::new(&module(py, CODE).getattr("app").unwrap()).unwrap());
    let app = Compress::new(app).codings([Coding::Gzip]);
    let request = EnvironBuilder::get("/blocks").header("Accept-Encoding", "gzip, br");
    let answer = run(&app, request.build()).unwrap();
    assert_eq!(answer.header("Content-Encoding"), Some("gzip"));
    assert_eq!(answer.blocks.len(), 4);
}

/// A file is no longer one, so that the server's own file wrapper does not send its plain bytes.
#[test]
fn a_file_does_not_go_to_the_servers_file_wrapper() {
    interpreter::initialize().expect("the interpreter starts");
    let app = application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/html")])?;
        let mut file = tempfile::tempfile()?;
        std::io::Write::write_all(&mut file, &b"hello".repeat(1000))?;
        std::io::Seek::rewind(&mut file)?;
        Ok(Body::from(wsgi_core::FileWrapper::new(file)?))
    });
    let app: Arc<dyn Application> = Arc::new(Compress::new(app));
    Python::attach(|py| {
        let (module, app) = (module(py, CODE), export(py, app).unwrap());
        let code = "lambda ask, app: zlib.decompress(b''.join(ask(app, '/', **{'wsgi.file_wrapper': 0})[2]), 31)";
        let code = std::ffi::CString::new(code).unwrap();
        let ask = py.eval(&code, Some(&module.dict()), None).unwrap();
        let body = ask.call1((module.getattr("ask").unwrap(), app)).unwrap();
        assert_eq!(body.extract::<Vec<u8>>().unwrap(), b"hello".repeat(1000));
    });
}
