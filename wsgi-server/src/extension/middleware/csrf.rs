//! `wsgi_rs.middleware.Csrf`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::security::exempting;
use super::{Wrapped, exported, value_error};

type Layer = wsgi_middleware::Csrf<Wrapped>;

/// Refuses requests that change something and that another site's page made the browser send, with 403: by
/// `Sec-Fetch-Site` and `Origin`, without tokens or cookies.
///
/// `trust` are origins whose pages may ("https://pay.example"). `exempt` are paths that are not looked at, "/login/callback" or,
/// with all below, "/hooks/"; `exempt_if` is a function of the environ. `require_evidence` refuses what has neither of
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
        exempt: Option<&Bound<'_, PyAny>>,
        exempt_if: Option<&Bound<'_, PyAny>>,
        require_evidence: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let csrf = Layer::new(app)
            .require_evidence(require_evidence)
            .trust(trust.unwrap_or_default())
            .map_err(value_error)?;
        let csrf = exempting(csrf, exempt, exempt_if, Layer::exempt, Layer::exempt_if)?;
        Ok(exported(csrf, wrapped).add_subclass(Self))
    }
}
