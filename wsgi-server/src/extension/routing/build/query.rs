//! The query of a URL: values that the rule has no parameter for.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet, PyList, PySet, PyString, PyTuple};

use super::super::hooks::Hooks;
use super::super::quote;
use super::super::table::{Entry, Table};

/// Adds the values that the rule has no parameter for.
pub(super) fn add(
    table: &Table,
    rule: &Entry,
    values: &Bound<'_, PyDict>,
    url: &mut String,
) -> PyResult<()> {
    let py = values.py();
    let mut unknown = Vec::new();
    for (name, value) in values {
        if !is_argument(rule, &name)? {
            unknown.push((name, value));
        }
    }
    if table.sort_parameters {
        let query = Hooks::get(py)?
            .query_string
            .call1(py, (unknown, true, &table.sort_key))?;
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
