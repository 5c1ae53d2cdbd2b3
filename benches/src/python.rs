//! The Python applications of the stages.

use std::path::Path;

use wsgi_core::python::{PyApplication, Target, interpreter};
use wsgi_core::testing;
use wsgi_server::Interpreter;
use wsgi_server::extension::PythonInterpreter;

/// Starts CPython and does all of `work` attached to it, as the server's threads do theirs.
///
/// # Errors
/// What keeps CPython from starting, and how to mend it.
pub fn attached(mut work: impl FnMut()) -> Result<(), interpreter::InterpreterError> {
    interpreter::initialize()?;
    PythonInterpreter::default().attach(&mut work);
    Ok(())
}

/// An application of `benches/stages.py`.
///
/// # Panics
/// When there is none of that name, or Python does not run.
pub fn application(name: &str) -> PyApplication {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("stages.py");
    let loaded = Target::parse(&format!("{}:{name}", file.display())).and_then(|app| app.load());
    loaded.unwrap_or_else(|error| panic!("{error}"))
}

/// Which build of CPython runs: version, compiler and kind.
pub fn build() -> String {
    testing::get(&application("build"), "/").text()
}
