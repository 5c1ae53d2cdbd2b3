//! The environ dict of the next request, made from that of the last one.

use std::cell::Cell;
use std::net::IpAddr;

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString, PyTuple};

use super::callables::{Callables, InUse, references};
use super::errors::PyErrors;
use super::file_wrapper::PyFileWrapper;
use super::input::PyInput;
use super::names::{Names, plain_key};
use super::peers::Peers;
use super::text::native;
use super::version::Version;
use crate::environ::{self, Connection};
use crate::same::same_bytes;
use crate::{Environ, ErrorStream, Headers, Input};

const SOFTWARE: &str = concat!("wsgi-rs/", env!("CARGO_PKG_VERSION"));

/// Requests with more bytes of path, query and fields are not remembered: memory must not be a client's to fill.
const LARGEST_REMEMBERED: usize = 8 * 1024;

thread_local! {
    /// Each thread has its own, so that threads neither lock nor share reference counts.
    static TEMPLATE: Cell<Option<Box<Template>>> = const { Cell::new(None) };
}

/// What the dicts of consecutive requests have in common.
///
/// Clients and proxies send much the same again and again. So the last request's dict is kept, what differs is
/// set, and the next request gets a copy: to copy a dict costs about as much as to set four of its keys.
pub(super) struct Template {
    /// All keys that every request has, with the values of the connection.
    constants: Py<PyDict>,
    connection: Connection,
    last: Last,
    /// The dict that was given out for the last request, as it was then.
    given: Option<Version>,
    /// That very dict, after the call: nobody else had it any more, and nothing in it was another.
    back: Option<Py<PyDict>>,
    /// The callables of the last request, between two requests.
    callables: Option<Box<Callables>>,
    /// The `wsgi.early_hints` in these dicts, which tells whose callables all of them are.
    shown: Option<Py<PyAny>>,
    names: Names,
    peers: Peers,
}

/// The dict of one request, with the callables and the path that it shows.
pub(super) struct Filled<'py> {
    pub(super) dict: Bound<'py, PyDict>,
    pub(super) callables: InUse<'py>,
    pub(super) script_name: Bound<'py, PyString>,
    pub(super) path_info: Bound<'py, PyString>,
}

