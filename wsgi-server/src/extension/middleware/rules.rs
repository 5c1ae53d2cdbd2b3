//! Lists of rules, as Python gives them: dicts, or a mapping of the shortest ones.

use std::error::Error;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString};

/// One rule, and which one it is.
pub(super) struct Row<'py> {
    index: usize,
    dict: Bound<'py, PyDict>,
}

/// The rules; of a mapping each item is one, under the keys `from` and `to`.
pub(super) fn rows<'py>(
    rules: &Bound<'py, PyAny>,
    from: &str,
    known: &[&str],
) -> PyResult<Vec<Row<'py>>> {
    let py = rules.py();
    if let Ok(mapping) = rules.cast::<PyMapping>() {
        let items = mapping.items()?;
        let row = |(index, item): (usize, Bound<'py, PyAny>)| {
            let (key, to): (Bound<'py, PyAny>, Bound<'py, PyAny>) = item.extract()?;
            let dict = PyDict::new(py);
            dict.set_item(from, key)?;
            dict.set_item("to", to)?;
            Ok(Row { index, dict })
        };
        return items.iter().enumerate().map(row).collect();
    }
    let row = |(index, item): (usize, PyResult<Bound<'py, PyAny>>)| {
        let Ok(dict) = item?.cast_into::<PyDict>() else {
            return Err(PyTypeError::new_err(format!(
                "rules[{index}] must be a dict"
            )));
        };
        for key in dict.keys() {
            let key = key.str()?;
            if !known.contains(&key.to_str()?) {
                let known = known.join("\", \"");
                return Err(PyValueError::new_err(format!(
                    "rules[{index}]: {:?} is unknown; use \"{known}\"",
                    key.to_str()?
                )));
            }
        }
        Ok(Row { index, dict })
    };
    rules.try_iter()?.enumerate().map(row).collect()
}

impl<'py> Row<'py> {
    /// The value of a key; `None` where it is not there, or is `None`.
    pub(super) fn get<T>(&self, key: &str) -> PyResult<Option<T>>
    where
        T: for<'a> FromPyObject<'a, 'py>,
    {
        let value = self.dict.get_item(key)?.filter(|value| !value.is_none());
        let Some(value) = value else { return Ok(None) };
        let extracted: Result<T, _> = value.extract();
        match extracted {
            Ok(value) => Ok(Some(value)),
            Err(error) => {
                let error: PyErr = error.into();
                let why = error.value(self.dict.py());
                let text = format!("rules[{}][{key:?}]: {why}", self.index);
                Err(PyTypeError::new_err(text))
            }
        }
    }

    pub(super) fn required<T>(&self, key: &str) -> PyResult<T>
    where
        T: for<'a> FromPyObject<'a, 'py>,
    {
        self.get(key)?
            .ok_or_else(|| self.mistake(format!("{key:?} is missing")))
    }

    /// One text, or several.
    pub(super) fn texts(&self, key: &str) -> PyResult<Vec<String>> {
        match self.dict.get_item(key)? {
            Some(text) if text.is_instance_of::<PyString>() => Ok(vec![text.extract()?]),
            _ => Ok(self.get(key)?.unwrap_or_default()),
        }
    }

    pub(super) fn mistake(&self, why: impl std::fmt::Display) -> PyErr {
        PyValueError::new_err(format!("rules[{}]: {why}", self.index))
    }

    /// With the cause, where there is one: what is wrong with a regular expression.
    pub(super) fn refused(&self, error: impl Error) -> PyErr {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        self.mistake(text)
    }
}
