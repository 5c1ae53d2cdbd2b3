//! `ConcurrencyLimit` around Python, and exported.

use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use wsgi_core::python::{export, interpreter};
use wsgi_middleware::ConcurrencyLimit;
use wsgi_tests::module;

use crate::{python, served};

/// One thread streams, and closes when the other one waits for its place.
const TWO_THREADS: &str = r#"
import threading
from wsgiref.util import setup_testing_defaults

def begin(app):
    environ, status = {"wsgi.multithread": True, "PATH_INFO": "/blocks"}, []
    setup_testing_defaults(environ)
    return app(environ, lambda *args: status.append(args[0]) or (lambda block: None)), status

def run(app, waiting):
    first, _ = begin(app)
    answers = []
    def second():
        body, status = begin(app)
        answers.append((status[0], b"".join(body)))
        body.close()
    thread = threading.Thread(target=second)
    thread.start()
    while not waiting():
        pass
    first.close()
    thread.join()
    return answers[0]
"#;

/// With the interpreter in its hands the thread that waits would keep the other one from ever closing its body, and get
/// its 503 in the end.
#[test]
fn who_waits_lets_go_of_the_interpreter() {
    let (app, _) = python();
    let app = ConcurrencyLimit::new(app)
        .limit(1)
        .queue(1, Duration::from_secs(20));
    let probe = app.clone();
    Python::attach(|py| {
        let app = export(py, Arc::new(app)).expect("it can be exported");
        let waiting = move |_: &Bound<'_, _>, _: Option<&Bound<'_, _>>| probe.waiting() > 0;
        let waiting = pyo3::types::PyCFunction::new_closure(py, None, None, waiting);
        let waiting = waiting.expect("a function of Python");
        let run = module(py, TWO_THREADS).getattr("run").expect("it is there");
        let answer = run.call1((app, waiting)).expect("it answers");
        let (status, body): (String, Vec<u8>) = answer.extract().expect("these two");
        assert_eq!((status.as_str(), &*body), ("200 OK", &b"onetwo"[..]));
    });
}

#[test]
fn exported_between_validators_it_passes_and_refuses() {
    interpreter::initialize().expect("the interpreter starts");
    let (app, _) = python();
    let app = ConcurrencyLimit::new(app).limit(1);
    for (path, body) in [("/blocks", "onetwo"), ("/write", "onetwothree")] {
        assert_eq!(served(app.clone(), path).2, body, "{path}");
        assert_eq!(app.in_use(), 0);
    }
    let (status, headers, body, _) = served(app.limit(0), "/blocks");
    assert_eq!(
        (status.as_str(), body.as_str()),
        ("503 Service Unavailable", "Service Unavailable\n")
    );
    assert_eq!(headers["Retry-After"], "1");
}
