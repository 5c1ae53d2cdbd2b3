//! `wsgi_rs.middleware.Deadline`.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use wsgi_core::python::{Exported, application};

use super::arguments::{numbers, seconds};
use super::{Wrapped, exported, value_error};

/// Gives each request a time, and answers 504 when it is over.
///
/// The application finds it as `environ["wsgi_rs.deadline"]`, in seconds of `time.monotonic()`.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct Deadline;

#[pymethods]
impl Deadline {
    #[new]
    #[pyo3(signature = (app, seconds = 30.0, *, header = None, until_start = false))]
    fn new(
        app: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = numbers::seconds)] seconds: f64,
        header: Option<&str>,
        until_start: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let mut app = wsgi_middleware::Deadline::new(app)
            .budget(self::seconds("seconds", seconds)?)
            .until_start(until_start);
        if let Some(name) = header {
            app = app.shortened_by(name).map_err(value_error)?;
        }
        Ok(exported(app, wrapped).add_subclass(Self))
    }

    /// How many seconds are left of the request's time; 0 when it is over, None where it has no deadline.
    #[staticmethod]
    fn remaining(environ: &Bound<'_, PyDict>) -> PyResult<Option<f64>> {
        let py = environ.py();
        let Some(deadline) = environ.get_item(intern!(py, "wsgi_rs.deadline"))? else {
            return Ok(None);
        };
        let time = py.import(intern!(py, "time"))?;
        let now: f64 = time.call_method0(intern!(py, "monotonic"))?.extract()?;
        Ok(Some((deadline.extract::<f64>()? - now).max(0.0)))
    }
}
