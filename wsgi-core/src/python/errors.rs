//! `wsgi.errors` of Rust for Python, and of Python for Rust.

use std::io::{self, Write as _};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::exception::{PyException, io_to_py_err};
use super::held::Held;
use super::text::type_name;
use crate::ErrorStream;
use crate::error_stream::ConcurrentSink;

/// `wsgi.errors`: a text stream for reports.
///
/// Takes any `str`; what has no UTF-8 (lone surrogates) is written as `\udc80`.
///
/// # Specification
/// [PEP 3333, Input and Error Streams](https://peps.python.org/pep-3333/#input-and-error-streams)
#[pyclass(frozen, module = "wsgi_rs", name = "ErrorStream")]
pub(super) struct PyErrors(ErrorStream);

impl PyErrors {
    pub(super) const fn new(stream: ErrorStream) -> Self {
        Self(stream)
    }
}

#[pymethods]
impl PyErrors {
    /// Writes text and returns the number of its characters.
    #[pyo3(signature = (text, /))]
    fn write(&self, py: Python<'_>, text: &Bound<'_, PyAny>) -> PyResult<usize> {
        let Ok(text) = text.cast::<PyString>() else {
            return Err(PyTypeError::new_err(format!(
                "wsgi.errors: write() takes a str, not {}",
                type_name(text)
            )));
        };
        let count = text.len()?;
        let encoded;
        let utf8 = match text.to_str() {
            Ok(utf8) => utf8.as_bytes(),
            Err(_) => {
                encoded =
                    text.call_method1(pyo3::intern!(py, "encode"), ("utf-8", "backslashreplace"))?;
                encoded.extract::<&[u8]>()?
            }
        };
        let mut stream = self.0.clone();
        // Detached, because the sink may be slow, and its lock may be held by one who waits for the interpreter.
        py.detach(|| stream.write_all(utf8)).map_err(io_to_py_err)?;
        Ok(count)
    }

    /// Writes each text of an iterable; adds no line ends.
    #[pyo3(signature = (lines, /))]
    fn writelines(&self, py: Python<'_>, lines: &Bound<'_, PyAny>) -> PyResult<()> {
        for line in lines.try_iter()? {
            self.write(py, &line?)?;
        }
        Ok(())
    }

    /// Makes sure that nothing is held back.
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        let mut stream = self.0.clone();
        py.detach(|| stream.flush()).map_err(io_to_py_err)
    }
}

/// The `wsgi.errors` of an outer Python server for Rust layers.
pub(super) fn from_python(stream: &Bound<'_, PyAny>) -> ErrorStream {
    match stream.cast::<PyErrors>() {
        Ok(ours) => ours.get().0.clone(),
        Err(_) => ErrorStream::concurrent(PythonWriter(Held::new(stream.clone()))),
    }
}

/// Writes to a text stream of Python.
struct PythonWriter(Held<PyAny>);

impl PythonWriter {
    fn call(&self, method: &str, text: Option<&str>) -> io::Result<()> {
        Python::try_attach(|py| {
            let stream = self.0.bind(py);
            let called = match text {
                Some(text) => stream.call_method1(method, (text,)),
                None => stream.call_method0(method),
            };
            match called {
                Ok(_) => Ok(()),
                Err(error) => Err(io::Error::other(PyException::new(error))),
            }
        })
        .unwrap_or_else(|| Err(io::Error::other("the Python interpreter has ended")))
    }
}

impl ConcurrentSink for PythonWriter {
    fn write(&self, text: &[u8]) -> io::Result<()> {
        self.call("write", Some(&String::from_utf8_lossy(text)))
    }

    fn flush(&self) -> io::Result<()> {
        self.call("flush", None)
    }
}