impl Template {
    /// The dict of a request: all that stands in the environ but for input, error stream and what layers have added.
    pub(super) fn fill<'py>(py: Python<'py>, environ: &Environ) -> PyResult<Filled<'py>> {
        // While it is out, finalizers that run meanwhile and call an application again get another one.
        let mut template = match TEMPLATE.take() {
            Some(template) => template,
            None => Box::new(Self::new(py, environ.connection())?),
        };
        let filled = template.fill_next(py, environ);
        TEMPLATE.set(Some(template));
        filled
    }

    /// Takes back what served a request that is over. The next request gets the callables if nobody else has them, and
    /// the dict instead of a copy if it is still whole, is nobody else's, and is what the next request needs.
    pub(super) fn give_back(callables: Option<Box<Callables>>, dict: Option<Bound<'_, PyDict>>) {
        if let Some(mut template) = TEMPLATE.take() {
            template.callables = callables;
            if let Some(dict) = dict
                && template.given.is_some_and(|given| given.is_of(&dict))
                && references(&dict) == 1
            {
                template.back = Some(dict.unbind());
            }
            TEMPLATE.set(Some(template));
        }
    }

    /// The callables of the last request if nobody else has them, or new ones; put into the dicts that the next ones are
    /// made of.
    fn begin_callables<'py>(&mut self, py: Python<'py>) -> PyResult<InUse<'py>> {
        if let Some(kept) = self.callables.take() {
            let are_shown = self.shows(&kept);
            let in_dicts = if are_shown {
                self.shown_references(py)
            } else {
                0
            };
            if kept.are_unshared(py, in_dicts) {
                if !are_shown {
                    self.show(py, &kept)?;
                }
                return Ok(InUse::begin(py, kept));
            }
        }
        let new = Callables::new(py)?;
        self.show(py, &new)?;
        Ok(InUse::begin(py, new))
    }

    fn shows(&self, callables: &Callables) -> bool {
        let shown = self.shown.as_ref();
        shown.is_some_and(|shown| shown.is(&callables.early_hints))
    }

    /// How many references to the callables shown there are in the thread's own dicts, and in `shown`.
    fn shown_references(&self, py: Python<'_>) -> ffi::Py_ssize_t {
        // A dict that tools have found counts as theirs.
        let is_ours = |dict: &Py<PyDict>| references(dict.bind(py)) == 1;
        let count = |dict: &Option<Py<PyDict>>| match dict {
            Some(dict) if is_ours(dict) => 1,
            _ => 0,
        };
        let dicts = 1 + count(&self.last.dict) + count(&self.back);
        // `early_hints`, and `client_disconnected` by two names.
        let in_each = if self.connection.client.is_some() {
            3
        } else {
            1
        };
        1 + dicts * in_each
    }

    /// Puts other callables into the dicts that the next ones are made of.
    #[cold]
    fn show(&mut self, py: Python<'_>, callables: &Callables) -> PyResult<()> {
        self.shown = None;
        self.back = None;
        let last = self.last.dict.take();
        for dict in [Some(&self.constants), last.as_ref()].into_iter().flatten() {
            let dict = dict.bind(py);
            dict.set_item(intern!(py, "wsgi.early_hints"), &callables.early_hints)?;
            if self.connection.client.is_some() {
                let check = &callables.client_disconnected;
                dict.set_item(intern!(py, "wsgi_rs.client_disconnected"), check)?;
                dict.set_item(intern!(py, "waitress.client_disconnected"), check)?;
            }
        }
        self.last.dict = last;
        self.shown = Some(callables.early_hints.clone_ref(py));
        Ok(())
    }

    /// The dict of the last request, if it came back, and is still what it was. Asked when it is needed: tools that show
    /// all objects of the process could have it since.
    fn take_back<'py>(&mut self, py: Python<'py>) -> Option<Bound<'py, PyDict>> {
        let (given, back) = (self.given.take(), self.back.take());
        let back = back?.into_bound(py);
        (given?.is_of(&back) && references(&back) == 1).then_some(back)
    }

    fn new(py: Python<'_>, connection: &Connection) -> PyResult<Self> {
        Ok(Self {
            constants: constants(py, connection)?.unbind(),
            connection: connection.clone(),
            last: Last::new(py),
            given: None,
            back: None,
            callables: None,
            shown: None,
            names: Names::new(py),
            peers: Peers::default(),
        })
    }

    fn fill_next<'py>(&mut self, py: Python<'py>, environ: &Environ) -> PyResult<Filled<'py>> {
        if !same_server(&self.connection, environ.connection()) {
            self.constants = constants(py, environ.connection())?.unbind();
            self.connection = environ.connection().clone();
            self.last.dict = None;
            self.back = None;
            self.shown = None;
        }
        let callables = self.begin_callables(py)?;
        let back = self.take_back(py);
        if size(environ) > LARGEST_REMEMBERED {
            let mut once = Last::new(py);
            let dict = self.constants.bind(py).copy()?;
            once.set_all(&dict, environ, &self.names, &mut self.peers)?;
            return Ok(once.filled(dict, callables));
        }
        let same_fields = self.last.headers.is_identical(environ.headers());
        let repeats = self.last.has_same_keys(environ, same_fields);
        // Taken out, so that after a failure nobody takes what is half set for the last request.
        if let Some(dict) = self.last.dict.take()
            && repeats
        {
            let last = dict.bind(py);
            let port = self.last.remote_port;
            let same = self
                .last
                .set_variables(last, environ, &mut self.peers, false)?;
            if !same_fields {
                self.last.set_changed_headers(last, environ.headers())?;
            }
            let next = match back {
                Some(back) if same && same_fields => {
                    // Connections take turns.
                    if let Some(new) = self
                        .last
                        .remote_port
                        .filter(|_| port != self.last.remote_port)
                    {
                        back.set_item(intern!(py, "REMOTE_PORT"), self.peers.port(py, new))?;
                    }
                    back
                }
                _ => last.copy()?,
            };
            self.given = Version::of(&next);
            self.last.dict = Some(dict);
            return Ok(self.last.filled(next, callables));
        }
        let dict = self.constants.bind(py).copy()?;
        self.last
            .set_all(&dict, environ, &self.names, &mut self.peers)?;
        // Kept from the second time on, for a copy of keys that do not come again is made in vain.
        if repeats && !self.last.joined {
            self.last.dict = Some(dict.copy()?.unbind());
        }
        Ok(self.last.filled(dict, callables))
    }
}

/// The last request.
struct Last {
    /// Its dict, which nobody else has ever seen.
    dict: Option<Py<PyDict>>,
    method: Value,
    protocol: Value,
    script_name: Value,
    path_info: Value,
    query_string: Value,
    target: Value,
    remote_addr: Option<IpAddr>,
    remote_port: Option<u16>,
    headers: Headers,
    /// Of each field, unless it is none that shows.
    keys: Vec<Option<Py<PyString>>>,
    /// Whether several fields make one variable.
    joined: bool,
}

