//! A Rust application as a Python module, hosted by Gunicorn or any other WSGI server. In an active virtual
//! environment run `pip install gunicorn ./examples/hosted`, then `gunicorn hosted:app`, then
//! `curl -i localhost:8000/greet/you`.
//!
//! `export` makes a WSGI callable of an application, so `hosted.app` is to Gunicorn what a Flask application is. The
//! other way round, `hosted.stamped(app)` puts Rust middleware around an application of Python.

use std::error::Error;
use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use wsgi_core::python::{application, export};
use wsgi_core::{Application, Input, handler};
use wsgi_middleware::{ContentLength, ResponseHeader};
use wsgi_router::{Params, Router, get};

/// The application; of no concern to it that Python is around.
fn app() -> Result<impl Application, Box<dyn Error>> {
    let greet = handler(|request: http::Request<Input>| {
        let name = Params::of(request.extensions())
            .get("name")
            .unwrap_or("whoever you are");
        format!("Hello, {name}, from Rust!\n")
    });
    let echo = handler(|request: http::Request<Input>| request.into_body().read_all());
    let router = Router::builder()
        .route("/greet/{name}", get(greet))
        .route("/echo", echo)
        .build()?;
    Ok(ContentLength::new(router))
}

/// The module: `import hosted`.
#[pymodule(gil_used = false)]
fn hosted(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let app = app().map_err(|error| PyValueError::new_err(error.to_string()))?;
    module.add("app", export(module.py(), Arc::new(app))?)?;
    module.add_function(wrap_pyfunction!(stamped, module)?)
}

/// The WSGI application `app`, with a header field on each of its responses.
#[pyfunction]
fn stamped<'py>(app: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let stamped = ResponseHeader::new(application(app)?).set("X-Stamped-By", "Rust");
    let stamped = stamped.map_err(|error| PyValueError::new_err(error.to_string()))?;
    export(app.py(), Arc::new(stamped))
}
