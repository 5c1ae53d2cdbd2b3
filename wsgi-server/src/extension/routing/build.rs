//! `MapAdapter.build`.
//!
//! `Rule.suitable_for` and `Rule.build` of Python are the plain twins of [`suits`] and [`write`].

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet, PyList, PySet, PyString, PyTuple};

use super::adapter::{MapAdapter, Origin};
use super::hooks::Hooks;
use super::quote;
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
    let origin = MapAdapter::origin(adapter)?;
    let values = given(py, values)?;
    let method = match options.method {
        Some(method) => Some(method.cast::<PyString>()?.to_str()?),
        None => None,
    };
    let search = Search {
        table: origin.table.get(),
        endpoint,
        values: &values,
        server_name: origin.server_name.cast::<PyString>()?.to_str()?,
        append_unknown: options.append_unknown,
    };
    let built = match method {
        Some(method) => search.first(Some(method))?,
        // Rules for the method of the request are preferred, and any other will do.
        None => match search.first(Some(origin.default_method.cast::<PyString>()?.to_str()?))? {
            Some(built) => Some(built),
            None => search.first(None)?,
        },
    };
    let Some(built) = built else {
        let no_url = &Hooks::get(py)?.no_url;
        let error = no_url.call1(py, (adapter, endpoint, &values, options.method))?;
        return Err(PyErr::from_value(error.into_bound(py)));
    };
    assemble(&origin, &built, &options)
}

/// The values that are not `None`, of whatever mapping they come in.
fn given<'py>(py: Python<'py>, values: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyDict>> {
    let Some(values) = values else {
        return Ok(PyDict::new(py));
    };
    let Ok(plain) = values.cast_exact::<PyDict>() else {
        let dict = Hooks::get(py)?.values_of.bind(py).call1((values,))?;
        return Ok(dict.cast_into()?);
    };
    if plain.iter().all(|(_, value)| !value.is_none()) {
        return Ok(plain.clone());
    }
    let given = PyDict::new(py);
    for (name, value) in plain {
        if !value.is_none() {
            given.set_item(name, value)?;
        }
    }
    Ok(given)
}

/// A look for the rule that takes the values.
struct Search<'a, 'py> {
    table: &'a Table,
    endpoint: &'a Bound<'py, PyAny>,
    values: &'a Bound<'py, PyDict>,
    server_name: &'a str,
    append_unknown: bool,
}

