//! PEP 3333, "Error Handling": exceptions of every kind.

use std::error::Error;

use pyo3::prelude::*;
use wsgi_core::python::PyException;
use wsgi_core::testing::EnvironBuilder;
use wsgi_core::{ApplicationError, Fault};

use crate::kit::Module;

const KINDS: [&str; 8] = [
    "ValueError('no')",
    "SystemExit(3)",
    "KeyboardInterrupt()",
    "GeneratorExit()",
    "BaseException('base')",
    "StopIteration('stop')",
    "MemoryError()",
    "Own('own')",
];

#[test]
fn an_exception_of_any_kind_fails_the_request_and_not_the_process() {
    for kind in KINDS {
        for place in ["the call", "the first step", "a later step"] {
            let module = Module::new(&format!(
                "
                class Own(Exception):
                    pass
                class Steps:
                    def __init__(self, blocks):
                        self.blocks = blocks
                    def __iter__(self):
                        return self
                    def __next__(self):
                        if self.blocks == 0:
                            raise {kind}
                        self.blocks -= 1
                        return b'block'
                def app(environ, start_response):
                    start_response('200 OK', [])
                    if environ['PATH_INFO'] == '/fine':
                        return [b'fine']
                    if '{place}' == 'the call':
                        raise {kind}
                    return Steps(0 if '{place}' == 'the first step' else 1)
                "
            ));
            let result = module.run(EnvironBuilder::get("/"));
            if kind.starts_with("StopIteration") && place != "the call" {
                result.unwrap(); // that is how iterators end
            } else {
                let error = result.unwrap_err();
                assert_eq!(error.fault(), Fault::Application, "{kind} in {place}");
                let name = kind.split('(').next().unwrap();
                let report = error.report();
                assert!(
                    report.starts_with("Traceback (most recent call last):\n")
                        && report.contains(name),
                    "{kind} in {place}: {report}"
                );
            }
            let next = module.run(EnvironBuilder::get("/fine")).unwrap();
            assert_eq!(next.text(), "fine", "{kind} in {place}");
        }
    }
}

#[test]
fn the_report_is_the_traceback_with_causes_as_python_prints_it() {
    let report = Module::new(
        r#"
        def helper():
            raise KeyError("inner")
        def app(environ, start_response):
            try:
                helper()
            except KeyError as error:
                raise ValueError("outer") from error
        "#,
    )
    .failure();
    let parts = [
        "Traceback (most recent call last):",
        "in helper",
        "KeyError: 'inner'",
        "The above exception was the direct cause of the following exception:",
        "in app",
        "ValueError: outer",
    ];
    let mut rest = report.as_str();
    for part in parts {
        let at = rest
            .find(part)
            .unwrap_or_else(|| panic!("{part:?} is not in order in {report}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn the_exception_can_be_had_as_the_object_it_was() {
    let module = Module::new(
        "
        error = ValueError('x')
        def app(environ, start_response):
            raise error
        ",
    );
    let failure = module.run(EnvironBuilder::get("/")).unwrap_err();
    let ApplicationError::Raised(cause) = failure else {
        panic!("{failure:?}");
    };
    let exception: &PyException = cause.downcast_ref().unwrap();
    assert!(exception.source().is_none());
    Python::attach(|py| {
        let error = exception.to_py_err(py);
        assert!(error.value(py).is(module.object(py, "error")));
    });
}

#[test]
fn a_traceback_with_lone_surrogates_is_told_all_the_same() {
    let report =
        Module::new("def app(environ, start_response): raise ValueError('\\udc80')").failure();
    assert!(report.contains("ValueError: "), "{report}");
}

#[test]
fn an_exception_may_be_dropped_on_a_thread_that_python_never_saw() {
    let module = Module::new(
        "
        import gc, weakref
        refs = []
        class Own(Exception):
            pass
        def app(environ, start_response):
            error = Own()
            refs.append(weakref.ref(error))
            try:
                raise error
            finally:
                del error
        ",
    );
    let failure = module.run(EnvironBuilder::get("/")).unwrap_err();
    assert_ne!(module.repr("refs[0]()"), "None");
    std::thread::spawn(move || drop(failure)).join().unwrap();
    assert_eq!(module.repr("[gc.collect() * 0, refs[0]()]"), "[0, None]");
}

#[test]
fn an_application_that_is_not_callable_is_refused_at_once() {
    crate::kit::python();
    Python::attach(|py| {
        let error = wsgi_core::python::PyApplication::new(py.None().bind(py)).unwrap_err();
        assert!(error.is_instance_of::<pyo3::exceptions::PyTypeError>(py));
        assert!(
            error.to_string().contains("NoneType is not callable"),
            "{error}"
        );
    });
}
