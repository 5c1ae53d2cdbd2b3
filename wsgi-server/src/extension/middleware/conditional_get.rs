//! `wsgi_rs.middleware.ConditionalGet`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::{Wrapped, exported};

/// Answers 304 where the client has what the application would send, by its `ETag` and `Last-Modified`, and 412 where a
/// precondition fails.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct ConditionalGet;

#[pymethods]
impl ConditionalGet {
    #[new]
    fn new(app: &Bound<'_, PyAny>) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let layer = wsgi_middleware::ConditionalGet::new(app);
        Ok(exported(layer, wrapped).add_subclass(Self))
    }
}
