//! Running applications and middleware without a socket.
//!
//! [`EnvironBuilder`] makes the environ, [`run`] plays the server's half, and the [`Answer`] tells all that the
//! application did: status, headers, each block, each `write()`, whether `close()` ran, what went to
//! `wsgi.errors`.
//!
//! ```
//! use wsgi_core::testing::{EnvironBuilder, run};
//! use wsgi_core::{Body, StatusLine, application_fn};
//!
//! let app = application_fn(|environ, start_response| {
//!     start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
//!     start_response.write(b"hello ")?;
//!     Ok(Body::from(environ.input().read_all()?))
//! });
//! let environ = EnvironBuilder::post("/?q=1", "world").header("X-Token", "t").build();
//! let answer = run(&app, environ)?;
//! assert_eq!(answer.written, [b"hello "]);
//! assert_eq!(answer.body(), b"hello world");
//! # Ok::<(), wsgi_core::ApplicationError>(())
//! ```

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http::{Method, Version};

use crate::{
    Application, ApplicationError, Blocks, Body, EarlyHints, EarlyHintsError, Environ, ErrorStream,
    ExcInfo, Headers, Input, StartResponse, StartResponseError, StatusLine, WriteError,
};

/// Builds an environ for a test; the counterpart of Werkzeug's class of that name and of
/// `wsgiref.util.setup_testing_defaults`.
///
/// Defaults: HTTP/1.1, `Host: 127.0.0.1`, server `127.0.0.1` port 80, scheme `http`, an empty body, no
/// threads, and an error stream that the [`Answer`] gives back.
#[derive(Debug)]
#[must_use]
pub struct EnvironBuilder {
    environ: Environ,
}

impl EnvironBuilder {
    /// A request of this method for this target, such as `/path%20x?query`; the path is percent-decoded.
    ///
    /// # Panics
    /// When the method is no token: tests give literals.
    pub fn new(method: &str, target: &str) -> Self {
        let mut environ = Environ::new();
        environ.set_method(Method::from_bytes(method.as_bytes()).expect("a method is a token"));
        environ.set_target(target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        environ.set_path_info(percent_encoding::percent_decode_str(path).collect::<Vec<u8>>());
        environ.set_query_string(query);
        environ.connection_mut().server_name = "127.0.0.1".into();
        Self { environ }.header("Host", "127.0.0.1")
    }

    /// `GET target`
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// `POST target` with a body and its `Content-Length`.
    pub fn post(target: &str, body: impl Into<Input>) -> Self {
        Self::new("POST", target).body(body)
    }

    /// Sets a header field, replacing what was there.
    ///
    /// # Panics
    /// When the field is malformed: tests give literals.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.environ
            .headers_mut()
            .try_insert(name, value)
            .expect("a well-formed header field");
        self
    }

    /// Adds a header field beside those of the same name.
    ///
    /// # Panics
    /// As [`header`](EnvironBuilder::header).
    pub fn append_header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.environ
            .headers_mut()
            .try_append(name, value)
            .expect("a well-formed header field");
        self
    }

    /// Sets the body, and `Content-Length` when its length is known.
    pub fn body(mut self, body: impl Into<Input>) -> Self {
        let body = body.into();
        if let Some(length) = body.remaining() {
            self = self.header("Content-Length", length.to_string());
        }
        self.environ.set_input(body);
        self
    }

    /// Sets the protocol version.
    pub fn version(mut self, version: Version) -> Self {
        self.environ.set_version(version);
        self
    }

    /// Sets `SCRIPT_NAME`.
    pub fn script_name(mut self, script_name: &str) -> Self {
        self.environ.set_script_name(script_name);
        self
    }

    /// Sets any string variable.
    ///
    /// # Panics
    /// When the value does not fit: tests give literals.
    pub fn var(mut self, key: &str, value: impl AsRef<[u8]>) -> Self {
        self.environ
            .set_var(key, value)
            .expect("a value that fits the variable");
        self
    }

    /// Changes what the builder has no method for.
    pub fn with(mut self, change: impl FnOnce(&mut Environ)) -> Self {
        change(&mut self.environ);
        self
    }

    /// The environ.
    pub fn build(self) -> Environ {
        self.environ
    }
}

/// All that an application did with one request.
#[derive(Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The status that would have been sent.
    pub status: StatusLine,
    /// The headers that would have been sent.
    pub headers: Headers,
    /// What was pushed by `write()`, call by call.
    pub written: Vec<Vec<u8>>,
    /// The early hints that would have been sent, response by response.
    pub early_hints: Vec<Headers>,
    /// What the body gave, block by block, empty ones included.
    pub blocks: Vec<Vec<u8>>,
    /// The body's length as it told it before its first block.
    pub length: Option<u64>,
    /// What went to `wsgi.errors`.
    pub errors: String,
    /// The environ as the layers left it.
    pub environ: Environ,
}