impl Last {
    fn new(py: Python<'_>) -> Self {
        let empty = || Value::empty(py);
        Self {
            dict: None,
            method: empty(),
            protocol: empty(),
            script_name: empty(),
            path_info: empty(),
            query_string: empty(),
            target: empty(),
            remote_addr: None,
            remote_port: None,
            headers: Headers::new(),
            keys: Vec::new(),
            joined: false,
        }
    }

    /// Whether the dict of this request has the same keys, in the same order.
    fn has_same_keys(&self, environ: &Environ, same_fields: bool) -> bool {
        let connection = environ.connection();
        self.target.bytes.is_empty() == environ.target().is_empty()
            && self.remote_addr.is_some() == connection.remote_addr.is_some()
            && self.remote_port.is_some() == connection.remote_port.is_some()
            && (same_fields || same_names(&self.headers, environ.headers()))
    }

    /// Writes this request into a dict that has the constants only.
    fn set_all(
        &mut self,
        dict: &Bound<'_, PyDict>,
        environ: &Environ,
        names: &Names,
        peers: &mut Peers,
    ) -> PyResult<()> {
        self.set_variables(dict, environ, peers, true)?;
        self.set_all_headers(dict, environ.headers(), names)?;
        self.headers.clone_from(environ.headers());
        Ok(())
    }

    /// Writes the fields that differ into the dict of the last request, which has the same keys.
    fn set_changed_headers(&mut self, dict: &Bound<'_, PyDict>, headers: &Headers) -> PyResult<()> {
        let values = self.headers.iter().zip(headers.iter());
        for (key, ((_, old), (_, new))) in self.keys.iter().zip(values) {
            if old != new
                && let Some(key) = key
            {
                dict.set_item(key, native(dict.py(), new))?;
            }
        }
        self.headers.clone_from(headers);
        Ok(())
    }

    /// Writes the variables that every request has: `all`, or those that differ. Whether none did but the port.
    fn set_variables(
        &mut self,
        dict: &Bound<'_, PyDict>,
        environ: &Environ,
        peers: &mut Peers,
        all: bool,
    ) -> PyResult<bool> {
        let py = dict.py();
        let mut same = true;
        let mut set = |key: &Bound<'_, PyString>, value: &mut Value, bytes: &[u8]| {
            if !value.update(py, bytes) && !all {
                return Ok(());
            }
            same = false;
            dict.set_item(key, &value.text)
        };
        let method = environ.method().as_str().as_bytes();
        let protocol = environ::protocol(environ.version()).as_bytes();
        set(intern!(py, "REQUEST_METHOD"), &mut self.method, method)?;
        set(intern!(py, "SERVER_PROTOCOL"), &mut self.protocol, protocol)?;
        set(
            intern!(py, "SCRIPT_NAME"),
            &mut self.script_name,
            environ.script_name(),
        )?;
        set(
            intern!(py, "PATH_INFO"),
            &mut self.path_info,
            environ.path_info(),
        )?;
        set(
            intern!(py, "QUERY_STRING"),
            &mut self.query_string,
            environ.query_string(),
        )?;
        if self.target.update(py, environ.target()) || all {
            same = false;
            let target = Some(self.target.text.bind(py)).filter(|_| !environ.target().is_empty());
            set_or_remove(dict, intern!(py, "REQUEST_URI"), target)?;
            set_or_remove(dict, intern!(py, "RAW_URI"), target)?;
        }
        let connection = environ.connection();
        if self.remote_addr != connection.remote_addr || all {
            same = false;
            let address = connection.remote_addr.map(|ip| peers.address(py, ip));
            set_or_remove(dict, intern!(py, "REMOTE_ADDR"), address.as_ref())?;
            self.remote_addr = connection.remote_addr;
        }
        if self.remote_port != connection.remote_port || all {
            let port = connection.remote_port.map(|port| peers.port(py, port));
            set_or_remove(dict, intern!(py, "REMOTE_PORT"), port.as_ref())?;
            self.remote_port = connection.remote_port;
        }
        Ok(same)
    }

    fn set_all_headers(
        &mut self,
        dict: &Bound<'_, PyDict>,
        headers: &Headers,
        names: &Names,
    ) -> PyResult<()> {
        let py = dict.py();
        let old = std::mem::take(&mut self.headers);
        let mut old_names = old.iter().map(|(name, _)| name);
        self.joined = false;
        for (position, (name, value)) in headers.iter().enumerate() {
            let known = old_names.next() == Some(name);
            if !known {
                let key = names.key(py, name).map(Bound::unbind);
                match self.keys.get_mut(position) {
                    Some(old) => *old = key,
                    None => self.keys.push(key),
                }
            }
            if let Some(key) = &self.keys[position] {
                self.joined |= set_field(dict, key.bind(py), headers, name, value)?;
            }
        }
        self.keys.truncate(headers.len());
        drop(old_names);
        self.headers = old;
        Ok(())
    }

    fn filled<'py>(&self, dict: Bound<'py, PyDict>, callables: InUse<'py>) -> Filled<'py> {
        let py = dict.py();
        Filled {
            script_name: self.script_name.text.bind(py).clone(),
            path_info: self.path_info.text.bind(py).clone(),
            dict,
            callables,
        }
    }
}

