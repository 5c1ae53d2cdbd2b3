//! Native strings: the `str` that PEP 3333 makes of bytes, and back.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::types::string::PyStringData;

/// Bytes as a `str` of as many characters: each byte is the character of its number.
///
/// # Specification
/// [PEP 3333, Unicode Issues](https://peps.python.org/pep-3333/#unicode-issues)
#[allow(
    unsafe_code,
    reason = "a dozen strings a request are made here; through UTF-8 each costs three passes more"
)]
pub(super) fn native<'py>(py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyString> {
    // A slice is never longer than `isize::MAX`.
    let length = bytes.len() as ffi::Py_ssize_t;
    // SAFETY: pointer and length are those of a slice; the function copies, and takes any byte.
    let text =
        unsafe { ffi::PyUnicode_DecodeLatin1(bytes.as_ptr().cast(), length, std::ptr::null()) };
    if text.is_null() {
        return out_of_memory(py, bytes);
    }
    // SAFETY: the function returned a new reference, and what it makes is an exact `str`.
    unsafe { Bound::from_owned_ptr(py, text).cast_into_unchecked() }
}

/// By way of UTF-8: panics where memory is short, as all allocation of PyO3 does.
#[cold]
fn out_of_memory<'py>(py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyString> {
    drop(PyErr::take(py));
    plain_native(py, bytes)
}

/// As [`native`], without unsafe code.
fn plain_native<'py>(py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyString> {
    let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
    PyString::new(py, &text)
}

/// A `str` as bytes; `None` if it has a character beyond U+00FF, which no byte stands for.
#[allow(
    unsafe_code,
    reason = "each status and header is read here; through UTF-8 each costs several times as much"
)]
pub(super) fn latin1<'t>(text: &'t Bound<'_, PyString>) -> Option<&'t [u8]> {
    // SAFETY: the layout is the one that PyO3 was built for: that of the very CPython, for this is no build for the
    // limited API. CPython keeps a `str` in the narrowest form, and does not change it while there is a reference.
    match unsafe { text.data() } {
        Ok(PyStringData::Ucs1(bytes)) => Some(bytes),
        _ => None,
    }
}

/// As [`latin1`], without unsafe code.
#[cfg(test)]
fn plain_latin1(text: &Bound<'_, PyString>) -> Option<Vec<u8>> {
    // The only `str` that has no UTF-8 has a lone surrogate, and that lies beyond U+00FF.
    let utf8 = text.to_str().ok()?;
    utf8.chars().map(|c| u8::try_from(c).ok()).collect()
}

/// The bytes of an object that is a native string.
pub(super) fn native_bytes(value: &Bound<'_, PyAny>) -> Option<Vec<u8>> {
    latin1(value.cast::<PyString>().ok()?).map(<[u8]>::to_vec)
}

/// The name of an object's type, for messages.
pub(super) fn type_name(object: &Bound<'_, PyAny>) -> String {
    match object.get_type().name() {
        Ok(name) => name.to_string_lossy().into_owned(),
        Err(_) => "object of unknown type".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_way_makes_what_the_plain_way_makes_and_both_come_back() {
        crate::python::interpreter::initialize().unwrap();
        let all: Vec<u8> = (0..=255).collect();
        Python::attach(|py| {
            for bytes in [
                &b""[..],
                b"a",
                b"plain ASCII",
                b"caf\xe9",
                b"\xc3\xa9",
                b"\0",
                &all,
            ] {
                let quick = native(py, bytes);
                let same = quick.as_any().eq(plain_native(py, bytes)).unwrap();
                assert!(same, "{bytes:?}");
                assert_eq!(latin1(&quick), Some(bytes));
                assert_eq!(plain_latin1(&quick).as_deref(), Some(bytes));
            }
            let surrogate = py.eval(c"'\\udc80'", None, None).unwrap();
            let wide = [
                PyString::new(py, "\u{100}"),
                PyString::new(py, "a\u{1f600}"),
                surrogate.cast_into().unwrap(),
            ];
            for text in wide {
                assert_eq!((latin1(&text), plain_latin1(&text)), (None, None));
            }
        });
    }
}
