//! `wsgi_rs.middleware.When`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use wsgi_core::python::{Exported, PyException, application};
use wsgi_core::{Application, ApplicationError, Body, Environ, StartResponse};

use super::{Wrapped, exported};

/// Puts a layer around `app` for those requests of which `condition` is true; all others go to `app` as it is.
///
/// `condition` is called with a dict of the environ's strings, once for each request; changes to it are lost. `layer` is
/// called with an application, once, and returns the one that is to be called instead.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct When;

#[pymethods]
impl When {
    #[new]
    fn new(
        app: &Bound<'_, PyAny>,
        condition: &Bound<'_, PyAny>,
        layer: &Bound<'_, PyAny>,
    ) -> PyResult<PyClassInitializer<Self>> {
        if !condition.is_callable() {
            return Err(PyTypeError::new_err(
                "condition must be a function of the environ that returns whether the layer is wanted",
            ));
        }
        if !layer.is_callable() {
            return Err(PyTypeError::new_err(
                "layer must be a function of an application that returns one, such as a class of wsgi_rs.middleware",
            ));
        }
        let bare: Wrapped = application(app)?;
        let wrapped = application(&layer.call1((app,))?)?;
        let condition = condition.clone().unbind();
        let when = Conditional {
            bare,
            wrapped,
            condition,
        };
        Ok(exported(when, app).add_subclass(Self))
    }
}

/// As `wsgi_middleware::When`, with a condition that may raise.
struct Conditional {
    bare: Wrapped,
    wrapped: Wrapped,
    condition: Py<PyAny>,
}

impl Application for Conditional {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let says = Python::attach(|py| {
            let strings = strings(py, environ)?;
            self.condition.bind(py).call1((strings,))?.is_truthy()
        });
        match says.map_err(|error| ApplicationError::raised(PyException::new(error)))? {
            true => self.wrapped.call(environ, start_response),
            false => self.bare.call(environ, start_response),
        }
    }
}

/// The variables of the environ, as native strings.
fn strings<'py>(py: Python<'py>, environ: &Environ) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (key, value) in environ.vars() {
        let value: String = value.iter().copied().map(char::from).collect();
        dict.set_item(key, value)?;
    }
    Ok(dict)
}
