//! CPython as the engine's interpreter.

use pyo3::prelude::*;

use crate::Interpreter;

/// Attaches the server's threads to CPython while they work, and detaches them while they wait.
///
/// Python must run already: `wsgi_core::python::interpreter::initialize` sees to it, and in an extension
/// module it does. When a signal arrives while the server runs on Python's main thread, the handlers that
/// Python code has installed are called; one that raises asks the server to stop gracefully.
#[derive(Clone, Copy, Debug, Default)]
pub struct PythonInterpreter;

impl Interpreter for PythonInterpreter {
    fn thread(&self, life: &mut (dyn FnMut() + Send)) {
        // The outer attachment keeps the thread's state in being, which would be made anew for each batch.
        Python::attach(|py| py.detach(life));
    }

    fn attach(&self, work: &mut dyn FnMut()) {
        Python::attach(|_| work());
    }

    fn detach(&self, wait: &mut (dyn FnMut() + Send)) {
        Python::attach(|py| py.detach(wait));
    }

    /// Only a free-threaded build runs several threads at a time, and only while no extension module has brought the
    /// lock back.
    fn is_parallel(&self) -> bool {
        cfg!(Py_GIL_DISABLED)
            && Python::attach(|py| {
                let enabled = py.import("sys")?.call_method0("_is_gil_enabled")?;
                enabled.is_truthy()
            })
            .is_ok_and(|enabled| !enabled)
    }

    fn check_signals(&self) -> bool {
        Python::attach(|py| match py.check_signals() {
            Ok(()) => false,
            Err(raised) => {
                tracing::info!(%raised, "stopping, as a Python signal handler asks for it");
                true
            }
        })
    }
}
