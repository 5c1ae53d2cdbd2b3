//! Our middleware around Python applications, and as callables for Python servers.

#![allow(
    clippy::unwrap_used,
    reason = "a panic is how a test says that it failed"
)]

mod basic_auth;
mod bearer_auth;
mod body_limit;
mod buffer;
mod cascade;
mod compress;
mod concurrency_limit;
mod conditional_get;
mod content_type;
mod cors;
mod csrf;
mod deadline;
mod decompress;
mod dispatcher;
mod error_pages;
mod exception_page;
mod exchange;
mod head;
mod https_redirect;
mod load_shed;
mod map_response;
mod metrics;
mod proxy_fix;
mod range_slice;
mod request_id;
mod rewriting;
mod security_headers;
mod seeing;
mod sensitive_headers;
mod signed_cookies;
mod slow_log;
mod trace;
mod trusted_hosts;

use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};
use wsgi_core::python::{PyApplication, export, interpreter};
use wsgi_core::testing::{Answer, EnvironBuilder, run};
use wsgi_core::{Application, Body, StatusLine, application_fn};
use wsgi_middleware::{
    AccessLog, AccessLogFormat, ContentLength, ForwardedField, Prefix, ProxyFix, Recover,
    ResponseHeader,
};
use wsgi_tests::module;

/// One application for each corner of PEP 3333, chosen by the path.
const APP: &str = r#"
closed = []

class Body:
    def __init__(self, path, blocks):
        self.path, self.blocks = path, iter(blocks)
    def __iter__(self):
        return self
    def __next__(self):
        return next(self.blocks)
    def close(self):
        closed.append(self.path)

TEXT = [("Content-Type", "text/plain")]
KEYS = ["REMOTE_ADDR", "REMOTE_PORT", "wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT",
        "SCRIPT_NAME", "PATH_INFO", "wsgi_rs.proxy_fix.orig.remote_addr"]

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/environ":
        start_response("200 OK", TEXT)
        return [" ".join(environ.get(key) or "-" for key in KEYS).encode("latin-1")]
    if path == "/blocks":
        start_response("200 OK", TEXT)
        return Body(path, [b"one", b"", b"two"])
    if path == "/write":
        write = start_response("200 OK", TEXT)
        write(b"one")
        write(b"two")
        return [b"three"]
    if path == "/late":
        def late():
            environ["REMOTE_USER"] = "bob"
            start_response("201 Created", TEXT)
            yield b"late"
        return late()
    if path == "/again":
        try:
            start_response("200 OK", TEXT)
            raise ValueError("trapped")
        except ValueError:
            import sys
            start_response("503 Service Unavailable", TEXT, sys.exc_info())
        return [b"sorry"]
    if path == "/fails":
        start_response("200 OK", TEXT)
        raise ValueError("failed on purpose")
    if path == "/fails-in-generator":
        def failing():
            start_response("200 OK", TEXT)
            raise ValueError("failed on purpose")
            yield b""
        return failing()
    if path == "/fails-later":
        def failing():
            start_response("200 OK", TEXT)
            yield b"one"
            raise ValueError("failed on purpose")
        return failing()
    if path == "/silent":
        def silent():
            start_response("404 Not Found", TEXT)
            return
            yield b""
        return silent()
    start_response("404 Not Found", TEXT)
    return []
"#;

/// Calls an application as a Python server would, checked on both sides by `wsgiref.validate`.
const SERVE: &str = r#"
import io
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

