//! `MapAdapter.match`.

use std::borrow::Cow;

use http::Method;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use wsgi_router::{Match, Outcome};

use super::adapter::{Asked, MapAdapter};
use super::convert::ReadError;
use super::hooks::Hooks;
use super::table::{Entry, Table};

pub(super) fn find<'py>(
    adapter: &Bound<'py, MapAdapter>,
    path_info: Option<&Bound<'py, PyAny>>,
    method: Option<&Bound<'py, PyAny>>,
    return_rule: bool,
    query_args: Option<&Bound<'py, PyAny>>,
    websocket: Option<bool>,
) -> PyResult<Bound<'py, PyTuple>> {
    let py = adapter.py();
    let bound;
    let (path, method) = match (path_info, method) {
        (Some(path), Some(method)) => (path, method),
        _ => {
            bound = adapter.get().request(py);
            (path_info.unwrap_or(&bound.0), method.unwrap_or(&bound.1))
        }
    };
    if websocket != Some(true)
        && let Some((table, start)) = adapter.get().ready(py)
        && let Ok(path) = path.cast_exact::<PyString>()
        && let Some(method) = common_method(method)
    {
        let table = table.get();
        let found = table.map.find_at(start, path.to_str()?, method);
        if let Some(found) = found
            && let Some(entry) = table.rules.get(found.id().index())
            && entry.plain
        {
            match values(py, entry, &found) {
                Ok(values) => {
                    table.map.note_hit(found.id());
                    return answer(py, entry, return_rule, values);
                }
                Err(ReadError::Raised(error)) => return Err(error),
                Err(ReadError::Refused) => {
                    let asked = MapAdapter::asked(adapter)?;
                    let request = Request {
                        adapter,
                        table,
                        domain: text(&asked.domain, "the host")?,
                        method: Cow::Borrowed(method),
                        websocket: false,
                    };
                    let bound = table.map.bind_domain(request.domain);
                    let outcome = bound.refuse(path.to_str()?, method, false);
                    return Err(request.raise(outcome, query_args));
                }
            }
        }
    }
    find_slowly(adapter, path, method, return_rule, query_args, websocket)
}

/// Whatever the request, and whatever comes of it.
#[cold]
fn find_slowly<'py>(
    adapter: &Bound<'py, MapAdapter>,
    path: &Bound<'py, PyAny>,
    method: &Bound<'py, PyAny>,
    return_rule: bool,
    query_args: Option<&Bound<'py, PyAny>>,
    websocket: Option<bool>,
) -> PyResult<Bound<'py, PyTuple>> {
    let py = adapter.py();
    let asked = MapAdapter::asked(adapter)?;
    let path = text(path, "path_info")?;
    let bound;
    let method = if method.is_truthy()? {
        method
    } else {
        bound = adapter.get().request(py).1;
        &bound
    };
    let name = text(method, "method")?;
    let request = Request {
        adapter,
        table: asked.table.get(),
        domain: text(&asked.domain, "the host")?,
        method: parse_method(name),
        websocket: websocket.unwrap_or(asked.websocket),
    };
    let bound = request.table.map.bind_domain(request.domain);
    let outcome = bound.match_websocket(path, &request.method, request.websocket);
    let Outcome::Found(found) = outcome else {
        return Err(request.raise(outcome, query_args));
    };
    let Some(entry) = request.table.rules.get(found.id().index()) else {
        return Err(request.raise(Outcome::NotFound, query_args));
    };
    let values = match values(py, entry, &found) {
        Ok(values) => values,
        Err(ReadError::Raised(error)) => return Err(error),
        Err(ReadError::Refused) => {
            let outcome = bound.refuse(path, &request.method, request.websocket);
            return Err(request.raise(outcome, query_args));
        }
    };
    if !entry.plain {
        let query = request.query(query_args);
        let upper = PyString::new(py, &name.to_uppercase());
        let settle = &Hooks::get(py)?.settle;
        settle.call1(py, (adapter, &entry.rule, &values, upper, query))?;
    }
    request.table.map.note_hit(found.id());
    answer(py, entry, return_rule, values)
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

/// A path to be matched, with what decides beside it.
struct Request<'a, 'py> {
    adapter: &'a Bound<'py, MapAdapter>,
    table: &'a Table,
    domain: &'a str,
    method: Cow<'static, Method>,
    websocket: bool,
}

impl<'py> Request<'_, 'py> {
    /// The exception that an outcome is, other than a match.
    #[cold]
    fn raise(&self, outcome: Outcome<'_, '_>, query_args: Option<&Bound<'py, PyAny>>) -> PyErr {
        let py = self.adapter.py();
        let exception = Hooks::get(py).and_then(|hooks| match outcome {
            Outcome::Redirect { url } => {
                // Of `http://host/path`, for no host is known here.
                let path = url.splitn(4, '/').nth(3).unwrap_or_default();
                let query = self.query(query_args);
                hooks
                    .redirect
                    .call1(py, (self.adapter, format!("/{path}"), query))
            }
            Outcome::MethodNotAllowed { allow } => hooks.method_not_allowed.call1(py, (allow,)),
            Outcome::WebsocketMismatch => hooks.websocket_mismatch.call0(py),
            _ => hooks.not_found.call0(py),
        });
        exception.map_or_else(|error| error, |it| PyErr::from_value(it.into_bound(py)))
    }

    fn query(&self, given: Option<&Bound<'py, PyAny>>) -> Bound<'py, PyAny> {
        given.map_or_else(|| MapAdapter::query(self.adapter), Clone::clone)
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

impl std::fmt::Debug for Asked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asked").finish_non_exhaustive()
    }
}
