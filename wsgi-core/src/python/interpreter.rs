//! The embedded interpreter: for programs that link libpython.
#![allow(
    unsafe_code,
    reason = "PyConfig, which alone can name the virtual environment, has no safe interface"
)]

use std::ffi::{CStr, CString};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pyo3::ffi;
use pyo3::prelude::*;
use thiserror::Error;

/// Why the interpreter could not be started.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InterpreterError {
    /// The active virtual environment belongs to another version of Python.
    #[error(
        "the active virtual environment {} is for Python {found}, but this program is built for Python {built}; \
         activate one made by `python{built} -m venv`, or build with PYO3_PYTHON={}",
        path.display(), path.join("bin/python").display()
    )]
    Version {
        /// The environment's folder.
        path: PathBuf,
        /// Its version, such as `3.12`.
        found: String,
        /// The version of the libpython that this program is linked to.
        built: String,
    },
    /// `$VIRTUAL_ENV` names something that is none.
    #[error("$VIRTUAL_ENV is {}, but there is no pyvenv.cfg; deactivate or remake that environment", .0.display())]
    NoEnvironment(PathBuf),
    /// CPython refused to start.
    #[error("CPython did not start: {0}")]
    Start(String),
}

/// Starts the embedded interpreter, once; further calls tell what the first one did.
///
/// Uses the active virtual environment: `$VIRTUAL_ENV`, else that of the first `python3` on the `PATH`.
/// Installs no signal handlers and keeps Python's module `signal` from installing its own for `SIGINT`, which
/// would raise `KeyboardInterrupt` in the middle of a request: signals stay the program's. Handlers that the
/// application sets work as ever. Where Python runs already, as in an extension
/// module, nothing is done. The calling thread is left detached.
///
/// # Errors
/// [`InterpreterError`] tells what is wrong and how to mend it.
///
/// # Examples
/// ```no_run
/// use pyo3::prelude::*;
///
/// wsgi_core::python::interpreter::initialize()?;
/// let version = Python::attach(|py| py.version_info().minor);
/// assert!(version >= 9);
/// # Ok::<(), wsgi_core::python::interpreter::InterpreterError>(())
/// ```
pub fn initialize() -> Result<(), InterpreterError> {
    static STARTED: OnceLock<Result<(), InterpreterError>> = OnceLock::new();
    STARTED.get_or_init(start).clone()
}

fn start() -> Result<(), InterpreterError> {
    // SAFETY: may be called at any time, on any thread.
    if unsafe { ffi::Py_IsInitialized() } != 0 {
        return Ok(());
    }
    let executable = match active_environment()? {
        Some(environment) => {
            check_version(&environment)?;
            Some(executable_of(&environment))
        }
        None => None,
    };
    configure_and_start(executable.as_deref())?;
    // SAFETY: the start has left this thread attached, and nothing of Python is held here.
    unsafe { ffi::PyEval_SaveThread() };
    Python::attach(leave_interrupt_alone)
        .map_err(|error| InterpreterError::Start(error.to_string()))
}

/// The first import of `signal` takes SIGINT where nobody else has; this is that import, and gives it back.
///
/// It is the built-in half of that module, for the other half imports a dozen modules of its own.
fn leave_interrupt_alone(py: Python<'_>) -> PyResult<()> {
    let signal = py.import("_signal")?;
    let interrupt = signal.getattr("SIGINT")?;
    let handler = signal.call_method1("getsignal", (&interrupt,))?;
    if handler.is(signal.getattr("default_int_handler")?) {
        signal.call_method1("signal", (interrupt, signal.getattr("SIG_DFL")?))?;
    }
    Ok(())
}

/// The folder of the virtual environment that the user has activated.
fn active_environment() -> Result<Option<PathBuf>, InterpreterError> {
    if let Some(path) = std::env::var_os("VIRTUAL_ENV").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        return match path.join("pyvenv.cfg").is_file() {
            true => Ok(Some(path)),
            false => Err(InterpreterError::NoEnvironment(path)),
        };
    }
    let search = std::env::var_os("PATH").unwrap_or_default();
    let first = std::env::split_paths(&search).find(|folder| executable_in(folder).is_file());
    Ok(first
        .and_then(|folder| folder.parent().map(Path::to_owned))
        .filter(|environment| environment.join("pyvenv.cfg").is_file()))
}

