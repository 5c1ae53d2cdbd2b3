//! The environ as a Python dict.

use std::cell::Cell;
use std::net::IpAddr;

use http::{Method, Version};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString, PyTuple};

use super::errors::PyErrors;
use super::file_wrapper::PyFileWrapper;
use super::input::PyInput;
use super::names::Names;
use super::routing_args;
use super::text::{latin1, native};
use crate::environ::{self, Connection};
use crate::{Environ, ErrorStream, Headers, Input, RoutingArgs};

const SOFTWARE: &str = concat!("wsgi-rs/", env!("CARGO_PKG_VERSION"));

/// The dict of one request, made from a template, and how to tell what Python layers did to it.
pub(super) struct RequestDict<'py> {
    pub(super) dict: Bound<'py, PyDict>,
    /// How many keys it had.
    len: usize,
    script_name: Bound<'py, PyString>,
    path_info: Bound<'py, PyString>,
}

impl<'py> RequestDict<'py> {
    /// A dict with all that PEP 3333 requires of the environ, and nothing of the process environment.
    ///
    /// # Specification
    /// [PEP 3333, `environ` Variables](https://peps.python.org/pep-3333/#environ-variables)
    pub(super) fn new(py: Python<'py>, environ: &mut Environ) -> PyResult<Self> {
        let mut template = Template::take(py, environ.connection())?;
        let dict = template.fill(py, environ);
        template.give_back();
        dict
    }

    /// Carries over what Python layers changed, for the Rust layers outside: new keys whose values are
    /// strings, and the path.
    pub(super) fn carry_over(&self, environ: &mut Environ) -> PyResult<()> {
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
        if self.dict.len() <= self.len {
            return Ok(());
        }
        // A snapshot, for on free-threaded builds another thread may still be adding to the dict.
        for item in self.dict.items().iter().skip(self.len) {
            let (key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
            if let Ok(key) = key
                .cast::<PyString>()
                .map_err(PyErr::from)
                .and_then(|key| key.to_str())
            {
                carry(environ, key, &value);
            }
        }
        Ok(())
    }
}

/// Sets a variable if the value is a native string that it can have; an odd one is Python's own affair.
fn carry(environ: &mut Environ, key: &str, value: &Bound<'_, PyAny>) {
    if let Ok(text) = value.cast::<PyString>()
        && let Some(bytes) = latin1(text)
    {
        let _ = environ.set_var(key, bytes);
    }
}

thread_local! {
    /// Each thread has its own, so that threads neither lock nor share reference counts.
    static TEMPLATE: Cell<Option<Box<Template>>> = const { Cell::new(None) };
}

/// What the dicts of consecutive requests have in common.
struct Template {
    /// All keys that every request has, with the values of the connection.
    dict: Py<PyDict>,
    connection: Connection,
    names: Names,
    get: Py<PyString>,
    http11: Py<PyString>,
    empty: Py<PyString>,
    no_input: Py<PyInput>,
    stderr: Py<PyErrors>,
    remote_addr: Option<(IpAddr, Py<PyString>)>,
}

impl Template {
    /// This thread's template, for this connection. While it is out, finalizers that run meanwhile and call
    /// an application again get another one.
    fn take(py: Python<'_>, connection: &Connection) -> PyResult<Box<Self>> {
        let mut template = match TEMPLATE.take() {
            Some(template) => template,
            None => Box::new(Self::new(py, connection)?),
        };
        if !same_server(&template.connection, connection) {
            template.dict = constants(py, connection)?.unbind();
            template.connection = connection.clone();
        }
        Ok(template)
    }

    fn give_back(self: Box<Self>) {
        TEMPLATE.set(Some(self));
    }

    fn new(py: Python<'_>, connection: &Connection) -> PyResult<Self> {
        Ok(Self {
            dict: constants(py, connection)?.unbind(),
            connection: connection.clone(),
            names: Names::new(py),
            get: PyString::intern(py, "GET").unbind(),
            http11: PyString::intern(py, "HTTP/1.1").unbind(),
            empty: PyString::intern(py, "").unbind(),
            no_input: Py::new(py, PyInput::new(Input::empty()))?,
            stderr: Py::new(py, PyErrors::new(ErrorStream::stderr()))?,
            remote_addr: None,
        })
    }

