//! [`Buffer`]: requests and responses taken whole before they go on.

mod request;

use wsgi_core::{Application, ApplicationError, Blocks, Body, Environ, Layer, StartResponse};

use crate::bodies::body_limit::too_large;
use crate::bodies::content_length::tells_length;
use crate::common::start::HeldStart;

/// Takes the body of a request whole before the application runs, and if asked to, that of a response before it goes out.
///
/// **Requests**: the application finds a `Content-Length`, which chunked bodies lack and some frameworks insist on; no client
/// keeps it waiting in the middle; and what reads the body can have it read again
/// ([`Input::rewind`](wsgi_core::Input::rewind), `environ["wsgi.input"].seek(0)` in Python). Up to
/// [`request_memory`](Self::request_memory) is kept in memory, more in a temporary file without a name; what is beyond
/// [`request_limit`](Self::request_limit) is answered by `413 Content Too Large`. A body that ends early is an error of the
/// client's.
///
/// **Responses**, with [`response`](Self::response): those that come in blocks are put together, up to a
/// [limit](Self::response_limit), so that their
/// `Content-Length` is known, their body is closed before the first byte goes out, and a failure in the middle of them can
/// still be answered by a `500` ([`Recover`](struct.Recover.html) outside). When the limit is passed, what is there
/// goes out and the rest follows block by block. Left as they are: files, complete bodies, what is sent by `write()`, and what
/// is not to be waited for, which is `text/event-stream` and responses with `X-Accel-Buffering: no`, as nginx has it. PEP
/// 3333 "Middleware Handling of Block Boundaries" has layers return as soon as their application does, so that nobody waits
/// for a block that is there; this one cannot, and a validator says so.
///
/// `wsgi-server` has buffered bodies of requests already when the application is called, and tells their length; for those the
/// layer costs a copy, and gives the second reading.
///
/// # Place in the stack
/// For requests outside of what reads them, inside of limits and authentication. For responses close to the application, inside
/// of [`ETag`](struct.ETag.html) and [`ContentLength`](struct.ContentLength.html). Two of them, each for one direction, may
/// stand in different places.
///
/// # Examples
/// ```
/// use wsgi_core::{Body, StatusLine, application_fn, testing};
/// use wsgi_middleware::Buffer;
///
/// let app = Buffer::new(application_fn(|_, start_response| {
///     start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
///     Ok(Body::from_blocks_iter(["Hello", "!\n"]))
/// })).response(true);
/// let answer = testing::get(&app, "/");
/// assert_eq!(answer.header("Content-Length"), Some("7"));
/// assert_eq!(answer.blocks, [b"Hello!\n"]);
/// ```
///
/// # Specification
/// [PEP 3333, Buffering and Streaming](https://peps.python.org/pep-3333/#buffering-and-streaming); RFC 9110 §8.6
/// "Content-Length". Modelled on `Rack::RewindableInput` and on `proxy_buffering` of nginx.
#[derive(Clone, Debug, Default)]
pub struct Buffer<A = ()> {
    app: A,
    settings: Settings,
}

/// Wraps applications in [`Buffer`]. Made by `BufferLayer::default()`.
pub type BufferLayer = Buffer<()>;

#[derive(Clone, Copy, Debug)]
struct Settings {
    request: bool,
    request_memory: usize,
    request_limit: u64,
    response: bool,
    response_limit: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            request: true,
            request_memory: 1 << 20,
            request_limit: 64 << 20,
            response: false,
            response_limit: 1 << 20,
        }
    }
}

