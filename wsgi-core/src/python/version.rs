//! Whether a dict is still what it was.
#![allow(
    unsafe_code,
    reason = "a field of CPython's dict is read, for which there is no safe interface"
)]

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// What a dict and its contents were at one time: no other dict of the process ever has the same version, nor this one
/// once a key was set to another object, added or removed.
///
/// # Specification
/// [PEP 509](https://peps.python.org/pep-0509/), which CPython keeps up to 3.11 (PEP 699 ends it)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version(u64);

impl Version {
    /// The version of the dict; `None` where CPython has none.
    #[inline]
    pub(super) fn of(dict: &Bound<'_, PyDict>) -> Option<Self> {
        #[cfg(any(Py_3_12, Py_GIL_DISABLED))]
        {
            let _ = dict;
            None
        }
        #[cfg(not(any(Py_3_12, Py_GIL_DISABLED)))]
        {
            // SAFETY: the pointer is that of a live dict of the CPython that PyO3 was built for, and the thread has the
            // GIL, which all who write the field have.
            Some(Self(unsafe {
                (*dict.as_ptr().cast::<pyo3::ffi::PyDictObject>()).ma_version_tag
            }))
        }
    }

    /// Whether the dict has this version.
    #[inline]
    pub(super) fn is_of(self, dict: &Bound<'_, PyDict>) -> bool {
        Self::of(dict) == Some(self)
    }
}
