//! `wsgi_rs.middleware.ETag`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::arguments::numbers;
use super::{Wrapped, exported};

/// Adds an `ETag` made of the body to responses that have none and whose body is complete, of up to `limit` bytes.
///
/// It is weak unless `strong` says that nothing outside changes the body.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct ETag;

#[pymethods]
impl ETag {
    #[new]
    #[pyo3(signature = (app, *, strong = false, limit = 1_048_576))]
    fn new(
        app: &Bound<'_, PyAny>,
        strong: bool,
        #[pyo3(from_py_with = numbers::limit)] limit: usize,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let layer = wsgi_middleware::ETag::new(app).strong(strong).limit(limit);
        Ok(exported(layer, wrapped).add_subclass(Self))
    }
}