impl<A> Buffer<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        let settings = Settings::default();
        Self { app, settings }
    }

    /// Whether requests are buffered. Default: yes.
    #[must_use]
    pub fn request(mut self, request: bool) -> Self {
        self.settings.request = request;
        self
    }

    /// How much of a request's body is kept in memory, in bytes; a longer one goes to a temporary file whole. Default:
    /// 1 MiB.
    #[must_use]
    pub fn request_memory(mut self, bytes: usize) -> Self {
        self.settings.request_memory = bytes;
        self
    }

    /// How long the body of a request may be, in bytes; a longer one is refused. Default: 64 MiB.
    #[must_use]
    pub fn request_limit(mut self, bytes: u64) -> Self {
        self.settings.request_limit = bytes;
        self
    }

    /// Whether responses are buffered. Default: no; it breaks a rule of PEP 3333.
    #[must_use]
    pub fn response(mut self, response: bool) -> Self {
        self.settings.response = response;
        self
    }

    /// How much of a response is put together, in bytes; a longer one goes out block by block from there on. Default: 1 MiB.
    #[must_use]
    pub fn response_limit(mut self, bytes: usize) -> Self {
        self.settings.response_limit = bytes;
        self
    }
}

impl<A> Layer<A> for BufferLayer {
    type Service = Buffer<A>;

    fn layer(&self, app: A) -> Buffer<A> {
        let settings = self.settings;
        Buffer { app, settings }
    }
}

impl<A: Application> Application for Buffer<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let settings = &self.settings;
        if settings.request {
            match request::buffer(environ, settings.request_memory, settings.request_limit)? {
                request::Size::Fits => {}
                request::Size::TooLarge => return too_large(environ, start_response),
            }
        }
        if !settings.response {
            return self.app.call(environ, start_response);
        }
        let mut held = HeldStart::new(start_response);
        let body = self.app.call(environ, &mut held)?;
        let body = match held.held() {
            Some((_, headers)) if may_wait(headers) => collect(body, settings.response_limit)?,
            _ => body,
        };
        held.release(|status, headers| {
            let told = body
                .length()
                .filter(|&length| tells_length(environ, status, headers, length));
            if let Some(length) = told {
                headers.try_append("Content-Length", length.to_string())?;
            }
            Ok(())
        })?;
        Ok(body)
    }
}

/// Whether nobody waits for the first part of the body while the next is made.
fn may_wait(headers: &wsgi_core::Headers) -> bool {
    const EVENTS: &[u8] = b"text/event-stream";
    let is_events = headers.get("Content-Type").is_some_and(|content_type| {
        let start = content_type.get(..EVENTS.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(EVENTS))
    });
    let refuses = headers.get("X-Accel-Buffering");
    !is_events && !refuses.is_some_and(|refuses| refuses.eq_ignore_ascii_case(b"no"))
}

/// Puts the blocks together, as far as they fit, and closes a body that ended.
fn collect(mut body: Body, limit: usize) -> Result<Body, ApplicationError> {
    if body.as_full().is_some() || body.file().is_some() {
        return Ok(body);
    }
    let fits = |length: u64| length <= limit as u64;
    if body.length().is_some_and(|length| !fits(length)) {
        return Ok(body);
    }
    let mut collected = Vec::with_capacity(body.length().unwrap_or_default() as usize);
    while let Some(block) = body.next_block()? {
        collected.extend_from_slice(block);
        if collected.len() > limit {
            return Ok(Body::from_blocks(Rest {
                front: Some(collected),
                lent: Vec::new(),
                body,
            }));
        }
    }
    body.close()?;
    Ok(Body::from(collected))
}

/// What was put together until it was too much, and what follows.
struct Rest {
    front: Option<Vec<u8>>,
    lent: Vec<u8>,
    body: Body,
}

impl Blocks for Rest {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        match self.front.take() {
            Some(front) => {
                self.lent = front;
                Ok(Some(&self.lent))
            }
            None => {
                self.lent = Vec::new();
                self.body.next_block()
            }
        }
    }

    fn length(&self) -> Option<u64> {
        let front = self.front.as_ref().map_or(0, Vec::len) as u64;
        self.body.length().map(|rest| rest + front)
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        std::mem::take(&mut self.body).close()
    }
}
