//! The routes of Python applications, asked of the frameworks that they are written in.
//!
//! The asking is done in Python, where the frameworks are; its modules lie beside this file and are part of the
//! program. What they find comes here as plain data.

use std::ffi::CString;

use pyo3::prelude::*;
use wsgi_core::python::{LoadError, PyException, Target};

/// The modules, each after those that it imports.
const MODULES: [(&str, &str); 9] = [
    ("", "\"\"\"What tells the routes of an application.\"\"\"\n"),
    (".table", include_str!("routes/table.py")),
    (".wsgi_rs", include_str!("routes/wsgi_rs.py")),
    (".werkzeug", include_str!("routes/werkzeug.py")),
    (".django", include_str!("routes/django.py")),
    (".pyramid", include_str!("routes/pyramid.py")),
    (".bottle", include_str!("routes/bottle.py")),
    (".falcon", include_str!("routes/falcon.py")),
    (".find", include_str!("routes/find.py")),
];

/// The package that they make.
const PACKAGE: &str = "_wsgi_server_routes";

/// Why the routes are not known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RoutesError {
    /// There is no such object.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The object tells no routes.
    #[error(
        "the routes of {target}, {kind}, are not known; known are those of wsgi_rs.Router and wsgi_rs.routing.Map, Flask \
         and everything else with a url_map of Werkzeug, DispatcherMiddleware, Django, Pyramid, Bottle and Falcon, also \
         within middleware that keeps its application as app, wsgi_app, application or __wrapped__"
    )]
    Unknown { target: String, kind: String },
    /// The framework, or the application's part of it, raised.
    #[error("asking {target} for its routes failed")]
    Raised { target: String, source: PyException },
}

/// The object that a target names, loaded.
pub(crate) struct Loaded {
    target: String,
    object: Py<PyAny>,
}

impl Loaded {
    /// Imports what the target names.
    pub(crate) fn load(target: &str) -> Result<Self, RoutesError> {
        let parsed = Target::parse(target)?;
        let object = Python::attach(|py| aside(py, || parsed.find(py).map(Bound::unbind)))?;
        Ok(Self {
            target: target.to_owned(),
            object,
        })
    }

    /// The routes in JSON: a list of lines of a report, and of mounts with their lines.
    pub(crate) fn routes(&self) -> Result<String, RoutesError> {
        Python::attach(|py| self.ask(py, |find| find.call_method1("routes", (&self.object,))))
    }

    /// What becomes of a request, in JSON, where the application lies below `script_name`.
    pub(crate) fn matching(
        &self,
        method: &str,
        host: &str,
        target: &str,
        script_name: &str,
    ) -> Result<String, RoutesError> {
        Python::attach(|py| {
            self.ask(py, |find| {
                let asked = (&self.object, method, host, target, script_name);
                find.call_method1("match", asked)
            })
        })
    }

    fn ask<'py>(
        &self,
        py: Python<'py>,
        question: impl FnOnce(&Bound<'py, PyModule>) -> PyResult<Bound<'py, PyAny>>,
    ) -> Result<String, RoutesError> {
        let ask = || find(py).and_then(|find| question(&find)?.extract::<Option<String>>());
        let asked = aside(py, ask);
        let asked = asked.map_err(|error| RoutesError::Raised {
            target: self.target.clone(),
            source: PyException::new(error),
        })?;
        asked.ok_or_else(|| RoutesError::Unknown {
            target: self.target.clone(),
            kind: kind(self.object.bind(py)),
        })
    }
}

/// Has what Python code prints meanwhile go to standard error, for standard output is the table's.
fn aside<T>(py: Python<'_>, run: impl FnOnce() -> T) -> T {
    let streams = || {
        let sys = py.import("sys")?;
        let stdout = sys.getattr("stdout")?;
        sys.setattr("stdout", sys.getattr("stderr")?)?;
        Ok::<_, PyErr>((sys, stdout))
    };
    let streams = streams();
    let outcome = run();
    if let Ok((sys, stdout)) = streams {
        // A module that lets nobody set its attributes prints where it likes.
        let _ = sys.setattr("stdout", stdout);
    }
    outcome
}

/// `a function` or `an instance of hello.App`.
fn kind(object: &Bound<'_, PyAny>) -> String {
    match object.get_type().fully_qualified_name() {
        Ok(name) if name == "function" => "a function".to_owned(),
        Ok(name) => format!("an instance of {name}"),
        Err(_) => "an object".to_owned(),
    }
}

/// The last of the modules.
fn find(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let mut last = None;
    for (name, code) in MODULES {
        let file = format!("<wsgi-server routes{name}>");
        let name = format!("{PACKAGE}{name}");
        let [code, file, name] = [code, &file, &name].map(CString::new);
        let module = PyModule::from_code(py, &code?, &file?, &name?)?;
        // Submodules are attributes of their package, which `from . import table` asks for.
        if let Some((_, short)) = module.name()?.to_str()?.rsplit_once('.') {
            py.import(PACKAGE)?.setattr(short, &module)?;
        }
        last = Some(module);
    }
    last.ok_or_else(|| pyo3::exceptions::PyImportError::new_err("there are modules"))
}
