//! `wsgi_rs.middleware.ServerTiming`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::{Wrapped, exported};

/// Adds `Server-Timing` to responses, so that a browser's developer tools show where the server's time went.
///
/// `only_when_asked` tells only those whose request has `Prefer: server-timing`. Attackers learn from times: not for
/// the public.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct ServerTiming;

#[pymethods]
impl ServerTiming {
    #[new]
    #[pyo3(signature = (app, *, only_when_asked = false))]
    fn new(app: &Bound<'_, PyAny>, only_when_asked: bool) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let app = wsgi_middleware::ServerTiming::new(app).only_when_asked(only_when_asked);
        Ok(exported(app, wrapped).add_subclass(Self))
    }
}