def serve(app, path, **variables):
    environ = {"PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "", **variables}
    setup_testing_defaults(environ)
    environ["wsgi.errors"] = errors = io.StringIO()
    started, blocks = [], []
    def start_response(status, headers, exc_info=None):
        started[:] = [status, dict(headers)]
        return blocks.append
    body = validator(app)(environ, start_response)
    try:
        blocks.extend(body)
    finally:
        body.close()
    return started[0], started[1], b"".join(blocks), errors.getvalue()
"#;

/// The Python application, and its module.
fn python() -> (PyApplication, Py<PyModule>) {
    interpreter::initialize().expect("the interpreter starts");
    Python::attach(|py| {
        let module = module(py, APP);
        let app = module.getattr("app").expect("the module has an app");
        let app = PyApplication::new(&app).expect("it is callable");
        (app, module.unbind())
    })
}

/// The names of the bodies that were closed.
fn closed(module: &Py<PyModule>) -> Vec<String> {
    Python::attach(|py| {
        let closed = module.bind(py).getattr("closed").expect("it is defined");
        closed.extract().expect("a list of strings")
    })
}

type Lines = Arc<Mutex<Vec<String>>>;

/// Every middleware at once around the application, mounted at `/shop`, and the lines of its log.
fn stack<A: Application>(app: A) -> (impl Application, Lines) {
    let app = ContentLength::new(Recover::new(app));
    let app = ResponseHeader::new(app)
        .set("X-Layer", "1")
        .expect("a field");
    let app = Prefix::new(app).at("/shop").expect("a path");
    let app = ProxyFix::new(app)
        .believe([
            ForwardedField::For,
            ForwardedField::Proto,
            ForwardedField::Host,
        ])
        .trust(["10.0.0.0/8"])
        .expect("a network");
    let lines = Lines::default();
    let sink = lines.clone();
    let app = AccessLog::new(app)
        .format(AccessLogFormat::Json)
        .output_with(move |line| sink.lock().expect("no panic").push(line.to_owned()));
    (app, lines)
}

fn request(path: &str) -> EnvironBuilder {
    EnvironBuilder::get(path)
        .with(|environ| {
            let connection = environ.connection_mut();
            connection.remote_addr = "10.0.0.1".parse().ok();
            connection.remote_port = Some(5000);
        })
        .header("X-Forwarded-For", "203.0.113.9")
        .header("X-Forwarded-Proto", "https")
        .header("X-Forwarded-Host", "shop.example")
}

fn ask(app: &impl Application, path: &str) -> Answer {
    run(app, request(path).build()).expect("an answer")
}

/// The one line of the log.
fn line(lines: &Lines) -> serde_json::Value {
    let lines = lines.lock().expect("no panic");
    assert_eq!(lines.len(), 1, "{lines:?}");
    serde_json::from_str(&lines[0]).expect("a line of JSON")
}

#[test]
fn a_python_application_sees_what_proxy_fix_and_prefix_changed() {
    let (app, _) = stack(python().0);
    assert_eq!(
        ask(&app, "/shop/environ").text(),
        "203.0.113.9 - https shop.example shop.example 443 /shop /environ 10.0.0.1"
    );
    assert_eq!(ask(&app, "/environ").status, StatusLine::NOT_FOUND);
}

#[test]
fn blocks_of_python_pass_one_by_one_and_close_runs_once() {
    let (app, module) = python();
    let (app, lines) = stack(app);
    let answer = ask(&app, "/shop/blocks");
    let blocks: [&[u8]; 3] = [b"one", b"", b"two"];
    assert_eq!(answer.blocks, blocks);
    assert_eq!(answer.header("X-Layer"), Some("1"));
    assert_eq!(answer.header("Content-Length"), None);
    assert_eq!(closed(&module), ["/blocks"]);
    let line = line(&lines);
    assert_eq!(
        (line["status"].as_u64(), line["body_bytes"].as_u64()),
        (Some(200), Some(6))
    );
    assert_eq!(line["remote_addr"], "203.0.113.9");
}

#[test]
fn write_of_python_passes() {
    let (app, lines) = stack(python().0);
    let answer = ask(&app, "/shop/write");
    assert_eq!(answer.written, [b"one", b"two"]);
    assert_eq!(answer.text(), "onetwothree");
    assert_eq!(line(&lines)["body_bytes"], 11);
}

#[test]
fn a_late_start_passes_and_the_user_is_logged() {
    let (app, lines) = stack(python().0);
    let answer = ask(&app, "/shop/late");
    assert_eq!(
        (answer.status.code(), answer.text().as_str()),
        (201, "late")
    );
    let line = line(&lines);
    assert_eq!(
        (line["status"].as_u64(), &line["user"]),
        (Some(201), &"bob".into())
    );
}

#[test]
fn an_error_handler_of_python_replaces_its_response() {
    let (app, lines) = stack(python().0);
    let answer = ask(&app, "/shop/again");
    assert_eq!(answer.status.code(), 503);
    assert_eq!(answer.header("X-Layer"), Some("1"));
    assert_eq!(answer.header("Content-Length"), Some("5"));
    assert_eq!(line(&lines)["status"], 503);
}

#[test]
fn an_exception_is_a_500_with_its_traceback_in_the_error_stream() {
    for path in ["/shop/fails", "/shop/fails-in-generator"] {
        let (app, lines) = stack(python().0);
        let answer = ask(&app, path);
        assert_eq!(answer.status, StatusLine::INTERNAL_SERVER_ERROR, "{path}");
        assert_eq!(answer.text(), "Internal Server Error\n", "{path}");
        assert!(
            answer
                .errors
                .starts_with("Traceback (most recent call last):")
                && answer.errors.ends_with("ValueError: failed on purpose\n"),
            "{path}: {}",
            answer.errors
        );
        assert_eq!(line(&lines)["status"], 500, "{path}");
    }
}

#[test]
fn an_exception_after_the_first_block_goes_on() {
    let (app, lines) = stack(python().0);
    let error = run(&app, request("/shop/fails-later").build()).expect_err("it fails");
    assert!(error.report().ends_with("ValueError: failed on purpose"));
    let line = line(&lines);
    assert_eq!(
        (line["status"].as_u64(), line["body_bytes"].as_u64()),
        (Some(200), Some(3))
    );
}

/// Status, headers, body and error stream of what a Python server got for `path`.
fn served<A: Application + 'static>(
    app: A,
    path: &str,
) -> (
    String,
    std::collections::HashMap<String, String>,
    String,
    String,
) {
    interpreter::initialize().expect("the interpreter starts");
    Python::attach(|py| {
        let app = export(py, Arc::new(app)).expect("it can be exported");
        let serve = module(py, SERVE).getattr("serve").expect("it is defined");
        let variables = PyDict::new(py);
        for (key, value) in [
            ("REMOTE_ADDR", "10.0.0.1"),
            ("REMOTE_PORT", "5000"),
            ("HTTP_X_FORWARDED_FOR", "203.0.113.9"),
            ("HTTP_X_FORWARDED_PROTO", "https"),
            ("HTTP_X_FORWARDED_HOST", "shop.example"),
        ] {
            variables
                .set_item(key, value)
                .expect("strings can be items");
        }
        let result = serve
            .call((app, path), Some(&variables))
            .expect("wsgiref.validate finds nothing");
        let (status, headers, body, errors): (_, _, Vec<u8>, _) =
            result.extract().expect("it returns these four");
        (
            status,
            headers,
            String::from_utf8_lossy(&body).into_owned(),
            errors,
        )
    })
}

