//! Native strings: the `str` that PEP 3333 makes of bytes, and back.

use std::borrow::Cow;

use pyo3::prelude::*;
use pyo3::types::PyString;

/// Bytes as a `str` of as many characters: each byte is the character of its number.
///
/// # Specification
/// [PEP 3333, Unicode Issues](https://peps.python.org/pep-3333/#unicode-issues)
pub(super) fn native<'py>(py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyString> {
    match std::str::from_utf8(bytes) {
        Ok(ascii) if ascii.is_ascii() => PyString::new(py, ascii),
        _ => {
            let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
            PyString::new(py, &text)
        }
    }
}

/// A `str` as bytes; `None` if it has a character beyond U+00FF, which no byte stands for.
pub(super) fn latin1<'t>(text: &'t Bound<'_, PyString>) -> Option<Cow<'t, [u8]>> {
    // The only `str` that has no UTF-8 has a lone surrogate, and that lies beyond U+00FF.
    let utf8 = text.to_str().ok()?;
    if utf8.is_ascii() {
        return Some(Cow::Borrowed(utf8.as_bytes()));
    }
    let bytes: Option<Vec<u8>> = utf8.chars().map(|c| u8::try_from(c).ok()).collect();
    bytes.map(Cow::Owned)
}

/// The name of an object's type, for messages.
pub(super) fn type_name(object: &Bound<'_, PyAny>) -> String {
    match object.get_type().name() {
        Ok(name) => name.to_string_lossy().into_owned(),
        Err(_) => "object of unknown type".to_owned(),
    }
}
