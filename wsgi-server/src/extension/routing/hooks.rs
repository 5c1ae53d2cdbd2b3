//! What Rust calls in Python: the seldom ways, and what is decided when `wsgi_rs.routing` is imported.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// Functions and classes of `wsgi_rs.routing`.
#[derive(Debug)]
pub(super) struct Hooks {
    /// `(adapter, path, query_args)`: raises the redirect to the same host, at this quoted path.
    pub(super) redirect: Py<PyAny>,
    /// `(adapter, rule, values, method, query_args)`: raises the redirect that the rule asks for, if it does.
    pub(super) settle: Py<PyAny>,
    /// `(adapter, endpoint, values, method)`: raises `BuildError`.
    pub(super) no_url: Py<PyAny>,
    /// `(values)`: those to build a URL of, as a dict; for mappings that are no plain dict.
    pub(super) values_of: Py<PyAny>,
    /// `(pairs, sort_parameters, sort_key)`: the query of a URL.
    pub(super) query_string: Py<PyAny>,
    /// `(server_name)`: in ASCII, or raises `BadHost`.
    pub(super) ascii_host: Py<PyAny>,
    /// `(host, server_name)`: warns that the one is not below the other.
    pub(super) warn_of_host: Py<PyAny>,
    /// `(converter)`: the numbers of its `to_python` and `to_url`; see `convert.rs`.
    pub(super) kinds: Py<PyAny>,
    pub(super) not_found: Py<PyAny>,
    pub(super) method_not_allowed: Py<PyAny>,
    pub(super) websocket_mismatch: Py<PyAny>,
    pub(super) validation_error: Py<PyAny>,
    pub(super) uuid: Py<PyAny>,
}

static HOOKS: PyOnceLock<Hooks> = PyOnceLock::new();

impl Hooks {
    /// They are known once a map has been made, for that imports the module.
    pub(super) fn get(py: Python<'_>) -> PyResult<&Self> {
        HOOKS.get_or_try_init(py, || Self::load(py))
    }

    fn load(py: Python<'_>) -> PyResult<Self> {
        let of = |module: &str, name: &str| -> PyResult<Py<PyAny>> {
            Ok(py.import(module)?.getattr(name)?.unbind())
        };
        let seldom = |name| of("wsgi_rs.routing.seldom", name);
        let exception = |name| of("wsgi_rs.routing.exceptions", name);
        Ok(Self {
            redirect: seldom("redirect")?,
            settle: seldom("settle")?,
            no_url: seldom("no_url")?,
            values_of: seldom("values_of")?,
            ascii_host: seldom("ascii_host")?,
            warn_of_host: seldom("warn_of_host")?,
            query_string: of("wsgi_rs.routing.query", "query_string")?,
            kinds: of("wsgi_rs.routing.converters", "kinds")?,
            not_found: exception("NotFound")?,
            method_not_allowed: exception("MethodNotAllowed")?,
            websocket_mismatch: exception("WebsocketMismatch")?,
            validation_error: exception("ValidationError")?,
            uuid: of("uuid", "UUID")?,
        })
    }
}

/// The class of exceptions by which a converter refuses a text or a value.
pub(in crate::extension) fn validation_error(py: Python<'_>) -> PyResult<&Py<PyAny>> {
    Ok(&Hooks::get(py)?.validation_error)
}
