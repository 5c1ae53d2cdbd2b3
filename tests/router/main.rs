//! The router with Python on its either side: in front of Python applications, and as a callable for Python servers.

mod cases;
mod custom;
mod oracle;
mod package;
mod random;
mod wild;

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::IntoPyDict;
use wsgi_core::handler;
use wsgi_core::python::{PyApplication, export, interpreter};
use wsgi_core::testing::{Answer, EnvironBuilder, get as ask, run};
use wsgi_router::{Params, Router, get};
use wsgi_tests::module;

/// An application that answers with what it was given, as Python writes it.
const SHOW: &str = r#"
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=latin-1")])
    keys = ["REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "wsgiorg.routing_args"]
    return [repr([environ.get(key) for key in keys]).encode("ascii", "backslashreplace")]
"#;

/// The callable `app` of a Python module.
fn python(code: &str) -> PyApplication {
    interpreter::initialize().expect("the interpreter starts");
    Python::attach(|py| {
        let app = module(py, code)
            .getattr("app")
            .expect("the module has an app");
        PyApplication::new(&app).expect("it is callable")
    })
}

fn request(router: &Router, method: &str, target: &str) -> Answer {
    run(router, EnvironBuilder::new(method, target).build()).expect("the applications do not fail")
}

/// PEP 3333, "environ Variables": `SCRIPT_NAME` is the part of the path that led to the application.
#[test]
fn a_mounted_python_application_sees_itself_at_its_prefix() {
    let router = Router::builder()
        .mount("/blog", python(SHOW))
        .route("/rust", get(handler(|_| "rust")))
        .mount("/", python(SHOW))
        .build()
        .expect("nothing conflicts");
    #[rustfmt::skip]
    let cases = [
        ("/blog",             "['GET', '/blog', '', None]"),
        ("/blog/2024",        "['GET', '/blog', '/2024', None]"),
        ("/blog/caf%C3%A9",   "['GET', '/blog', '/caf\\xc3\\xa9', None]"),
        ("/blogs",            "['GET', '', '/blogs', None]"),
        ("/rust",             "rust"),
    ];
    for (target, text) in cases {
        assert_eq!(ask(&router, target).text(), text, "{target}");
    }
}

/// The specification of `wsgiorg.routing_args`: a tuple of positional and named parameters.
#[test]
fn python_finds_the_parameters_in_routing_args() {
    let router = Router::builder()
        .route("/users/{id}/{*rest}", python(SHOW))
        .build()
        .expect("nothing conflicts");
    assert_eq!(
        ask(&router, "/users/7/a/%E9").text(),
        "['GET', '', '/users/7/a/\\xe9', ((), {'id': '7', 'rest': 'a/\\xe9'})]"
    );
}

/// RFC 9110 §9.3.2 "HEAD": the application for GET answers, and may look at the method.
#[test]
fn head_reaches_the_python_application_for_get() {
    let router = Router::builder()
        .route("/", get(python(SHOW)))
        .build()
        .expect("nothing conflicts");
    assert_eq!(
        request(&router, "HEAD", "/").text(),
        "['HEAD', '', '/', None]"
    );
    assert_eq!(
        request(&router, "POST", "/").header("Allow"),
        Some("GET, HEAD, OPTIONS")
    );
}

/// Calls `router` as a Python server would, checked on both sides by `wsgiref.validate`.
const SERVE: &str = r#"
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

def serve(router, path, args=None):
    environ = {"PATH_INFO": path, "SCRIPT_NAME": "/outer", "QUERY_STRING": ""}
    if args is not None:
        environ["wsgiorg.routing_args"] = args
    setup_testing_defaults(environ)
    started = []
    def start_response(status, headers, exc_info=None):
        started.append(status)
        return lambda block: None
    body = validator(router)(environ, start_response)
    try:
        content = b"".join(body)
    finally:
        body.close()
    return started, content, environ["SCRIPT_NAME"], environ["PATH_INFO"]
"#;

#[test]
fn under_a_python_server_the_dict_itself_is_changed() {
    let user = handler(|request| {
        let params = Params::of(request.extensions());
        format!("rust {}", params.get("id").unwrap_or("?"))
    });
    let router = Router::builder()
        .mount("/blog", python(SHOW))
        .route("/tags/{tag}", python(SHOW))
        .route("/users/{id}", get(user))
        .build()
        .expect("nothing conflicts");
    Python::attach(|py| {
        let router = export(py, Arc::new(router)).expect("a router can be exported");
        let serve = module(py, SERVE).getattr("serve").expect("it is defined");
        let served = |path: &str| {
            let result = serve.call1((&router, path)).expect("nothing is refused");
            result.extract().expect("it returns these four")
        };
        #[rustfmt::skip]
        let cases = [
            ("/blog/2024",   "200 OK",         "['GET', '/outer/blog', '/2024', None]",                          "/outer/blog",  "/2024"),
            ("/tags/x",      "200 OK",         "['GET', '/outer', '/tags/x', ((), {'tag': 'x'})]",              "/outer",       "/tags/x"),
            ("/users/7",     "200 OK",         "rust 7",                                                         "/outer",       "/users/7"),
            ("/nowhere",     "404 Not Found",  "404 Not Found\n",                                                "/outer",       "/nowhere"),
        ];
        for (path, status, content, script_name, path_info) in cases {
            let (started, body, script, rest): (Vec<String>, Vec<u8>, String, String) =
                served(path);
            assert_eq!(started, [status], "{path}");
            assert_eq!(String::from_utf8_lossy(&body), content, "{path}");
            assert_eq!(
                (script.as_str(), rest.as_str()),
                (script_name, path_info),
                "{path}"
            );
        }
    });
}

/// The specification of `wsgiorg.routing_args`: an inner router adds to what an outer one has found.
#[test]
fn what_an_outer_python_router_found_is_kept() {
    let router = Router::builder()
        .route("/tags/{tag}", python(SHOW))
        .build()
        .expect("nothing conflicts");
    Python::attach(|py| {
        let router = export(py, Arc::new(router)).expect("a router can be exported");
        let serve = module(py, SERVE).getattr("serve").expect("it is defined");
        let named = [("site", "a"), ("tag", "outer")].into_py_dict(py);
        let outer = (("en",), named.expect("strings can be keys"));
        let result = serve
            .call1((router, "/tags/x", outer))
            .expect("nothing is refused");
        let (_, body, _, _): (Vec<String>, Vec<u8>, String, String) =
            result.extract().expect("it returns these four");
        assert_eq!(
            String::from_utf8_lossy(&body),
            "['GET', '/outer', '/tags/x', (('en',), {'site': 'a', 'tag': 'x'})]"
        );
    });
}

/// The map answers as Werkzeug does, but where a case says why not.
#[test]
fn the_map_answers_as_werkzeug_does() {
    let rows = oracle::compare(&cases::all());
    assert!(rows > 60_000, "{rows} rows are fewer than there were");
}

/// Maps that nobody would write, and paths that nobody would ask for.
#[test]
fn maps_by_chance_answer_as_werkzeug_does() {
    let rows = oracle::compare(&random::cases(300));
    assert!(rows > 5_000, "with {rows} rows most maps were refused");
}

/// Whole maps with every option, and questions near their rules.
#[test]
fn wild_maps_answer_as_werkzeug_does() {
    let rows = oracle::compare(&wild::cases(400, 1));
    assert!(rows > 12_000, "with {rows} rows most maps were refused");
}

/// The package's rules, adapters and converters, of which the map of Rust is a part.
#[test]
fn the_package_answers_as_werkzeug_does() {
    let rows = package::compare(&cases::all());
    assert!(rows > 60_000, "{rows} rows are fewer than there were");
}

/// As above, of the maps that nobody would write.
#[test]
fn the_package_answers_to_wild_maps_as_werkzeug_does() {
    let rows = package::compare(&wild::cases(200, 2));
    let rows = rows + package::compare(&random::cases(150));
    assert!(rows > 8_000, "with {rows} rows most maps were refused");
}
