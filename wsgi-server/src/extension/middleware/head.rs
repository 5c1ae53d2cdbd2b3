//! `wsgi_rs.middleware.Head`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::{Wrapped, exported};

/// Answers `HEAD` without the body; with `as_get` the application is shown `GET`.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct Head;

#[pymethods]
impl Head {
    #[new]
    #[pyo3(signature = (app, *, as_get = false))]
    fn new(app: &Bound<'_, PyAny>, as_get: bool) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let layer = wsgi_middleware::Head::new(app).as_get(as_get);
        Ok(exported(layer, wrapped).add_subclass(Self))
    }
}
