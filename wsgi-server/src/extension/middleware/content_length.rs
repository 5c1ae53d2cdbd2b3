//! `wsgi_rs.middleware.ContentLength`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::{Wrapped, exported};

/// Adds `Content-Length` when the body's size is known before its first block.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct ContentLength;

#[pymethods]
impl ContentLength {
    #[new]
    fn new(app: &Bound<'_, PyAny>) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        Ok(exported(wsgi_middleware::ContentLength::new(app), wrapped).add_subclass(Self))
    }
}
