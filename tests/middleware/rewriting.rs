//! What `NormalizePath`, `Rewrite` and `MethodOverride` change of a request, Python sees, on both sides of the border; and
//! what `Redirect` and `NormalizePath` answer, a Python server gets.

use std::sync::Arc;

use pyo3::prelude::*;
use wsgi_core::Application;
use wsgi_core::python::{PyApplication, export, interpreter};
use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_middleware::{
    MethodOverride, NormalizePath, Redirect, Rewrite, RewriteRule, TrailingSlash, When,
};
use wsgi_tests::module;

const APP: &str = r#"
import io
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    size = int(environ.get("CONTENT_LENGTH") or 0)
    told = [environ["REQUEST_METHOD"], environ["SCRIPT_NAME"], environ["PATH_INFO"], environ["QUERY_STRING"]]
    told += [environ["REQUEST_URI"], environ["wsgi.input"].read(size).decode()]
    told += sorted(f"{key.split('.')[-1]}={value}" for key, value in environ.items() if ".orig." in key)
    return [" ".join(told).encode("latin-1")]

def serve(app, method, target, body):
    path, _, query = target.partition("?")
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "REQUEST_URI": target,
               "SCRIPT_NAME": "", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body.encode()),
               "CONTENT_TYPE": "application/x-www-form-urlencoded"}
    setup_testing_defaults(environ)
    started = []
    def start_response(status, headers, exc_info=None):
        started[:] = [status, dict(headers).get("Location", "")]
        return lambda block: None
    answer = validator(app)(environ, start_response)
    text = b"".join(answer).decode()
    answer.close()
    return started[0][:3] + " " + (started[1] or text)
"#;

fn wrapped(
    wrap: impl Fn(PyApplication) -> Box<dyn Application>,
) -> (Box<dyn Application>, Py<PyModule>) {
    interpreter::initialize().expect("the interpreter starts");
    Python::attach(|py| {
        let module = module(py, APP);
        let app = PyApplication::new(&module.getattr("app").unwrap()).unwrap();
        (wrap(app), module.unbind())
    })
}

/// What comes of a request, by our test server and by one of Python's.
fn both(
    wrap: impl Fn(PyApplication) -> Box<dyn Application>,
    (method, target, body): (&str, &str, &'static str),
) -> [String; 2] {
    let (app, _) = wrapped(&wrap);
    let environ = EnvironBuilder::new(method, target)
        .body(body)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .build();
    let answer = run(&app, environ).unwrap();
    let text = answer
        .header("Location")
        .map_or_else(|| answer.text(), str::to_owned);
    let ours = format!("{} {text}", answer.status.code());
    let (app, module) = wrapped(wrap);
    let theirs = Python::attach(|py| {
        let app = export(py, Arc::new(app)).unwrap();
        let serve = module.bind(py).getattr("serve").unwrap();
        let served = serve.call1((app, method, target, body));
        served
            .expect("wsgiref.validate finds nothing")
            .extract()
            .unwrap()
    });
    [ours, theirs]
}

fn check(
    wrap: impl Fn(PyApplication) -> Box<dyn Application>,
    request: (&str, &str, &'static str),
    wanted: &str,
) {
    assert_eq!(both(wrap, request), [wanted, wanted], "{request:?}");
}

#[test]
fn a_plain_path() {
    let trim = |app| NormalizePath::new(app).trailing_slash(TrailingSlash::Trim);
    let wrap = |app| -> Box<dyn Application> { Box::new(trim(app)) };
    check(wrap, ("GET", "//a/./b/?q", ""), "308 /a/b?q");
    let wrap = |app| -> Box<dyn Application> { Box::new(trim(app).rewrite()) };
    let told = "200 GET  /a/b q //a/./b/?q  path_info=//a/./b/";
    check(wrap, ("GET", "//a/./b/?q", ""), told);
}

#[test]
fn another_path_and_query() {
    let wrap = |app| -> Box<dyn Application> {
        let rule = RewriteRule::new(r"^/u/(\w+)$", "/users?name=$1").unwrap();
        Box::new(Rewrite::new(app).rule(rule))
    };
    let told = "200 GET  /users name=ada&q /u/ada?q  path_info=/u/ada query_string=q";
    check(wrap, ("GET", "/u/ada?q", ""), told);
}

#[test]
fn another_method_and_the_same_body() {
    let wrap = |app| -> Box<dyn Application> { Box::new(MethodOverride::new(app)) };
    let told = "200 DELETE  /a  /a _method=delete&x=1 request_method=POST";
    check(wrap, ("POST", "/a", "_method=delete&x=1"), told);
    check(wrap, ("POST", "/a", "x=1"), "200 POST  /a  /a x=1");
}

#[test]
fn another_place() {
    let wrap = |app| -> Box<dyn Application> {
        Box::new(
            Redirect::new(app)
                .prefix("/old", "https://example.org/new")
                .unwrap(),
        )
    };
    check(
        wrap,
        ("GET", "/old/a?q", ""),
        "307 https://example.org/new/a?q",
    );
    check(wrap, ("GET", "/a", ""), "200 GET  /a  /a ");
}

#[test]
fn a_layer_for_some_requests() {
    let wrap = |app| -> Box<dyn Application> {
        let is_long = |environ: &wsgi_core::Environ| environ.path_info().len() > 5;
        let layer = wsgi_middleware::NormalizePathLayer::default().rewrite();
        Box::new(When::new(app, is_long, layer))
    };
    check(wrap, ("GET", "/a//b", ""), "200 GET  /a//b  /a//b ");
    check(
        wrap,
        ("GET", "/a//bc", ""),
        "200 GET  /a/bc  /a//bc  path_info=/a//bc",
    );
}
