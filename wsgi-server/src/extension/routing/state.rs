//! What an adapter is bound to: read by each match, set by hardly anybody.

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;
use wsgi_router::Start;

use super::table::Table;

/// The attributes of an adapter, and what is derived from them.
#[derive(Debug)]
pub(super) struct State {
    pub(super) table: Py<Table>,
    /// The changes of the map that are in the table.
    pub(super) changes: u64,
    /// Where the table has the paths of this host.
    pub(super) start: Option<Start>,
    pub(super) server_name: Py<PyAny>,
    /// Ends with a slash.
    pub(super) script_name: Py<PyAny>,
    /// `None` where the map matches hosts.
    pub(super) subdomain: Py<PyAny>,
    pub(super) url_scheme: Py<PyAny>,
    pub(super) path_info: Py<PyAny>,
    /// The path before it was decoded, where that makes a difference; matched instead of `path_info`.
    pub(super) raw_path: Option<Py<PyString>>,
    pub(super) default_method: Py<PyAny>,
    pub(super) query_args: Py<PyAny>,
    pub(super) websocket: bool,
}

impl State {
    /// That of a `GET` of `/` by HTTP, for no host. `changes` are those that the table has.
    pub(super) fn new(py: Python<'_>, (table, changes): (Py<Table>, u64)) -> Self {
        let text = |text: &Bound<'_, PyString>| text.clone().into_any().unbind();
        Self {
            table,
            changes,
            start: None,
            server_name: text(intern!(py, "")),
            script_name: text(intern!(py, "/")),
            subdomain: py.None(),
            url_scheme: text(intern!(py, "http")),
            path_info: text(intern!(py, "/")),
            raw_path: None,
            default_method: text(intern!(py, "GET")),
            query_args: py.None(),
            websocket: false,
        }
    }

    /// What the hosts of rules are matched against.
    pub(super) fn domain<'py>(&self, py: Python<'py>) -> &Bound<'py, PyAny> {
        let hosts = self.table.get().host_matching || self.subdomain.is_none(py);
        if hosts {
            self.server_name.bind(py)
        } else {
            self.subdomain.bind(py)
        }
    }

    /// Looks up where the table has the paths of the host.
    pub(super) fn find_start(&mut self, py: Python<'_>) {
        let domain = self.domain(py).cast::<PyString>();
        let domain = domain.ok().and_then(|domain| domain.to_str().ok());
        self.start = domain.and_then(|domain| self.table.get().map.start(domain));
    }

    fn clone_ref(&self, py: Python<'_>) -> Self {
        let share = |object: &Py<PyAny>| object.clone_ref(py);
        Self {
            table: self.table.clone_ref(py),
            changes: self.changes,
            start: self.start,
            server_name: share(&self.server_name),
            script_name: share(&self.script_name),
            subdomain: share(&self.subdomain),
            url_scheme: share(&self.url_scheme),
            path_info: share(&self.path_info),
            raw_path: self.raw_path.as_ref().map(|path| path.clone_ref(py)),
            default_method: share(&self.default_method),
            query_args: share(&self.query_args),
            websocket: self.websocket,
        }
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.table)?;
        visit.call(&self.server_name)?;
        visit.call(&self.query_args)?;
        visit.call(&self.default_method)
    }
}

/// A state that may change, and most often does not: as long as that is so, it is read without a lock.
#[derive(Debug)]
pub(super) struct Shared {
    bound: State,
    is_changed: AtomicBool,
    /// Never locked while Python code may run.
    now: Mutex<Option<Box<State>>>,
}

/// The state as it was when somebody looked.
#[derive(Debug)]
pub(super) enum Seen<'a> {
    Bound(&'a State),
    Changed(Box<State>),
}

impl Deref for Seen<'_> {
    type Target = State;

    #[inline]
    fn deref(&self) -> &State {
        match self {
            Self::Bound(state) => state,
            Self::Changed(state) => state,
        }
    }
}

impl Shared {
    pub(super) fn new(bound: State) -> Self {
        Self {
            bound,
            is_changed: AtomicBool::new(false),
            now: Mutex::new(None),
        }
    }

    #[inline]
    pub(super) fn see(&self, py: Python<'_>) -> Seen<'_> {
        if !self.is_changed.load(Ordering::Acquire) {
            return Seen::Bound(&self.bound);
        }
        match self.lock().as_deref() {
            Some(state) => Seen::Changed(Box::new(state.clone_ref(py))),
            None => Seen::Bound(&self.bound),
        }
    }

    /// Changes it; what is no part of it any more is to be returned, and dropped without a lock.
    pub(super) fn change<R>(&self, py: Python<'_>, change: impl FnOnce(&mut State) -> R) -> R {
        let mut now = self.lock();
        let state = now.get_or_insert_with(|| Box::new(self.bound.clone_ref(py)));
        let replaced = change(state);
        self.is_changed.store(true, Ordering::Release);
        replaced
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.bound.traverse(visit)?;
        // Where another thread is just looking at it, it is in use.
        match self.now.try_lock() {
            Ok(now) => now.as_ref().map_or(Ok(()), |state| state.traverse(visit)),
            Err(_) => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<State>>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
