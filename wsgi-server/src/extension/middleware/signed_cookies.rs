//! `wsgi_rs.middleware.SignedCookies`.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use wsgi_core::python::{Exported, application};

use super::arguments::{numbers, seconds, texts};
use super::{Wrapped, exported, value_error};

type Cookies = wsgi_middleware::SignedCookies<Wrapped>;

/// Signs the cookies that the application sets, and lets only those come back to it that it has signed.
///
/// `keys` is a secret of at least 32 bytes, or several: the first signs, all verify. All cookies are signed, unless some
/// are chosen by `names` or `prefixes`. `max_age`, in seconds, is how long ago a cookie may have been signed.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct SignedCookies;

#[pymethods]
impl SignedCookies {
    #[new]
    #[pyo3(signature = (app, keys, *, names = None, prefixes = None, max_age = None))]
    fn new(
        app: &Bound<'_, PyAny>,
        keys: &Bound<'_, PyAny>,
        names: Option<&Bound<'_, PyAny>>,
        prefixes: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = numbers::max_age)] max_age: Option<f64>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let mut cookies = Cookies::new(application(app)?);
        for key in secrets(keys)? {
            cookies = cookies.key(key).map_err(value_error)?;
        }
        for name in names.map_or(Ok(Vec::new()), |names| texts("names", names))? {
            cookies = cookies.name(name);
        }
        for prefix in prefixes.map_or(Ok(Vec::new()), |prefixes| texts("prefixes", prefixes))? {
            cookies = cookies.prefix(prefix);
        }
        if let Some(age) = max_age {
            cookies = cookies.max_age(seconds("max_age", age)?);
        }
        Ok(exported(cookies, app).add_subclass(Self))
    }
}

fn secrets(keys: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<u8>>> {
    if let Some(secret) = secret(keys)? {
        return Ok(vec![secret]);
    }
    let refused = || PyTypeError::new_err("keys must be a secret as str or bytes, or several");
    let items = keys.try_iter().map_err(|_| refused())?;
    let secrets: Vec<_> = items
        .map(|key| secret(&key?)?.ok_or_else(refused))
        .collect::<PyResult<_>>()?;
    match secrets.is_empty() {
        true => Err(PyValueError::new_err("keys is empty; give at least one")),
        false => Ok(secrets),
    }
}

fn secret(key: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    if let Ok(text) = key.cast::<PyString>() {
        return Ok(Some(text.to_str()?.as_bytes().to_vec()));
    }
    Ok(key
        .cast::<PyBytes>()
        .ok()
        .map(|bytes| bytes.as_bytes().to_vec()))
}
