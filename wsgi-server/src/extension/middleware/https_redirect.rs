//! `wsgi_rs.middleware.HttpsRedirect`.

use std::collections::HashMap;

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::arguments::numbers;
use super::security::{exempting, hsts};
use super::{Wrapped, exported, value_error};

type Layer = wsgi_middleware::HttpsRedirect<Wrapped>;

/// Redirects requests by `http` to the same URL by `https`.
///
/// `host` is where they are sent to, by default the host that they name; `ports` maps ports of `http` to those of `https`, by
/// default all to 443. `temporary` answers 302 and 307 in place of 301 and 308, `refuse_unsafe` other methods than GET and
/// HEAD with 403. `hsts` is for how many seconds browsers then come by `https` alone, with the hosts below if
/// `hsts_include_subdomains`, and `hsts_preload` consents to their list. `exempt` are paths that may come by `http`, "/healthz"
/// or, with all below, "/.well-known/acme-challenge/"; `exempt_if` is a function of the environ.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct HttpsRedirect;

#[pymethods]
impl HttpsRedirect {
    #[new]
    #[pyo3(signature = (
        app, *, host = None, ports = None, temporary = false, refuse_unsafe = false, hsts = None,
        hsts_include_subdomains = false, hsts_preload = false, exempt = None, exempt_if = None
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "Python's keyword arguments are Rust's builder"
    )]
    fn new(
        app: &Bound<'_, PyAny>,
        host: Option<&str>,
        #[pyo3(from_py_with = numbers::ports)] ports: Option<HashMap<u16, u16>>,
        temporary: bool,
        refuse_unsafe: bool,
        #[pyo3(from_py_with = numbers::hsts)] hsts: Option<f64>,
        hsts_include_subdomains: bool,
        hsts_preload: bool,
        exempt: Option<&Bound<'_, PyAny>>,
        exempt_if: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let mut redirect = Layer::new(app)
            .temporary(temporary)
            .refuse_unsafe(refuse_unsafe)
            .hsts(self::hsts(hsts, hsts_include_subdomains, hsts_preload)?);
        if let Some(host) = host {
            redirect = redirect.host(host).map_err(value_error)?;
        }
        for (http, https) in ports.unwrap_or_default() {
            redirect = redirect.port(http, https);
        }
        let redirect = exempting(redirect, exempt, exempt_if, Layer::exempt, Layer::exempt_if)?;
        Ok(exported(redirect, wrapped).add_subclass(Self))
    }
}