impl Answer {
    /// All of the body: what was written, then the blocks.
    pub fn body(&self) -> Vec<u8> {
        self.written
            .iter()
            .chain(&self.blocks)
            .flatten()
            .copied()
            .collect()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body()).into_owned()
    }

    /// The value of a header, when it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get_str(name)
    }
}

/// The response of [`run`] as the `http` crate has it.
impl From<Answer> for http::Response<Vec<u8>> {
    fn from(answer: Answer) -> Self {
        let mut response = http::Response::new(answer.body());
        *response.status_mut() = answer.status.status_code();
        *response.headers_mut() = answer.headers.to_header_map();
        response
    }
}

/// Calls the application as a server would, takes its whole body, and closes it.
///
/// # Errors
/// When the application, its body or its `close()` fails; the body is closed all the same.
pub fn run(
    app: &(impl Application + ?Sized),
    mut environ: Environ,
) -> Result<Answer, ApplicationError> {
    let (errors, report) = ErrorStream::captured();
    environ.set_errors(errors);
    let mut recorder = Recorder::default();
    let mut body = app.call(&mut environ, &mut recorder)?;
    let length = body.length();
    let mut blocks = Vec::new();
    while let Some(block) = body.next_block()? {
        recorder.sent |= !block.is_empty();
        blocks.push(block.to_vec());
    }
    body.close()?;
    if let Some(completion) = environ.take_completion() {
        completion.finish();
    }
    let (status, headers) = recorder.started.ok_or(ApplicationError::NotStarted)?;
    let errors = String::from_utf8_lossy(&report.lock().unwrap_or_else(PoisonError::into_inner))
        .into_owned();
    Ok(Answer {
        status,
        headers,
        written: recorder.written,
        early_hints: recorder.early_hints,
        blocks,
        length,
        errors,
        environ,
    })
}

/// `GET target`, for a test that expects an answer.
///
/// # Panics
/// When the application fails.
pub fn get(app: &(impl Application + ?Sized), target: &str) -> Answer {
    match run(app, EnvironBuilder::get(target).build()) {
        Ok(answer) => answer,
        Err(error) => panic!("GET {target}: {}", error.report()),
    }
}

/// The server's `start_response`: keeps what it is given and obeys the rules of the PEP.
#[derive(Debug, Default)]
pub struct Recorder {
    /// Status and headers of the last call.
    pub started: Option<(StatusLine, Headers)>,
    /// What was written, call by call.
    pub written: Vec<Vec<u8>>,
    /// The early hints, response by response.
    pub early_hints: Vec<Headers>,
    /// Whether headers count as sent, so that they cannot be replaced any more.
    pub sent: bool,
}

impl StartResponse for Recorder {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        match exc_info {
            Some(exc_info) if self.sent => return Err(StartResponseError::HeadersSent(exc_info)),
            None if self.started.is_some() => return Err(StartResponseError::Twice),
            _ => {}
        }
        self.started = Some((status, headers));
        Ok(())
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        if self.started.is_none() {
            return Err(WriteError::NotStarted);
        }
        self.sent |= !block.is_empty();
        self.written.push(block.to_vec());
        Ok(())
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        if !self.sent {
            self.early_hints.push(hints.headers().clone());
        }
        Ok(())
    }
}

/// A body for tests of layers: gives these blocks, may fail at one, and counts how often it was closed.
#[derive(Clone, Debug, Default)]
pub struct TrackedBody {
    blocks: Vec<Vec<u8>>,
    fail_at: Option<usize>,
    at: usize,
    closed: Arc<AtomicUsize>,
    log: Arc<Mutex<Vec<&'static str>>>,
}

impl TrackedBody {
    /// A body of these blocks.
    pub fn new(blocks: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let blocks = blocks
            .into_iter()
            .map(|block| block.as_ref().to_vec())
            .collect();
        Self {
            blocks,
            ..Self::default()
        }
    }

    /// Fails instead of giving the block of this index.
    #[must_use]
    pub fn fail_at(mut self, index: usize) -> Self {
        self.fail_at = Some(index);
        self
    }

    /// How often `close()` was called, on this and its clones.
    pub fn closed(&self) -> usize {
        self.closed.load(Ordering::SeqCst)
    }

    /// `"next"` and `"close"`, in the order of the calls.
    pub fn log(&self) -> Vec<&'static str> {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// A body from a clone of this, which stays behind to be asked.
    pub fn body(&self) -> Body {
        Body::from_blocks(self.clone())
    }

    fn note(&self, event: &'static str) {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(event);
    }
}

impl Blocks for TrackedBody {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        self.note("next");
        if self.fail_at == Some(self.at) {
            return Err(ApplicationError::raised("the body failed on purpose"));
        }
        self.at += 1;
        Ok(self.blocks.get(self.at - 1).map(Vec::as_slice))
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        self.note("close");
        self.closed.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}
