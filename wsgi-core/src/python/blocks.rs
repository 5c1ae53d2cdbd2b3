//! The body of a Rust application as an iterable of Python.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::exception::to_py_err;
use super::held::drop_attached;
use super::panic::shielded;
use crate::{ApplicationError, Body};

/// An iterator of blocks with a `close()`.
#[pyclass(frozen, module = "wsgi_rs", name = "Body")]
pub(super) struct PyBody(Mutex<Slot>);

enum Slot {
    Here(Body),
    /// A block is being made, by this thread further down or by another.
    Busy,
    Closed,
}

impl PyBody {
    pub(super) const fn new(body: Body) -> Self {
        Self(Mutex::new(Slot::Here(body)))
    }

    /// Takes the body out, so that the lock is not held while its code runs, which may be Python's.
    fn take(&self, leave: Slot) -> PyResult<Option<Body>> {
        let mut slot = self.slot();
        match std::mem::replace(&mut *slot, leave) {
            Slot::Here(body) => Ok(Some(body)),
            Slot::Closed => {
                *slot = Slot::Closed;
                Ok(None)
            }
            Slot::Busy => {
                *slot = Slot::Busy;
                Err(PyRuntimeError::new_err(
                    "the response body is being iterated already; one thread iterates and closes it",
                ))
            }
        }
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl PyBody {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let Some(mut body) = self.take(Slot::Busy)? else {
            return Ok(None);
        };
        let block = shielded(|| {
            let block = body.next_block()?;
            Ok::<_, ApplicationError>(block.map(|block| PyBytes::new(py, block)))
        });
        *self.slot() = Slot::Here(body);
        block.map_err(to_py_err)
    }

    /// Releases what the body holds. PEP 3333: servers call this when the request ends, however it ends.
    pub(super) fn close(&self) -> PyResult<()> {
        match self.take(Slot::Closed)? {
            Some(body) => shielded(|| body.close()).map_err(to_py_err),
            None => Ok(()),
        }
    }
}

impl Drop for PyBody {
    fn drop(&mut self) {
        let slot = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop_attached(Some(std::mem::replace(slot, Slot::Closed)));
    }
}
