//! `wsgi_rs.middleware.ConcurrencyLimit`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::arguments::{numbers, seconds};
use super::{Wrapped, exported};

/// Lets so many requests into the application at a time; others wait for a place, or get 503.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct ConcurrencyLimit {
    /// The permits of the layer, around nothing.
    permits: wsgi_middleware::ConcurrencyLimitLayer,
}

#[pymethods]
impl ConcurrencyLimit {
    #[new]
    #[pyo3(signature = (app, limit = None, *, queue = 32, wait = 1.0, retry_after = 1.0))]
    fn new(
        app: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = numbers::limit)] limit: Option<usize>,
        #[pyo3(from_py_with = numbers::queue)] queue: usize,
        #[pyo3(from_py_with = numbers::wait)] wait: f64,
        #[pyo3(from_py_with = numbers::retry_after)] retry_after: f64,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let mut permits = wsgi_middleware::ConcurrencyLimitLayer::default()
            .queue(queue, seconds("wait", wait)?)
            .retry_after(seconds("retry_after", retry_after)?);
        if let Some(limit) = limit {
            permits = permits.limit(limit);
        }
        let app = wsgi_core::Layer::layer(&permits, app);
        Ok(exported(app, wrapped).add_subclass(Self { permits }))
    }

    /// How many requests are in the application.
    #[getter]
    fn in_use(&self) -> usize {
        self.permits.in_use()
    }

    /// How many requests wait.
    #[getter]
    fn waiting(&self) -> usize {
        self.permits.waiting()
    }
}
