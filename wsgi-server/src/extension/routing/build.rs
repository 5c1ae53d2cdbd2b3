//! `MapAdapter.build`.
//!
//! `Rule.suitable_for` and `Rule.build` of Python are the plain twins of [`Search::suits`] and [`write`].

mod query;

use std::borrow::Cow;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::adapter::MapAdapter;
use super::hooks::Hooks;
use super::state::State;
use super::table::{Entry, Piece, Table};

/// What may be asked for beside endpoint and values.
pub(super) struct Options<'a, 'py> {
    pub(super) method: Option<&'a Bound<'py, PyAny>>,
    pub(super) force_external: bool,
    pub(super) append_unknown: bool,
    pub(super) url_scheme: Option<&'a Bound<'py, PyAny>>,
}

/// Host part and path of a URL, of this rule.
struct Built<'t> {
    domain: String,
    path: String,
    rule: &'t Entry,
}

pub(super) fn url<'py>(
    adapter: &Bound<'py, MapAdapter>,
    endpoint: &Bound<'py, PyAny>,
    values: Option<&Bound<'py, PyAny>>,
    options: Options<'_, 'py>,
) -> PyResult<Bound<'py, PyString>> {
    let py = adapter.py();
    let origin = MapAdapter::fresh(adapter)?;
    let (values, none_is_given) = given(py, values)?;
    let method = match options.method {
        Some(method) => Some(method.cast::<PyString>()?.to_str()?),
        None => None,
    };
    let search = Search {
        table: origin.table.get(),
        endpoint,
        values: &values,
        none_is_given,
        server_name: text(&origin.server_name, py)?,
        append_unknown: options.append_unknown,
    };
    let built = match method {
        Some(method) => search.first(Some(method))?,
        // Rules for the method of the request are preferred, and any other will do.
        None => match search.first(Some(text(&origin.default_method, py)?))? {
            Some(built) => Some(built),
            None => search.first(None)?,
        },
    };
    let Some(built) = built else {
        let no_url = &Hooks::get(py)?.no_url;
        let error = no_url.call1(py, (adapter, endpoint, &values, options.method))?;
        return Err(PyErr::from_value(error.into_bound(py)));
    };
    assemble(py, &origin, &built, &options)
}

/// The values, of whatever mapping they come in, and whether one that is `None` is given nevertheless, as in a
/// `MultiDict`.
fn given<'py>(
    py: Python<'py>,
    values: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Bound<'py, PyDict>, bool)> {
    let Some(values) = values else {
        return Ok((PyDict::new(py), false));
    };
    if let Ok(plain) = values.cast_exact::<PyDict>() {
        return Ok((plain.clone(), false));
    }
    let dict = Hooks::get(py)?.values_of.bind(py).call1((values,))?;
    Ok((dict.cast_into()?, true))
}

/// A look for the rule that takes the values.
struct Search<'a, 'py> {
    table: &'a Table,
    endpoint: &'a Bound<'py, PyAny>,
    values: &'a Bound<'py, PyDict>,
    none_is_given: bool,
    server_name: &'a str,
    append_unknown: bool,
}

/// The values that a rule takes.
struct Taken<'py> {
    /// Of each of its parameters; none of those that have a default.
    values: Vec<Option<Bound<'py, PyAny>>>,
    /// How many there are, defaults included.
    count: usize,
}

