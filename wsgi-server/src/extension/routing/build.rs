//! `MapAdapter.build`.
//!
//! `Rule.suitable_for` and `Rule.build` of Python are the plain twins of [`Search::suits`] and [`write`].

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
        let bit = method.map_or(u64::MAX, |method| self.table.method_bit(method));
        let mut first = None;
        for &index in self.table.group(self.endpoint)? {
            let rule = &self.table.rules[index];
            if rule.methods & bit == 0 {
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
            self.add_query(rule, &mut path)?;
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

    /// Adds what the rule has no parameter for.
    fn add_query(&self, rule: &Entry, url: &mut String) -> PyResult<()> {
        let py = self.values.py();
        let mut unknown = Vec::new();
        for (name, value) in self.values {
            if !is_argument(rule, &name)? {
                unknown.push((name, value));
            }
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
