//! `wsgi_rs.middleware.Recover`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::{Wrapped, exported};

/// Answers 500 when the application fails, and reports why in `wsgi.errors`.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct Recover;

#[pymethods]
impl Recover {
    #[new]
    fn new(app: &Bound<'_, PyAny>) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        Ok(exported(wsgi_middleware::Recover::new(app), wrapped).add_subclass(Self))
    }
}
