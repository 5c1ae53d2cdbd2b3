//! `wsgi_rs.middleware.ProxyFix`.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};
use wsgi_middleware::{ForwardedField, ForwardedSyntax};

use super::arguments::numbers;
use super::{Wrapped, exported, value_error};

/// Client address, scheme, host, port and prefix as a reverse proxy tells them.
///
/// `trusted` are the proxies' networks and addresses; "unix" stands for peers on a unix socket, "*" for all. `believe`
/// names what is believed: "for", "proto", "host", "port", "prefix". `forwarded` reads the `Forwarded` field of RFC 7239
/// instead of the `X-Forwarded-` ones. `hops` counts proxies instead of looking at the addresses in the list. When
/// somebody else sent the fields they are removed, unless `keep_untrusted` is set.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct ProxyFix;

#[pymethods]
impl ProxyFix {
    #[new]
    #[pyo3(signature = (app, *, trusted = None, believe = None, forwarded = false, hops = None, keep_untrusted = false))]
    fn new(
        app: &Bound<'_, PyAny>,
        trusted: Option<Vec<String>>,
        believe: Option<Vec<String>>,
        forwarded: bool,
        #[pyo3(from_py_with = numbers::hops)] hops: Option<usize>,
        keep_untrusted: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let mut fix = wsgi_middleware::ProxyFix::new(app);
        if let Some(networks) = trusted {
            fix = fix.trust(networks).map_err(value_error)?;
        }
        if let Some(names) = believe {
            let fields: PyResult<Vec<_>> = names.iter().map(|name| field(name)).collect();
            fix = fix.believe(fields?);
        }
        if forwarded {
            fix = fix.syntax(ForwardedSyntax::Rfc7239);
        }
        if let Some(count) = hops {
            fix = fix.hops(count);
        }
        if keep_untrusted {
            fix = fix.keep_untrusted();
        }
        Ok(exported(fix, wrapped).add_subclass(Self))
    }
}

fn field(name: &str) -> PyResult<ForwardedField> {
    match name {
        "for" => Ok(ForwardedField::For),
        "proto" => Ok(ForwardedField::Proto),
        "host" => Ok(ForwardedField::Host),
        "port" => Ok(ForwardedField::Port),
        "prefix" => Ok(ForwardedField::Prefix),
        _ => Err(PyValueError::new_err(format!(
            "believe: {name:?} is unknown; use \"for\", \"proto\", \"host\", \"port\" or \"prefix\""
        ))),
    }
}
