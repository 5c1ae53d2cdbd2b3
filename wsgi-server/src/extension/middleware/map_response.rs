//! `wsgi_rs.middleware.MapResponse`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use wsgi_core::python::{Exported, application};
use wsgi_core::{ApplicationError, Headers, StatusLine};
use wsgi_middleware::MappedRequest;

use super::arguments::{asked, callable, native, native_bytes};
use super::{Wrapped, exported, pairs};

type Map = wsgi_middleware::MapResponse<Wrapped>;

/// Runs functions over responses: over the status, over the header fields, over each block of the body.
///
/// They are called with method and path behind what they are to change; None that they return changes nothing.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct MapResponse;

#[pymethods]
impl MapResponse {
    #[new]
    #[pyo3(signature = (app, *, status = None, headers = None, blocks = None, keeps_length = false))]
    fn new(
        app: &Bound<'_, PyAny>,
        status: Option<&Bound<'_, PyAny>>,
        headers: Option<&Bound<'_, PyAny>>,
        blocks: Option<&Bound<'_, PyAny>>,
        keeps_length: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let mut map = Map::new(application(app)?).keeps_length(keeps_length);
        if let Some(change) = status {
            map = status_by(map, callable("status", change)?);
        }
        if let Some(change) = headers {
            map = headers_by(map, callable("headers", change)?);
        }
        if let Some(begin) = blocks {
            map = blocks_by(map, callable("blocks", begin)?);
        }
        Ok(exported(map, wrapped).add_subclass(Self))
    }
}

fn status_by(map: Map, change: Py<PyAny>) -> Map {
    map.status(move |request, status| {
        let (method, path) = about(request);
        let changed = asked(|py| {
            let status = native(status.as_bytes());
            let changed = change.bind(py).call1((status, method, path))?;
            (!changed.is_none())
                .then(|| native_bytes("what status() returns", &changed))
                .transpose()
        })?;
        if let Some(line) = changed {
            *status = StatusLine::parse_bytes(&line)?;
        }
        Ok(())
    })
}

fn headers_by(map: Map, change: Py<PyAny>) -> Map {
    map.headers(move |request, headers| {
        let (method, path) = about(request);
        let changed = asked(|py| {
            let list = list(py, headers)?;
            let changed = change.bind(py).call1((&list, method, path))?;
            // Functions that change the list itself return nothing.
            match changed.is_none() {
                true => pairs(list.as_any()),
                false => pairs(&changed),
            }
        })?;
        *headers = Headers::try_from_pairs(changed)?;
        Ok(())
    })
}

fn blocks_by(map: Map, begin: Py<PyAny>) -> Map {
    map.blocks(move |request, status, headers| {
        let (method, path) = about(request);
        let map = asked(|py| {
            let status = native(status.as_bytes());
            let headers = list(py, headers)?;
            let map = begin.bind(py).call1((status, headers, method, path))?;
            (!map.is_none())
                .then(|| callable("what blocks() returns", &map))
                .transpose()
        })?;
        Ok(map
            .map(|map| Block(Some(map)))
            .map(|map| move |block: &[u8]| map.changed(block)))
    })
}

/// The function of one response, which is let go of attached.
struct Block(Option<Py<PyAny>>);

impl Block {
    fn changed(&self, block: &[u8]) -> Result<Vec<u8>, ApplicationError> {
        let Some(map) = &self.0 else {
            return Ok(block.to_vec());
        };
        asked(|py| {
            let changed = map.bind(py).call1((PyBytes::new(py, block),))?;
            let bytes = changed.cast::<PyBytes>().map_err(|_| {
                let kind = changed.get_type().name().map(|name| name.to_string());
                let kind = kind.unwrap_or_default();
                PyTypeError::new_err(format!(
                    "a function over blocks must return bytes, not {kind}"
                ))
            })?;
            Ok(bytes.as_bytes().to_vec())
        })
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let map = self.0.take();
        Python::try_attach(|_| drop(map));
    }
}

/// Method and path, as native strings.
fn about(request: &MappedRequest) -> (&str, String) {
    (request.method().as_str(), native(request.path()))
}

fn list<'py>(py: Python<'py>, headers: &Headers) -> PyResult<Bound<'py, PyList>> {
    let pairs = headers.iter().map(|(name, value)| (name, native(value)));
    PyList::new(py, pairs.collect::<Vec<_>>())
}
