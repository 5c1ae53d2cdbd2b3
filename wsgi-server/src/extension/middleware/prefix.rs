//! `wsgi_rs.middleware.Prefix`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::{Wrapped, exported, value_error};

/// Mounts the application below a path, which moves from `PATH_INFO` to `SCRIPT_NAME`; 404 elsewhere.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct Prefix;

#[pymethods]
impl Prefix {
    #[new]
    fn new(app: &Bound<'_, PyAny>, prefix: &str) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let app = wsgi_middleware::Prefix::new(app)
            .at(prefix)
            .map_err(value_error)?;
        Ok(exported(app, wrapped).add_subclass(Self))
    }
}
