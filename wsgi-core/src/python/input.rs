//! `wsgi.input` of Rust for Python, and of Python for Rust.

use std::io::{self, BufRead, Read};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use super::exception::{PyException, io_to_py_err};
use super::held::Held;
use super::text::type_name;
use crate::Input;

/// `wsgi.input`: the body of the request as a stream that ends where the body ends.
///
/// Lets go of the interpreter while it waits for the client.
///
/// # Specification
/// [PEP 3333, Input and Error Streams](https://peps.python.org/pep-3333/#input-and-error-streams)
#[pyclass(frozen, subclass, module = "wsgi_rs", name = "Input")]
pub(super) struct PyInput(Shared);

/// One that a layer has buffered, which can be read again. Others do not even have a `seek()`: PEP 3333 knows none, and
/// programs take it for a promise.
#[pyclass(frozen, extends = PyInput, module = "wsgi_rs", name = "RewindableInput")]
struct PyRewindableInput;

/// A body that Python and Rust layers read by turns.
///
/// Its lock is only ever waited for while detached, for whoever holds it may wait for the interpreter.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<Input>>);

impl PyInput {
    pub(super) fn new(input: Input) -> Self {
        Self(Shared(Arc::new(Mutex::new(input))))
    }

    /// The object for Python: with `seek()` where that succeeds.
    pub(super) fn bound(py: Python<'_>, input: Input) -> PyResult<Bound<'_, Self>> {
        if !input.is_rewindable() {
            return Bound::new(py, Self::new(input));
        }
        let class = PyClassInitializer::from(Self::new(input)).add_subclass(PyRewindableInput);
        Ok(Bound::new(py, class)?.into_super())
    }

    /// The same stream for Rust layers.
    pub(super) fn shared(&self) -> Shared {
        self.0.clone()
    }
}

#[pymethods]
impl PyInput {
    /// Up to `size` bytes, fewer only at the end of the body; all that is left without a size.
    #[pyo3(signature = (size = None, /))]
    fn read<'py>(&self, py: Python<'py>, size: Option<i64>) -> PyResult<Bound<'py, PyBytes>> {
        let limit = size.and_then(|size| u64::try_from(size).ok());
        self.0.take_bytes(
            py,
            move |buffered| buffered.len().min(saturated(limit)),
            move |input| match limit {
                None => input.read_all(),
                Some(limit) => {
                    let mut bytes = Vec::new();
                    input.take(limit).read_to_end(&mut bytes)?;
                    Ok(bytes)
                }
            },
        )
    }

    /// Up to the next line feed inclusive, at most `size` bytes.
    #[pyo3(signature = (size = None, /))]
    fn readline<'py>(&self, py: Python<'py>, size: Option<i64>) -> PyResult<Bound<'py, PyBytes>> {
        let limit = size.and_then(|size| u64::try_from(size).ok());
        self.0.take_bytes(
            py,
            move |buffered| {
                let line = buffered.iter().position(|&byte| byte == b'\n');
                line.map_or(buffered.len(), |at| at + 1)
                    .min(saturated(limit))
            },
            move |input| input.read_line(limit.map(|limit| saturated(Some(limit)))),
        )
    }

    /// The lines that are left; with a hint, no further line once so many bytes were read.
    #[pyo3(signature = (hint = None, /))]
    fn readlines<'py>(&self, py: Python<'py>, hint: Option<i64>) -> PyResult<Bound<'py, PyList>> {
        let hint = hint.and_then(|hint| usize::try_from(hint).ok());
        let wanted = hint.filter(|&hint| hint > 0).unwrap_or(usize::MAX);
        let lines = PyList::empty(py);
        let mut read = 0;
        while read < wanted {
            let line = self.readline(py, None)?;
            if line.as_bytes().is_empty() {
                break;
            }
            read += line.as_bytes().len();
            lines.append(line)?;
        }
        Ok(lines)
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let line = self.readline(py, None)?;
        Ok((!line.as_bytes().is_empty()).then_some(line))
    }
}

#[pymethods]
impl PyRewindableInput {
    fn seekable(&self) -> bool {
        true
    }

    /// Back to the beginning of a body that was buffered; no other place is offered.
    #[pyo3(signature = (offset, whence = 0, /))]
    fn seek(slf: &Bound<'_, Self>, offset: i64, whence: i64) -> PyResult<i64> {
        let py = slf.py();
        let unsupported = |message: String| match py
            .import("io")
            .and_then(|io| io.getattr("UnsupportedOperation")?.call1((message,)))
        {
            Ok(error) => PyErr::from_value(error),
            Err(error) => error,
        };
        if (offset, whence) != (0, 0) {
            let message = "wsgi.input goes back to its beginning alone; write seek(0)";
            return Err(unsupported(message.to_owned()));
        }
        let stream = slf.as_super().get().shared();
        let rewound = py.detach(|| stream.lock().rewind());
        rewound.map_err(|error| unsupported(format!("wsgi.input: {error}")))?;
        Ok(0)
    }
}

