//! `wsgi_rs.Router`: our router around applications of either language.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use http::Method;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use wsgi_core::python::{Exported, application};
use wsgi_core::{Application, ApplicationError, Body, Environ, StartResponse};
use wsgi_router::{MethodRouter, RouterBuilder};

mod probe;

/// Hands each request to another application, chosen by host, path and method.
///
/// A route's pattern matches the whole path: "/users/{id}", "/files/{*path}". What matched is in
/// `environ["wsgiorg.routing_args"]`. A mount has everything below its prefix, which moves from `PATH_INFO` to
/// `SCRIPT_NAME`. What nothing matches goes to the fallback, or is answered with 404.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs")]
#[derive(Debug)]
pub(super) struct Router {
    current: Arc<Current>,
    entries: Mutex<Vec<(Entry, Py<PyAny>)>>,
}

/// The router as it is now: requests see all of a change or nothing.
#[derive(Debug)]
struct Current(RwLock<wsgi_router::Router>);

impl Application for Current {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        // Cheap to clone, and not locked during the call, which may well change the router.
        let router = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        router.call(environ, start_response)
    }
}

/// What was added, kept for the next change.
#[derive(Clone)]
enum Entry {
    Route(String, Vec<Method>, Arc<dyn Application>),
    Mount(String, Arc<dyn Application>),
    Host(String, Arc<dyn Application>),
    Fallback(Arc<dyn Application>),
}

impl Entry {
    fn add(&self, builder: RouterBuilder) -> RouterBuilder {
        match self {
            Self::Route(pattern, methods, app) if methods.is_empty() => {
                builder.route(pattern, wsgi_router::any(app.clone()))
            }
            Self::Route(pattern, methods, app) => {
                let add =
                    |router: MethodRouter, method: &Method| router.on(method.clone(), app.clone());
                builder.route(pattern, methods.iter().fold(MethodRouter::default(), add))
            }
            Self::Mount(prefix, app) => builder.mount(prefix, app.clone()),
            Self::Host(host, app) => builder.host(host, app.clone()),
            Self::Fallback(app) => builder.fallback(app.clone()),
        }
    }
}

impl Entry {
    /// The same for another application.
    fn around(&self, app: Arc<dyn Application>) -> Self {
        match self {
            Self::Route(pattern, methods, _) => Self::Route(pattern.clone(), methods.clone(), app),
            Self::Mount(prefix, _) => Self::Mount(prefix.clone(), app),
            Self::Host(host, _) => Self::Host(host.clone(), app),
            Self::Fallback(_) => Self::Fallback(app),
        }
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Route(pattern, methods, _) => f
                .debug_tuple("Route")
                .field(pattern)
                .field(methods)
                .finish(),
            Self::Mount(prefix, _) => f.debug_tuple("Mount").field(prefix).finish(),
            Self::Host(host, _) => f.debug_tuple("Host").field(host).finish(),
            Self::Fallback(_) => f.write_str("Fallback"),
        }
    }
}

#[pymethods]
impl Router {
    #[new]
    fn new() -> PyResult<PyClassInitializer<Self>> {
        let empty = build([])?;
        let current = Arc::new(Current(RwLock::new(empty)));
        let base = Exported::new(current.clone());
        Ok(PyClassInitializer::from(base).add_subclass(Self {
            current,
            entries: Mutex::default(),
        }))
    }

    /// Answers the paths that the whole pattern matches; all methods, or those given.
    #[pyo3(signature = (pattern, app, *, methods = None))]
    fn route(
        &self,
        pattern: String,
        app: &Bound<'_, PyAny>,
        methods: Option<Vec<String>>,
    ) -> PyResult<()> {
        let parse = |name: &String| {
            let method = Method::from_bytes(name.as_bytes());
            method.map_err(|_| {
                PyValueError::new_err(format!("{name:?} is no method; write GET, POST and so on"))
            })
        };
        let methods = match methods {
            Some(names) if names.is_empty() => {
                return Err(PyValueError::new_err(
                    "methods is empty; leave it out to answer all methods",
                ));
            }
            Some(names) => names.iter().map(parse).collect::<PyResult<_>>()?,
            None => Vec::new(),
        };
        self.add(Entry::Route(pattern, methods, application(app)?), app)
    }

    /// Gives all paths at and below the prefix to an application.
    fn mount(&self, prefix: String, app: &Bound<'_, PyAny>) -> PyResult<()> {
        self.add(Entry::Mount(prefix, application(app)?), app)
    }

    /// Gives all requests for a host ("api.example.com", "*.example.com") to an application.
    fn host(&self, host: String, app: &Bound<'_, PyAny>) -> PyResult<()> {
        self.add(Entry::Host(host, application(app)?), app)
    }

    /// Answers what nothing else answers.
    fn fallback(&self, app: &Bound<'_, PyAny>) -> PyResult<()> {
        self.add(Entry::Fallback(application(app)?), app)
    }

    /// What `wsgi-server routes` asks: the table in JSON, and (kind, pattern, application) of all that was added.
    fn _report(&self, py: Python<'_>) -> PyResult<(String, Vec<probe::Told>)> {
        probe::report(py, &self.snapshot(py))
    }

    /// What `wsgi-server routes --match` asks: what becomes of a request, without any application being called.
    fn _match<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        host: &str,
        target: &str,
    ) -> PyResult<Bound<'py, PyDict>> {
        probe::matching(py, &self.snapshot(py), method, host, target)
    }
}

impl Router {
    /// What was added so far.
    fn snapshot(&self, py: Python<'_>) -> Vec<(Entry, Py<PyAny>)> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let copy = |(entry, app): &(Entry, Py<PyAny>)| (entry.clone(), app.clone_ref(py));
        entries.iter().map(copy).collect()
    }

    /// Takes the entry over if the router with it is sound; the mistake is raised where it was made.
    fn add(&self, entry: Entry, app: &Bound<'_, PyAny>) -> PyResult<()> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push((entry, app.clone().unbind()));
        let built = build(entries.iter().map(|(entry, _)| entry));
        let refused = if built.is_err() { entries.pop() } else { None };
        let replaced = built.map(|router| {
            let mut current = self
                .current
                .0
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *current, router)
        });
        // Dropping an application may run Python code, which may come back here.
        drop(entries);
        drop(refused);
        replaced.map(drop)
    }
}

fn build<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> PyResult<wsgi_router::Router> {
    let builder = entries
        .into_iter()
        .fold(wsgi_router::Router::builder(), |builder, entry| {
            entry.add(builder)
        });
    builder
        .build()
        .map_err(|error| PyValueError::new_err(error.to_string()))
}
