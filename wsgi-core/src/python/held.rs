//! Python objects inside Rust values that may be dropped anywhere.

use pyo3::prelude::*;

use super::finalization::outlasted;

/// A reference to a Python object that is given back attached, wherever its holder is dropped.
///
/// A `Py<T>` dropped on a detached thread waits in a pool behind a global lock until some thread attaches;
/// files and connections would stay open for as long. After the interpreter's end it is leaked: there is
/// nobody left to give it to.
pub(super) struct Held<T>(Option<Py<T>>);

impl<T> Held<T> {
    pub(super) fn new(object: Bound<'_, T>) -> Self {
        Self(Some(object.unbind()))
    }

    pub(super) fn get(&self) -> &Py<T> {
        self.0
            .as_ref()
            .expect("the reference is taken only by `drop`")
    }

    pub(super) fn bind<'py>(&self, py: Python<'py>) -> &Bound<'py, T> {
        self.get().bind(py)
    }
}

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        drop_attached(self.0.take());
    }
}

impl<T> std::fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Held({:?})", self.get().as_ptr())
    }
}

/// Drops a value that holds Python objects while attached, or leaks it when there is no interpreter any more.
pub(super) fn drop_attached<T>(value: Option<T>) {
    let mut value = std::mem::ManuallyDrop::new(value);
    Python::try_attach(|_| outlasted(|| drop(value.take())));
}
