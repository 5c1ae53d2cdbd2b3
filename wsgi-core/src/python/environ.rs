//! The environ as a Python dict.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::callables::InUse;
use super::errors::PyErrors;
use super::input::PyInput;
use super::template::{Filled, Template};
use super::text::{latin1, native, native_bytes};
use super::version::Version;
use super::{deadline, routing_args};
use crate::environ;
use crate::{Environ, RequestDeadline};

/// The dict of one request, made from a template, and how to tell what Python layers did to it.
pub(super) struct RequestDict<'py> {
    pub(super) dict: Bound<'py, PyDict>,
    pub(super) callables: InUse<'py>,
    /// How many keys it had.
    len: usize,
    version: Option<Version>,
    script_name: Bound<'py, PyString>,
    path_info: Bound<'py, PyString>,
}

impl<'py> RequestDict<'py> {
    /// A dict with all that PEP 3333 requires of the environ, and nothing of the process environment.
    ///
    /// # Specification
    /// [PEP 3333, `environ` Variables](https://peps.python.org/pep-3333/#environ-variables)
    pub(super) fn new(py: Python<'py>, environ: &mut Environ) -> PyResult<Self> {
        let Filled {
            dict,
            callables,
            script_name,
            path_info,
        } = Template::fill(py, environ)?;
        if let Some(input) = environ.touched_input().filter(|input| !input.is_empty()) {
            let input = PyInput::bound(py, input)?;
            // What Python leaves of the body, Rust layers can read after the call.
            environ.set_input(input.get().shared().into_input());
            dict.set_item(intern!(py, "wsgi.input"), input)?;
        }
        if let Some(errors) = environ.touched_errors() {
            let errors = Bound::new(py, PyErrors::new(errors.clone()))?;
            dict.set_item(intern!(py, "wsgi.errors"), errors)?;
        }
        for (key, value) in environ.plain_variables() {
            let key = native(py, key.as_bytes());
            match value {
                Some(value) => dict.set_item(key, native(py, value))?,
                None if dict.contains(&key)? => dict.del_item(key)?,
                None => {}
            }
        }
        if let Some(names) = environ.sensitive_names() {
            let list = native(py, names.as_str().as_bytes());
            dict.set_item(intern!(py, "wsgi_rs.sensitive_headers"), list)?;
        }
        routing_args::set(&dict, environ.extensions())?;
        if let Some(deadline) = environ.extensions().get::<RequestDeadline>() {
            deadline::set(&dict, *deadline)?;
        }
        Ok(Self {
            len: dict.len(),
            version: Version::of(&dict),
            dict,
            callables,
            script_name,
            path_info,
        })
    }

    /// Carries over what Python layers changed, for the Rust layers outside: new keys whose values are
    /// strings, the path, and names of secret fields. The callables go back to where they came from, and a dict that was
    /// left as it was.
    pub(super) fn carry_over(self, environ: &mut Environ) -> PyResult<()> {
        let callables = self.callables.end();
        if self
            .version
            .is_some_and(|version| version.is_of(&self.dict))
        {
            Template::give_back(callables, Some(self.dict));
            return Ok(());
        }
        Template::give_back(callables, None);
        let py = self.dict.py();
        let changed = |key: &Bound<'py, PyString>, old: &Bound<'py, PyString>| {
            let new = self.dict.get_item(key)?;
            Ok::<_, PyErr>(new.filter(|new| !new.is(old)))
        };
        if let Some(new) = changed(intern!(py, "SCRIPT_NAME"), &self.script_name)? {
            carry(environ, environ::SCRIPT_NAME, &new);
        }
        if let Some(new) = changed(intern!(py, "PATH_INFO"), &self.path_info)? {
            carry(environ, environ::PATH_INFO, &new);
        }
        // Where it was there before, layers further in have added to it.
        if let Some(names) = environ.sensitive_names()
            && let Some(new) = self
                .dict
                .get_item(intern!(py, "wsgi_rs.sensitive_headers"))?
            && native_bytes(&new).is_some_and(|new| new != names.as_str().as_bytes())
        {
            carry(environ, environ::SENSITIVE_HEADERS, &new);
        }
        if self.dict.len() <= self.len {
            return Ok(());
        }
        for (key, value) in added(&self.dict, self.len)? {
            if let Ok(key) = key.cast::<PyString>()
                && let Ok(key) = key.to_str()
            {
                carry(environ, key, &value);
            }
        }
        Ok(())
    }
}

/// What was added to a dict of so many keys, which stands at its end. Frameworks add one or two keys.
fn added<'py>(
    dict: &Bound<'py, PyDict>,
    len: usize,
) -> PyResult<Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
    let py = dict.py();
    let items = dict.call_method0(intern!(py, "items"))?;
    let latest_first = items
        .call_method0(intern!(py, "__reversed__"))?
        .try_iter()?;
    let count = dict.len().saturating_sub(len);
    if let Ok(items) = latest_first.take(count).collect::<PyResult<Vec<_>>>() {
        return items.iter().map(|item| item.extract()).collect();
    }
    // On free-threaded builds another thread may still be adding to the dict, which ends its iteration.
    let items = dict.items();
    items.iter().skip(len).map(|item| item.extract()).collect()
}

/// Sets a variable if the value is a native string that it can have; an odd one is Python's own affair.
fn carry(environ: &mut Environ, key: &str, value: &Bound<'_, PyAny>) {
    if let Ok(text) = value.cast::<PyString>()
        && let Some(bytes) = latin1(text)
    {
        let _ = environ.set_var(key, bytes);
    }
}
