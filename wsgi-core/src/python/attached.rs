//! State of Python objects that only attached threads reach.
#![cfg_attr(
    not(Py_GIL_DISABLED),
    allow(
        unsafe_code,
        reason = "the compiler does not know that attached threads take turns where CPython has a GIL"
    )
)]

#[cfg(not(Py_GIL_DISABLED))]
use std::cell::RefCell;
#[cfg(Py_GIL_DISABLED)]
use std::sync::{Mutex, PoisonError};

use pyo3::Python;

/// A value that attached threads change by turns: the GIL is its lock, and on free-threaded builds it has its own.
pub(super) struct Attached<T>(
    #[cfg(not(Py_GIL_DISABLED))] RefCell<T>,
    #[cfg(Py_GIL_DISABLED)] Mutex<T>,
);

// SAFETY: `with`, the only way in, takes the proof that the calling thread is attached, and of those there is one at
// a time: PyO3 refuses to run in interpreters beside the main one. A thread that detaches inside of `with` leaves the
// cell borrowed, so the next one panics instead of coming in.
#[cfg(not(Py_GIL_DISABLED))]
unsafe impl<T: Send> Sync for Attached<T> {}

impl<T> Attached<T> {
    pub(super) const fn new(value: T) -> Self {
        #[cfg(not(Py_GIL_DISABLED))]
        return Self(RefCell::new(value));
        #[cfg(Py_GIL_DISABLED)]
        return Self(Mutex::new(value));
    }

    /// Hands the value to `work`, which runs no Python code, does not detach, and does not come back here.
    pub(super) fn with<R>(&self, _: Python<'_>, work: impl FnOnce(&mut T) -> R) -> R {
        #[cfg(not(Py_GIL_DISABLED))]
        return work(&mut self.0.borrow_mut());
        #[cfg(Py_GIL_DISABLED)]
        return work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Puts another value in, and returns the one that was there.
    pub(super) fn replace(&self, py: Python<'_>, value: T) -> T {
        self.with(py, |old| std::mem::replace(old, value))
    }
}
