//! `MapAdapter`: a map bound to a host or a request.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use wsgi_router::Start;

use super::map::MapBase;
use super::table::Table;
use super::{build, matching};

/// A `Map` bound to a host or a request by `Map.bind` or `Map.bind_to_environ`: what matches paths and builds URLs.
#[pyclass(subclass, frozen, module = "wsgi_rs.routing")]
#[derive(Debug)]
pub(crate) struct MapAdapter {
    map: Py<MapBase>,
    state: Mutex<State>,
}

/// Its attributes, which may be set, and what is derived from them. Never locked while Python code may run.
#[derive(Debug)]
struct State {
    table: Py<Table>,
    /// The changes of the map that are in the table.
    changes: u64,
    /// Where the table has the paths of this host.
    start: Option<Start>,
    server_name: Py<PyAny>,
    /// Ends with a slash.
    script_name: Py<PyAny>,
    /// `None` where the map matches hosts.
    subdomain: Py<PyAny>,
    url_scheme: Py<PyAny>,
    path_info: Py<PyAny>,
    default_method: Py<PyAny>,
    query_args: Py<PyAny>,
    websocket: bool,
}

impl State {
    /// What the hosts of rules are matched against.
    fn domain<'py>(&self, py: Python<'py>) -> &Bound<'py, PyAny> {
        let hosts = self.table.get().host_matching || self.subdomain.is_none(py);
        if hosts {
            self.server_name.bind(py)
        } else {
            self.subdomain.bind(py)
        }
    }

    /// Looks up where the table has the paths of the host.
    fn find_start(&mut self, py: Python<'_>) {
        let domain = self.domain(py).cast::<PyString>();
        let domain = domain.ok().and_then(|domain| domain.to_str().ok());
        self.start = domain.and_then(|domain| self.table.get().map.start(domain));
    }
}

/// What of an adapter a match looks at.
pub(super) struct Asked<'py> {
    pub(super) table: Bound<'py, Table>,
    /// What the hosts of rules are matched against.
    pub(super) domain: Bound<'py, PyAny>,
    pub(super) websocket: bool,
}

/// What of an adapter a URL depends on.
pub(super) struct Origin<'py> {
    pub(super) table: Bound<'py, Table>,
    pub(super) server_name: Bound<'py, PyAny>,
    pub(super) script_name: Bound<'py, PyAny>,
    pub(super) subdomain: Bound<'py, PyAny>,
    pub(super) url_scheme: Bound<'py, PyAny>,
    pub(super) default_method: Bound<'py, PyAny>,
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
        script_name: Bound<'_, PyAny>,
        subdomain: Py<PyAny>,
        url_scheme: Py<PyAny>,
        path_info: Py<PyAny>,
        default_method: Py<PyAny>,
        query_args: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let query_args = query_args.unwrap_or_else(|| map.py().None());
        Self::bound(
            map,
            MapBase::table(map)?,
            server_name,
            script_name,
            subdomain,
            url_scheme,
            path_info,
            default_method,
            query_args,
        )
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
        matching::find(slf, path_info, method, return_rule, query_args, websocket)
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
        self.get(py, |state| &state.server_name)
    }

    #[setter]
    fn set_server_name(&self, py: Python<'_>, server_name: Py<PyAny>) {
        self.set(server_name, |state| &mut state.server_name);
        self.lock().find_start(py);
    }

    /// Where the application is; ends with a slash.
    #[getter]
    fn script_name(&self, py: Python<'_>) -> Py<PyAny> {
        self.get(py, |state| &state.script_name)
    }

    #[setter]
    fn set_script_name(&self, script_name: Py<PyAny>) {
        self.set(script_name, |state| &mut state.script_name);
    }

    /// The subdomain; `None` where the map matches hosts.
    #[getter]
    fn subdomain(&self, py: Python<'_>) -> Py<PyAny> {
        self.get(py, |state| &state.subdomain)
    }

    #[setter]
    fn set_subdomain(&self, py: Python<'_>, subdomain: Py<PyAny>) {
        self.set(subdomain, |state| &mut state.subdomain);
        self.lock().find_start(py);
    }

    /// `http`, `https`, or, for a WebSocket request, `ws` or `wss`.
    #[getter]
    fn url_scheme(&self, py: Python<'_>) -> Py<PyAny> {
        self.get(py, |state| &state.url_scheme)
    }

    #[setter]
    fn set_url_scheme(&self, url_scheme: Py<PyAny>) {
        self.set(url_scheme, |state| &mut state.url_scheme);
    }

    /// The path that is matched where none is given.
    #[getter]
    fn path_info(&self, py: Python<'_>) -> Py<PyAny> {
        self.get(py, |state| &state.path_info)
    }

    #[setter]
    fn set_path_info(&self, path_info: Py<PyAny>) {
        self.set(path_info, |state| &mut state.path_info);
    }

    /// The method that is matched where none is given.
    #[getter]
    fn default_method(&self, py: Python<'_>) -> Py<PyAny> {
        self.get(py, |state| &state.default_method)
    }

    #[setter]
    fn set_default_method(&self, default_method: Py<PyAny>) {
        self.set(default_method, |state| &mut state.default_method);
    }

    /// The query that redirects keep, as text or as a dict.
    #[getter]
    fn query_args(&self, py: Python<'_>) -> Py<PyAny> {
        self.get(py, |state| &state.query_args)
    }

    #[setter]
    fn set_query_args(&self, query_args: Py<PyAny>) {
        self.set(query_args, |state| &mut state.query_args);
    }

    /// Whether it is a WebSocket request.
    #[getter]
    fn websocket(&self) -> bool {
        self.lock().websocket
    }

    #[setter]
    fn set_websocket(&self, websocket: bool) {
        self.lock().websocket = websocket;
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.map)?;
        let Ok(state) = self.state.try_lock() else {
            return Ok(());
        };
        visit.call(&state.table)?;
        visit.call(&state.server_name)?;
        visit.call(&state.query_args)?;
        visit.call(&state.default_method)
    }
}

