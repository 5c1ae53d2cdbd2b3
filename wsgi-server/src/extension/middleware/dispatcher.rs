//! `wsgi_rs.middleware.Dispatcher`.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyMapping;
use wsgi_core::python::{Exported, application};
use wsgi_middleware::NotFound;

use super::{Wrapped, exported, value_error};

type Mounts = wsgi_middleware::Dispatcher<Wrapped>;

/// Hands each request to the application mounted at its host and path; to `app` where there is none.
///
/// `mounts` maps prefixes of the path to applications; `hosts` maps hosts ("api.example.org", "*.example.org",
/// "example.org:8080") to an application, or to such a mapping. The prefix moves from `PATH_INFO` to `SCRIPT_NAME`; the
/// longest one counts. Exact hosts come before wildcards before `mounts`. Without `app`, the rest is answered with 404.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct Dispatcher;

#[pymethods]
impl Dispatcher {
    #[new]
    #[pyo3(signature = (app = None, mounts = None, *, hosts = None))]
    fn new(
        app: Option<&Bound<'_, PyAny>>,
        mounts: Option<&Bound<'_, PyAny>>,
        hosts: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let fallback: Wrapped = match app {
            Some(app) => application(app)?,
            None => Arc::new(NotFound),
        };
        let mut dispatcher = Mounts::new(fallback);
        if let Some(mounts) = mounts {
            for (prefix, app) in items("mounts", "prefixes to applications", mounts)? {
                let mounted = dispatcher.mount(prefix, application(&app)?);
                dispatcher = mounted.map_err(value_error)?;
            }
        }
        if let Some(hosts) = hosts {
            let what = "hosts to applications, or to mappings of prefixes";
            for (host, apps) in items("hosts", what, hosts)? {
                dispatcher = at_host(dispatcher, &host, &apps)?;
            }
        }
        Ok(exported(dispatcher, app).add_subclass(Self))
    }
}

/// With one application for all of a host, or those of its prefixes.
fn at_host(mut dispatcher: Mounts, host: &str, apps: &Bound<'_, PyAny>) -> PyResult<Mounts> {
    if apps.is_callable() {
        let mounted = dispatcher.mount_host(host, "/", application(apps)?);
        return mounted.map_err(value_error);
    }
    for (prefix, app) in items(host, "prefixes to applications", apps)? {
        let mounted = dispatcher.mount_host(host, prefix, application(&app)?);
        dispatcher = mounted.map_err(value_error)?;
    }
    Ok(dispatcher)
}

/// The items of a mapping whose keys are texts.
fn items<'py>(
    argument: &str,
    what: &str,
    mapping: &Bound<'py, PyAny>,
) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
    let Ok(mapping) = mapping.cast::<PyMapping>() else {
        return Err(PyTypeError::new_err(format!(
            "{argument} must be a mapping of {what}"
        )));
    };
    let items = mapping.items()?;
    let item = |item: Bound<'py, PyAny>| item.extract();
    items.iter().map(item).collect()
}
