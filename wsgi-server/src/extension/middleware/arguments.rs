//! Arguments of several classes, and what their functions are called with.

pub(super) mod numbers;

use std::time::Duration;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;
use wsgi_core::python::{PyException, environ_dict};
use wsgi_core::{ApplicationError, Environ};

/// A time in seconds.
pub(super) fn seconds(name: &str, value: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(value).map_err(|error| {
        PyValueError::new_err(format!(
            "{name}: {value} is no time ({error}); give seconds, such as 0.5"
        ))
    })
}

/// One text, or several.
pub(super) fn texts(name: &str, object: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(vec![text.to_str()?.to_owned()]);
    }
    let refused =
        |_| PyTypeError::new_err(format!("{name} must be a text or an iterable of texts"));
    let items = object.try_iter().map_err(refused)?;
    items.map(|item| item?.extract().map_err(refused)).collect()
}

/// A function, or another object that can be called.
pub(super) fn callable(name: &str, object: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    if object.is_callable() {
        return Ok(object.clone().unbind());
    }
    let kind = object.get_type();
    let kind = kind.name()?;
    Err(PyTypeError::new_err(format!(
        "{name} must be a function, not {kind}"
    )))
}

/// Runs functions of Python on behalf of the application, whose failure it is what they raise.
pub(super) fn asked<R>(
    work: impl FnOnce(Python<'_>) -> PyResult<R>,
) -> Result<R, ApplicationError> {
    Python::attach(work).map_err(|error| ApplicationError::raised(PyException::new(error)))
}

/// A function of the environ, as a dict of its own, that says yes or no.
pub(super) fn environ_test(
    name: &str,
    test: &Bound<'_, PyAny>,
) -> PyResult<impl Fn(&Environ) -> Result<bool, ApplicationError> + Send + Sync + 'static> {
    let test = callable(name, test)?;
    Ok(move |environ: &Environ| {
        asked(|py| {
            let environ = environ_dict(py, environ)?;
            test.bind(py).call1((environ,))?.is_truthy()
        })
    })
}

/// Bytes as the native string that Python has for them, a character for each.
pub(super) fn native(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The bytes of a native string.
///
/// `what` is named where it is none.
pub(super) fn native_bytes(what: &str, text: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let wrong = || {
        let kind = text.get_type().name().map(|name| name.to_string());
        let kind = kind.unwrap_or_default();
        PyTypeError::new_err(format!(
            "{what} must be a str of characters up to U+00FF, not {kind} {text:?}"
        ))
    };
    let text: &str = text.extract().map_err(|_| wrong())?;
    let bytes = text.chars().map(u8::try_from).collect::<Result<_, _>>();
    bytes.map_err(|_| wrong())
}
