//! `wsgi_rs.middleware.SecurityHeaders`.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyString};
use wsgi_core::python::{Exported, application};
use wsgi_middleware::ContentSecurityPolicy;

use super::arguments::numbers;
use super::security::hsts;
use super::{Wrapped, exported, value_error};

/// Adds the header fields by which browsers protect a site's users, to responses that do not have them.
///
/// `headers` maps names to other values, or to `None` for none. `content_security_policy`, and `..._report_only`, map directives
/// to lists of sources, or are "strict". The source "'nonce'" is another one for each request, which the application finds as
/// `wsgi_rs.csp_nonce` in its environ. `hsts` is for how many seconds browsers come by `https` alone.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct SecurityHeaders;

#[pymethods]
impl SecurityHeaders {
    #[new]
    #[pyo3(signature = (
        app, *, headers = None, content_security_policy = None, content_security_policy_report_only = None, hsts = None,
        hsts_include_subdomains = false, hsts_preload = false
    ))]
    fn new(
        app: &Bound<'_, PyAny>,
        headers: Option<&Bound<'_, PyMapping>>,
        content_security_policy: Option<&Bound<'_, PyAny>>,
        content_security_policy_report_only: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = numbers::hsts)] hsts: Option<f64>,
        hsts_include_subdomains: bool,
        hsts_preload: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let policy = |given: Option<&Bound<'_, PyAny>>| given.map(policy).transpose();
        let mut secure = wsgi_middleware::SecurityHeaders::new(app)
            .content_security_policy(policy(content_security_policy)?)
            .content_security_policy_report_only(policy(content_security_policy_report_only)?)
            .hsts(self::hsts(hsts, hsts_include_subdomains, hsts_preload)?);
        if let Some(headers) = headers {
            for item in headers.items()? {
                let (name, value): (String, Option<String>) = item.extract()?;
                secure = match value {
                    Some(value) => secure.set(name, value).map_err(value_error)?,
                    None => secure.without(name),
                };
            }
        }
        Ok(exported(secure, wrapped).add_subclass(Self))
    }
}

/// A mapping of directives to lists of values.
fn policy(given: &Bound<'_, PyAny>) -> PyResult<ContentSecurityPolicy> {
    if let Ok(word) = given.cast::<PyString>() {
        return match word.to_str()? {
            "strict" => Ok(ContentSecurityPolicy::strict()),
            word => Err(PyValueError::new_err(format!(
                "content_security_policy: {word:?} is unknown; give a mapping of directives to lists, or \"strict\""
            ))),
        };
    }
    let directives = given.cast::<PyMapping>().map_err(|_| {
        PyTypeError::new_err(
            "content_security_policy must be a mapping of directives to lists, or \"strict\"",
        )
    })?;
    let mut policy = ContentSecurityPolicy::new();
    for item in directives.items()? {
        let (directive, values): (String, Vec<String>) = item.extract()?;
        let directive = directive.parse().map_err(value_error)?;
        policy = policy.directive(directive, values).map_err(value_error)?;
    }
    Ok(policy)
}