impl<'a> Search<'a, '_> {
    /// The first rule that takes the values; where hosts are matched, the first of this host, or else of any.
    fn first(&self, method: Option<&str>) -> PyResult<Option<Built<'a>>> {
        let bit = method.map_or(u64::MAX, |method| self.table.method_bit(method));
        let mut first = None;
        for &index in self.table.group(self.endpoint)? {
            let rule = &self.table.rules[index];
            if rule.methods & bit == 0 || !suits(rule, self.values)? {
                continue;
            }
            let Some((domain, path)) = self.write(rule)? else {
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
    fn write(&self, rule: &Entry) -> PyResult<Option<(String, String)>> {
        let py = self.values.py();
        let written = write(rule, &rule.domain, self.values)
            .and_then(|domain| Ok((domain, write(rule, &rule.path, self.values)?)));
        let (domain, mut path) = match written {
            Ok(written) => written,
            Err(error) if error.is_instance(py, Hooks::get(py)?.validation_error.bind(py)) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        if self.append_unknown && self.values.len() > 0 {
            self.add_query(rule, &mut path)?;
        }
        Ok(Some((domain, path)))
    }

    /// Adds what the rule has no parameter for.
    fn add_query(&self, rule: &Entry, url: &mut String) -> PyResult<()> {
        let py = self.values.py();
        let mut unknown = Vec::new();
        let mut known = 0;
        for (name, value) in self.values {
            if is_argument(rule, &name)? {
                known += 1;
            } else {
                unknown.push((name, value));
            }
        }
        debug_assert!(known + unknown.len() == self.values.len());
        if unknown.is_empty() {
            return Ok(());
        }
        if self.table.sort_parameters {
            let query = Hooks::get(py)?
                .query_string
                .call1(py, (unknown, true, &self.table.sort_key))?;
            let query = query.bind(py).cast::<PyString>()?.to_str()?;
            if !query.is_empty() {
                url.push('?');
                url.push_str(query);
            }
            return Ok(());
        }
        let mut separator = '?';
        for (name, value) in &unknown {
            if is_several(value) {
                for value in value.try_iter()? {
                    add_field(name, &value?, &mut separator, url)?;
                }
            } else {
                add_field(name, value, &mut separator, url)?;
            }
        }
        Ok(())
    }
}

/// Whether a value stands for several.
fn is_several(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyList>()
        || value.is_instance_of::<PyTuple>()
        || value.is_instance_of::<PySet>()
        || value.is_instance_of::<PyFrozenSet>()
}

fn add_field(
    name: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
    separator: &mut char,
    url: &mut String,
) -> PyResult<()> {
    if value.is_none() {
        return Ok(());
    }
    url.push(*separator);
    *separator = '&';
    quote::query(name.str()?.to_str()?, url);
    url.push('=');
    match value.extract::<&[u8]>() {
        Ok(bytes) => url.push_str(
            &percent_encoding::percent_encode(bytes, quote::QUERY)
                .to_string()
                .replace(' ', "+"),
        ),
        Err(_) => quote::query(value.str()?.to_str()?, url),
    }
    Ok(())
}

/// Whether a name is that of a parameter or a default.
fn is_argument(rule: &Entry, name: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = name.py();
    if rule.arguments.iter().any(|known| known.bind(py).is(name)) {
        return Ok(true);
    }
    // Names that are written in a program are interned, as ours are; those that are made up are not.
    let Ok(name) = name.cast::<PyString>() else {
        return Ok(false);
    };
    let name = name.to_str()?;
    for known in &rule.arguments {
        if known.bind(py).to_str()? == name {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the values are enough for the rule, and none contradicts its defaults.
fn suits(rule: &Entry, values: &Bound<'_, PyDict>) -> PyResult<bool> {
    let py = values.py();
    for name in &rule.arguments[rule.defaults.len()..] {
        if !values.contains(name.bind(py))? {
            return Ok(false);
        }
    }
    for (name, default) in &rule.defaults {
        if let Some(value) = values.get_item(name.bind(py))?
            && value.ne(default.bind(py))?
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The pieces with the values in their places.
fn write(rule: &Entry, pieces: &[Piece], values: &Bound<'_, PyDict>) -> PyResult<String> {
    let py = values.py();
    let mut url = match pieces {
        [] => return Ok(String::new()),
        _ => String::with_capacity(64),
    };
    for piece in pieces {
        match piece {
            Piece::Text(text) => url.push_str(text),
            Piece::Parameter(index) => {
                let parameter = &rule.parameters[*index];
                let name = parameter.name.bind(py);
                let Some(value) = values.get_item(name)? else {
                    return Err(pyo3::exceptions::PyKeyError::new_err(name.clone().unbind()));
                };
                parameter.conversion.write(&value, &mut url)?;
            }
        }
    }
    Ok(url)
}

fn assemble<'py>(
    origin: &Origin<'py>,
    built: &Built<'_>,
    options: &Options<'_, 'py>,
) -> PyResult<Bound<'py, PyString>> {
    let table = origin.table.get();
    let py = origin.table.py();
    let text = |object: &Bound<'py, PyAny>| -> PyResult<String> {
        Ok(object.cast::<PyString>()?.to_str()?.to_owned())
    };
    let path = built.path.trim_start_matches('/');
    let script_name = origin.script_name.cast::<PyString>()?.to_str()?;
    let websocket = built.rule.websocket;
    let here = if table.host_matching {
        built.domain == origin.server_name.cast::<PyString>()?.to_str()?
    } else {
        let subdomain = origin.subdomain.cast::<PyString>();
        subdomain.is_ok_and(|subdomain| subdomain.to_str().is_ok_and(|it| it == built.domain))
    };
    if here && !options.force_external && !websocket {
        let root = script_name.trim_end_matches('/');
        if root.is_empty() && path.len() + 1 == built.path.len() {
            return Ok(PyString::new(py, &built.path));
        }
        return Ok(PyString::new(py, &format!("{root}/{path}")));
    }
    let host = if table.host_matching {
        built.domain.clone()
    } else {
        let server_name = text(&origin.server_name)?;
        match built.domain.as_str() {
            "" => server_name,
            subdomain => format!("{subdomain}.{server_name}"),
        }
    };
    let scheme = text(options.url_scheme.unwrap_or(&origin.url_scheme))?;
    let secure = matches!(scheme.as_str(), "https" | "wss");
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
