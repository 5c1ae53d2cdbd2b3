//! The part of `Map` that matching and building need at once: the table, and whether it is stale.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::adapter::MapAdapter;
use super::environ;
use super::state::State;
use super::table::Table;

/// What `wsgi_rs.routing.Map` is made of; of no use by itself.
#[pyclass(subclass, frozen, module = "wsgi_rs._native")]
#[derive(Debug)]
pub(crate) struct MapBase {
    /// How often the map was changed.
    changes: AtomicU64,
    installed: Mutex<Option<Installed>>,
}

#[derive(Debug)]
struct Installed {
    table: Py<Table>,
    /// The changes that are in it.
    changes: u64,
}

#[pymethods]
impl MapBase {
    #[new]
    #[pyo3(signature = (*_arguments, **_options))]
    fn new(_arguments: &Bound<'_, PyTuple>, _options: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            changes: AtomicU64::new(1),
            installed: Mutex::new(None),
        }
    }

    /// Says that rules or settings have changed; returns the number of that change.
    fn touch(&self) -> u64 {
        self.changes.fetch_add(1, Relaxed) + 1
    }

    /// The number of the last change, and whether the table has it.
    fn changes(&self) -> (u64, bool) {
        let changes = self.changes.load(Relaxed);
        let installed = self.lock();
        let known = installed
            .as_ref()
            .is_some_and(|installed| installed.changes == changes);
        (changes, known)
    }

    /// Matches and builds by this table from now on, which has the changes up to this number.
    fn install(&self, table: Py<Table>, changes: u64) {
        let previous = self.lock().replace(Installed { table, changes });
        // Not while it is locked: what goes with the old table may run Python code, which may come back here.
        drop(previous);
    }

    /// An adapter of this map for a host.
    #[expect(clippy::too_many_arguments, reason = "they are Werkzeug's")]
    #[pyo3(signature = (server_name, script_name = None, subdomain = None, url_scheme = None,
        default_method = None, path_info = None, query_args = None))]
    fn bind(
        slf: &Bound<'_, Self>,
        server_name: &Bound<'_, PyAny>,
        script_name: Option<&Bound<'_, PyAny>>,
        subdomain: Option<&Bound<'_, PyAny>>,
        url_scheme: Option<&Bound<'_, PyAny>>,
        default_method: Option<&Bound<'_, PyAny>>,
        path_info: Option<&Bound<'_, PyAny>>,
        query_args: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<MapAdapter> {
        let py = slf.py();
        let (table, changes) = Self::table(slf)?;
        if table.get().host_matching && subdomain.is_some() {
            return Err(PyRuntimeError::new_err(
                "the map matches hosts, and so has no subdomains; leave the subdomain out",
            ));
        }
        let server_name = environ::server_name(server_name.cast()?)?;
        let subdomain = match subdomain {
            Some(subdomain) => subdomain.clone().unbind(),
            None if table.get().host_matching => py.None(),
            None => table.get().default_subdomain.clone_ref(py),
        };
        let mut state = State::new(py, (table, changes));
        state.server_name = server_name.into_any().unbind();
        state.subdomain = subdomain;
        let given = [
            (&mut state.script_name, script_name),
            (&mut state.url_scheme, url_scheme),
            (&mut state.default_method, default_method),
            (&mut state.path_info, path_info),
            (&mut state.query_args, query_args),
        ];
        for (attribute, given) in given {
            if let Some(given) = given {
                *attribute = given.clone().unbind();
            }
        }
        MapAdapter::bound(slf, state)
    }

    /// An adapter of this map for a request: a WSGI environ, or an object that has one as its attribute `environ`.
    #[pyo3(signature = (environ, server_name = None, subdomain = None))]
    fn bind_to_environ(
        slf: &Bound<'_, Self>,
        environ: &Bound<'_, PyAny>,
        server_name: Option<&Bound<'_, PyAny>>,
        subdomain: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<MapAdapter> {
        environ::bind(slf, environ, server_name, subdomain)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Where another thread is just looking at it, it is in use.
        match self.installed.try_lock() {
            Ok(installed) => visit.call(installed.as_ref().map(|installed| &installed.table)),
            Err(_) => Ok(()),
        }
    }

    fn __clear__(&self) {
        let previous = self.lock().take();
        drop(previous);
    }
}

impl MapBase {
    /// Whether nothing has changed since this change.
    #[inline]
    pub(super) fn is_at(&self, changes: u64) -> bool {
        self.changes.load(Relaxed) == changes
    }

    /// The table as it has to be, and the changes that are in it.
    pub(super) fn table(slf: &Bound<'_, Self>) -> PyResult<(Py<Table>, u64)> {
        let this = slf.get();
        // Twice, for somebody may add rules all the time, and those are for the next request.
        for _ in 0..2 {
            if let Some(installed) = &*this.lock()
                && this.is_at(installed.changes)
            {
                return Ok((installed.table.clone_ref(slf.py()), installed.changes));
            }
            slf.call_method0(intern!(slf.py(), "update"))?;
        }
        let installed = this.lock();
        match &*installed {
            Some(installed) => Ok((installed.table.clone_ref(slf.py()), installed.changes)),
            None => Err(PyRuntimeError::new_err(
                "the map's update() has installed nothing",
            )),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Installed>> {
        self.installed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Raise `ValueError`, with a word on what to write instead, if a converter's expression cannot be matched in linear
/// time.
#[pyfunction]
pub(crate) fn check_expression(regex: &str) -> PyResult<()> {
    let Err(error) = regex::Regex::new(&format!(r"\A(?:{regex})\z")) else {
        return Ok(());
    };
    let error = error.to_string();
    let advice = if error.contains("look-around") || error.contains("backreferences") {
        "write a wider expression, and raise ValidationError in to_python for what is none"
    } else {
        "see https://docs.rs/regex for its syntax"
    };
    let reason = error.lines().last().unwrap_or_default();
    let reason = reason.strip_prefix("error: ").unwrap_or(reason);
    Err(PyValueError::new_err(format!(
        "the regex {regex:?} cannot be matched in linear time, as all of a map's are: {reason}; {advice}"
    )))
}
