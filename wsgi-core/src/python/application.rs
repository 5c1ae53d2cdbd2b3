//! A Python WSGI callable as an application.

use std::sync::Arc;
use std::time::Instant;

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::batch::attach_for_batch;
use super::callables::{Callables, InUse};
use super::environ::RequestDict;
use super::errors::PyErrors;
use super::exception::raised;
use super::export::Exported;
use super::finalization::outlasted;
use super::held::Held;
use super::input::PyInput;
use super::iterable;
use super::source::dict_of;
use super::template::replace_header_fields;
use super::text::type_name;
use super::{deadline, routing_args};
use crate::{Application, ApplicationError, Body, Client, Environ, RequestDeadline, StartResponse};

/// A Python WSGI callable as an [`Application`].
///
/// The callable gets a builtin `dict` with all that PEP 3333 requires, and `REMOTE_ADDR`, `REMOTE_PORT`,
/// `REQUEST_URI`, `RAW_URI`, `SERVER_SOFTWARE`, `wsgi.input_terminated`, `wsgi.file_wrapper`, `wsgi.early_hints` and,
/// behind a router, `wsgiorg.routing_args`; where the server can tell, `wsgi_rs.client_disconnected` and its other name
/// `waitress.client_disconnected`; nothing of the process environment. If the request came through
/// [`export`](super::export), it gets the outer server's own dict.
///
/// What Python layers add to the environ (strings) or change in its path, Rust layers see after the call.
///
/// A call returns when the first non-empty block is at hand or the iterable has ended: Python applications
/// may call `start_response` as late as that. Exceptions of every kind become
/// [`ApplicationError::Raised`] with a [`PyException`](super::PyException); nothing is logged here.
///
/// # Examples
/// ```no_run
/// use pyo3::prelude::*;
/// use wsgi_core::python::{PyApplication, interpreter};
///
/// interpreter::initialize()?;
/// let app = Python::attach(|py| {
///     let demo = py.import("wsgiref.simple_server")?.getattr("demo_app")?;
///     PyApplication::new(&demo)
/// })?;
/// assert!(wsgi_core::testing::get(&app, "/").text().starts_with("Hello world!"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Specification
/// [PEP 3333, The Server/Gateway Side](https://peps.python.org/pep-3333/#the-server-gateway-side)
#[derive(Clone)]
pub struct PyApplication(Arc<Callable>);

enum Callable {
    Python(Held<PyAny>),
    /// What `export` had made of Rust: called without going through Python.
    Rust(Arc<dyn Application>),
}

impl PyApplication {
    /// Wraps a callable. One that [`export`](super::export) made is unwrapped.
    ///
    /// # Errors
    /// `TypeError` if the object is not callable.
    pub fn new(callable: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(exported) = callable.cast::<Exported>() {
            return Ok(Self(Arc::new(Callable::Rust(exported.get().application()))));
        }
        if !callable.is_callable() {
            return Err(PyTypeError::new_err(format!(
                "a WSGI application is called with (environ, start_response), but {} is not callable",
                type_name(callable)
            )));
        }
        Ok(Self(Arc::new(Callable::Python(Held::new(
            callable.clone(),
        )))))
    }
}

impl std::fmt::Debug for PyApplication {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &*self.0 {
            Callable::Python(callable) => f.debug_tuple("PyApplication").field(callable).finish(),
            Callable::Rust(_) => f.write_str("PyApplication(exported from Rust)"),
        }
    }
}

/// The application behind a Python object: what [`export`](super::export) made is unwrapped, so that layers
/// stack without a detour, and everything else becomes a [`PyApplication`].
///
/// # Errors
/// `TypeError` if the object is not callable.
pub fn application(object: &Bound<'_, PyAny>) -> PyResult<Arc<dyn Application>> {
    match object.cast::<Exported>() {
        Ok(exported) => Ok(exported.get().application()),
        Err(_) => Ok(Arc::new(PyApplication::new(object)?)),
    }
}

impl Application for PyApplication {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        match &*self.0 {
            Callable::Rust(app) => app.call(environ, start_response),
            Callable::Python(callable) => {
                let asked = environ.ledger().map(|_| Instant::now());
                attach_for_batch();
                Python::attach(|py| {
                    if let Some(asked) = asked {
                        environ.waited_for_interpreter(asked.elapsed());
                    }
                    let callable = callable.bind(py);
                    match dict_of(py, environ) {
                        Some(dict) => call_with_outer(callable, &dict, environ, start_response),
                        None => call_with_new(callable, environ, start_response),
                    }
                })
            }
        }
    }
}

fn call_with_new(
    callable: &Bound<'_, PyAny>,
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    let py = callable.py();
    let request = RequestDict::new(py, environ).map_err(|error| raised(py, error))?;
    let client = environ.connection().client.as_ref();
    let (dict, callables) = (&request.dict, &request.callables);
    let body = call(callable, dict, callables, start_response, client);
    let carried = request.carry_over(environ);
    let body = body?;
    carried.map_err(|error| raised(py, error))?;
    Ok(body)
}

/// The request came from an outer Python layer: the very same dict goes on.
fn call_with_outer(
    callable: &Bound<'_, PyAny>,
    dict: &Bound<'_, PyDict>,
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    let py = callable.py();
    write_through(dict, environ).map_err(|error| raised(py, error))?;
    let callables = InUse::begin_outer(py).map_err(|error| raised(py, error))?;
    // Whom to ask for the client stands in the outer server's dict.
    let body = call(callable, dict, &callables, start_response, None);
    callables.end_outer();
    environ.refresh_from_source();
    body
}

/// What Rust layers changed beside the variables, which were written through when they were set.
fn write_through(dict: &Bound<'_, PyDict>, environ: &mut Environ) -> PyResult<()> {
    let py = dict.py();
    if let Some(headers) = environ.changed_headers() {
        replace_header_fields(dict, headers)?;
    }
    if let Some(input) = environ.touched_input() {
        dict.set_item(intern!(py, "wsgi.input"), PyInput::bound(py, input)?)?;
        // A `PyInput` ends where the body ends, whatever the outer server's stream does.
        dict.set_item(intern!(py, "wsgi.input_terminated"), true)?;
    }
    if let Some(errors) = environ.touched_errors() {
        dict.set_item(
            intern!(py, "wsgi.errors"),
            Bound::new(py, PyErrors::new(errors.clone()))?,
        )?;
    }
    routing_args::set(dict, environ.extensions())?;
    if let Some(deadline) = environ.extensions().get::<RequestDeadline>() {
        deadline::set(dict, *deadline)?;
    }
    Ok(())
}

fn call(
    callable: &Bound<'_, PyAny>,
    environ: &Bound<'_, PyDict>,
    callables: &Callables,
    server: &mut dyn StartResponse,
    client: Option<&Client>,
) -> Result<Body, ApplicationError> {
    let py = callable.py();
    let response = callables.response.bind(py);
    let body = response.get().lend(py, server, client, || {
        let iterable = outlasted(|| callable.call1((environ, &callables.start_response)))
            .map_err(|error| raised(py, error))?;
        iterable::body(py, iterable, response)
    })?;
    response.get().send(py, server)?;
    Ok(body)
}
