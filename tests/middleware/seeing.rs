//! A Python application that shows its environ, served by Rust and by a Python server.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use wsgi_core::Application;
use wsgi_core::python::{PyApplication, export, interpreter};
use wsgi_core::testing::{Answer, EnvironBuilder, run};
use wsgi_tests::module;

const APP: &str = r#"
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "seen=1; Path=/")])
    shown = ["REMOTE_USER", "AUTH_TYPE", "HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_X_REQUEST_ID",
             "wsgi_rs.request_id", "wsgi_rs.bearer_scope"]
    yield " | ".join(environ.get(key, "-") for key in shown).encode("latin-1")
"#;

/// Calls an application as a Python server would, checked on both sides by `wsgiref.validate`.
const SERVE: &str = r#"
import io
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

def serve(app, variables):
    environ = {"PATH_INFO": "/", "SCRIPT_NAME": "", "QUERY_STRING": "", **variables}
    setup_testing_defaults(environ)
    environ["wsgi.errors"] = errors = io.StringIO()
    started = []
    def start_response(status, headers, exc_info=None):
        started[:] = [status, list(headers)]
        return lambda block: None
    body = validator(app)(environ, start_response)
    try:
        text = b"".join(body)
    finally:
        body.close()
    return int(started[0][:3]), started[1], text.decode("latin-1"), errors.getvalue()
"#;

/// Shows `REMOTE_USER`, `AUTH_TYPE`, the fields `Authorization`, `Cookie` and `X-Request-Id`, the request's id and the
/// scope of a token; `-` for what is absent.
pub(crate) fn app() -> PyApplication {
    interpreter::initialize().expect("the interpreter starts");
    Python::attach(|py| {
        let app = module(py, APP).getattr("app").expect("it is defined");
        PyApplication::new(&app).expect("it is callable")
    })
}

/// What somebody got.
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) errors: String,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.headers.iter();
        let field = fields.find(|(found, _)| found.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value.as_str())
    }
}

impl From<Answer> for Got {
    fn from(answer: Answer) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let fields = answer.headers.iter();
        Self {
            status: answer.status.code(),
            headers: fields
                .map(|(name, value)| (name.to_owned(), text(value)))
                .collect(),
            text: answer.text(),
            errors: answer.errors,
        }
    }
}

/// Asks by Rust, and as the callable of a Python server: `make` is called once for each, and both must get the same.
pub(crate) fn both<A: Application + 'static>(
    make: impl Fn() -> A,
    fields: &[(&str, &str)],
    check: impl Fn(&Got),
) {
    let mut request = EnvironBuilder::get("/");
    for (name, value) in fields {
        request = request.header(name, value);
    }
    check(&run(&make(), request.build()).expect("an answer").into());
    check(&hosted(make(), fields));
}

fn hosted(app: impl Application + 'static, fields: &[(&str, &str)]) -> Got {
    interpreter::initialize().expect("the interpreter starts");
    Python::attach(|py| {
        let app = export(py, Arc::new(app)).expect("it can be exported");
        let serve = module(py, SERVE).getattr("serve").expect("it is defined");
        let variables = PyDict::new(py);
        for (name, value) in fields {
            let key = wsgi_core::environ::variable_name(name);
            variables
                .set_item(key, value)
                .expect("strings can be items");
        }
        let result = serve
            .call1((app, variables))
            .expect("wsgiref.validate finds nothing");
        let (status, headers, text, errors) = result.extract().expect("it returns these four");
        Got {
            status,
            headers,
            text,
            errors,
        }
    })
}
