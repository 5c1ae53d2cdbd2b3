//! `wsgi_rs.middleware.Metrics`.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use wsgi_core::python::{Exported, application, export};
use wsgi_middleware::{MetricsExporter, StatusLabel};

use super::arguments::{numbers, seconds};
use super::{Wrapped, exported, value_error};

/// Counts requests, and measures durations and sizes by method, route and status, for Prometheus to collect.
///
/// `path` answers requests for that path with the metrics; so does the application `exporter()`, wherever you put it.
/// `duration_buckets` are upper bounds in seconds, `size_buckets` in bytes. Beyond `series_limit` sets of labels all else
/// is one set. `status` is "code" or "class". Routes are those of our routers, or what the application puts into
/// `environ["wsgi_rs.route"]`.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct Metrics {
    exporter: MetricsExporter,
}

#[pymethods]
impl Metrics {
    #[new]
    #[pyo3(signature = (
        app, *, path = None, duration_buckets = None, size_buckets = None, series_limit = 2000, status = "code"
    ))]
    fn new(
        app: &Bound<'_, PyAny>,
        path: Option<String>,
        #[pyo3(from_py_with = numbers::duration_buckets)] duration_buckets: Option<Vec<f64>>,
        #[pyo3(from_py_with = numbers::size_buckets)] size_buckets: Option<Vec<u64>>,
        #[pyo3(from_py_with = numbers::series_limit)] series_limit: usize,
        status: &str,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let status = match status {
            "code" => StatusLabel::Code,
            "class" => StatusLabel::Class,
            other => {
                return Err(PyValueError::new_err(format!(
                    "status must be \"code\" or \"class\", not {other:?}"
                )));
            }
        };
        let mut metrics = wsgi_middleware::Metrics::new(app)
            .status(status)
            .series_limit(series_limit);
        if let Some(path) = path {
            metrics = metrics.path(path).map_err(value_error)?;
        }
        if let Some(bounds) = duration_buckets {
            let bounds = bounds
                .into_iter()
                .map(|bound| seconds("duration_buckets", bound));
            let bounds = bounds.collect::<PyResult<Vec<_>>>()?;
            metrics = metrics.duration_buckets(bounds).map_err(value_error)?;
        }
        if let Some(bounds) = size_buckets {
            metrics = metrics.size_buckets(bounds).map_err(value_error)?;
        }
        let exporter = metrics.exporter();
        Ok(exported(metrics, wrapped).add_subclass(Self { exporter }))
    }

    /// The metrics in Prometheus' text format.
    fn render(&self, py: Python<'_>) -> String {
        py.detach(|| self.exporter.render())
    }

    /// An application that answers with the metrics, whatever the path.
    fn exporter<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        export(py, Arc::new(self.exporter.clone()))
    }
}
