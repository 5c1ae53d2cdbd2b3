//! `environ`: what a server tells an application about one request.

mod completion;
mod debug;
mod keys;
mod route;
mod savepoint;
mod sensitive;
mod source;
mod text;
mod variables;

use std::cell::OnceCell;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use http::{Extensions, Method, Version};
use thiserror::Error;

pub use keys::*;
pub use savepoint::Savepoint;
use savepoint::keep;
pub(crate) use source::Source;
pub use text::{header_name, variable_name};
#[cfg(feature = "python")]
pub(crate) use text::{joined, protocol};

use crate::completion::Remaining;
use crate::{Client, ErrorStream, Headers, Input, SensitiveNames};

/// One request's environ: typed fields that show themselves as the CGI and WSGI variables of PEP 3333.
///
/// Rust layers use the typed accessors; [`var`](Environ::var), [`set_var`](Environ::set_var) and
/// [`vars`](Environ::vars) give the same values under the names of the specification. Values are bytes
/// which read as Latin-1, the "native strings" of PEP 3333 "Unicode Issues": `PATH_INFO` is
/// percent-decoded, `QUERY_STRING` is not. What has no place among the variables, Rust layers hand on in
/// [`extensions`](Environ::extensions).
///
/// There is one environ for a request: layers share it as `&mut Environ`, change it, and look at it
/// after the call. A server reuses it for the next request of the connection ([`reset`](Environ::reset)).
///
/// # Examples
/// ```
/// use wsgi_core::{Environ, environ};
///
/// let mut environ = Environ::new();
/// environ.set_path_info("/blog");
/// environ.headers_mut().try_append("X-Token", "t")?;
/// assert_eq!(environ.var(environ::PATH_INFO).as_deref(), Some(&b"/blog"[..]));
/// assert_eq!(environ.var("HTTP_X_TOKEN").as_deref(), Some(&b"t"[..]));
/// # Ok::<(), wsgi_core::HeaderError>(())
/// ```
///
/// # Specification
/// [PEP 3333, `environ` Variables](https://peps.python.org/pep-3333/#environ-variables)
pub struct Environ {
    method: Method,
    version: Version,
    target: Vec<u8>,
    script_name: Vec<u8>,
    path_info: Vec<u8>,
    query_string: Vec<u8>,
    /// Filled at once by servers, on first use where a Python dict is the source.
    headers: OnceCell<Headers>,
    headers_changed: bool,
    input: Option<Input>,
    errors: Option<ErrorStream>,
    errors_set: bool,
    /// Variables without a typed field, and those that differ from the connection's: `None` is removed.
    variables: Vec<(String, Option<Vec<u8>>)>,
    /// Names and values of earlier requests, for their memory: requests of a connection have the same few.
    spare_variables: Vec<(String, Vec<u8>)>,
    extensions: Extensions,
    route: route::MatchedRoute,
    sensitive_names: Option<SensitiveNames>,
    connection: Connection,
    source: Option<Box<dyn Source>>,
    /// What is to happen when the response has gone out; none for most requests.
    remaining: Option<Box<Remaining>>,
    undo: savepoint::Undo,
}

/// What stays the same for all requests of a connection.
///
/// The texts are shared, so that a server makes them once and clones them for each client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connection {
    /// `SERVER_NAME`: the name or address that the server listens at. Never empty. Default `localhost`.
    pub server_name: Arc<str>,
    /// `SERVER_PORT`: never empty. Default `80`.
    pub server_port: Arc<str>,
    /// `REMOTE_ADDR`, when the client has an address (one on a unix socket has none).
    pub remote_addr: Option<IpAddr>,
    /// `REMOTE_PORT`, when known.
    pub remote_port: Option<u16>,
    /// `wsgi.url_scheme`: `http` or `https`.
    pub url_scheme: Arc<str>,
    /// `wsgi.multithread`: whether the application may be called by another thread at the same time.
    pub multithread: bool,
    /// `wsgi.multiprocess`: whether an equivalent application may be called by another process.
    pub multiprocess: bool,
    /// `wsgi.run_once`: whether the process is expected to end after this request, as under CGI.
    pub run_once: bool,
    /// Whom to ask whether the client is still there, where the server can tell.
    pub client: Option<Client>,
}

