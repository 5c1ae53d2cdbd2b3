//! `wsgi_rs.middleware.TrustedHosts`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::security::exempting;
use super::{Wrapped, exported, value_error};

type Layer = wsgi_middleware::TrustedHosts<Wrapped>;

/// Refuses requests whose `Host` is not one of those that the application is there for, with 421; no host at all with 400.
///
/// `hosts` are "example.org", ".example.org" for that and all names below, "*.example.org" for those below, addresses,
/// or "*", each with any port unless it names one; by default the names of this machine. `allow_missing` lets requests without
/// `Host` pass. `exempt` are paths that are not looked at, "/healthz" or, with all below, "/probes/"; `exempt_if` is a function
/// of the environ.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct TrustedHosts;

#[pymethods]
impl TrustedHosts {
    #[new]
    #[pyo3(signature = (app, hosts = None, *, allow_missing = false, exempt = None, exempt_if = None))]
    fn new(
        app: &Bound<'_, PyAny>,
        hosts: Option<Vec<String>>,
        allow_missing: bool,
        exempt: Option<&Bound<'_, PyAny>>,
        exempt_if: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let mut trusted = Layer::new(app).allow_missing(allow_missing);
        if let Some(hosts) = hosts {
            trusted = trusted.hosts(hosts).map_err(value_error)?;
        }
        let trusted = exempting(trusted, exempt, exempt_if, Layer::exempt, Layer::exempt_if)?;
        Ok(exported(trusted, wrapped).add_subclass(Self))
    }
}
