//! The callables that an application gets, two as arguments and two in its environ, kept for the thread's next request.
#![allow(
    unsafe_code,
    reason = "reference counts are read, for which there is no safe interface"
)]

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::ops::Deref;

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;

use super::start_response::PyResponse;

thread_local! {
    /// Those of the last request that came with the dict of an outer layer. The others are the template's.
    static KEPT: Cell<Option<Box<Callables>>> = const { Cell::new(None) };
}

/// Whether a reference count tells who refers to an object: with a GIL it does.
const REUSE: bool = cfg!(not(Py_GIL_DISABLED));

/// `start_response` and `write`, and of the environ `wsgi.early_hints` and `client_disconnected`.
pub(super) struct Callables {
    pub(super) response: Py<PyResponse>,
    pub(super) start_response: Py<PyAny>,
    pub(super) early_hints: Py<PyAny>,
    pub(super) client_disconnected: Py<PyAny>,
    /// Between two requests; during one the response has it.
    write: Option<Py<PyAny>>,
}

impl Callables {
    pub(super) fn new(py: Python<'_>) -> PyResult<Box<Self>> {
        let response = Bound::new(py, PyResponse::new())?;
        let method = |name| response.getattr(name).map(Bound::unbind);
        Ok(Box::new(Self {
            start_response: method(intern!(py, "start_response"))?,
            early_hints: method(intern!(py, "early_hints"))?,
            client_disconnected: method(intern!(py, "client_disconnected"))?,
            write: match REUSE {
                true => Some(method(intern!(py, "write"))?),
                false => None,
            },
            response: response.unbind(),
        }))
    }

    /// Whether nobody else refers to one of them: `in_dicts` are references that the thread's own dicts hold.
    ///
    /// To be asked when they are to be used again, not when they are put by: tools that show all objects of the process
    /// could have them since.
    #[inline]
    pub(super) fn are_unshared(&self, py: Python<'_>, in_dicts: ffi::Py_ssize_t) -> bool {
        let Some(write) = &self.write else {
            return false;
        };
        let methods = [
            &self.start_response,
            write,
            &self.early_hints,
            &self.client_disconnected,
        ];
        // Each is referred to from here, and the response from each of its methods. None can have fewer references than
        // those known, so that it takes but one look at their sum.
        let known = 5 + 4 + in_dicts;
        let found = methods.map(|method| references(method.bind(py)));
        references(self.response.bind(py)) + found.iter().sum::<ffi::Py_ssize_t>() == known
    }
}

/// The callables of the request under way.
///
/// They serve the next request of the thread when nobody has kept one of them: what an application keeps never
/// reaches another request.
pub(super) struct InUse<'py> {
    callables: Option<Box<Callables>>,
    py: Python<'py>,
}

impl<'py> InUse<'py> {
    #[inline]
    pub(super) fn begin(py: Python<'py>, mut callables: Box<Callables>) -> Self {
        let write = callables.write.take();
        callables.response.get().begin(py, write);
        Self {
            callables: Some(callables),
            py,
        }
    }

    /// For a request that came with the dict of an outer layer.
    pub(super) fn begin_outer(py: Python<'py>) -> PyResult<Self> {
        let kept = KEPT.take().filter(|kept| kept.are_unshared(py, 0));
        Ok(Self::begin(
            py,
            kept.map_or_else(|| Callables::new(py), Ok)?,
        ))
    }

    /// The request's call is over; what may serve the next one.
    #[inline]
    pub(super) fn end(self) -> Option<Box<Callables>> {
        let mut this = ManuallyDrop::new(self);
        let mut callables = this.callables.take()?;
        callables.write = callables.response.get().end(this.py);
        REUSE.then_some(callables)
    }

    /// As [`end`](Self::end), for a request that came with the dict of an outer layer.
    pub(super) fn end_outer(self) {
        KEPT.set(self.end());
    }
}

impl Deref for InUse<'_> {
    type Target = Callables;

    fn deref(&self) -> &Callables {
        self.callables
            .as_ref()
            .expect("only `end` and `drop` take them")
    }
}

/// After a panic: what refers to itself would never be freed.
impl Drop for InUse<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(callables) = &self.callables {
            callables.response.get().end(self.py);
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
    fn is_reused(keep: impl FnOnce(&InUse<'_>) -> Option<Py<PyAny>>) -> bool {
        crate::python::interpreter::initialize().unwrap();
        Python::attach(|py| {
            let first = InUse::begin_outer(py).unwrap();
            let (address, kept) = (first.response.as_ptr(), keep(&first));
            first.end_outer();
            // Lest another object come to lie where the first one was.
            let _others = [(); 64].map(|()| Bound::new(py, PyResponse::new()).unwrap());
            let second = InUse::begin_outer(py).unwrap();
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
        let given_write = |callables: &InUse<'_>| {
            let (py, response) = (callables.py, callables.response.get());
            let write = response.end(py)?;
            response.begin(py, Some(write.clone_ref(py)));
            Some(write)
        };
        assert!(!REUSE || !is_reused(given_write));
        assert!(!is_reused(|used| Some(
            used.start_response.clone_ref(used.py)
        )));
        assert!(!is_reused(|used| Some(used.early_hints.clone_ref(used.py))));
        let check = |used: &InUse<'_>| Some(used.client_disconnected.clone_ref(used.py));
        assert!(!is_reused(check));
        let response = |used: &InUse<'_>| Some(used.response.clone_ref(used.py).into_any());
        assert!(!is_reused(response));
        assert!(!is_reused(|used| {
            Some(used.response.getattr(used.py, "write").unwrap())
        }));
    }

    #[test]
    fn a_request_within_a_request_has_its_own() {
        crate::python::interpreter::initialize().unwrap();
        Python::attach(|py| {
            let outer = InUse::begin_outer(py).unwrap();
            let inner = InUse::begin_outer(py).unwrap();
            assert!(!outer.start_response.is(&inner.start_response));
        });
    }

    #[test]
    fn a_panic_frees_them() {
        crate::python::interpreter::initialize().unwrap();
        Python::attach(|py| {
            let used = InUse::begin_outer(py).unwrap();
            let response = used.response.clone_ref(py);
            drop(used);
            assert_eq!(references(response.bind(py)), 1);
        });
    }
}