impl Default for Connection {
    fn default() -> Self {
        static DEFAULT: LazyLock<Connection> = LazyLock::new(|| Connection {
            server_name: "localhost".into(),
            server_port: "80".into(),
            remote_addr: None,
            remote_port: None,
            url_scheme: "http".into(),
            multithread: false,
            multiprocess: false,
            run_once: false,
            client: None,
        });
        DEFAULT.clone()
    }
}

impl Environ {
    /// `GET /` by HTTP/1.1 at `localhost:80`, without header fields and without a body.
    pub fn new() -> Self {
        Self::with_connection(Connection::default())
    }

    /// As [`new`](Environ::new), on the given connection.
    pub fn with_connection(connection: Connection) -> Self {
        Self {
            method: Method::GET,
            version: Version::HTTP_11,
            target: Vec::new(),
            script_name: Vec::new(),
            path_info: b"/".to_vec(),
            query_string: Vec::new(),
            headers: OnceCell::from(Headers::new()),
            headers_changed: false,
            input: Some(Input::empty()),
            errors: None,
            errors_set: false,
            variables: Vec::new(),
            spare_variables: Vec::new(),
            extensions: Extensions::new(),
            route: route::MatchedRoute::default(),
            sensitive_names: None,
            connection,
            source: None,
            remaining: None,
            undo: savepoint::Undo::default(),
        }
    }

    /// Forgets the request, keeps the connection and the memory, for the next request.
    pub fn reset(&mut self) {
        self.method = Method::GET;
        self.version = Version::HTTP_11;
        self.target.clear();
        self.script_name.clear();
        self.path_info.clear();
        self.path_info.push(b'/');
        self.query_string.clear();
        match self.headers.get_mut() {
            Some(headers) => headers.clear(),
            None => self.headers = OnceCell::from(Headers::new()),
        }
        self.headers_changed = false;
        self.input = Some(Input::empty());
        self.errors = None;
        self.errors_set = false;
        self.clear_variables();
        self.extensions.clear();
        self.route.clear();
        self.sensitive_names = None;
        self.source = None;
        self.remaining = None;
        self.undo.clear();
    }

    /// `REQUEST_METHOD`.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Sets `REQUEST_METHOD`.
    pub fn set_method(&mut self, method: Method) {
        if let Some(source) = &mut self.source {
            source.set_var(REQUEST_METHOD, method.as_str().as_bytes());
        }
        keep!(self, method);
        self.method = method;
    }

    /// `SERVER_PROTOCOL`: the version of the request.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Sets `SERVER_PROTOCOL`.
    pub fn set_version(&mut self, version: Version) {
        if let Some(source) = &mut self.source {
            source.set_var(SERVER_PROTOCOL, text::protocol(version).as_bytes());
        }
        keep!(self, version);
        self.version = version;
    }

    /// `REQUEST_URI`: the target of the request line as it came, percent-encoding included; empty when unknown.
    ///
    /// Here `%2F` can still be told from `/`.
    pub fn target(&self) -> &[u8] {
        &self.target
    }

    /// Sets `REQUEST_URI` and `RAW_URI`.
    pub fn set_target(&mut self, target: impl AsRef<[u8]>) {
        keep!(self, target);
        replace(&mut self.target, target.as_ref());
        if let Some(source) = &mut self.source {
            source.set_var(REQUEST_URI, &self.target);
            source.set_var(RAW_URI, &self.target);
        }
    }

    /// `SCRIPT_NAME`: the part of the path that led to this application; empty at the root of the server.
    pub fn script_name(&self) -> &[u8] {
        &self.script_name
    }