/// A native string, as bytes and as `str`.
struct Value {
    bytes: Vec<u8>,
    text: Py<PyString>,
}

impl Value {
    fn empty(py: Python<'_>) -> Self {
        Self {
            bytes: Vec::new(),
            text: PyString::intern(py, "").unbind(),
        }
    }

    /// Takes on other bytes; whether they are other ones.
    #[inline(always)]
    fn update(&mut self, py: Python<'_>, bytes: &[u8]) -> bool {
        if same_bytes(&self.bytes, bytes) {
            return false;
        }
        self.replace(py, bytes);
        true
    }

    #[inline(never)]
    fn replace(&mut self, py: Python<'_>, bytes: &[u8]) {
        self.text = native(py, bytes).unbind();
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
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
        && a.client.is_some() == b.client.is_some()
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
    ] {
        dict.set_item(key, py.None())?;
    }
    // Of most requests: without a body, reporting to standard error.
    dict.set_item(
        intern!(py, "wsgi.input"),
        Bound::new(py, PyInput::new(Input::empty()))?,
    )?;
    dict.set_item(
        intern!(py, "wsgi.errors"),
        Bound::new(py, PyErrors::new(ErrorStream::stderr()))?,
    )?;
    set_server(&dict, connection)?;
    if &*connection.url_scheme == "https" {
        dict.set_item(intern!(py, "HTTPS"), "on")?;
    }
    // CPython grows a dict at its 22nd key, and copies it with the room it has: with the callables, which come last, this
    // one has as many, so that the copies need not grow for their header fields.
    Ok(dict)
}

/// The keys that tell of the server, and of the PEP.
pub(super) fn set_server(dict: &Bound<'_, PyDict>, connection: &Connection) -> PyResult<()> {
    let py = dict.py();
    let texts = [
        (intern!(py, "SERVER_NAME"), &*connection.server_name),
        (intern!(py, "SERVER_PORT"), &*connection.server_port),
        (intern!(py, "SERVER_SOFTWARE"), SOFTWARE),
        (intern!(py, "wsgi.url_scheme"), &*connection.url_scheme),
    ];
    for (key, text) in texts {
        dict.set_item(key, native(py, text.as_bytes()))?;
    }
    dict.set_item(intern!(py, "wsgi.version"), PyTuple::new(py, [1, 0])?)?;
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
    Ok(())
}

/// The fields as variables, those that repeat joined, in place of those that the dict has.
pub(super) fn replace_header_fields(dict: &Bound<'_, PyDict>, headers: &Headers) -> PyResult<()> {
    let py = dict.py();
    for key in dict.keys() {
        if let Ok(name) = key.extract::<&str>()
            && environ::header_name(name).is_some()
        {
            dict.del_item(&key)?;
        }
    }
    for (name, value) in headers.iter() {
        if let Some(key) = plain_key(py, name) {
            set_field(dict, &key, headers, name, value)?;
        }
    }
    Ok(())
}

/// One field as a variable; with the others of its name, and then true, if it is not the first.
fn set_field(
    dict: &Bound<'_, PyDict>,
    key: &Bound<'_, PyString>,
    headers: &Headers,
    name: &str,
    value: &[u8],
) -> PyResult<bool> {
    let py = dict.py();
    let before = dict.len();
    dict.set_item(key, native(py, value))?;
    if dict.len() > before {
        return Ok(false);
    }
    if let Some(all) = environ::joined(headers, name) {
        dict.set_item(key, native(py, &all))?;
    }
    Ok(true)
}

fn same_names(a: &Headers, b: &Headers) -> bool {
    a.len() == b.len()
        && a.iter()
            .zip(b.iter())
            .all(|((a, _), (b, _))| same_bytes(a.as_bytes(), b.as_bytes()))
}

fn size(environ: &Environ) -> usize {
    environ.target().len()
        + environ.script_name().len()
        + environ.path_info().len()
        + environ.query_string().len()
        + environ.headers().size()
}

#[cfg(test)]
mod tests;
