//! `MapAdapter`: a map bound to a host or a request.

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::map::MapBase;
use super::state::{Seen, Shared, State};
use super::{build, matching};

/// A `Map` bound to a host or a request by `Map.bind` or `Map.bind_to_environ`: what matches paths and builds URLs.
#[pyclass(subclass, frozen, module = "wsgi_rs.routing")]
#[derive(Debug)]
pub(crate) struct MapAdapter {
    map: Py<MapBase>,
    state: Shared,
}

#[pymethods]
impl MapAdapter {
    #[new]
    #[expect(clippy::too_many_arguments, reason = "they are Werkzeug's")]
    #[pyo3(signature = (map, server_name, script_name, subdomain, url_scheme, path_info, default_method,
        query_args = None))]
    fn new(
        map: &Bound<'_, MapBase>,
        server_name: Py<PyAny>,
        script_name: Py<PyAny>,
        subdomain: Py<PyAny>,
        url_scheme: Py<PyAny>,
        path_info: Py<PyAny>,
        default_method: Py<PyAny>,
        query_args: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let py = map.py();
        let state = State {
            server_name,
            script_name,
            subdomain,
            url_scheme,
            path_info,
            default_method,
            query_args: query_args.unwrap_or_else(|| py.None()),
            ..State::new(py, MapBase::table(map)?)
        };
        Self::bound(map, state)
    }

    /// The endpoint that the path leads to, and the values of its parameters.
    ///
    /// Without `path_info` and `method`, those that were bound. With `return_rule` the rule comes instead of its
    /// endpoint. `query_args` is the query that redirects keep, as text or as a dict. `websocket` says whether it is a
    /// WebSocket request, by default that of the scheme. Raises `NotFound`, `MethodNotAllowed`, `RequestRedirect` or
    /// `WebsocketMismatch`.
    #[pyo3(name = "match", signature = (path_info = None, method = None, return_rule = false, query_args = None,
        websocket = None))]
    fn match_<'py>(
        slf: &Bound<'py, Self>,
        path_info: Option<&Bound<'py, PyAny>>,
        method: Option<&Bound<'py, PyAny>>,
        return_rule: bool,
        query_args: Option<&Bound<'py, PyAny>>,
        websocket: Option<bool>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let options = matching::Options {
            return_rule,
            query_args,
            websocket,
        };
        matching::find(slf, path_info, method, options)
    }

    /// The URL of an endpoint: the path, or, where it leads to another host or `force_external` is set, an absolute
    /// one.
    ///
    /// Values that the rule has no parameter for become the query, unless `append_unknown` is off. `method` chooses
    /// between rules; `url_scheme` is that of an absolute URL. Raises `BuildError`, and what a converter raises.
    #[pyo3(signature = (endpoint, values = None, method = None, force_external = false, append_unknown = true,
        url_scheme = None))]
    fn build<'py>(
        slf: &Bound<'py, Self>,
        endpoint: &Bound<'py, PyAny>,
        values: Option<&Bound<'py, PyAny>>,
        method: Option<&Bound<'py, PyAny>>,
        force_external: bool,
        append_unknown: bool,
        url_scheme: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyString>> {
        let options = build::Options {
            method,
            force_external,
            append_unknown,
            url_scheme,
        };
        build::url(slf, endpoint, values, options)
    }

    /// The map.
    #[getter]
    fn map(&self) -> &Py<MapBase> {
        &self.map
    }

    /// The name of the host, without the subdomain.
    #[getter]
    fn server_name(&self, py: Python<'_>) -> Py<PyAny> {
        self.state.see(py).server_name.clone_ref(py)
    }

    #[setter]
    fn set_server_name(&self, py: Python<'_>, server_name: Py<PyAny>) {
        self.set_host(py, server_name, |state| &mut state.server_name);
    }

    /// Where the application is; ends with a slash.
    #[getter]
    fn script_name(&self, py: Python<'_>) -> Py<PyAny> {
        self.state.see(py).script_name.clone_ref(py)
    }

    #[setter]
    fn set_script_name(&self, py: Python<'_>, script_name: Py<PyAny>) {
        self.set(py, script_name, |state| &mut state.script_name);
    }

    /// The subdomain; `None` where the map matches hosts.
    #[getter]
    fn subdomain(&self, py: Python<'_>) -> Py<PyAny> {
        self.state.see(py).subdomain.clone_ref(py)
    }

    #[setter]
    fn set_subdomain(&self, py: Python<'_>, subdomain: Py<PyAny>) {
        self.set_host(py, subdomain, |state| &mut state.subdomain);
    }

    /// `http`, `https`, or, for a WebSocket request, `ws` or `wss`.
    #[getter]
    fn url_scheme(&self, py: Python<'_>) -> Py<PyAny> {
        self.state.see(py).url_scheme.clone_ref(py)
    }

    #[setter]
    fn set_url_scheme(&self, py: Python<'_>, url_scheme: Py<PyAny>) {
        self.set(py, url_scheme, |state| &mut state.url_scheme);
    }

    /// The path that is matched where none is given.
    #[getter]
    fn path_info(&self, py: Python<'_>) -> Py<PyAny> {
        self.state.see(py).path_info.clone_ref(py)
    }

    #[setter]
    fn set_path_info(&self, py: Python<'_>, path_info: Py<PyAny>) {
        self.set(py, path_info, |state| &mut state.path_info);
        let known = self.state.change(py, |state| state.raw_path.take());
        drop(known);
    }

    /// The method that is matched where none is given.
    #[getter]
    fn default_method(&self, py: Python<'_>) -> Py<PyAny> {
        self.state.see(py).default_method.clone_ref(py)
    }

    #[setter]
    fn set_default_method(&self, py: Python<'_>, default_method: Py<PyAny>) {
        self.set(py, default_method, |state| &mut state.default_method);
    }

    /// The query that redirects keep, as text or as a dict.
    #[getter]
    fn query_args(&self, py: Python<'_>) -> Py<PyAny> {
        self.state.see(py).query_args.clone_ref(py)
    }

    #[setter]
    fn set_query_args(&self, py: Python<'_>, query_args: Py<PyAny>) {
        self.set(py, query_args, |state| &mut state.query_args);
    }

    /// Whether it is a WebSocket request.
    #[getter]
    fn websocket(&self, py: Python<'_>) -> bool {
        self.state.see(py).websocket
    }

    #[setter]
    fn set_websocket(&self, py: Python<'_>, websocket: bool) {
        self.state.change(py, |state| state.websocket = websocket);
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.map)?;
        self.state.traverse(&visit)
    }
}

