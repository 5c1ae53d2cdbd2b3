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

// SAFETY: several threads may then hold a `&Attached<T>`, and all that they can do with it goes through `with`, which takes
// the proof that the calling thread is attached. Where there is a GIL, one thread at a time is, and what it did before
// it let go of the GIL has happened before the next one gets it: so no two accesses race, neither to the value nor to
// the cell's borrow flag. Threads of interpreters with a GIL of their own (PEP 684) do not come here, for PyO3 attaches to
// the main one alone and refuses to be imported elsewhere. `work` that detaches leaves the flag up, so that another
// thread's `with` panics instead of making a second `&mut T`; and no reference outlives `work`, for `R` cannot name its
// lifetime. `T: Send`, because threads change, take and drop what another one has put in.
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

/// Threads for the tests of what lies in an [`Attached`]. Under Miri, which runs no CPython, they are only taken to be
/// attached, and take turns by waiting for one another.
#[cfg(test)]
pub(super) mod testing {
    #[cfg_attr(
        miri,
        allow(
            unsafe_code,
            reason = "without CPython no thread can be attached, only said to be"
        )
    )]
    pub(in crate::python) fn attach<R>(work: impl FnOnce(super::Python<'_>) -> R) -> R {
        #[cfg(not(miri))]
        return {
            crate::python::interpreter::initialize().unwrap();
            super::Python::attach(work)
        };
        #[cfg(miri)]
        // SAFETY: shown to `Attached::with` alone, which calls no function of CPython; and the other threads of the test
        // wait meanwhile.
        return work(unsafe { super::Python::assume_attached() });
    }

    /// Runs `work` on another thread, for which this one waits detached.
    pub(in crate::python) fn elsewhere<R: Send>(
        py: super::Python<'_>,
        work: impl FnOnce(super::Python<'_>) -> R + Send,
    ) -> R {
        let wait = || std::thread::scope(|scope| scope.spawn(|| attach(work)).join());
        #[cfg(miri)]
        let (_, done) = (py, wait());
        #[cfg(not(miri))]
        let done = py.detach(wait);
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{attach, elsewhere};
    use super::*;

    #[test]
    fn threads_change_it_by_turns() {
        let value = Attached::new(vec![1]);
        attach(|py| {
            value.with(py, |value| value.push(2));
            elsewhere(py, |py| value.with(py, |value| value.push(3)));
            assert_eq!(value.replace(py, Vec::new()), [1, 2, 3]);
            assert!(elsewhere(py, |py| value.with(py, |value| value.is_empty())));
        });
    }

    #[cfg(not(Py_GIL_DISABLED))]
    #[test]
    fn a_thread_that_detaches_inside_keeps_the_others_out() {
        use std::panic::{AssertUnwindSafe, catch_unwind};

        let value = Attached::new(1);
        let come_in = |py: Python<'_>| {
            let come_in = AssertUnwindSafe(|| value.with(py, |_| ()));
            catch_unwind(come_in).is_ok()
        };
        attach(|py| {
            assert!(!value.with(py, |_| elsewhere(py, come_in)));
            assert!(elsewhere(py, come_in));
        });
    }
}