#[cfg(windows)]
fn executable_of(environment: &Path) -> PathBuf {
    environment.join("Scripts").join("python.exe")
}

#[cfg(not(windows))]
fn executable_of(environment: &Path) -> PathBuf {
    environment.join("bin").join("python")
}

fn executable_in(folder: &Path) -> PathBuf {
    folder.join(if cfg!(windows) {
        "python.exe"
    } else {
        "python3"
    })
}

/// An environment's packages are of use to the version only that it was made for.
fn check_version(environment: &Path) -> Result<(), InterpreterError> {
    let config = std::fs::read_to_string(environment.join("pyvenv.cfg")).unwrap_or_default();
    // `venv` writes "version", `virtualenv` "version_info"; where both are missing, CPython will tell.
    let Some(version) = config.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        matches!(key.trim(), "version" | "version_info").then(|| value.trim())
    }) else {
        return Ok(());
    };
    let (found, built) = (major_minor(version), major_minor(&linked_version()));
    if found == built {
        return Ok(());
    }
    Err(InterpreterError::Version {
        path: environment.to_owned(),
        found,
        built,
    })
}

fn major_minor(version: &str) -> String {
    let mut parts = version.split(|c: char| !c.is_ascii_digit());
    let (major, minor) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    format!("{major}.{minor}")
}

fn linked_version() -> String {
    // SAFETY: documented to be callable before the start; returns a static string.
    let version = unsafe { CStr::from_ptr(ffi::Py_GetVersion()) };
    version.to_string_lossy().into_owned()
}

fn configure_and_start(executable: Option<&Path>) -> Result<(), InterpreterError> {
    let mut config = std::mem::MaybeUninit::<ffi::PyConfig>::zeroed();
    // SAFETY: the function is there to initialise the structure that it is given.
    unsafe { ffi::PyConfig_InitPythonConfig(config.as_mut_ptr()) };
    // SAFETY: initialised by the line above.
    let mut config = Config(unsafe { config.assume_init() });
    config.0.parse_argv = 0;
    config.0.install_signal_handlers = 0;
    if let Some(path) = executable {
        let text = CString::new(path.as_os_str().as_encoded_bytes())
            .map_err(|_| InterpreterError::Start(format!("{} holds a NUL byte", path.display())))?;
        // From these CPython finds `pyvenv.cfg`, and by that the packages of the environment. They are named
        // by pointers into the very structure, as the function wants it.
        let names = [&raw mut config.0.program_name, &raw mut config.0.executable];
        for name in names {
            // SAFETY: `name` is a string field of the initialised configuration, `text` ends in NUL.
            check(unsafe { ffi::PyConfig_SetBytesString(&raw mut config.0, name, text.as_ptr()) })?;
        }
    }
    // SAFETY: the configuration is initialised, and Python does not run yet: `start` has asked.
    check(unsafe { ffi::Py_InitializeFromConfig(&config.0) })
}

/// A configuration that gives its strings back.
struct Config(ffi::PyConfig);

impl Drop for Config {
    fn drop(&mut self) {
        // SAFETY: initialised when it was made, and cleared only here.
        unsafe { ffi::PyConfig_Clear(&raw mut self.0) };
    }
}

fn check(status: ffi::PyStatus) -> Result<(), InterpreterError> {
    // SAFETY: looks at the value only.
    if unsafe { ffi::PyStatus_Exception(status) } == 0 {
        return Ok(());
    }
    let message = match status.err_msg.is_null() {
        true => "no reason given".into(),
        // SAFETY: CPython's messages are static strings.
        false => unsafe { CStr::from_ptr(status.err_msg) }.to_string_lossy(),
    };
    Err(InterpreterError::Start(message.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_major_and_minor() {
        assert_eq!(major_minor("3.11.7 (main, …)"), "3.11");
        assert_eq!(major_minor("3.13.0rc1"), "3.13");
        assert_eq!(major_minor("3.9"), "3.9");
    }
}
