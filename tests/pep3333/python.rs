//! What only CPython shows, beyond the tests beside the bridge.

use std::ffi::CString;
use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use wsgi_core::python::{PyApplication, export, interpreter};
use wsgi_core::testing::{Answer, EnvironBuilder, run};
use wsgi_core::validate::Validator;
use wsgi_core::{Application, ApplicationError};

use crate::kit::{TEXT, answering, assert_flawless, get};

/// The names that this source defines.
fn module(source: &str) -> Py<PyDict> {
    interpreter::initialize().expect("a CPython to run the tests on");
    Python::attach(|py| {
        let names = PyDict::new(py);
        names
            .set_item("__builtins__", py.import("builtins").unwrap())
            .unwrap();
        py.run(&CString::new(source).unwrap(), Some(&names), None)
            .unwrap();
        names.unbind()
    })
}

/// The application that an expression over those names makes.
fn app(module: &Py<PyDict>, expression: &str) -> PyApplication {
    Python::attach(|py| {
        let expression = CString::new(expression).unwrap();
        PyApplication::new(&py.eval(&expression, Some(module.bind(py)), None).unwrap()).unwrap()
    })
}

fn repr(module: &Py<PyDict>, expression: &str) -> String {
    Python::attach(|py| {
        let expression = CString::new(expression).unwrap();
        py.eval(&expression, Some(module.bind(py)), None)
            .unwrap()
            .repr()
            .unwrap()
            .to_string()
    })
}

fn answer(source: &str, environ: EnvironBuilder) -> Result<Answer, ApplicationError> {
    run(&app(&module(source), "app"), environ.build())
}

/// "Specification Overview": "must not have any dependency on what kind of callable was provided"
#[test]
fn any_callable_is_an_application() {
    let names = module(
        r#"
import functools

def function(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hi"]

class Instance:
    __slots__ = ()
    def __call__(self, environ, start_response):
        return function(environ, start_response)
    def method(self, environ, start_response):
        return function(environ, start_response)
    @staticmethod
    def static(environ, start_response):
        return function(environ, start_response)
    @classmethod
    def of_class(cls, environ, start_response):
        return function(environ, start_response)

class AppClass:
    def __init__(self, environ, start_response):
        self.start = start_response
    def __iter__(self):
        self.start("200 OK", [("Content-Type", "text/plain")])
        yield b"hi"
"#,
    );
    for expression in [
        "function",
        "lambda environ, start_response: function(environ, start_response)",
        "Instance()",
        "Instance().method",
        "Instance.static",
        "Instance.of_class",
        "AppClass",
        "functools.partial(function)",
        "functools.lru_cache(function).__wrapped__",
    ] {
        assert_eq!(
            assert_flawless(app(&names, expression), get).text(),
            "hi",
            "{expression}"
        );
    }
}

/// "Specification Details": "The application object must accept two positional arguments."
#[test]
fn an_application_that_takes_other_arguments_fails_with_its_type_error() {
    for arguments in ["", "environ", "environ, start_response, more"] {
        let error = answer(
            &format!("def app({arguments}): pass"),
            EnvironBuilder::get("/"),
        )
        .unwrap_err();
        assert!(
            error.report().contains("TypeError: app() "),
            "{}",
            error.report()
        );
    }
}

/// "Specification Details": "must invoke the application object using positional (not keyword) arguments"
#[test]
fn arguments_are_positional() {
    let source = r#"
def app(first, second, /):
    second("200 OK", [])
    return [type(first).__name__.encode()]
"#;
    assert_eq!(
        answer(source, EnvironBuilder::get("/")).unwrap().text(),
        "dict"
    );
}

/// "Specification Details": "must return a write(body_data) callable that takes one positional parameter"
#[test]
fn start_response_returns_write() {
    let source = r#"
def app(environ, start_response):
    write = start_response("200 OK", [])
    assert callable(write)
    try:
        write(b"a", b"b")
    except TypeError:
        write(b"one argument")
    return []
"#;
    assert_eq!(
        answer(source, EnvironBuilder::get("/")).unwrap().text(),
        "one argument"
    );
}

/// "`environ` Variables": the three flags "should evaluate true if …, and should evaluate false otherwise"
#[test]
fn the_flags_are_the_connections() {
    let source = r#"
def app(environ, start_response):
    start_response("200 OK", [])
    return [repr([environ["wsgi." + key] for key in ("multithread", "multiprocess", "run_once")]).encode()]
"#;
    for flags in [
        [true, false, false],
        [false, true, false],
        [false, false, true],
        [false; 3],
    ] {
        let environ = EnvironBuilder::get("/").with(|environ| {
            let connection = environ.connection_mut();
            [
                connection.multithread,
                connection.multiprocess,
                connection.run_once,
            ] = flags;
        });
        let shown = answer(source, environ).unwrap().text().to_lowercase();
        assert_eq!(shown, format!("{flags:?}"));
    }
}

/// "Input and Error Streams": "must not use any other methods or attributes of the input or errors objects"
#[test]
fn the_streams_offer_nothing_else() {
    let source = r#"
def public(stream):
    return sorted(name for name in dir(stream) if not name.startswith("_"))
def app(environ, start_response):
    start_response("200 OK", [])
    return [repr((public(environ["wsgi.input"]), public(environ["wsgi.errors"]))).encode()]
"#;
    assert_eq!(
        answer(source, EnvironBuilder::post("/", "body"))
            .unwrap()
            .text(),
        "(['read', 'readline', 'readlines'], ['flush', 'write', 'writelines'])"
    );
}

/// "`environ` Variables": what a Rust server's types give for certain, a Python server's dict may lack.
#[test]
fn a_dict_without_what_is_required_is_reported() {
    for (key, id) in [
        ("REQUEST_METHOD", "environ.request-method"),
        ("SERVER_NAME", "environ.required"),
        ("SERVER_PORT", "environ.required"),
        ("SERVER_PROTOCOL", "environ.required"),
        ("wsgi.url_scheme", "environ.required"),
    ] {
        assert_eq!(found_in(&format!("del environ['{key}']")), [id], "{key}");
    }
    assert_eq!(
        found_in("environ['REQUEST_METHOD'] = ''"),
        ["environ.request-method"]
    );
}

/// `wsgiref.validate` warns of a missing `QUERY_STRING`, which a Python server may leave out.
#[test]
fn a_dict_without_query_string_is_reported() {
    assert_eq!(
        found_in("del environ['QUERY_STRING']"),
        ["environ.query-string"]
    );
}

/// What a validator finds in the environ of a Python server, after a change.
fn found_in(change: &str) -> Vec<&'static str> {
    let found = Arc::new(Mutex::new(Vec::new()));
    let sink = found.clone();
    let validator = Validator::new(answering(&[TEXT], || "hi"))
        .on_violation(move |violation| sink.lock().unwrap().push(violation.id));
    serve(validator, change);
    found.lock().unwrap().clone()
}

