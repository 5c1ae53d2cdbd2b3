//! `Trace` around Python, and exported.

use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use wsgi_core::python::{PyApplication, interpreter};
use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_middleware::{AccessLog, Trace, TraceContext};
use wsgi_tests::module;

use crate::served;

const TELLING: &str = r#"
KEYS = ["HTTP_TRACEPARENT", "HTTP_TRACESTATE", "wsgi_rs.trace_id", "wsgi_rs.span_id"]

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield " ".join(environ.get(key, "-") for key in KEYS).encode("latin-1")
"#;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn telling() -> PyApplication {
    interpreter::initialize().expect("the interpreter starts");
    Python::attach(|py| {
        let app = module(py, TELLING).getattr("app").expect("it is defined");
        PyApplication::new(&app).expect("it is callable")
    })
}

/// Checks that the words are one context, and gives it and the state.
fn told(text: &str) -> (TraceContext, String) {
    let [parent, state, trace_id, span_id] = text.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{text}");
    };
    let context = TraceContext::parse(parent.as_bytes()).expect("it is well-formed");
    assert_eq!(trace_id, format!("{:032x}", context.trace_id()));
    assert_eq!(span_id, format!("{:016x}", context.span_id()));
    (context, state.to_owned())
}

#[test]
fn python_goes_on_with_the_trace_and_a_span_of_its_own() {
    let parent = TraceContext::parse(PARENT.as_bytes()).expect("it is well-formed");
    for (state, kept) in [("rojo=1", "rojo=1"), ("ROJO", "-")] {
        let request = EnvironBuilder::get("/")
            .header("traceparent", PARENT)
            .header("tracestate", state);
        let answer = run(&Trace::new(telling()), request.build()).expect("an answer");
        let (context, state) = told(&answer.text());
        assert_eq!(context.trace_id(), parent.trace_id());
        assert_ne!(context.span_id(), parent.span_id());
        assert_eq!(state, kept);
    }
}

/// Also where the environ is a dict of Python's from the outset, and outside of a layer that is Python's neighbour.
#[test]
fn exported_it_begins_a_trace_that_the_access_log_tells() {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let sink = lines.clone();
    let app = AccessLog::new(Trace::new(telling()))
        .format("%(trace_id)s %(span_id)s".parse().expect("a format"))
        .output_with(move |line| sink.lock().expect("no panic").push(line.to_owned()));
    let (_, _, body, _) = served(app, "/");
    let (context, state) = told(&body);
    assert_eq!(state, "-");
    let wanted = format!("{:032x} {:016x}", context.trace_id(), context.span_id());
    assert_eq!(*lines.lock().expect("no panic"), [wanted]);
}
