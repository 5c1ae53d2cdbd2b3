//! Python code inside a test.

use std::ffi::CString;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::prelude::*;

/// A module of this code that is the caller's alone.
///
/// Each gets a name of its own: Python runs the code of a module whose name it knows in the module that is there
/// already, so that tests which run at the same time would share its variables.
///
/// # Panics
/// When the code is unsound: tests give literals.
pub fn module<'py>(py: Python<'py>, code: &str) -> Bound<'py, PyModule> {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let name = format!("app{}", MADE.fetch_add(1, Ordering::Relaxed));
    let [code, file, name] = [code, &format!("{name}.py"), &name]
        .map(|text| CString::new(text).expect("neither code nor names have a NUL"));
    PyModule::from_code(py, &code, &file, &name).expect("the module is sound")
}
