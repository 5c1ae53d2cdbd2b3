//! `wsgi_rs.middleware.SensitiveHeaders`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::arguments::texts;
use super::{Wrapped, exported, value_error};

type Sensitive = wsgi_middleware::SensitiveHeaders<Wrapped>;

/// Keeps the values of header fields out of logs, error pages and debugging output: `***` stands there instead.
///
/// By default those that bear credentials, such as `Authorization` and `Cookie`; `also` names further ones, `only` names
/// all. Programs of Python find the names in `environ["wsgi_rs.sensitive_headers"]`.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct SensitiveHeaders;

#[pymethods]
impl SensitiveHeaders {
    #[new]
    #[pyo3(signature = (app, *, also = None, only = None))]
    fn new(
        app: &Bound<'_, PyAny>,
        also: Option<&Bound<'_, PyAny>>,
        only: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let mut sensitive = Sensitive::new(application(app)?);
        if let Some(names) = only {
            sensitive = sensitive.only(texts("only", names)?).map_err(value_error)?;
        }
        if let Some(names) = also {
            sensitive = sensitive.also(texts("also", names)?).map_err(value_error)?;
        }
        Ok(exported(sensitive, app).add_subclass(Self))
    }
}
