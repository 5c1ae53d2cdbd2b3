//! `wsgi_rs.Router`: our router around applications of either language.

mod converters;
mod current;
mod entry;
mod probe;
mod shown;
mod values;

use std::sync::Arc;

use pyo3::exceptions::{PyLookupError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyTuple};
use wsgi_core::python::Exported;
use wsgi_core::{Environ, environ};

use converters::Classes;
use current::Current;
use entry::{App, Entry, Options};

/// Hands each request to another application, chosen by host, path and method.
///
/// A route's rule matches the whole path: "/users/<int:id>" or "/users/{id}", "/files/<path:file>". What matched is in
/// `environ["wsgiorg.routing_args"]`: numbers, UUIDs and what a converter of one's own makes as objects, text as a
/// native string. A mount has everything below its prefix, which moves from `PATH_INFO` to
/// `SCRIPT_NAME`. What nothing matches goes to the fallback, or is answered with 404.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs")]
#[derive(Debug)]
pub(super) struct Router {
    current: Arc<Current>,
}

#[pymethods]
impl Router {
    #[new]
    #[pyo3(signature = (*, strict_slashes = true, merge_slashes = true, server_name = None, redirect_status = 308,
        converters = None))]
    fn new(
        strict_slashes: bool,
        merge_slashes: bool,
        server_name: Option<String>,
        redirect_status: u16,
        converters: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let options = Options {
            strict_slashes,
            merge_slashes,
            server_name,
            redirect_status: http::StatusCode::from_u16(redirect_status)
                .map_err(|_| PyValueError::new_err("redirect_status is no status"))?,
            converters: Classes::new(converters)?,
        };
        entry::build(&options, &[]).map_err(mistake)?;
        let current = Arc::new(Current::new(options));
        let base = Exported::new(current.clone());
        Ok(PyClassInitializer::from(base).add_subclass(Self { current }))
    }

    /// Answers the paths that the whole rule matches; all methods, or those given. A decorator if `app` is left out.
    #[pyo3(signature = (rule, app = None, *, methods = None, **options))]
    fn route<'py>(
        slf: &Bound<'py, Self>,
        rule: &Bound<'py, PyAny>,
        app: Option<&Bound<'py, PyAny>>,
        methods: Option<Vec<String>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let route = entry::Route::new(rule, methods, options)?;
        if route.needs_no_app() && app.is_none() {
            slf.get().add(route.into_rule())?;
            return Ok(py.None().into_bound(py));
        }
        let Some(app) = app else {
            // What can be wrong with the rule is told here, not where the decorator is applied.
            slf.get().check(&route.clone().into_entry(App::nobody()))?;
            return decorator(slf, move |router, app| {
                router.add(route.clone().into_entry(App::new(app)?))
            });
        };
        slf.get().add(route.into_entry(App::new(app)?))?;
        Ok(app.clone())
    }

    /// Gives all paths at and below the prefix, which may have parameters, to an application. A decorator if `app` is
    /// left out.
    #[pyo3(signature = (prefix, app = None))]
    fn mount<'py>(
        slf: &Bound<'py, Self>,
        prefix: String,
        app: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(app) = app else {
            return decorator(slf, move |router, app| {
                router.add(router.mounted(prefix.clone(), app)?)
            });
        };
        let this = slf.get();
        this.add(this.mounted(prefix, app)?)?;
        Ok(app.clone())
    }

    /// Adds the routes that another router has now, below a prefix; `SCRIPT_NAME` is not moved.
    fn nest(&self, prefix: String, router: &Bound<'_, Self>) -> PyResult<()> {
        let nested = router.get().current.snapshot();
        self.add(Entry::Nest(prefix, nested.0, nested.1))
    }

    /// Gives all requests for a host ("api.example.com", "<tenant>.example.com", "*.example.com") to an application. A
    /// decorator if `app` is left out.
    #[pyo3(signature = (host, app = None))]
    fn host<'py>(
        slf: &Bound<'py, Self>,
        host: String,
        app: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(app) = app else {
            return decorator(slf, move |router, app| {
                router.add(Entry::Host(host.clone(), App::new(app)?))
            });
        };
        slf.get().add(Entry::Host(host, App::new(app)?))?;
        Ok(app.clone())
    }

    /// Answers what nothing else answers. Returns the application, and so is a decorator.
    fn fallback<'py>(&self, app: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let entry = Entry::Fallback(App::new(app)?);
        if self.current.has_fallback() {
            return Err(PyValueError::new_err(
                "there are two fallbacks; remove one of them",
            ));
        }
        self.add(entry)?;
        Ok(app.clone())
    }

    /// Looks for rules in each other's way now, and not at the next request.
    fn build(&self) -> PyResult<()> {
        self.current.router().map(drop).map_err(mistake)
    }

    /// The URL of the endpoint, below `SCRIPT_NAME` of the `_environ` of a request if one is given. With `_external` it
    /// has scheme and host.
    #[pyo3(signature = (endpoint, /, *, _environ = None, _external = false, **values))]
    fn url_for(
        &self,
        endpoint: &str,
        _environ: Option<&Bound<'_, PyDict>>,
        _external: bool,
        values: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<String> {
        let router = self.current.fresh().map_err(mistake)?;
        let values = values::of(values)?;
        let url = match (_environ, _external) {
            (None, false) => router.url_for(endpoint, &values),
            (None, true) => {
                return Err(PyTypeError::new_err(
                    "_external needs to know scheme and host; give the _environ of a request",
                ));
            }
            (Some(dict), _) => {
                let environ = bound(dict)?;
                let urls = router.bind(&environ);
                let urls = if _external { urls.external() } else { urls };
                urls.url_for(endpoint, &values)
            }
        };
        url.map_err(|error| PyLookupError::new_err(error.to_string()))
    }

    /// All routes as a table to be read.
    fn report(&self) -> PyResult<String> {
        Ok(self.current.fresh().map_err(mistake)?.report().to_string())
    }

    /// All routes as plain data: a dict each.
    #[getter]
    fn routes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let report = self.current.fresh().map_err(mistake)?.report();
        let json = py
            .import("json")?
            .call_method1("loads", (report.to_json(),))?;
        json.get_item("routes")
    }

    /// What `wsgi-server routes` asks: the table in JSON, and (kind, pattern, application) of all that was added.
    fn _report(&self, py: Python<'_>) -> PyResult<(String, Vec<probe::Told>)> {
        let (entries, options) = self.current.snapshot();
        probe::report(py, &options, &entries)
    }

    /// What `wsgi-server routes --match` asks: what becomes of a request, without any application being called.
    fn _match<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        host: &str,
        target: &str,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (entries, options) = self.current.snapshot();
        let chosen = Arc::default();
        let router = probe::probed(&options, &entries, &chosen)?;
        probe::matching(py, &router, &chosen, method, host, target)
    }
}

