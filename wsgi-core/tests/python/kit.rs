//! Small Python applications as inline source, and what the tests ask of them.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use wsgi_core::python::{PyApplication, PyException, interpreter};
use wsgi_core::testing::{Answer, EnvironBuilder, run};
use wsgi_core::{Application, ApplicationError, Environ};

/// Starts Python, for tests that have no [`Module`].
pub(crate) fn python() {
    interpreter::initialize().expect("a CPython to run the tests on");
}

/// A Python module made of inline source; its `app` is the application.
pub(crate) struct Module(Py<PyDict>);

impl Module {
    pub(crate) fn new(source: &str) -> Self {
        python();
        Python::attach(|py| {
            let names = PyDict::new(py);
            names
                .set_item("__builtins__", py.import("builtins").unwrap())
                .unwrap();
            names.set_item("__name__", "app").unwrap();
            let source = std::ffi::CString::new(dedent(source)).unwrap();
            py.run(&source, Some(&names), None)
                .unwrap_or_else(|error| panic!("{}", PyException::new(error)));
            Self(names.unbind())
        })
    }

    /// The application of this name.
    pub(crate) fn named(&self, name: &str) -> PyApplication {
        Python::attach(|py| PyApplication::new(&self.object(py, name)).unwrap())
    }

    pub(crate) fn app(&self) -> PyApplication {
        self.named("app")
    }

    pub(crate) fn object<'py>(&self, py: Python<'py>, name: &str) -> Bound<'py, PyAny> {
        self.0
            .bind(py)
            .get_item(name)
            .unwrap()
            .unwrap_or_else(|| panic!("no {name}"))
    }

    /// Gives the module a name more.
    pub(crate) fn set<'py>(&self, name: &str, value: Bound<'py, PyAny>) {
        self.0.bind(value.py()).set_item(name, value).unwrap();
    }

    /// The value of an expression, as `repr` shows it.
    pub(crate) fn repr(&self, expression: &str) -> String {
        Python::attach(|py| {
            let expression = std::ffi::CString::new(expression).unwrap();
            let value = py.eval(&expression, Some(self.0.bind(py)), None);
            let value = value.unwrap_or_else(|error| panic!("{}", PyException::new(error)));
            value.repr().unwrap().to_string()
        })
    }

    /// `GET /`, answered.
    pub(crate) fn get(&self) -> Answer {
        self.run(EnvironBuilder::get("/"))
            .unwrap_or_else(|error| panic!("{}", error.report()))
    }

    /// `GET /`, failed: the report.
    pub(crate) fn failure(&self) -> String {
        match self.run(EnvironBuilder::get("/")) {
            Ok(answer) => panic!("answered: {answer:?}"),
            Err(error) => error.report(),
        }
    }

    pub(crate) fn run(&self, environ: EnvironBuilder) -> Result<Answer, ApplicationError> {
        run(&self.app(), environ.build())
    }
}

/// Removes the indentation of the first line from all.
fn dedent(source: &str) -> String {
    let lines: Vec<&str> = source
        .lines()
        .skip_while(|line| line.trim().is_empty())
        .collect();
    let indent = lines
        .first()
        .map_or(0, |line| line.len() - line.trim_start().len());
    lines
        .iter()
        .map(|line| format!("{}\n", line.get(indent..).unwrap_or("")))
        .collect()
}

/// Calls an application and drops its answer unread, as when the client leaves early.
pub(crate) fn leave_early(app: &dyn Application) {
    let mut environ = Environ::new();
    let mut recorder = wsgi_core::testing::Recorder::default();
    drop(app.call(&mut environ, &mut recorder).unwrap());
}