    /// Sets `SCRIPT_NAME`.
    pub fn set_script_name(&mut self, script_name: impl AsRef<[u8]>) {
        keep!(self, script_name);
        replace(&mut self.script_name, script_name.as_ref());
        if let Some(source) = &mut self.source {
            source.set_var(SCRIPT_NAME, &self.script_name);
        }
    }

    /// `PATH_INFO`: the rest of the path, percent-decoded.
    pub fn path_info(&self) -> &[u8] {
        &self.path_info
    }

    /// Sets `PATH_INFO`.
    pub fn set_path_info(&mut self, path_info: impl AsRef<[u8]>) {
        keep!(self, path_info);
        replace(&mut self.path_info, path_info.as_ref());
        if let Some(source) = &mut self.source {
            source.set_var(PATH_INFO, &self.path_info);
        }
    }

    /// Moves so many bytes from the front of `PATH_INFO` to the end of `SCRIPT_NAME`, all where it has fewer: for an
    /// application that is mounted below a path.
    ///
    /// `""` + `"/blog/2024"` becomes `"/blog"` + `"/2024"` by 5.
    pub fn shift_path(&mut self, length: usize) {
        keep!(self, script_name, path_info);
        let moved = self.path_info.drain(..length.min(self.path_info.len()));
        self.script_name.extend(moved);
        if let Some(source) = &mut self.source {
            source.set_var(SCRIPT_NAME, &self.script_name);
            source.set_var(PATH_INFO, &self.path_info);
        }
    }

    /// `QUERY_STRING`: what follows the first `?` of the target, not decoded.
    pub fn query_string(&self) -> &[u8] {
        &self.query_string
    }

    /// Sets `QUERY_STRING`.
    pub fn set_query_string(&mut self, query_string: impl AsRef<[u8]>) {
        keep!(self, query_string);
        replace(&mut self.query_string, query_string.as_ref());
        if let Some(source) = &mut self.source {
            source.set_var(QUERY_STRING, &self.query_string);
        }
    }

    /// The header fields of the request, `Content-Type` and `Content-Length` among them.
    pub fn headers(&self) -> &Headers {
        self.headers.get_or_init(|| {
            self.source
                .as_ref()
                .map(|source| source.headers())
                .unwrap_or_default()
        })
    }

    /// The header fields, to be changed.
    pub fn headers_mut(&mut self) -> &mut Headers {
        self.headers();
        keep!(self, headers, headers_changed);
        self.headers_changed = true;
        self.headers
            .get_mut()
            .expect("`headers()` has just filled the cell")
    }

    /// `wsgi.input`: the body of the request.
    pub fn input(&mut self) -> &mut Input {
        let source = &mut self.source;
        self.input.get_or_insert_with(|| {
            source
                .as_mut()
                .map(|source| source.input())
                .unwrap_or_default()
        })
    }

    /// Takes the body out, for whoever reads it beyond the call; an empty one stays behind.
    pub fn take_input(&mut self) -> Input {
        std::mem::take(self.input())
    }

    /// Sets the body.
    pub fn set_input(&mut self, input: impl Into<Input>) {
        self.input = Some(input.into());
    }

    /// `wsgi.errors`: where to report trouble; standard error when nothing else was set.
    pub fn errors(&mut self) -> &mut ErrorStream {
        let source = &mut self.source;
        self.errors.get_or_insert_with(|| {
            source
                .as_mut()
                .map(|source| source.errors())
                .unwrap_or_default()
        })
    }

    /// Sets the error stream.
    pub fn set_errors(&mut self, errors: ErrorStream) {
        keep!(self, errors, errors_set);
        self.errors = Some(errors);
        self.errors_set = true;
    }

    /// Server, peer, scheme and the thread and process flags.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Server, peer, scheme and flags, to be changed; a change lasts beyond [`reset`](Environ::reset).
    pub fn connection_mut(&mut self) -> &mut Connection {
        keep!(self, connection);
        &mut self.connection
    }