impl Router {
    /// Takes the entry over if it is sound by itself; its mistakes are raised where they were made.
    fn add(&self, entry: Entry) -> PyResult<()> {
        self.check(&entry)?;
        drop(self.current.add(entry));
        Ok(())
    }

    fn check(&self, entry: &Entry) -> PyResult<()> {
        let alone = std::slice::from_ref(entry);
        let built = entry::build(self.current.options(), alone);
        built.map(drop).map_err(mistake)
    }

    /// The mount of an application, which may be another router.
    fn mounted(&self, prefix: String, app: &Bound<'_, PyAny>) -> PyResult<Entry> {
        let router = app
            .cast::<Self>()
            .ok()
            .map(|router| router.get().current.clone());
        if router
            .as_ref()
            .is_some_and(|router| router.leads_to(&self.current))
        {
            return Err(PyValueError::new_err(
                "the router would be mounted within itself, without end",
            ));
        }
        Ok(Entry::Mount(prefix, App::new(app)?, router))
    }
}

/// A function that adds the application that it is given, and returns it.
fn decorator<'py>(
    router: &Bound<'py, Router>,
    add: impl Fn(&Router, &Bound<'_, PyAny>) -> PyResult<()> + Send + Sync + 'static,
) -> PyResult<Bound<'py, PyAny>> {
    let this = router.clone().unbind();
    let decorator = PyCFunction::new_closure(
        router.py(),
        None,
        None,
        move |arguments: &Bound<'_, PyTuple>,
              _: Option<&Bound<'_, PyDict>>|
              -> PyResult<Py<PyAny>> {
            let app = arguments.get_item(0)?;
            add(this.get(), &app)?;
            Ok(app.unbind())
        },
    )?;
    Ok(decorator.into_any())
}

/// As much of a request as URLs depend on.
fn bound(dict: &Bound<'_, PyDict>) -> PyResult<Environ> {
    let mut bound = Environ::new();
    for key in [
        environ::SCRIPT_NAME,
        environ::SERVER_NAME,
        environ::SERVER_PORT,
        environ::HTTP_HOST,
        environ::WSGI_URL_SCHEME,
    ] {
        if let Some(value) = dict.get_item(key)? {
            // "Native strings" of PEP 3333: each character is a byte.
            let text: String = value.extract()?;
            let bytes: Vec<u8> = text
                .chars()
                .map(|c| u8::try_from(c).unwrap_or(b'?'))
                .collect();
            let set = bound.set_var(key, bytes);
            set.map_err(|error| PyValueError::new_err(error.to_string()))?;
        }
    }
    Ok(bound)
}

fn mistake(error: wsgi_router::RouterError) -> PyErr {
    PyValueError::new_err(error.to_string())
}
