//! Batches of calls: attached by the first Python application in them, and by nothing else.
#![allow(
    unsafe_code,
    reason = "PyO3 has no safe way to ask whether a thread is attached without attaching it"
)]

use pyo3::prelude::*;
use wsgi_core::python::{PyApplication, batch, is_attached_by_batch};
use wsgi_core::{handler, testing};

fn attached() -> bool {
    // SAFETY: asks about the calling thread, whatever its state.
    unsafe { pyo3::ffi::PyGILState_Check() == 1 }
}

#[test]
fn the_first_python_call_of_a_batch_attaches_to_its_end() {
    wsgi_core::python::interpreter::initialize().unwrap();
    let python = Python::attach(|py| {
        let demo = py.import("wsgiref.simple_server").unwrap();
        PyApplication::new(&demo.getattr("demo_app").unwrap()).unwrap()
    });
    let rust = handler(|_| "Hello world!");
    let greets = |app: &dyn wsgi_core::Application| {
        assert!(testing::get(app, "/").text().starts_with("Hello world!"));
    };
    for _ in 0..2 {
        batch(|| {
            greets(&rust);
            assert!(!attached() && !is_attached_by_batch(), "Rust alone");
            greets(&python);
            assert!(attached() && is_attached_by_batch());
            greets(&rust);
            greets(&python);
            assert!(attached());
        });
        assert!(!attached() && !is_attached_by_batch());
    }
    greets(&python); // without a batch, for itself
    assert!(!attached());
}

#[test]
fn a_batch_that_panics_detaches() {
    wsgi_core::python::interpreter::initialize().unwrap();
    let python = Python::attach(|py| {
        let demo = py.import("wsgiref.simple_server").unwrap();
        PyApplication::new(&demo.getattr("demo_app").unwrap()).unwrap()
    });
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        batch(|| {
            testing::get(&python, "/");
            panic!("on purpose");
        });
    }));
    assert!(panicked.is_err() && !attached());
}
