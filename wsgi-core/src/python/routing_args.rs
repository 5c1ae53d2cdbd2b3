//! `wsgiorg.routing_args` of the environ dict: the tuple `(positional, named)`.

use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::sync::Arc;

use http::Extensions;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::text::{native, native_bytes};
use crate::RoutingArgs;

/// Parameters as Python objects: what a router may put into [`Environ::extensions_mut`](crate::Environ::extensions_mut)
/// beside its [`RoutingArgs`].
///
/// Python applications find them in `environ["wsgiorg.routing_args"]`, in place of the texts of these names.
#[derive(Clone)]
pub struct RoutingObjects(Arc<Objects>);

type Objects =
    dyn for<'py> Fn(Python<'py>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> + Send + Sync;

impl RoutingObjects {
    /// Those that the function makes when a Python application is called, and not before.
    pub fn new(
        objects: impl for<'py> Fn(Python<'py>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self(Arc::new(objects))
    }
}

impl Debug for RoutingObjects {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("RoutingObjects")
    }
}

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
pub(super) fn set(dict: &Bound<'_, PyDict>, extensions: &Extensions) -> PyResult<()> {
    if let Some(args) = extensions.get::<RoutingArgs>() {
        set_texts(dict, args)?;
    }
    let Some(RoutingObjects(objects)) = extensions.get() else {
        return Ok(());
    };
    let (positional, named) = match parts(dict)? {
        Some((positional, named)) => (positional, named.copy()?),
        None => (PyTuple::empty(dict.py()), PyDict::new(dict.py())),
    };
    for (name, value) in objects(dict.py())? {
        named.set_item(name, value)?;
    }
    dict.set_item(
        intern!(dict.py(), "wsgiorg.routing_args"),
        (positional, named),
    )
}

fn set_texts(dict: &Bound<'_, PyDict>, args: &RoutingArgs) -> PyResult<()> {
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
