//! `wsgi_rs.deadline`: until when a request should be answered, on both sides of the border.

use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use wsgi_core::python::export;
use wsgi_core::testing::EnvironBuilder;
use wsgi_core::{Body, RequestDeadline, StatusLine, application_fn};

use crate::kit::Module;

const HOUR: Duration = Duration::from_secs(3600);

fn request(time: Duration) -> EnvironBuilder {
    EnvironBuilder::get("/").with(|environ| {
        let deadline = RequestDeadline::after(time);
        environ.extensions_mut().insert(deadline);
    })
}

#[test]
fn a_deadline_of_rust_is_a_moment_of_pythons_clock() {
    let module = Module::new(
        r#"
        import time
        def app(environ, start_response):
            start_response("200 OK", [])
            left = environ["wsgi_rs.deadline"] - time.monotonic()
            return [str(3500 < left <= 3600).encode()]
        "#,
    );
    assert_eq!(module.run(request(HOUR)).unwrap().text(), "True");
}

#[test]
fn without_a_deadline_the_key_is_absent() {
    let module = Module::new(
        r#"
        def app(environ, start_response):
            start_response("200 OK", [])
            return [str("wsgi_rs.deadline" in environ).encode()]
        "#,
    );
    assert_eq!(module.get().text(), "False");
}

/// What Python sets, and whether Rust finds at most an hour left, or nothing at all.
const CASES: &[(&str, Option<bool>)] = &[
    ("time.monotonic() + 3600", Some(true)),
    ("time.monotonic() - 1", Some(true)),
    ("float('nan')", Some(true)),
    ("float('inf')", Some(false)),
    ("'soon'", None),
];

#[test]
fn a_deadline_of_python_reaches_rust() {
    let module = Module::new(
        r#"
        import time
        def app(environ, start_response):
            environ["wsgi_rs.deadline"] = eval(environ["QUERY_STRING"])
            return inner(environ, start_response)
        "#,
    );
    let inner = application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        let deadline = environ.extensions().get::<RequestDeadline>();
        let found = deadline.map(|deadline| deadline.remaining() <= HOUR);
        Ok(Body::from(format!("{found:?}")))
    });
    Python::attach(|py| module.set("inner", export(py, Arc::new(inner)).unwrap()));
    for (value, found) in CASES {
        let request = EnvironBuilder::get("/").with(|environ| environ.set_query_string(value));
        let answer = module.run(request).unwrap();
        assert_eq!(answer.text(), format!("{found:?}"), "{value}");
    }
}

/// The earliest of several deadlines counts, whoever has set it.
#[test]
fn rust_behind_python_can_only_shorten_what_is_there() {
    let module = Module::new(
        r#"
        import time
        def app(environ, start_response):
            environ["wsgi_rs.deadline"] = environ["before"] = time.monotonic() + 3600
            return layer(environ, start_response)
        def inner(environ, start_response):
            start_response("200 OK", [])
            return [str(environ["wsgi_rs.deadline"] - environ["before"]).encode()]
        "#,
    );
    let inner = Arc::new(module.named("inner"));
    for (time, shortened) in [(2 * HOUR, false), (HOUR / 2, true)] {
        let inner = inner.clone();
        let layer = application_fn(move |environ, start_response| {
            let deadline = RequestDeadline::after(time);
            environ.extensions_mut().insert(deadline);
            wsgi_core::Application::call(&*inner, environ, start_response)
        });
        Python::attach(|py| module.set("layer", export(py, Arc::new(layer)).unwrap()));
        let moved: f64 = module.get().text().parse().unwrap();
        assert_eq!(moved < -1000.0, shortened, "{moved}");
        assert!(shortened || moved == 0.0, "{moved}");
    }
}
