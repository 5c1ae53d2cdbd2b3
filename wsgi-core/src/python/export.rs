//! A Rust application as a Python WSGI callable.

use std::sync::Arc;

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use super::blocks::PyBody;
use super::exception::to_py_err;
use super::outer::OuterStartResponse;
use super::panic::shielded;
use super::source::environ_over;
use super::text::type_name;
use crate::{Application, ApplicationError, Body};

/// A Rust application as a Python WSGI callable, for any WSGI server and any Python middleware.
///
/// The environ dict is read through, not copied: keys and objects that outer layers put there reach an inner
/// Python application in the very same dict. `start_response` and its `write` are the outer server's own.
/// Bodies become a list of one `bytes`, or an iterator with `close()`; a whole file becomes the outer server's own
/// `wsgi.file_wrapper`, if it has one, so that it can send it by quicker means (Linux; else its blocks are iterated).
///
/// Failures are raised: an exception that began in Python as the same object, a panic as `RuntimeError`.
/// The application runs attached to the interpreter, for it may call Python; it lets go while it waits
/// for the request's body.
///
/// # Errors
/// When Python is out of memory.
///
/// # Examples
/// ```no_run
/// use std::sync::Arc;
/// use pyo3::prelude::*;
/// use wsgi_core::handler;
///
/// #[pymodule]
/// mod rust_app {
///     use super::*;
///
///     #[pymodule_init] // `gunicorn rust_app:app`
///     fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
///         let app = Arc::new(handler(|_| "Hello from Rust\n"));
///         module.add("app", wsgi_core::python::export(module.py(), app)?)
///     }
/// }
/// # fn main() {}
/// ```
///
/// # Specification
/// [PEP 3333, The Application/Framework Side](https://peps.python.org/pep-3333/#the-application-framework-side)
pub fn export(py: Python<'_>, app: Arc<dyn Application>) -> PyResult<Bound<'_, PyAny>> {
    Ok(Bound::new(py, Exported::new(app))?.into_any())
}

/// The Python class of what [`export`] makes; the base of classes that are applications of Rust with methods
/// of their own.
///
/// Instances of subclasses are unwrapped like it: `#[pyclass(extends = Exported)]`.
#[pyclass(frozen, subclass, module = "wsgi_rs", name = "Application")]
pub struct Exported {
    app: Arc<dyn Application>,
    wrapped: Option<Py<PyAny>>,
}

impl std::fmt::Debug for Exported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Exported")
    }
}

impl Exported {
    /// The base of an instance; [`export`] makes instances of this class itself.
    pub fn new(app: Arc<dyn Application>) -> Self {
        Self { app, wrapped: None }
    }

    /// As [`new`](Self::new), for middleware: Python finds what it is around as `__wrapped__`.
    pub fn around(app: Arc<dyn Application>, wrapped: &Bound<'_, PyAny>) -> Self {
        let wrapped = Some(wrapped.clone().unbind());
        Self { app, wrapped }
    }

    pub(super) fn application(&self) -> Arc<dyn Application> {
        self.app.clone()
    }
}

#[pymethods]
impl Exported {
    /// What this is middleware around.
    #[getter]
    fn __wrapped__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let wrapped = self.wrapped.as_ref().map(|wrapped| wrapped.clone_ref(py));
        wrapped.ok_or_else(|| PyAttributeError::new_err("it is around no other application"))
    }

    #[pyo3(signature = (environ, start_response))]
    fn __call__<'py>(
        &self,
        environ: &Bound<'py, PyAny>,
        start_response: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = environ.py();
        let Ok(dict) = environ.cast::<PyDict>() else {
            return Err(PyTypeError::new_err(format!(
                "environ must be a dict, not {}",
                type_name(environ)
            )));
        };
        let mut environ = environ_over(dict)?;
        let mut outer = OuterStartResponse::new(start_response, dict.clone());
        let mut body = shielded(|| self.app.call(&mut environ, &mut outer)).map_err(to_py_err)?;
        if !outer.is_started() {
            return Err(to_py_err(ApplicationError::NotStarted));
        }
        #[cfg(target_os = "linux")]
        let offer = super::offered_file::Offer::of(dict, &mut body);
        // The outer server does not tell when it has sent the response; the body's end is what there is to see.
        let body = match environ.take_completion() {
            Some(completion) => completion.follow(body),
            None => body,
        };
        #[cfg(target_os = "linux")]
        if let Some(offer) = offer {
            return offer.accepted(body);
        }
        to_iterable(py, body)
    }
}

fn to_iterable(py: Python<'_>, mut body: Body) -> PyResult<Bound<'_, PyAny>> {
    match body.take_full() {
        Some(bytes) if bytes.is_empty() => Ok(PyList::empty(py).into_any()),
        Some(bytes) => Ok(PyList::new(py, [PyBytes::new(py, &bytes)])?.into_any()),
        None => Ok(Bound::new(py, PyBody::new(body))?.into_any()),
    }
}
