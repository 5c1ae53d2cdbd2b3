//! CPython's own validator, `wsgiref.validate`, on either side of the bridge.

use std::sync::Arc;

use pyo3::prelude::*;
use wsgi_core::python::export;
use wsgi_core::testing::{EnvironBuilder, TrackedBody, run};
use wsgi_core::{Application, Body, StatusLine, application_fn};

use crate::kit::Module;

/// The validator around a Python application, which thereby judges our server's half.
const INNER: &str = r#"
import warnings
from wsgiref.validate import validator
warnings.simplefilter("error")
@validator
def app(environ, start_response):
    errors, body = environ["wsgi.errors"], environ["wsgi.input"]
    errors.write("report\n")
    errors.writelines(["more\n"])
    errors.flush()
    body.read(1), body.readline(), body.readlines(1), list(body)
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/write":
        write(b"written ")
    return [b"one ", b"two"]
"#;

#[test]
fn the_environ_and_the_objects_we_give_satisfy_it() {
    for (request, expected) in [
        (EnvironBuilder::get("/"), "one two"),
        (
            EnvironBuilder::post("/write?q=1", "a\nb\nc\nd").header("Content-Type", "text/plain"),
            "written one two",
        ),
        (
            EnvironBuilder::new("DELETE", "/caf%C3%A9").header("X-A", b"\xff"),
            "one two",
        ),
        (
            EnvironBuilder::get("/below").script_name("/mount"),
            "one two",
        ),
    ] {
        let answer = Module::new(INNER).run(request).unwrap();
        assert_eq!(answer.text(), expected);
        assert_eq!(answer.errors, "report\nmore\n");
    }
}

#[test]
fn what_we_pass_on_from_an_outer_python_server_satisfies_it() {
    let module = Module::new(
        r#"
        import io
        from wsgiref.util import setup_testing_defaults
        from wsgiref.validate import validator
        @validator
        def inner(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [environ["wsgi.input"].read(4)]
        def serve(app):
            environ = {"wsgi.input": io.BytesIO(b"body"), "CONTENT_LENGTH": "4", "QUERY_STRING": ""}
            setup_testing_defaults(environ)
            started = []
            def start_response(status, headers, exc_info=None):
                started.append(status)
                return lambda block: None
            body = validator(app)(environ, start_response)
            try:
                return started, b"".join(body)
            finally:
                body.close()
        "#,
    );
    // validator → Rust → validator → Python
    let inner = module.named("inner");
    let layer = application_fn(move |environ, start_response| inner.call(environ, start_response));
    Python::attach(|py| module.set("app", export(py, Arc::new(layer)).unwrap()));
    assert_eq!(module.repr("serve(app)"), "(['200 OK'], b'body')");
}

#[test]
fn exported_applications_satisfy_it() {
    for (path, expected) in [
        ("/full", "hello"),
        ("/blocks", "onetwo"),
        ("/write", "pushed rest"),
        ("/none", ""),
    ] {
        let module = Module::new(
            "
            import warnings
            from wsgiref.validate import validator
            warnings.simplefilter('error')
            def app(environ, start_response):
                return validator(exported)(environ, start_response)
            ",
        );
        let rust = application_fn(|environ, start_response| {
            let status = match environ.path_info() {
                b"/none" => {
                    start_response.start(StatusLine::NO_CONTENT, [("X-A", "1")])?;
                    return Ok(Body::empty());
                }
                _ => StatusLine::OK,
            };
            start_response.start(status, [("Content-Type", "text/plain")])?;
            assert_eq!(environ.input().read_all()?, b"");
            Ok(match environ.path_info() {
                b"/full" => Body::from("hello"),
                b"/blocks" => TrackedBody::new(["one", "", "two"]).body(),
                _ => {
                    start_response.write(b"pushed ")?;
                    Body::from("rest")
                }
            })
        });
        Python::attach(|py| module.set("exported", export(py, Arc::new(rust)).unwrap()));
        let answer = run(&module.app(), EnvironBuilder::get(path).build()).unwrap();
        assert_eq!(answer.text(), expected, "{path}");
    }
}