    fn fill<'py>(&mut self, py: Python<'py>, environ: &mut Environ) -> PyResult<RequestDict<'py>> {
        let dict = self.dict.bind(py).copy()?;
        let input = match environ.touched_input() {
            Some(input) if !input.is_empty() => {
                let input = Bound::new(py, PyInput::new(input))?;
                // What Python leaves of the body, Rust layers can read after the call.
                environ.set_input(input.get().shared().into_input());
                input
            }
            _ => self.no_input.bind(py).clone(),
        };
        dict.set_item(intern!(py, "wsgi.input"), input)?;
        let errors = match environ.touched_errors() {
            Some(errors) => Bound::new(py, PyErrors::new(errors.clone()))?,
            None => self.stderr.bind(py).clone(),
        };
        dict.set_item(intern!(py, "wsgi.errors"), errors)?;
        let script_name = self.text(py, environ.script_name());
        let path_info = self.text(py, environ.path_info());
        self.request_line(&dict, environ, &script_name, &path_info)?;
        self.remote(&dict, environ.connection())?;
        header_fields(&dict, environ.headers(), &mut self.names)?;
        for (key, value) in environ.plain_variables() {
            let key = native(py, key.as_bytes());
            match value {
                Some(value) => dict.set_item(key, native(py, value))?,
                None if dict.contains(&key)? => dict.del_item(key)?,
                None => {}
            }
        }
        if let Some(args) = environ.extensions().get::<RoutingArgs>() {
            routing_args::set(&dict, args)?;
        }
        Ok(RequestDict {
            len: dict.len(),
            dict,
            script_name,
            path_info,
        })
    }

    fn request_line<'py>(
        &self,
        dict: &Bound<'py, PyDict>,
        environ: &Environ,
        script_name: &Bound<'py, PyString>,
        path_info: &Bound<'py, PyString>,
    ) -> PyResult<()> {
        let py = dict.py();
        let method = match *environ.method() {
            Method::GET => self.get.bind(py).clone(),
            ref method => PyString::new(py, method.as_str()),
        };
        let protocol = match environ.version() {
            Version::HTTP_11 => self.http11.bind(py).clone(),
            version => PyString::new(py, environ::protocol(version)),
        };
        dict.set_item(intern!(py, "REQUEST_METHOD"), method)?;
        dict.set_item(intern!(py, "SERVER_PROTOCOL"), protocol)?;
        dict.set_item(intern!(py, "SCRIPT_NAME"), script_name)?;
        dict.set_item(intern!(py, "PATH_INFO"), path_info)?;
        dict.set_item(
            intern!(py, "QUERY_STRING"),
            self.text(py, environ.query_string()),
        )?;
        let target = environ.target();
        let target = (!target.is_empty()).then(|| native(py, target));
        set_or_remove(dict, intern!(py, "REQUEST_URI"), target.as_ref())?;
        set_or_remove(dict, intern!(py, "RAW_URI"), target.as_ref())
    }

    fn remote(&mut self, dict: &Bound<'_, PyDict>, connection: &Connection) -> PyResult<()> {
        let py = dict.py();
        let address = connection.remote_addr.map(|address| {
            if let Some((known, text)) = &self.remote_addr
                && *known == address
            {
                return text.bind(py).clone();
            }
            let text = PyString::new(py, &address.to_string());
            self.remote_addr = Some((address, text.clone().unbind()));
            text
        });
        set_or_remove(dict, intern!(py, "REMOTE_ADDR"), address.as_ref())?;
        let port = connection.remote_port;
        let port = port.map(|port| PyString::new(py, &port.to_string()));
        set_or_remove(dict, intern!(py, "REMOTE_PORT"), port.as_ref())
    }

    fn text<'py>(&self, py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyString> {
        if bytes.is_empty() {
            self.empty.bind(py).clone()
        } else {
            native(py, bytes)
        }
    }
}

