//! Status and header list: what Python gives to `start_response`, and what it is given.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};

use super::checked_headers::CheckedHeaders;
use super::text::{latin1, native, type_name};
use crate::{EarlyHints, HeaderError, Headers, StartResponseError, StatusLine, is_hop_by_hop};

/// Who found the fault, at the head of a message.
const START_RESPONSE: &str = "start_response";
const EARLY_HINTS: &str = "wsgi.early_hints";

/// The status string, checked.
///
/// # Specification
/// [PEP 3333, The `start_response()` Callable](https://peps.python.org/pep-3333/#the-start-response-callable)
pub(super) fn status_line(status: &Bound<'_, PyAny>) -> PyResult<StatusLine> {
    let Ok(text) = status.cast::<PyString>() else {
        return Err(PyTypeError::new_err(format!(
            "start_response: the status must be a str such as \"200 OK\", not {}",
            type_name(status)
        )));
    };
    let Some(bytes) = latin1(text) else {
        return Err(PyValueError::new_err(format!(
            "start_response: status {} holds a character beyond U+00FF; use characters of ISO-8859-1",
            repr(text)
        )));
    };
    let line = StatusLine::parse_bytes(bytes)
        .map_err(|error| PyValueError::new_err(format!("start_response: {error}")))?;
    if line.code() < 200 {
        let error = StartResponseError::Status {
            status: line.to_string(),
        };
        return Err(PyValueError::new_err(format!("start_response: {error}")));
    }
    Ok(line)
}

/// The header list, checked: a list of tuples of two `str`.
pub(super) fn headers(list: &Bound<'_, PyAny>) -> PyResult<Headers> {
    // "type(response_headers) is ListType", says the PEP.
    let Ok(list) = list.cast_exact::<PyList>() else {
        return Err(PyTypeError::new_err(format!(
            "start_response: response_headers must be a list of (name, value) tuples, not {}; write list(…) around it",
            type_name(list)
        )));
    };
    let mut headers = Headers::foreseeing(list.len());
    let mut known = CheckedHeaders::take();
    for (index, field) in list.iter().enumerate() {
        let Some((name_object, value_object)) = pair(&field) else {
            return Err(no_pair(START_RESPONSE, index, &field));
        };
        if known.append_known(index, name_object, value_object, &mut headers) {
            continue;
        }
        let (Some(name), Some(value)) = (latin1_of(name_object), latin1_of(value_object)) else {
            return Err(no_pair(START_RESPONSE, index, &field));
        };
        if is_hop_by_hop(name) {
            let name = String::from_utf8_lossy(name).into_owned();
            return Err(refused(
                START_RESPONSE,
                &HeaderError::HopByHop { index, name },
            ));
        }
        headers
            .try_append(name, value)
            .map_err(|error| refused(START_RESPONSE, &error))?;
        known.put(index, name_object, value_object);
    }
    known.keep(&headers);
    Ok(headers)
}

/// The fields of `wsgi.early_hints`, checked: as for `start_response`, but any iterable of tuples will do, which is what
/// Gunicorn takes.
pub(super) fn early_hints(fields: &Bound<'_, PyAny>) -> PyResult<EarlyHints> {
    let mut headers = Headers::new();
    for (index, field) in fields.try_iter()?.enumerate() {
        let field = field?;
        let objects = pair(&field);
        let (Some(name), Some(value)) = (
            objects.and_then(|(name, _)| latin1_of(name)),
            objects.and_then(|(_, value)| latin1_of(value)),
        ) else {
            return Err(no_pair(EARLY_HINTS, index, &field));
        };
        headers
            .try_append(name, value)
            .map_err(|error| refused(EARLY_HINTS, &error))?;
    }
    EarlyHints::new(headers).map_err(|error| refused(EARLY_HINTS, &error))
}

/// Name and value, if the field is a tuple of two.
fn pair<'f, 'py>(
    field: &'f Bound<'py, PyAny>,
) -> Option<(&'f Bound<'py, PyAny>, &'f Bound<'py, PyAny>)> {
    match field.cast::<PyTuple>().ok()?.as_slice() {
        [name, value] => Some((name, value)),
        _ => None,
    }
}

/// The bytes of a native string.
fn latin1_of<'t>(text: &'t Bound<'_, PyAny>) -> Option<&'t [u8]> {
    latin1(text.cast().ok()?)
}

/// Why the field is no tuple of two native strings.
#[cold]
fn no_pair(callable: &str, index: usize, field: &Bound<'_, PyAny>) -> PyErr {
    let found = match field.cast::<PyTuple>().map(|tuple| tuple.as_slice()) {
        Ok([name, value]) => {
            return match latin1_of(name) {
                None => no_native_string(callable, index, "name", name),
                Some(_) => no_native_string(callable, index, "value", value),
            };
        }
        Ok(others) => format!("tuple of {}", others.len()),
        Err(_) => type_name(field),
    };
    PyTypeError::new_err(format!(
        "{callable}: header {index} must be a tuple (name, value) of two str, not {found}"
    ))
}

fn no_native_string(callable: &str, index: usize, part: &str, text: &Bound<'_, PyAny>) -> PyErr {
    if let Ok(text) = text.cast::<PyString>() {
        return PyValueError::new_err(format!(
            "{callable}: the {part} of header {index}, {}, holds a character beyond U+00FF; \
             use characters of ISO-8859-1, or encode it as the field's specification says (RFC 8187 for parameters)",
            repr(text)
        ));
    }
    PyTypeError::new_err(format!(
        "{callable}: the {part} of header {index} must be a str, not {}{}",
        type_name(text),
        if text.is_instance_of::<pyo3::types::PyBytes>() {
            "; decode it, e.g. .decode(\"latin-1\")"
        } else {
            "; write str(…) around it"
        }
    ))
}

fn refused(callable: &str, error: &HeaderError) -> PyErr {
    PyValueError::new_err(format!("{callable}: {error}"))
}

/// As `repr` shows it, which has no control characters.
fn repr(text: &Bound<'_, PyString>) -> String {
    match text.repr() {
        Ok(repr) => repr.to_string_lossy().into_owned(),
        Err(_) => "(a str)".to_owned(),
    }
}

/// Status and headers for a Python `start_response`.
pub(super) fn to_python<'py>(
    py: Python<'py>,
    status: &StatusLine,
    headers: &Headers,
) -> PyResult<(Bound<'py, PyString>, Bound<'py, PyList>)> {
    Ok((native(py, status.as_bytes()), list(py, headers)?))
}

/// The fields as a list of tuples.
pub(super) fn list<'py>(py: Python<'py>, headers: &Headers) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for (name, value) in headers.iter() {
        list.append((native(py, name.as_bytes()), native(py, value)))?;
    }
    Ok(list)
}