    /// `wsgi.url_scheme`, unless a layer has set another for this request.
    pub fn url_scheme(&self) -> std::borrow::Cow<'_, str> {
        // Most requests have no variables of their own.
        if self.source.is_none() && self.variables.is_empty() {
            return std::borrow::Cow::Borrowed(&self.connection.url_scheme);
        }
        match self.var(WSGI_URL_SCHEME) {
            Some(std::borrow::Cow::Borrowed(scheme)) => String::from_utf8_lossy(scheme),
            Some(std::borrow::Cow::Owned(scheme)) => {
                String::from_utf8_lossy(&scheme).into_owned().into()
            }
            None => "http".into(),
        }
    }

    /// The client, to be asked whether it is still there; `None` where the server cannot tell.
    pub fn client(&self) -> Option<Client> {
        match &self.source {
            Some(source) => source.client(),
            None => self.connection.client.clone(),
        }
    }

    /// Whether the client has left, as [`Client::is_disconnected`] defines it; false where the server cannot tell.
    pub fn client_disconnected(&self) -> bool {
        self.client().is_some_and(|client| client.is_disconnected())
    }

    /// What Rust layers hand on to each other, by type.
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// What Rust layers hand on to each other, to be changed.
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        keep!(self, extensions);
        &mut self.extensions
    }
}

/// What the bridge needs beside the public interface.
#[cfg_attr(
    not(feature = "python"),
    allow(dead_code, reason = "only the bridge has sources")
)]
impl Environ {
    /// An environ that reads through to `source`; its frequent fields are copied at once.
    pub(crate) fn from_source(source: Box<dyn Source>) -> Self {
        let mut environ = Self::new();
        environ.input = None;
        environ.adopt_source(source);
        environ
    }

    /// From now on the source tells what the variables are.
    fn adopt_source(&mut self, source: Box<dyn Source>) {
        self.source = Some(source);
        self.refresh_from_source();
    }

    /// Reads again what was copied from the source, for a Python layer may have changed it.
    pub(crate) fn refresh_from_source(&mut self) {
        let Some(source) = &self.source else { return };
        if let Some(method) = source
            .var(REQUEST_METHOD)
            .and_then(|m| Method::from_bytes(&m).ok())
        {
            self.method = method;
        }
        if let Some(protocol) = source.var(SERVER_PROTOCOL) {
            self.version = text::version(&protocol).unwrap_or(self.version);
        }
        self.script_name = source.var(SCRIPT_NAME).unwrap_or_default();
        self.path_info = source.var(PATH_INFO).unwrap_or_default();
        self.query_string = source.var(QUERY_STRING).unwrap_or_default();
        self.target = source
            .var(REQUEST_URI)
            .or_else(|| source.var(RAW_URI))
            .unwrap_or_default();
        self.headers = OnceCell::new();
        self.headers_changed = false;
    }

    /// The source, when there is one.
    pub(crate) fn source(&self) -> Option<&dyn Source> {
        self.source.as_deref()
    }

    /// The header fields, if they differ from what the source has.
    pub(crate) fn changed_headers(&self) -> Option<&Headers> {
        self.headers.get().filter(|_| self.headers_changed)
    }

    /// The body, if a Rust layer has touched it.
    pub(crate) fn touched_input(&mut self) -> Option<Input> {
        self.input.take()
    }

    /// The error stream, if a Rust layer has set one.
    pub(crate) fn touched_errors(&self) -> Option<&ErrorStream> {
        self.errors.as_ref().filter(|_| self.errors_set)
    }

    /// Variables that have no typed field or differ from the connection's; `None` is removed.
    pub(crate) fn plain_variables(&self) -> &[(String, Option<Vec<u8>>)] {
        &self.variables
    }
}

impl Default for Environ {
    fn default() -> Self {
        Self::new()
    }
}

fn replace(field: &mut Vec<u8>, value: &[u8]) {
    field.clear();
    field.extend_from_slice(value);
}

/// Why a variable was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvironError {
    /// The value does not fit the variable.
    #[error("environ variable {key}: {value:?} is no {expected}")]
    Value {
        /// The variable.
        key: String,
        /// What was given.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
}
