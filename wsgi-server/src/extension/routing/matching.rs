//! `MapAdapter.match`.

use std::borrow::Cow;

use http::Method;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use wsgi_router::{Adapter, Match, Outcome};

use super::adapter::MapAdapter;
use super::convert::ReadError;
use super::hooks::Hooks;
use super::state::State;
use super::table::Entry;

/// What may be asked for beside path and method.
#[derive(Clone, Copy)]
pub(super) struct Options<'a, 'py> {
    pub(super) return_rule: bool,
    pub(super) query_args: Option<&'a Bound<'py, PyAny>>,
    pub(super) websocket: Option<bool>,
}

/// The rule of a path and a method, or of those that were bound, as `MapAdapter.match` returns it.
pub(super) fn find<'py>(
    adapter: &Bound<'py, MapAdapter>,
    path: Option<&Bound<'py, PyAny>>,
    method: Option<&Bound<'py, PyAny>>,
    options: Options<'_, 'py>,
) -> PyResult<Bound<'py, PyTuple>> {
    let py = adapter.py();
    let state = adapter.get().state(py);
    if options.websocket != Some(true)
        && adapter.get().is_fresh(&state)
        && let Some((entry, found)) = quickly(py, &state, path, method)
    {
        match values(py, entry, &found) {
            Ok(values) => {
                state.table.get().map.note_hit(found.id());
                return answer(py, entry, options.return_rule, values);
            }
            Err(ReadError::Raised(error)) => return Err(error),
            Err(ReadError::Refused) => {
                let request = Request::new(adapter, &state, path, method, options)?;
                return Err(request.raise(request.bound()?.refuse_request()));
            }
        }
    }
    let state = MapAdapter::fresh(adapter)?;
    Request::new(adapter, &state, path, method, options)?.find()
}

/// The rule that a request most often has: by a usual method, no WebSocket, and no redirect.
#[inline]
fn quickly<'a>(
    py: Python<'a>,
    state: &'a State,
    path: Option<&'a Bound<'_, PyAny>>,
    method: Option<&Bound<'_, PyAny>>,
) -> Option<(&'a Entry, Match<'a, 'a>)> {
    if state.websocket {
        return None;
    }
    let path = match path {
        Some(path) => path,
        None if state.raw_path.is_some() => return None,
        None => state.path_info.bind(py),
    };
    let path = path.cast_exact::<PyString>().ok()?.to_str().ok()?;
    let method = common_method(method.unwrap_or_else(|| state.default_method.bind(py)))?;
    let table = state.table.get();
    let found = table.map.find_at(state.start?, path, method)?;
    let entry = table.rules.get(found.id().index())?;
    entry.plain.then_some((entry, found))
}

fn answer<'py>(
    py: Python<'py>,
    entry: &Entry,
    return_rule: bool,
    values: Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyTuple>> {
    let first = if return_rule {
        &entry.rule
    } else {
        &entry.endpoint
    };
    (first, values).into_pyobject(py)
}

/// A path to be matched, with all that decides beside it.
struct Request<'a, 'py> {
    adapter: &'a Bound<'py, MapAdapter>,
    state: &'a State,
    path: &'a str,
    /// The path is that of a request target, not decoded.
    is_raw: bool,
    /// As it was given.
    name: &'a str,
    method: Cow<'static, Method>,
    options: Options<'a, 'py>,
}

impl<'a, 'py> Request<'a, 'py> {
    #[cold]
    fn new(
        adapter: &'a Bound<'py, MapAdapter>,
        state: &'a State,
        path: Option<&'a Bound<'py, PyAny>>,
        method: Option<&'a Bound<'py, PyAny>>,
        options: Options<'a, 'py>,
    ) -> PyResult<Self> {
        let py = adapter.py();
        let (path, is_raw) = match (path, &state.raw_path) {
            (None, Some(path)) => (path.bind(py).to_str()?, true),
            (path, _) => {
                let path = path.unwrap_or_else(|| state.path_info.bind(py));
                (text(path, "path_info")?, false)
            }
        };
        let method = match method {
            Some(method) if method.is_truthy()? => method,
            _ => state.default_method.bind(py),
        };
        let name = text(method, "method")?;
        Ok(Self {
            adapter,
            state,
            path,
            is_raw,
            name,
            method: parse_method(name),
            options,
        })
    }

    /// The map's own adapter, bound to the path and the method.
    fn bound(&self) -> PyResult<Adapter<'a, 'a>> {
        let state = self.state;
        let domain = text(state.domain(self.adapter.py()), "the host")?;
        let websocket = self.options.websocket.unwrap_or(state.websocket);
        let bound = state.table.get().map.bind_domain(domain);
        let bound = bound
            .websocket(websocket)
            .default_method(self.method.clone().into_owned());
        Ok(match self.is_raw {
            true => bound.target(self.path),
            false => bound.path_info(self.path),
        })
    }

