//! The callables that an application gets, two as arguments and two in its environ, kept for the thread's next request.
#![allow(
    unsafe_code,
    reason = "reference counts are read, for which there is no safe interface"
)]

use std::cell::Cell;

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;

use super::start_response::PyResponse;
use super::template::Template;

thread_local! {
    static KEPT: Cell<Option<Kept>> = const { Cell::new(None) };
}

/// Whether a reference count tells who refers to an object: with a GIL it does.
const REUSE: bool = cfg!(not(Py_GIL_DISABLED));

/// The objects of the thread's last request.
struct Kept {
    response: Py<PyResponse>,
    start_response: Py<PyAny>,
    write: Py<PyAny>,
    early_hints: Py<PyAny>,
    client_disconnected: Py<PyAny>,
}

impl Kept {
    /// Whether nobody else refers to one of them.
    fn is_unshared(&self, py: Python<'_>) -> bool {
        let early_hints = self.early_hints.bind(py);
        // The thread's own dicts, which nobody else has, refer to what stands in environs.
        let dicts = Template::references_to(early_hints);
        // Each of the four methods refers to the response.
        references(self.start_response.bind(py)) == 1
            && references(self.write.bind(py)) == 1
            && references(early_hints) == 1 + dicts.early_hints
            && references(self.client_disconnected.bind(py)) == 1 + dicts.client_disconnected
            && references(self.response.bind(py)) == 5
    }
}

/// The callables of one request: `start_response` and `write`, and those of its environ.
///
/// They serve the next request of the thread when nobody has kept one of them: what an application keeps never
/// reaches another request.
pub(super) struct Callables<'py> {
    pub(super) response: Bound<'py, PyResponse>,
    pub(super) start_response: Bound<'py, PyAny>,
    pub(super) early_hints: Bound<'py, PyAny>,
    pub(super) client_disconnected: Bound<'py, PyAny>,
}

impl<'py> Callables<'py> {
    pub(super) fn new(py: Python<'py>) -> PyResult<Self> {
        // Looked at now, not when they were kept: tools that show all objects of the process could have them since.
        if let Some(kept) = KEPT.take()
            && kept.is_unshared(py)
        {
            kept.response.get().begin(py, Some(kept.write));
            return Ok(Self {
                response: kept.response.into_bound(py),
                start_response: kept.start_response.into_bound(py),
                early_hints: kept.early_hints.into_bound(py),
                client_disconnected: kept.client_disconnected.into_bound(py),
            });
        }
        let response = Bound::new(py, PyResponse::new())?;
        if REUSE {
            let write = response.getattr(intern!(py, "write"))?;
            response.get().begin(py, Some(write.unbind()));
        }
        Ok(Self {
            start_response: response.getattr(intern!(py, "start_response"))?,
            early_hints: response.getattr(intern!(py, "early_hints"))?,
            client_disconnected: response.getattr(intern!(py, "client_disconnected"))?,
            response,
        })
    }
}

impl Drop for Callables<'_> {
    fn drop(&mut self) {
        if let Some(write) = self.response.get().end(self.response.py()) {
            KEPT.set(Some(Kept {
                response: self.response.clone().unbind(),
                start_response: self.start_response.clone().unbind(),
                write,
                early_hints: self.early_hints.clone().unbind(),
                client_disconnected: self.client_disconnected.clone().unbind(),
            }));
        }
    }
}

/// How many references there are to an object.
pub(super) fn references<T>(object: &Bound<'_, T>) -> ffi::Py_ssize_t {
    // SAFETY: the pointer is that of a live object, and the thread is attached.
    unsafe { ffi::Py_REFCNT(object.as_ptr()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the next request gets the objects of one that kept what `keep` picks.
    fn is_reused(keep: impl FnOnce(&Callables<'_>) -> Option<Py<PyAny>>) -> bool {
        crate::python::interpreter::initialize().unwrap();
        Python::attach(|py| {
            KEPT.take();
            let first = Callables::new(py).unwrap();
            let (address, kept) = (first.response.as_ptr(), keep(&first));
            drop(first);
            // Lest another object come to lie where the first one was.
            let _others = [(); 64].map(|()| Bound::new(py, PyResponse::new()).unwrap());
            let second = Callables::new(py).unwrap();
            if let Some(kept) = kept {
                assert!(!kept.is(&second.start_response) && !kept.is(&second.response));
            }
            second.response.as_ptr() == address
        })
    }

    #[test]
    fn what_nobody_has_kept_serves_the_next_request() {
        assert_eq!(is_reused(|_| None), REUSE);
    }

    #[test]
    fn what_somebody_has_kept_does_not() {
        let given_write = |callables: &Callables<'_>| {
            let (py, response) = (callables.response.py(), callables.response.get());
            let write = response.end(py)?;
            response.begin(py, Some(write.clone_ref(py)));
            Some(write)
        };
        assert!(!REUSE || !is_reused(given_write));
        assert!(!is_reused(|callables| Some(
            callables.start_response.clone().unbind()
        )));
        assert!(!is_reused(|callables| Some(
            callables.response.clone().into_any().unbind()
        )));
        assert!(!is_reused(|callables| Some(
            callables.early_hints.clone().unbind()
        )));
        assert!(!is_reused(|callables| Some(
            callables.client_disconnected.clone().unbind()
        )));
        assert!(!is_reused(|callables| Some(
            callables.response.getattr("write").unwrap().unbind()
        )));
    }

    #[test]
    fn a_request_within_a_request_has_its_own() {
        crate::python::interpreter::initialize().unwrap();
        Python::attach(|py| {
            let outer = Callables::new(py).unwrap();
            let inner = Callables::new(py).unwrap();
            assert!(!outer.start_response.is(&inner.start_response));
        });
    }
}
