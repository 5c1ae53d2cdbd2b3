//! Values for URLs, from Python.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use wsgi_router::{Integer, Value, Values};

/// Those of keyword arguments, in their order.
pub(super) fn of(keywords: Option<&Bound<'_, PyDict>>) -> PyResult<Values> {
    let mut values = Values::new();
    for (name, given) in keywords.into_iter().flat_map(|keywords| keywords.iter()) {
        values.insert(name.extract::<String>()?, value(&given)?);
    }
    Ok(values)
}

/// One of them; what is neither text, number nor several of these is what its `str()` says.
pub(super) fn value(given: &Bound<'_, PyAny>) -> PyResult<Value> {
    if given.is_none() {
        return Ok(Value::None);
    }
    if let Ok(text) = given.cast::<PyString>() {
        return Ok(Value::Str(text.extract()?));
    }
    if let Ok(truth) = given.cast::<PyBool>() {
        return Ok(Value::Bool(truth.is_true()));
    }
    if given.is_instance_of::<PyInt>()
        && let Some(integer) = Integer::parse(&given.str()?.to_cow()?)
    {
        return Ok(Value::Int(integer));
    }
    if given.is_instance_of::<PyFloat>() {
        return Ok(Value::Float(given.extract()?));
    }
    if given.is_instance_of::<PyList>() || given.is_instance_of::<PyTuple>() {
        let items = given.try_iter()?.map(|item| value(&item?));
        return Ok(Value::List(items.collect::<PyResult<_>>()?));
    }
    Ok(Value::Str(given.str()?.extract()?))
}