    /// Whatever the request, and whatever comes of it.
    fn find(&self) -> PyResult<Bound<'py, PyTuple>> {
        let py = self.adapter.py();
        let table = self.state.table.get();
        let bound = self.bound()?;
        let found = match bound.match_request() {
            Outcome::Found(found) => found,
            outcome => return Err(self.raise(outcome)),
        };
        let Some(entry) = table.rules.get(found.id().index()) else {
            return Err(self.raise(Outcome::NotFound));
        };
        let values = match values(py, entry, &found) {
            Ok(values) => values,
            Err(ReadError::Raised(error)) => return Err(error),
            Err(ReadError::Refused) => return Err(self.raise(bound.refuse_request())),
        };
        if !entry.plain {
            let upper = PyString::new(py, &self.name.to_uppercase());
            let settle = &Hooks::get(py)?.settle;
            let asked = (self.adapter, &entry.rule, &values, upper, self.query());
            settle.call1(py, asked)?;
        }
        table.map.note_hit(found.id());
        answer(py, entry, self.options.return_rule, values)
    }

    /// The exception that an outcome is, other than a match.
    #[cold]
    fn raise(&self, outcome: Outcome<'_, '_>) -> PyErr {
        let py = self.adapter.py();
        let exception = Hooks::get(py).and_then(|hooks| match outcome {
            Outcome::Redirect { url } => {
                // Of `http://host/path`, for no host is known here.
                let path = url.splitn(4, '/').nth(3).unwrap_or_default();
                let asked = (self.adapter, format!("/{path}"), self.query());
                hooks.redirect.call1(py, asked)
            }
            Outcome::MethodNotAllowed { allow } => hooks.method_not_allowed.call1(py, (allow,)),
            Outcome::WebsocketMismatch => hooks.websocket_mismatch.call0(py),
            _ => hooks.not_found.call0(py),
        });
        exception.map_or_else(|error| error, |it| PyErr::from_value(it.into_bound(py)))
    }

    /// The query that redirects keep.
    fn query(&self) -> Bound<'py, PyAny> {
        match self.options.query_args {
            Some(query) => query.clone(),
            None => self.state.query_args.bind(self.adapter.py()).clone(),
        }
    }
}

/// The values of the parameters, and the defaults of the rule.
fn values<'py>(
    py: Python<'py>,
    entry: &Entry,
    found: &Match<'_, '_>,
) -> Result<Bound<'py, PyDict>, ReadError> {
    let values = PyDict::new(py);
    for (parameter, text) in entry.parameters.iter().zip(found.texts()) {
        let value = parameter.conversion.read(py, text)?;
        let set = values.set_item(parameter.name.bind(py), value);
        set.map_err(ReadError::Raised)?;
    }
    for (name, value) in &entry.defaults {
        let set = values.set_item(name.bind(py), value.bind(py));
        set.map_err(ReadError::Raised)?;
    }
    Ok(values)
}

fn text<'a>(value: &'a Bound<'_, PyAny>, name: &str) -> PyResult<&'a str> {
    match value.cast::<PyString>() {
        Ok(text) => text.to_str(),
        Err(_) => Err(PyTypeError::new_err(format!(
            "{name} must be a str, not {}",
            value.get_type().name()?
        ))),
    }
}

/// The method, if it is one that requests mostly have.
#[inline]
fn common_method(name: &Bound<'_, PyAny>) -> Option<&'static Method> {
    // Names that are written in a program are interned, so that most often one comparison tells.
    if name.is(intern!(name.py(), "GET")) {
        return Some(&Method::GET);
    }
    match name.cast_exact::<PyString>().ok()?.to_str().ok()? {
        "GET" => Some(&Method::GET),
        "POST" => Some(&Method::POST),
        "HEAD" => Some(&Method::HEAD),
        _ => None,
    }
}

/// The method of this name. One that can be no method is that of no rule.
fn parse_method(name: &str) -> Cow<'static, Method> {
    Cow::Borrowed(match name {
        "GET" => &Method::GET,
        "POST" => &Method::POST,
        "HEAD" => &Method::HEAD,
        "PUT" => &Method::PUT,
        "DELETE" => &Method::DELETE,
        "PATCH" => &Method::PATCH,
        "OPTIONS" => &Method::OPTIONS,
        _ => {
            let upper = Method::from_bytes(name.to_uppercase().as_bytes());
            let other = upper.or_else(|_| Method::from_bytes(b"-"));
            return Cow::Owned(other.unwrap_or_default());
        }
    })
}