impl MapAdapter {
    /// Of attributes as they are given: the root without its slash, and nothing derived from them.
    pub(super) fn bound(map: &Bound<'_, MapBase>, mut state: State) -> PyResult<Self> {
        let py = map.py();
        let root = state.script_name.bind(py).cast::<PyString>()?.to_str()?;
        if !root.ends_with('/') {
            let root = match root {
                "" => intern!(py, "/").clone(),
                root => PyString::new(py, &format!("{root}/")),
            };
            state.script_name = root.into_any().unbind();
        }
        let scheme = state.url_scheme.bind(py).cast::<PyString>()?;
        state.websocket = matches!(scheme.to_str()?, "ws" | "wss");
        state.find_start(py);
        Ok(Self {
            map: map.clone().unbind(),
            state: Shared::new(state),
        })
    }

    /// The state, which the map may have changed since.
    #[inline]
    pub(super) fn state(&self, py: Python<'_>) -> Seen<'_> {
        self.state.see(py)
    }

    /// Whether the table of this state is the map's.
    #[inline]
    pub(super) fn is_fresh(&self, state: &State) -> bool {
        self.map.get().is_at(state.changes)
    }

    /// The state, the map's changes included.
    pub(super) fn fresh<'a>(slf: &'a Bound<'_, Self>) -> PyResult<Seen<'a>> {
        let py = slf.py();
        let this = slf.get();
        let state = this.state(py);
        if this.is_fresh(&state) {
            return Ok(state);
        }
        let (table, changes) = MapBase::table(this.map.bind(py))?;
        let previous = this.state.change(py, |state| {
            state.changes = changes;
            let previous = std::mem::replace(&mut state.table, table);
            state.find_start(py);
            previous
        });
        drop(previous);
        Ok(this.state(py))
    }

    fn set(&self, py: Python<'_>, value: Py<PyAny>, attribute: fn(&mut State) -> &mut Py<PyAny>) {
        let set = |state: &mut State| std::mem::replace(attribute(state), value);
        let previous = self.state.change(py, set);
        drop(previous);
    }

    /// As [`set`](Self::set), of what rules' hosts are matched against.
    fn set_host(
        &self,
        py: Python<'_>,
        value: Py<PyAny>,
        attribute: fn(&mut State) -> &mut Py<PyAny>,
    ) {
        self.set(py, value, attribute);
        self.state.change(py, |state| state.find_start(py));
    }
}