impl<'a, 'py> Search<'a, 'py> {
    /// The first rule that takes the values; where hosts are matched, the first of this host, or else of any.
    fn first(&self, method: Option<&str>) -> PyResult<Option<Built<'a>>> {
        let bit = method.map(|method| self.table.method_bit(method));
        let mut first = None;
        for &index in self.table.group(self.endpoint)? {
            let rule = &self.table.rules[index];
            if bit.is_some_and(|bit| rule.methods & bit == 0) {
                continue;
            }
            let Some(taken) = self.suits(rule)? else {
                continue;
            };
            let Some((domain, path)) = self.write(rule, &taken)? else {
                continue;
            };
            let built = Built { domain, path, rule };
            if !self.table.host_matching || built.domain == self.server_name {
                return Ok(Some(built));
            }
            first.get_or_insert(built);
        }
        Ok(first)
    }

    /// Host part and path with its query; `None` if a converter raises `ValidationError`.
    fn write(&self, rule: &Entry, taken: &Taken<'_>) -> PyResult<Option<(String, String)>> {
        let py = self.values.py();
        let written = write(rule, &rule.domain, taken)
            .and_then(|domain| Ok((domain, write(rule, &rule.path, taken)?)));
        let (domain, mut path) = match written {
            Ok(written) => written,
            Err(error) if error.is_instance(py, Hooks::get(py)?.validation_error.bind(py)) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        if self.append_unknown && self.values.len() > taken.count {
            query::add(self.table, rule, self.values, &mut path)?;
        }
        Ok(Some((domain, path)))
    }

    /// What the rule takes of the values, if they are enough for it and none contradicts its defaults.
    fn suits(&self, rule: &Entry) -> PyResult<Option<Taken<'py>>> {
        let py = self.values.py();
        let mut taken = Taken {
            values: Vec::with_capacity(rule.parameters.len()),
            count: 0,
        };
        for (name, default) in &rule.defaults {
            if let Some(value) = self.value(name.bind(py))? {
                if value.ne(default.bind(py))? {
                    return Ok(None);
                }
                taken.count += 1;
            }
        }
        for parameter in &rule.parameters {
            if parameter.has_default {
                taken.values.push(None);
                continue;
            }
            let Some(value) = self.value(parameter.name.bind(py))? else {
                return Ok(None);
            };
            taken.values.push(Some(value));
            taken.count += 1;
        }
        Ok(Some(taken))
    }

    /// The value of this name, if it is given.
    fn value(&self, name: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let value = self.values.get_item(name)?;
        Ok(value.filter(|value| self.none_is_given || !value.is_none()))
    }
}

/// The pieces with the values in their places.
fn write(rule: &Entry, pieces: &[Piece], taken: &Taken<'_>) -> PyResult<String> {
    let mut url = match pieces {
        [] => return Ok(String::new()),
        _ => String::with_capacity(64),
    };
    for piece in pieces {
        match piece {
            Piece::Text(text) => url.push_str(text),
            // A piece of each parameter that has no default, and a value of each.
            Piece::Parameter(index) => {
                if let Some(Some(value)) = taken.values.get(*index) {
                    rule.parameters[*index].conversion.write(value, &mut url)?;
                }
            }
        }
    }
    Ok(url)
}

fn assemble<'py>(
    py: Python<'py>,
    origin: &State,
    built: &Built<'_>,
    options: &Options<'_, 'py>,
) -> PyResult<Bound<'py, PyString>> {
    let table = origin.table.get();
    let path = built.path.trim_start_matches('/');
    let script_name = text(&origin.script_name, py)?;
    let server_name = text(&origin.server_name, py)?;
    let websocket = built.rule.websocket;
    let here = if table.host_matching {
        built.domain == server_name
    } else {
        text(&origin.subdomain, py).is_ok_and(|subdomain| subdomain == built.domain)
    };
    if here && !options.force_external && !websocket {
        let root = script_name.trim_end_matches('/');
        if root.is_empty() && path.len() + 1 == built.path.len() {
            return Ok(PyString::new(py, &built.path));
        }
        return Ok(PyString::new(py, &format!("{root}/{path}")));
    }
    let host = match (table.host_matching, built.domain.as_str()) {
        (true, domain) => Cow::Borrowed(domain),
        (false, "") => Cow::Borrowed(server_name),
        (false, subdomain) => Cow::Owned(format!("{subdomain}.{server_name}")),
    };
    let scheme = match options.url_scheme {
        Some(scheme) => scheme.cast::<PyString>()?.to_str()?,
        None => text(&origin.url_scheme, py)?,
    };
    let secure = matches!(scheme, "https" | "wss");
    let scheme = match (websocket, secure) {
        (true, true) => "wss:",
        (true, false) => "ws:",
        (false, _) if scheme.is_empty() => "",
        (false, true) => "https:",
        (false, false) => "http:",
    };
    let root = script_name.strip_suffix('/').unwrap_or(script_name);
    Ok(PyString::new(py, &format!("{scheme}//{host}{root}/{path}")))
}

fn text<'a>(object: &'a Py<PyAny>, py: Python<'a>) -> PyResult<&'a str> {
    object.bind(py).cast::<PyString>()?.to_str()
}
