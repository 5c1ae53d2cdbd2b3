//! `wsgi_rs.middleware.When`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use wsgi_core::python::{Exported, PyException, application, environ_dict};
use wsgi_core::{Application, ApplicationError, Body, Environ, StartResponse};

use super::{Wrapped, exported};

/// Puts a layer around `app` for those requests of which `condition` is true; all others go to `app` as it is.
///
/// `condition` is called with a copy of the environ, without `wsgi.input`, once for each request. `layer` is called with
/// an application, once, and returns the one that is to be called instead.
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
            let environ = environ_dict(py, environ)?;
            self.condition.bind(py).call1((environ,))?.is_truthy()
        });
        match says.map_err(|error| ApplicationError::raised(PyException::new(error)))? {
            true => self.wrapped.call(environ, start_response),
            false => self.bare.call(environ, start_response),
        }
    }
}
