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

use super::{Entry, build};

/// `route`, `mount`, `host` or `fallback`; its pattern; its application.
pub(super) type Told = (&'static str, String, Py<PyAny>);

/// Notes what a request looks like when it arrives.
struct Probe {
    index: usize,
    chosen: Arc<Mutex<Option<Chosen>>>,
}

/// The entry that was chosen, and what its application would see.
struct Chosen {
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
fn probed(
    entries: &[(Entry, Py<PyAny>)],
    chosen: &Arc<Mutex<Option<Chosen>>>,
) -> PyResult<wsgi_router::Router> {
    let probe = |(index, (entry, _)): (usize, &(Entry, Py<PyAny>))| {
        let chosen = chosen.clone();
        entry.around(Arc::new(Probe { index, chosen }))
    };
    let probes: Vec<Entry> = entries.iter().enumerate().map(probe).collect();
    build(&probes)
}

/// The table in JSON, in which each application is a line, and the applications.
pub(super) fn report(
    py: Python<'_>,
    entries: &[(Entry, Py<PyAny>)],
) -> PyResult<(String, Vec<Told>)> {
    let mut report = probed(entries, &Arc::default())?.report();
    for line in &mut report.lines {
        line.hit = None; // by nobody, for these are probes
    }
    let told = |(entry, app): &(Entry, Py<PyAny>)| {
        let (kind, pattern) = describe(entry);
        (kind, pattern.to_owned(), app.clone_ref(py))
    };
    Ok((report.to_json(), entries.iter().map(told).collect()))
}

fn describe(entry: &Entry) -> (&'static str, &str) {
    match entry {
        Entry::Route(pattern, ..) => ("route", pattern),
        Entry::Mount(prefix, _) => ("mount", prefix),
        Entry::Host(host, _) => ("host", host),
        Entry::Fallback(_) => ("fallback", ""),
    }
}

/// What becomes of a request: `status`, `allow`, `location`; or of the entry `index` what its application would see.
pub(super) fn matching<'py>(
    py: Python<'py>,
    entries: &[(Entry, Py<PyAny>)],
    method: &str,
    host: &str,
    target: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let malformed = |what| PyValueError::new_err(format!("{what:?} cannot be part of a request"));
    let wanted = Method::from_bytes(method.as_bytes()).map_err(|_| malformed(method))?;
    let field = HeaderValue::from_str(host).map_err(|_| malformed(host))?;
    let environ = EnvironBuilder::new(wanted.as_str(), target);
    let environ = environ.header("Host", field.as_bytes()).build();
    let chosen = Arc::default();
    let answer = run(&probed(entries, &chosen)?, environ);
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
