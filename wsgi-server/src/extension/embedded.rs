//! Python as the command uses it.

use std::error::Error;
use std::path::{Path, PathBuf};

use pyo3::prelude::*;
use pyo3::types::PyList;
use wsgi_core::python::interpreter;

/// The interpreter, from before the application is loaded until after the last request.
#[derive(Debug)]
pub(crate) struct Embedded {
    /// In the cargo binary nobody else ends it.
    started_here: bool,
}

impl Embedded {
    /// Starts Python unless it runs already, and puts these directories on the front of `sys.path`; the
    /// application's own comes before them when it is loaded.
    pub(crate) fn start(python_path: &[PathBuf]) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let started_here = Python::try_attach(|_| ()).is_none();
        if started_here {
            interpreter::initialize()?;
        }
        let here = std::env::current_dir()?;
        Python::attach(|py| -> PyResult<()> {
            let sys_path = py.import("sys")?.getattr("path")?.cast_into::<PyList>()?;
            for directory in python_path.iter().rev() {
                // Python would take a relative one anew wherever the application changes to.
                put_in_front(&sys_path, &here.join(directory))?;
            }
            Ok(())
        })?;
        Ok(Self { started_here })
    }

    /// Does what Python does at its own end and an application may rely on: waits for its threads, calls what
    /// was registered with `atexit`, flushes the standard streams.
    ///
    /// The interpreter itself is left to the end of the process: threads that outlasted the graceful timeout
    /// may still be in it.
    pub(crate) fn finish(self) {
        if !self.started_here {
            return;
        }
        end(&[("threading", "_shutdown"), ("atexit", "_run_exitfuncs")]);
    }

    /// As [`finish`](Self::finish), but waits for no thread: a command that has done its work ends, whatever the
    /// application has begun when it was loaded.
    pub(crate) fn leave(self) {
        if self.started_here {
            end(&[("atexit", "_run_exitfuncs")]);
        }
    }
}

/// Calls these functions of modules, and flushes the standard streams.
fn end(functions: &[(&str, &str)]) {
    Python::attach(|py| {
        for (module, function) in functions {
            if let Err(error) = py
                .import(*module)
                .and_then(|module| module.call_method0(*function))
            {
                error.print(py);
            }
        }
        for stream in ["stdout", "stderr"] {
            let stream = py.import("sys").and_then(|sys| sys.getattr(stream));
            // Either may be None, or closed by the application: nothing is left to be flushed then.
            let _ = stream.and_then(|stream| stream.call_method0("flush"));
        }
    });
}

fn put_in_front(sys_path: &Bound<'_, PyList>, directory: &Path) -> PyResult<()> {
    let directory = directory.as_os_str().into_pyobject(sys_path.py())?;
    if let Ok(index) = sys_path.index(&directory) {
        sys_path.del_item(index)?;
    }
    sys_path.insert(0, directory)
}
