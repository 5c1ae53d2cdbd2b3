//! Values between Python and the router: those that URLs are built from, and those that parameters are.

use std::any::Any;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use wsgi_router::{CustomValue, Integer, Value, Values};

/// Those of keyword arguments, in their order.
pub(super) fn of(keywords: Option<&Bound<'_, PyDict>>) -> PyResult<Values> {
    let mut values = Values::new();
    for (name, given) in keywords.into_iter().flat_map(|keywords| keywords.iter()) {
        values.insert(name.extract::<String>()?, value(&given)?);
    }
    Ok(values)
}

/// One of them; what is neither text, number nor several of these stays the object that it is.
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
    // How it is written is told now, where an exception of its own can be raised.
    given.str()?;
    Ok(Held::value(given.clone()))
}

/// A value as Python has it.
pub(super) fn object<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::None => py.None().into_bound(py),
        Value::Bool(truth) => PyBool::new(py, *truth).to_owned().into_any(),
        Value::Int(integer) => match integer.to_i64() {
            Some(integer) => integer.into_pyobject(py)?.into_any(),
            None => py.get_type::<PyInt>().call1((integer.to_string(),))?,
        },
        Value::Float(float) => PyFloat::new(py, *float).into_any(),
        Value::Str(text) => PyString::new(py, text).into_any(),
        Value::Uuid(uuid) => py
            .import("uuid")?
            .getattr("UUID")?
            .call1((uuid.to_string(),))?,
        Value::List(values) => {
            let values = values.iter().map(|value| object(py, value));
            PyList::new(py, values.collect::<PyResult<Vec<_>>>()?)?.into_any()
        }
        value => match Held::of(value) {
            Some(Held::Object(object)) => object.bind(py).clone(),
            Some(Held::Failure(error)) => return Err(error.clone_ref(py)),
            None => {
                return Err(PyValueError::new_err(format!(
                    "{value} is a value that Python has no type for"
                )));
            }
        },
    })
}

/// What a converter of Python's has made, or what is given to one.
#[derive(Debug)]
pub(super) enum Held {
    Object(Py<PyAny>),
    /// The exception that it has raised instead.
    Failure(PyErr),
}

impl Held {
    pub(super) fn value(object: Bound<'_, PyAny>) -> Value {
        Value::Custom(std::sync::Arc::new(Self::Object(object.unbind())))
    }

    pub(super) fn failure(error: PyErr) -> Value {
        Value::Custom(std::sync::Arc::new(Self::Failure(error)))
    }

    /// The exception in place of a value, if there is one.
    pub(super) fn error_of(value: &Value) -> Option<PyErr> {
        match Self::of(value)? {
            Self::Failure(error) => Some(Python::attach(|py| error.clone_ref(py))),
            Self::Object(_) => None,
        }
    }

    fn of(value: &Value) -> Option<&Self> {
        match value {
            Value::Custom(custom) => (&**custom as &dyn Any).downcast_ref(),
            _ => None,
        }
    }
}

impl CustomValue for Held {
    fn text(&self) -> String {
        Python::attach(|py| match self {
            Self::Object(object) => object.bind(py).to_string(),
            Self::Failure(error) => error.to_string(),
        })
    }

    fn equals(&self, other: &Value) -> bool {
        let Self::Object(this) = self else {
            return false;
        };
        Python::attach(|py| {
            object(py, other).is_ok_and(|other| this.bind(py).eq(other).unwrap_or(false))
        })
    }
}
