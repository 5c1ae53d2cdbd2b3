//! `wsgi_rs.middleware.LoadShed`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::arguments::{environ_test, numbers, seconds};
use super::{Wrapped, exported, value_error};

/// Refuses requests that have waited for too long while the server is overloaded, with 503.
///
/// `exempt` is a function of the environ.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct LoadShed {
    /// What the layer has seen, around nothing.
    layer: wsgi_middleware::LoadShedLayer,
}

#[pymethods]
impl LoadShed {
    #[new]
    #[pyo3(signature = (
        app, *, target = 0.1, interval = 1.0, retry_after = 1.0, exempt = None, request_start = None
    ))]
    fn new(
        app: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = numbers::target)] target: f64,
        #[pyo3(from_py_with = numbers::interval)] interval: f64,
        #[pyo3(from_py_with = numbers::retry_after)] retry_after: f64,
        exempt: Option<&Bound<'_, PyAny>>,
        request_start: Option<&str>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let mut layer = wsgi_middleware::LoadShedLayer::default()
            .target(seconds("target", target)?)
            .interval(seconds("interval", interval)?)
            .retry_after(seconds("retry_after", retry_after)?);
        if let Some(exempt) = exempt {
            layer = layer.exempt(environ_test("exempt", exempt)?);
        }
        if let Some(name) = request_start {
            layer = layer.request_start(name).map_err(value_error)?;
        }
        let app = wsgi_core::Layer::layer(&layer, app);
        Ok(exported(app, wrapped).add_subclass(Self { layer }))
    }

    /// Whether the server counts as overloaded, as of the last request.
    #[getter]
    fn is_overloaded(&self) -> bool {
        self.layer.is_overloaded()
    }
}
