//! What a router would do: the same router around applications that only note that they were chosen.

use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderValue, Method};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::{
    Application, ApplicationError, Body, Environ, RoutingArgs, StartResponse, StatusLine,
};

use super::entry::{Entry, Options, build};
use super::mistake;

/// `route`, `mount`, `host` or `fallback`; its pattern; its application.
pub(super) type Told = (&'static str, String, Py<PyAny>);

/// Notes what a request looks like when it arrives.
struct Probe {
    index: usize,
    chosen: Arc<Mutex<Option<Chosen>>>,
}

/// The entry that was chosen, and what its application would see.
pub(super) struct Chosen {
    index: usize,
    script_name: Vec<u8>,
    path_info: Vec<u8>,
    values: Vec<(String, Vec<u8>)>,
}

impl Application for Probe {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let values = environ.extensions().get::<RoutingArgs>();
        let values = values.into_iter().flat_map(RoutingArgs::named);
        let chosen = Chosen {
            index: self.index,
            script_name: environ.script_name().to_vec(),
            path_info: environ.path_info().to_vec(),
            values: values
                .map(|(name, value)| (name.to_owned(), value.to_vec()))
                .collect(),
        };
        *self.chosen.lock().unwrap_or_else(PoisonError::into_inner) = Some(chosen);
        start_response.start(StatusLine::OK, [("Content-Length", "0")])?;
        Ok(Body::empty())
    }
}

/// The router with a probe for each application.
pub(super) fn probed(
    options: &Options,
    entries: &[Entry],
    chosen: &Arc<Mutex<Option<Chosen>>>,
) -> PyResult<wsgi_router::Router> {
    let mut count = 0;
    let mut probe = || -> Arc<dyn Application> {
        let (index, chosen) = (count, chosen.clone());
        count += 1;
        Arc::new(Probe { index, chosen })
    };
    let entries = entries.iter().map(|entry| entry.around(&mut probe));
    let entries: Vec<Entry> = entries.collect();
    build(options, &entries).map_err(mistake)
}

/// The table in JSON, in which each application is a line, and the applications.
pub(super) fn report(
    py: Python<'_>,
    options: &Options,
    entries: &[Entry],
) -> PyResult<(String, Vec<Told>)> {
    let mut report = probed(options, entries, &Arc::default())?.report();
    for line in &mut report.lines {
        line.hit = None; // by nobody, for these are probes
    }
    let mut told = Vec::new();
    for entry in entries {
        entry.tell("", &mut |kind, pattern, app| {
            let object = app.object.as_ref();
            told.push((
                kind,
                pattern,
                object.map_or_else(|| py.None(), |one| one.clone_ref(py)),
            ));
        });
    }
    Ok((report.to_json(), told))
}

/// What becomes of a request: `status`, `allow`, `location`; or of the entry `index` what its application would see.
pub(super) fn matching<'py>(
    py: Python<'py>,
    router: &wsgi_router::Router,
    chosen: &Mutex<Option<Chosen>>,
    method: &str,
    host: &str,
    target: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let malformed = |what| PyValueError::new_err(format!("{what:?} cannot be part of a request"));
    let wanted = Method::from_bytes(method.as_bytes()).map_err(|_| malformed(method))?;
    let field = HeaderValue::from_str(host).map_err(|_| malformed(host))?;
    let environ = EnvironBuilder::new(wanted.as_str(), target);
    let environ = environ.header("Host", field.as_bytes()).build();
    let answer = run(router, environ);
    let answer = answer.map_err(|error| PyValueError::new_err(error.to_string()))?;
    let told = PyDict::new(py);
    let chosen = chosen.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(chosen) = chosen {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        told.set_item("index", chosen.index)?;
        told.set_item("script_name", text(&chosen.script_name))?;
        told.set_item("path_info", text(&chosen.path_info))?;
        let values = PyDict::new(py);
        for (name, value) in &chosen.values {
            values.set_item(name, text(value))?;
        }
        told.set_item("values", values)?;
    } else {
        told.set_item("status", answer.status.code())?;
        told.set_item("allow", answer.header("Allow"))?;
        told.set_item("location", answer.header("Location"))?;
    }
    Ok(told)
}
