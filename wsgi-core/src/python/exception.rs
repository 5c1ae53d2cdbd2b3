//! Python exceptions as errors of Rust, and the way back.

use std::error::Error;
use std::io;

use pyo3::exceptions::{
    PyAssertionError, PyConnectionError, PyMemoryError, PyOSError, PyRuntimeError, PyTypeError,
};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::held::drop_attached;
use crate::{
    ApplicationError, EarlyHintsError, ExcInfo, InputError, StartResponseError, WriteError,
};

pyo3::create_exception!(
    wsgi_rs,
    ClientDisconnected,
    PyConnectionError,
    "The client left, or sent a body that is malformed or too short."
);

/// An exception that Python code raised, of any kind, `SystemExit` and `KeyboardInterrupt` included.
///
/// Shows itself as the traceback that Python prints, made when asked for. An exception that passes through
/// Rust layers on its way to an outer Python layer arrives there as the same object.
pub struct PyException(Option<Box<Raised>>);

#[derive(Debug)]
struct Raised {
    error: PyErr,
    /// What `close()` raised while the first exception was on its way.
    close: Option<PyErr>,
}

impl PyException {
    /// Wraps an exception.
    pub fn new(error: PyErr) -> Self {
        Self(Some(Box::new(Raised { error, close: None })))
    }

    /// The exception itself, to be raised again.
    pub fn into_py_err(mut self) -> PyErr {
        let raised = self.0.take();
        raised
            .expect("only this and `drop` take the exception")
            .error
    }

    /// The exception itself, shared.
    pub fn to_py_err(&self, py: Python<'_>) -> PyErr {
        let raised = self.0.as_ref();
        raised
            .expect("only `into_py_err` and `drop` take the exception")
            .error
            .clone_ref(py)
    }
}

impl Drop for PyException {
    fn drop(&mut self) {
        if self.0.is_some() {
            drop_attached(self.0.take());
        }
    }
}

/// The traceback, as Python prints it, without the last line end.
impl std::fmt::Display for PyException {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = Python::try_attach(|py| {
            let Some(raised) = &self.0 else {
                return String::new();
            };
            let mut text = traceback(py, &raised.error);
            if let Some(close) = &raised.close {
                text.push_str("\n\nclose() of the response's iterable then failed, too:\n\n");
                text.push_str(&traceback(py, close));
            }
            text
        });
        f.write_str(
            text.as_deref()
                .unwrap_or("a Python exception; the interpreter has ended"),
        )
    }
}

impl std::fmt::Debug for PyException {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PyException").field(&self.0).finish()
    }
}

impl Error for PyException {}

impl From<PyErr> for PyException {
    fn from(error: PyErr) -> Self {
        Self::new(error)
    }
}

fn traceback(py: Python<'_>, error: &PyErr) -> String {
    let format = || -> PyResult<String> {
        let lines = py.import("traceback")?.call_method1(
            "format_exception",
            (error.get_type(py), error.value(py), error.traceback(py)),
        )?;
        let text = pyo3::types::PyString::new(py, "").call_method1("join", (lines,))?;
        // A message may hold lone surrogates, which have no UTF-8.
        Ok(text
            .cast::<pyo3::types::PyString>()?
            .to_string_lossy()
            .trim_end()
            .to_owned())
    };
    format().unwrap_or_else(|_| error.to_string())
}

/// What Python code raised, as the failure of an application.
pub(super) fn raised(py: Python<'_>, error: PyErr) -> ApplicationError {
    let by_client = error.is_instance_of::<ClientDisconnected>(py);
    let exception = PyException::new(error);
    if by_client {
        // Told apart so that a client which left is not reported as a fault of the application.
        ApplicationError::Client(Box::new(exception))
    } else {
        ApplicationError::raised(exception)
    }
}

/// The failure with the one of `close()` that followed it; the first is the cause, so it leads.
pub(super) fn also_failed_to_close(first: ApplicationError, close: PyErr) -> ApplicationError {
    match first {
        ApplicationError::Raised(error) => match error.downcast::<PyException>() {
            Ok(mut exception) => {
                if let Some(raised) = &mut exception.0 {
                    raised.close = Some(close);
                }
                ApplicationError::Raised(exception)
            }
            Err(error) => ApplicationError::Raised(error),
        },
        other => other,
    }
}

/// The failure of an application, to be raised in Python: the very exception if it began as one.
pub(super) fn to_py_err(error: ApplicationError) -> PyErr {
    let text = |error: &ApplicationError| error.report();
    match error {
        ApplicationError::Raised(cause)
        | ApplicationError::StartResponse(StartResponseError::Other(cause))
        | ApplicationError::Write(WriteError::Other(cause))
        | ApplicationError::EarlyHints(EarlyHintsError::Other(cause)) => unwrap(cause),
        ApplicationError::StartResponse(StartResponseError::HeadersSent(exc_info)) => {
            unwrap(exc_info.into_inner())
        }
        ApplicationError::Write(WriteError::Disconnected) => {
            ClientDisconnected::new_err(WriteError::Disconnected.to_string())
        }
        ApplicationError::Client(cause) => match cause.downcast::<InputError>() {
            Ok(error) => client_to_py_err(*error),
            Err(cause) => unwrap(cause),
        },
        ApplicationError::Io(error) => io_to_py_err(error),
        error @ (ApplicationError::NotStarted
        | ApplicationError::StartResponse(StartResponseError::Twice)
        | ApplicationError::Write(WriteError::NotStarted)) => {
            PyAssertionError::new_err(text(&error))
        }
        error @ ApplicationError::Misuse(_) => PyTypeError::new_err(text(&error)),
        error => PyRuntimeError::new_err(text(&error)),
    }
}

/// A failure of input or output, to be raised in Python as an `OSError`, or the `MemoryError` that it is.
pub(super) fn io_to_py_err(error: io::Error) -> PyErr {
    match error.downcast::<InputError>() {
        Ok(error) => client_to_py_err(error),
        Err(error) => match error.downcast::<PyException>() {
            Ok(exception) => exception.into_py_err(),
            Err(error) if error.kind() == io::ErrorKind::OutOfMemory => PyMemoryError::new_err(()),
            Err(error) => PyOSError::new_err(error.to_string()),
        },
    }
}

/// A request's body that cannot be read: the very exception, if it began as one.
fn client_to_py_err(error: InputError) -> PyErr {
    let message = error.to_string();
    match error.into_inner().downcast::<PyException>() {
        Ok(exception) => exception.into_py_err(),
        Err(cause) => ClientDisconnected::new_err(format!("{message}: {cause}")),
    }
}

fn unwrap(cause: Box<dyn Error + Send + Sync>) -> PyErr {
    match cause.downcast::<PyException>() {
        Ok(exception) => exception.into_py_err(),
        Err(cause) => PyRuntimeError::new_err(ApplicationError::Raised(cause).report()),
    }
}

/// The trapped error as `sys.exc_info()` has it: `(type, value, traceback)`.
pub(super) fn exc_info_tuple(py: Python<'_>, exc_info: ExcInfo) -> PyResult<Bound<'_, PyTuple>> {
    let error = unwrap(exc_info.into_inner());
    (error.get_type(py), error.value(py), error.traceback(py)).into_pyobject(py)
}
