//! `wsgi_rs.validate`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};
use wsgi_core::validate;

use super::middleware::{Wrapped, exported};

/// Checks the server's side and the application's against PEP 3333.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.validate")]
#[derive(Debug)]
pub(super) struct Validator;

#[pymethods]
impl Validator {
    #[new]
    fn new(app: &Bound<'_, PyAny>) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        Ok(exported(validate::Validator::new(app), wrapped).add_subclass(Self))
    }
}