/// A Python server's dict, as `wsgiref` makes it, goes through a validator to a Python application: nothing is
/// found, and the dict and its streams are the very same objects.
#[test]
fn a_validator_leaves_a_python_servers_objects_alone() {
    let names = module(
        r#"
def app(environ, start_response):
    environ["inner.seen"] = (environ, environ["wsgi.input"], environ["wsgi.errors"])
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield environ["wsgi.input"].read(4)
"#,
    );
    let found = Arc::new(Mutex::new(Vec::new()));
    let sink = found.clone();
    let validator = Validator::new(app(&names, "app"))
        .on_violation(move |violation| sink.lock().unwrap().push(violation.to_string()));
    let server = serve(validator, "environ['CONTENT_LENGTH'] = '4'");
    assert_eq!(*found.lock().unwrap(), [""; 0]);
    assert_eq!(repr(&server, "blocks"), "[b'body']");
    assert_eq!(
        repr(
            &server,
            "[a is b for a, b in zip(environ['inner.seen'], (environ, input, errors))]"
        ),
        "[True, True, True]"
    );
}

/// Runs an exported application as a Python server would, after a change of the environ.
fn serve(app: impl Application + 'static, change: &str) -> Py<PyDict> {
    let server = module(&format!(
        r#"
import io
from wsgiref.util import setup_testing_defaults
input, errors = io.BytesIO(b"body"), io.StringIO()
environ = {{"wsgi.input": input, "wsgi.errors": errors, "QUERY_STRING": ""}}
setup_testing_defaults(environ)
{change}
def serve(app):
    body = app(environ, lambda status, headers, exc_info=None: lambda block: None)
    try:
        return list(body)
    finally:
        getattr(body, "close", lambda: None)()
"#
    ));
    Python::attach(|py| {
        let names = server.bind(py);
        let app = export(py, Arc::new(app)).unwrap();
        let blocks = names
            .get_item("serve")
            .unwrap()
            .unwrap()
            .call1((app,))
            .unwrap();
        names.set_item("blocks", blocks).unwrap();
    });
    server
}
