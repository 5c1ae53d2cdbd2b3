//! Children that an application forks, and that come back to the server instead of ending.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::PySystemExit;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict};
use wsgi_core::ApplicationError;
use wsgi_core::python::PyException;

/// Whether this process is a child of the one that serves.
static IS_CHILD: AtomicBool = AtomicBool::new(false);

/// From now on it is known when the process that serves has forked.
pub(super) fn watch() {
    static REGISTERED: Once = Once::new();
    IS_CHILD.store(false, Ordering::Relaxed); // a child that serves by itself is its own master
    REGISTERED.call_once(|| {
        if let Err(error) = Python::attach(register) {
            tracing::warn!(%error, "children that the application forks cannot be told from the server");
        }
    });
}

fn register(py: Python<'_>) -> PyResult<()> {
    let note = PyCFunction::new_closure(py, None, None, |_, _| {
        IS_CHILD.store(true, Ordering::Relaxed);
    })?;
    let when = PyDict::new(py);
    when.set_item("after_in_child", note)?;
    let os = py.import("os")?;
    os.call_method("register_at_fork", (), Some(&when))
        .map(drop)
}

#[inline]
pub(super) fn is_child() -> bool {
    IS_CHILD.load(Ordering::Relaxed)
}

/// Ends a child whose call of the application is over, as Python would: with the code of `sys.exit()`, or with a
/// traceback and 1. Nothing of the server is touched, not even its log: its locks may be held by threads that the child
/// does not have.
#[cold]
pub(super) fn end(error: Option<&ApplicationError>) -> ! {
    let _ = Python::attach(|py| -> PyResult<()> {
        let code = exit_code(py, error);
        let sys = py.import("sys")?;
        for stream in ["stdout", "stderr"] {
            // Either may be None, or closed.
            let _ = sys.getattr(stream).and_then(|s| s.call_method0("flush"));
        }
        py.import("os")?.call_method1("_exit", (code,)).map(drop)
    });
    std::process::abort() // Python could not even do that
}

fn exit_code(py: Python<'_>, error: Option<&ApplicationError>) -> i32 {
    let Some(ApplicationError::Raised(raised)) = error else {
        tell(
            py,
            "a child of os.fork() came back from the application; end it there, with os._exit()",
        );
        return 1;
    };
    let Some(raised) = raised.downcast_ref::<PyException>() else {
        return 1;
    };
    let raised = raised.to_py_err(py);
    if !raised.is_instance_of::<PySystemExit>(py) {
        raised.print(py);
        return 1;
    }
    match raised.value(py).getattr("code") {
        Ok(code) if code.is_none() => 0,
        Ok(code) => code.extract().unwrap_or_else(|_| {
            tell(py, &code.to_string());
            1
        }),
        Err(_) => 1,
    }
}

fn tell(py: Python<'_>, line: &str) {
    let stderr = py.import("sys").and_then(|sys| sys.getattr("stderr"));
    let _ = stderr.and_then(|stderr| stderr.call_method1("write", (format!("{line}\n"),)));
}
