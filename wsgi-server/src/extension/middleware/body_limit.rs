//! `wsgi_rs.middleware.BodyLimit`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::arguments::numbers;
use super::{Wrapped, exported};

/// Refuses requests whose body is longer than `limit` bytes, 2 MiB by default, with 413.
///
/// One that does not say how long it is can be read so far; then `read()` raises `ClientDisconnected`, an `OSError`, and the
/// 413 is the answer if the application lets that through.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct BodyLimit;

#[pymethods]
impl BodyLimit {
    #[new]
    #[pyo3(signature = (app, *, limit = 2_097_152))]
    fn new(
        app: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = numbers::limit)] limit: u64,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let layer = wsgi_middleware::BodyLimit::new(app).limit(limit);
        Ok(exported(layer, wrapped).add_subclass(Self))
    }
}