impl MapAdapter {
    #[expect(clippy::too_many_arguments, reason = "they are Werkzeug's")]
    pub(super) fn bound(
        map: &Bound<'_, MapBase>,
        (table, changes): (Py<Table>, u64),
        server_name: Py<PyAny>,
        script_name: Bound<'_, PyAny>,
        subdomain: Py<PyAny>,
        url_scheme: Py<PyAny>,
        path_info: Py<PyAny>,
        default_method: Py<PyAny>,
        query_args: Py<PyAny>,
    ) -> PyResult<Self> {
        let py = map.py();
        let script_name = match script_name.cast::<PyString>()?.to_str()? {
            "" => intern!(py, "/").clone().into_any(),
            text if text.ends_with('/') => script_name,
            text => PyString::new(py, &format!("{text}/")).into_any(),
        };
        let scheme = url_scheme.bind(py).cast::<PyString>()?;
        let websocket = matches!(scheme.to_str()?, "ws" | "wss");
        let mut state = State {
            table,
            changes,
            start: None,
            server_name,
            script_name: script_name.unbind(),
            subdomain,
            url_scheme,
            path_info,
            default_method,
            query_args,
            websocket,
        };
        state.find_start(py);
        Ok(Self {
            map: map.clone().unbind(),
            state: Mutex::new(state),
        })
    }

    /// What most matches need: the table, and where it has the paths of the host; `None` for WebSocket requests, and
    /// where the map is not ready.
    #[inline]
    pub(super) fn ready<'py>(&self, py: Python<'py>) -> Option<(Bound<'py, Table>, Start)> {
        let state = self.lock();
        if state.websocket || !self.map.get().is_at(state.changes) {
            return None;
        }
        Some((state.table.bind(py).clone(), state.start?))
    }

    /// The path and the method that were bound.
    pub(super) fn request<'py>(&self, py: Python<'py>) -> (Bound<'py, PyAny>, Bound<'py, PyAny>) {
        let state = self.lock();
        let bound = |object: &Py<PyAny>| object.bind(py).clone();
        (bound(&state.path_info), bound(&state.default_method))
    }

    /// What a match looks at, the map's changes included.
    pub(super) fn asked<'py>(slf: &Bound<'py, Self>) -> PyResult<Asked<'py>> {
        let py = slf.py();
        let state = Self::fresh(slf)?;
        Ok(Asked {
            table: state.table.bind(py).clone(),
            domain: state.domain(py).clone(),
            websocket: state.websocket,
        })
    }

    /// What a URL depends on, the map's changes included.
    pub(super) fn origin<'py>(slf: &Bound<'py, Self>) -> PyResult<Origin<'py>> {
        let py = slf.py();
        let state = Self::fresh(slf)?;
        let bound = |object: &Py<PyAny>| object.bind(py).clone();
        Ok(Origin {
            table: state.table.bind(py).clone(),
            server_name: bound(&state.server_name),
            script_name: bound(&state.script_name),
            subdomain: bound(&state.subdomain),
            url_scheme: bound(&state.url_scheme),
            default_method: bound(&state.default_method),
        })
    }

    /// The query that redirects keep.
    pub(super) fn query<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyAny> {
        slf.get().lock().query_args.bind(slf.py()).clone()
    }

    fn fresh<'a>(slf: &'a Bound<'_, Self>) -> PyResult<MutexGuard<'a, State>> {
        let this = slf.get();
        let state = this.lock();
        if this.map.get().is_at(state.changes) {
            return Ok(state);
        }
        drop(state);
        let py = slf.py();
        let (table, changes) = MapBase::table(this.map.bind(py))?;
        let mut state = this.lock();
        state.changes = changes;
        let previous = std::mem::replace(&mut state.table, table);
        state.find_start(py);
        drop(state);
        drop(previous);
        Ok(this.lock())
    }

    fn get(&self, py: Python<'_>, attribute: fn(&State) -> &Py<PyAny>) -> Py<PyAny> {
        attribute(&self.lock()).clone_ref(py)
    }

    fn set(&self, value: Py<PyAny>, attribute: fn(&mut State) -> &mut Py<PyAny>) {
        let previous = std::mem::replace(attribute(&mut self.lock()), value);
        drop(previous);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
