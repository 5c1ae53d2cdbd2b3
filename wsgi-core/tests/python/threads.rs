//! PEP 3333, "Thread Support": requests on several threads at once.

use pyo3::prelude::*;
use wsgi_core::python::export;
use wsgi_core::testing::EnvironBuilder;
use wsgi_core::{Application, application_fn};

use crate::kit::Module;

#[test]
fn requests_on_several_threads_do_not_mix() {
    // Python → Rust → Python on each, with a body, a late start, write() and a generator.
    let module = Module::new(
        r#"
        def app(environ, start_response):
            return rust(environ, start_response)
        def inner(environ, start_response):
            write = start_response("200 OK", [("X-Path", environ["PATH_INFO"])])
            write(environ["PATH_INFO"].encode())
            yield environ["wsgi.input"].read()
            yield environ["REMOTE_PORT"].encode()
        "#,
    );
    let inner = module.named("inner");
    let rust = application_fn(move |environ, start_response| inner.call(environ, start_response));
    Python::attach(|py| module.set("rust", export(py, std::sync::Arc::new(rust)).unwrap()));
    let app = &module.app();
    std::thread::scope(|scope| {
        for thread in 0..8u16 {
            scope.spawn(move || {
                for request in 0..100 {
                    let path = format!("/{thread}/{request}");
                    let body = format!(" {request} of {thread} ");
                    let environ = EnvironBuilder::post(&path, body.clone())
                        .with(|environ| environ.connection_mut().remote_port = Some(thread));
                    let answer = wsgi_core::testing::run(app, environ.build()).unwrap();
                    assert_eq!(answer.header("X-Path"), Some(path.as_str()));
                    assert_eq!(answer.text(), format!("{path}{body}{thread}"));
                }
            });
        }
    });
}