/// Fills in a placeholder, or takes it out where there is no value: PEP 3333 wants no empty ones.
fn set_or_remove(
    dict: &Bound<'_, PyDict>,
    key: &Bound<'_, PyString>,
    value: Option<&Bound<'_, PyString>>,
) -> PyResult<()> {
    match value {
        Some(value) => dict.set_item(key, value),
        None => dict.del_item(key),
    }
}

/// Whether dicts for the two differ in the client's address only.
fn same_server(a: &Connection, b: &Connection) -> bool {
    a.server_port == b.server_port
        && a.server_name == b.server_name
        && a.url_scheme == b.url_scheme
        && (a.multithread, a.multiprocess, a.run_once)
            == (b.multithread, b.multiprocess, b.run_once)
}

/// The keys that all requests have, those of the server filled in.
fn constants<'py>(py: Python<'py>, connection: &Connection) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    // Placeholders: to overwrite costs less than to insert, and the required keys come first when shown.
    for key in [
        intern!(py, "REQUEST_METHOD"),
        intern!(py, "SCRIPT_NAME"),
        intern!(py, "PATH_INFO"),
        intern!(py, "QUERY_STRING"),
        intern!(py, "SERVER_PROTOCOL"),
        intern!(py, "REQUEST_URI"),
        intern!(py, "RAW_URI"),
        intern!(py, "REMOTE_ADDR"),
        intern!(py, "REMOTE_PORT"),
        intern!(py, "wsgi.input"),
        intern!(py, "wsgi.errors"),
    ] {
        dict.set_item(key, py.None())?;
    }
    dict.set_item(
        intern!(py, "SERVER_NAME"),
        native(py, connection.server_name.as_bytes()),
    )?;
    dict.set_item(
        intern!(py, "SERVER_PORT"),
        native(py, connection.server_port.as_bytes()),
    )?;
    dict.set_item(intern!(py, "SERVER_SOFTWARE"), SOFTWARE)?;
    dict.set_item(intern!(py, "wsgi.version"), PyTuple::new(py, [1, 0])?)?;
    dict.set_item(
        intern!(py, "wsgi.url_scheme"),
        native(py, connection.url_scheme.as_bytes()),
    )?;
    let flags = [
        (intern!(py, "wsgi.multithread"), connection.multithread),
        (intern!(py, "wsgi.multiprocess"), connection.multiprocess),
        (intern!(py, "wsgi.run_once"), connection.run_once),
        (intern!(py, "wsgi.input_terminated"), true),
    ];
    for (key, flag) in flags {
        dict.set_item(key, PyBool::new(py, flag))?;
    }
    dict.set_item(
        intern!(py, "wsgi.file_wrapper"),
        py.get_type::<PyFileWrapper>(),
    )?;
    if &*connection.url_scheme == "https" {
        dict.set_item(intern!(py, "HTTPS"), "on")?;
    }
    // CPython grows a dict at its 22nd key, and copies it with the room it has: with this one, the copies need
    // not grow for their header fields.
    dict.set_item(intern!(py, "wsgi_rs.room"), py.None())?;
    dict.del_item(intern!(py, "wsgi_rs.room"))?;
    Ok(dict)
}

/// The fields as variables, those that repeat joined.
pub(super) fn header_fields(
    dict: &Bound<'_, PyDict>,
    headers: &Headers,
    names: &mut Names,
) -> PyResult<()> {
    let py = dict.py();
    for (position, (name, value)) in headers.iter().enumerate() {
        // `X_Foo` would pass for `X-Foo`; `Environ::var` does not show it either.
        if name.contains('_') {
            continue;
        }
        let before = dict.len();
        let key = names.key(py, position, name);
        dict.set_item(&key, native(py, value))?;
        if dict.len() == before
            && let Some(all) = environ::joined(headers, name)
        {
            dict.set_item(key, native(py, &all))?;
        }
    }
    Ok(())
}
