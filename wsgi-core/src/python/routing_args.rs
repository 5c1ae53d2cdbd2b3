//! `wsgiorg.routing_args` of the environ dict: the tuple `(positional, named)`.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::text::{native, native_bytes};
use crate::RoutingArgs;

/// What a router of Python found. Values that are no native strings, such as converted numbers, have no form in
/// Rust: they stay between the Python layers.
pub(super) fn get(dict: &Bound<'_, PyDict>) -> PyResult<Option<RoutingArgs>> {
    let Some((positional, named)) = parts(dict)? else {
        return Ok(None);
    };
    let mut args = RoutingArgs::new();
    for value in positional.iter() {
        if let Some(value) = native_bytes(&value) {
            args.push(value);
        }
    }
    // A copy, for on free-threaded builds another thread may be changing the dict.
    for (name, value) in named.copy()?.iter() {
        if let (Ok(name), Some(value)) = (name.extract::<String>(), native_bytes(&value)) {
            args.insert(name, value);
        }
    }
    Ok(Some(args))
}

/// Shows what a router of Rust found. What is there already stays as it is, but for what differs.
pub(super) fn set(dict: &Bound<'_, PyDict>, args: &RoutingArgs) -> PyResult<()> {
    let py = dict.py();
    let known = get(dict)?;
    if known.as_ref() == Some(args) {
        return Ok(());
    }
    let (positional, named) = match parts(dict)? {
        Some((positional, named)) => (positional, named.copy()?),
        None => (PyTuple::empty(py), PyDict::new(py)),
    };
    let same = known.is_some_and(|known| known.positional().eq(args.positional()));
    let positional = if same {
        positional
    } else {
        PyTuple::new(py, args.positional().map(|value| native(py, value)))?
    };
    for (name, value) in args.named() {
        named.set_item(name, native(py, value))?;
    }
    dict.set_item(intern!(py, "wsgiorg.routing_args"), (positional, named))
}

type Parts<'py> = (Bound<'py, PyTuple>, Bound<'py, PyDict>);

fn parts<'py>(dict: &Bound<'py, PyDict>) -> PyResult<Option<Parts<'py>>> {
    let value = dict.get_item(intern!(dict.py(), "wsgiorg.routing_args"))?;
    // Another shape is none of ours.
    Ok(value.and_then(|value| value.extract().ok()))
}