fn saturated(limit: Option<u64>) -> usize {
    limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    })
}

impl Shared {
    /// To be called while detached.
    fn lock(&self) -> std::sync::MutexGuard<'_, Input> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes bytes out of the body: `in_memory` says how many of those at hand, where all are at hand; else
    /// `wait` reads them, detached.
    fn take_bytes<'py>(
        &self,
        py: Python<'py>,
        in_memory: impl FnOnce(&[u8]) -> usize,
        wait: impl FnOnce(&mut Input) -> io::Result<Vec<u8>> + Send,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let at_hand = match self.0.try_lock() {
            Ok(mut input) => take_in_memory(py, &mut input, in_memory),
            Err(TryLockError::Poisoned(input)) => {
                take_in_memory(py, &mut input.into_inner(), in_memory)
            }
            Err(TryLockError::WouldBlock) => None,
        };
        if let Some(bytes) = at_hand {
            return Ok(bytes);
        }
        let read = py.detach(|| wait(&mut self.lock()));
        match read {
            // `PyBytes::new` would panic where there is no memory for as many bytes again.
            Ok(bytes) => PyBytes::new_with(py, bytes.len(), |copy| {
                copy.copy_from_slice(&bytes);
                Ok(())
            }),
            Err(error) => Err(io_to_py_err(error)),
        }
    }

    /// The stream for a Rust layer; what either side reads is gone for the other.
    pub(super) fn into_input(self) -> Input {
        let remaining = match self.0.try_lock() {
            Ok(input) => input.remaining(),
            Err(_) => None,
        };
        if remaining == Some(0) {
            return Input::empty();
        }
        Input::from_reader(self, remaining)
    }
}

fn take_in_memory<'py>(
    py: Python<'py>,
    input: &mut Input,
    count: impl FnOnce(&[u8]) -> usize,
) -> Option<Bound<'py, PyBytes>> {
    if input.is_stream() {
        return None;
    }
    let buffered = input.fill_buf().ok()?;
    let count = count(buffered);
    let bytes = PyBytes::new(py, &buffered[..count]);
    input.consume(count);
    Some(bytes)
}

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = |buffer: &mut [u8]| self.lock().read(buffer);
        // The thread may be attached; then it must let go before it waits for the lock or for the client.
        match Python::try_attach(|py| py.detach(|| read(&mut *buffer))) {
            Some(result) => result,
            None => read(buffer),
        }
    }
}

/// The `wsgi.input` of an outer Python server for Rust layers.
///
/// `length` is the request's `Content-Length`. Servers need not simulate the end of the body; where they do not
/// promise it (`terminated`), no byte beyond that length is asked for, for the wait might be endless.
pub(super) fn from_python(
    stream: &Bound<'_, PyAny>,
    length: Option<u64>,
    terminated: bool,
) -> Input {
    if let Ok(ours) = stream.cast::<PyInput>() {
        return ours.get().shared().into_input();
    }
    let reader = PythonReader(Held::new(stream.clone()));
    match (length, terminated) {
        (None | Some(0), false) => Input::empty(),
        (Some(length), false) => Input::from_reader(reader.take(length), Some(length)),
        (length, true) => Input::from_reader(reader, length),
    }
}

/// Reads from a file-like object of Python.
struct PythonReader(Held<PyAny>);

impl Read for PythonReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut read = |py: Python<'_>| -> PyResult<usize> {
            let block = self
                .0
                .bind(py)
                .call_method1(pyo3::intern!(py, "read"), (buffer.len(),))?;
            let Ok(block) = block.cast::<PyBytes>() else {
                return Err(PyTypeError::new_err(format!(
                    "wsgi.input: read() returned {} where bytes belong",
                    type_name(&block)
                )));
            };
            let bytes = block.as_bytes();
            let count = bytes.len().min(buffer.len());
            buffer[..count].copy_from_slice(&bytes[..count]);
            if bytes.len() > buffer.len() {
                return Err(PyTypeError::new_err(format!(
                    "wsgi.input: read({}) returned {} bytes",
                    buffer.len(),
                    bytes.len()
                )));
            }
            Ok(count)
        };
        Python::try_attach(|py| read(py).map_err(|error| io::Error::other(PyException::new(error))))
            .unwrap_or_else(|| Err(io::Error::other("the Python interpreter has ended")))
    }
}