#[test]
fn exported_around_a_python_application() {
    let seen = "203.0.113.9 - https shop.example shop.example 443 /shop /environ 10.0.0.1";
    let cases = [
        ("/shop/environ", "200 OK", seen),
        ("/shop/blocks", "200 OK", "onetwo"),
        ("/shop/write", "200 OK", "onetwothree"),
        ("/shop/late", "201 Created", "late"),
        ("/shop/again", "503 Service Unavailable", "sorry"),
        (
            "/shop/fails",
            "500 Internal Server Error",
            "Internal Server Error\n",
        ),
        ("/elsewhere", "404 Not Found", "Not Found\n"),
    ];
    for (path, status, body) in cases {
        let (app, lines) = stack(python().0);
        let answer = served(app, path);
        assert_eq!(
            (answer.0.as_str(), answer.2.as_str()),
            (status, body),
            "{path}"
        );
        let line = line(&lines);
        assert_eq!(line["status"].to_string(), status[..3], "{path}");
        assert_eq!(line["remote_addr"], "203.0.113.9", "{path}");
        assert_eq!(line["body_bytes"], body.len(), "{path}");
    }
}

#[test]
fn exported_around_a_rust_application() {
    let (app, _) = stack(application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from(wsgi_core::url::request_uri(environ, true)))
    }));
    let (status, headers, body, _) = served(app, "/shop/x");
    assert_eq!(
        (status.as_str(), body.as_str()),
        ("200 OK", "https://shop.example/shop/x")
    );
    assert_eq!(headers["X-Layer"], "1");
    assert_eq!(headers["Content-Length"], body.len().to_string());
}

#[test]
fn an_exported_log_goes_to_the_servers_error_stream() {
    let app = AccessLog::new(python().0).format(AccessLogFormat::Common);
    let (_, _, _, errors) = served(app, "/blocks");
    assert!(
        errors.starts_with("10.0.0.1 - - [")
            && errors.ends_with("] \"GET /blocks HTTP/1.0\" 200 6\n"),
        "{errors}"
    );
}
