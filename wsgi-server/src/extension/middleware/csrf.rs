//! `wsgi_rs.middleware.Csrf`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::security::request_test;
use super::{Wrapped, exported, value_error};

/// Refuses requests that change something and that another site's page made the browser send, with 403: by
/// `Sec-Fetch-Site` and `Origin`, without tokens or cookies.
///
/// `trust` are origins whose pages may ("https://pay.example"). `exempt` are paths that are not looked at, "/login/callback" or,
/// with all below, "/hooks/"; `exempt_if` is a function of method and path. `require_evidence` refuses what has neither of
/// the two fields, which is what no browser sends.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct Csrf;

#[pymethods]
impl Csrf {
    #[new]
    #[pyo3(signature = (app, *, trust = None, exempt = None, exempt_if = None, require_evidence = false))]
    fn new(
        app: &Bound<'_, PyAny>,
        trust: Option<Vec<String>>,
        exempt: Option<Vec<String>>,
        exempt_if: Option<&Bound<'_, PyAny>>,
        require_evidence: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let mut csrf = wsgi_middleware::Csrf::new(app)
            .require_evidence(require_evidence)
            .trust(trust.unwrap_or_default())
            .map_err(value_error)?;
        for path in exempt.unwrap_or_default() {
            csrf = csrf.exempt(&path).map_err(value_error)?;
        }
        if let Some(test) = exempt_if {
            csrf = csrf.exempt_if(request_test("exempt_if", test)?);
        }
        Ok(exported(csrf, wrapped).add_subclass(Self))
    }
}
