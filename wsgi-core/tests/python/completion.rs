//! The ledger around a Python application, and hooks for the end of a response under a Python server.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use pyo3::prelude::*;
use wsgi_core::python::export;
use wsgi_core::testing::{EnvironBuilder, TrackedBody, run};
use wsgi_core::{Body, Outcome, StatusLine, application_fn};

use crate::kit::Module;

const APP: &str = r#"
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
"#;

#[test]
fn waiting_for_the_interpreter_is_noted_where_a_ledger_is_kept() {
    let module = Module::new(APP);
    let noted = Arc::new(Mutex::new(None));
    let sink = noted.clone();
    let kept = EnvironBuilder::get("/").with(|environ| {
        environ.begin_ledger(Instant::now());
        environ.on_finished(move |finished| {
            *sink.lock().unwrap() = finished.ledger.and_then(|ledger| ledger.interpreter());
        });
    });
    assert_eq!(run(&module.app(), kept.build()).unwrap().text(), "hello");
    assert!(noted.lock().unwrap().is_some());

    let answer = run(&module.app(), EnvironBuilder::get("/").build()).unwrap();
    assert!(answer.environ.ledger().is_none());
}

/// A Python server tells nothing of what it has sent; the end of the body is the end of the request.
#[test]
fn under_a_python_server_hooks_run_when_the_body_was_closed() {
    let tracked = TrackedBody::new(["one", "two"]);
    for name in ["full", "blocks"] {
        let tracked = tracked.clone();
        let outcomes = Arc::new(Mutex::new(Vec::new()));
        let sink = outcomes.clone();
        let app = application_fn(move |environ, start_response| {
            let sink = sink.clone();
            environ.on_finished(move |finished| sink.lock().unwrap().push(finished.outcome));
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            Ok(match name {
                "full" => Body::from("onetwo"),
                _ => tracked.body(),
            })
        });
        let module = Module::new("environ = {}\ndef start_response(status, headers): pass\n");
        Python::attach(|py| {
            let [environ, start_response] =
                ["environ", "start_response"].map(|name| module.object(py, name));
            let app = export(py, Arc::new(app)).unwrap();
            let body = app.call1((environ, start_response)).unwrap();
            let blocks: Vec<Vec<u8>> = body
                .try_iter()
                .unwrap()
                .map(|block| block.unwrap().extract().unwrap())
                .collect();
            assert_eq!(blocks.concat(), b"onetwo", "{name}");
            assert_eq!(*outcomes.lock().unwrap(), [], "{name}");
            body.call_method0("close").unwrap();
            assert_eq!(*outcomes.lock().unwrap(), [Outcome::Unknown], "{name}");
        });
    }
}
