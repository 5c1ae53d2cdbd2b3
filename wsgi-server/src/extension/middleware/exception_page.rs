//! `wsgi_rs.middleware.ExceptionPage`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::{Wrapped, exported};

/// Shows why the application failed, to who develops on this machine; nothing unless `enable_for_development` is set.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct ExceptionPage;

#[pymethods]
impl ExceptionPage {
    #[new]
    #[pyo3(signature = (app, *, enable_for_development = false))]
    fn new(
        app: &Bound<'_, PyAny>,
        enable_for_development: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let mut app = wsgi_middleware::ExceptionPage::new(app);
        if enable_for_development {
            app = app.enable_for_development();
        }
        Ok(exported(app, wrapped).add_subclass(Self))
    }
}
