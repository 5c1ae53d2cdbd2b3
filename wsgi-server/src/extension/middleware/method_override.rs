//! `wsgi_rs.middleware.MethodOverride`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::arguments::numbers;
use super::{Wrapped, exported, value_error};

/// Takes the method from a header field or a form field of a `POST`.
///
/// `methods` are those that it may become. `header` and `field` are the names; `None` looks at none. Forms of more than
/// `body_limit` bytes are not looked at. The former method is in `wsgi_rs.method_override.orig.request_method`.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct MethodOverride;

#[pymethods]
impl MethodOverride {
    #[new]
    #[pyo3(signature = (
        app, *, methods = None, header = Some("X-HTTP-Method-Override"), field = Some("_method"), body_limit = 65_536
    ))]
    fn new(
        app: &Bound<'_, PyAny>,
        methods: Option<Vec<String>>,
        header: Option<&str>,
        field: Option<&str>,
        #[pyo3(from_py_with = numbers::body_limit)] body_limit: u64,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let mut app = wsgi_middleware::MethodOverride::new(app)
            .field(field)
            .body_limit(body_limit)
            .header(header)
            .map_err(value_error)?;
        if let Some(methods) = methods {
            app = app.methods(methods).map_err(value_error)?;
        }
        Ok(exported(app, wrapped).add_subclass(Self))
    }
}
