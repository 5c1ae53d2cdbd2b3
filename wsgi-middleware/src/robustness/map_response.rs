//! [`MapResponse`]: functions that change status, header fields and blocks.

mod start;

use std::sync::Arc;

use http::Method;
use start::MappedStart;
use wsgi_core::{
    Application, ApplicationError, Blocks, Body, Environ, Headers, Layer, StartResponse, StatusLine,
};

/// Runs functions over responses: over the status, over the header fields, over each block of the body.
///
/// They run in the order in which they were given, for each response that the application begins, those in place of
/// another ([`exc_info`](wsgi_core::ExcInfo)) among them. What they fail with is the error of `start_response`, of
/// `write`, or of the body.
///
/// Blocks are mapped one by one: for each block that comes in one goes out, none is held back, and none added at the end.
/// What is written by `write()` is mapped as well. As nobody knows what the blocks become, the fields that describe the
/// old ones are removed: `Content-Length` (unless [`keeps_length`](Self::keeps_length)), `Content-Digest`, `Repr-Digest`,
/// `Digest`, `Content-MD5`, `Accept-Ranges`; a strong `ETag` becomes a weak one.
///
/// # Place in the stack
/// Where the responses are as the functions expect them: inside of compression, for one.
///
/// # Examples
/// ```
/// use wsgi_core::{StatusLine, handler, testing};
/// use wsgi_middleware::MapResponse;
///
/// let app = MapResponse::new(handler(|_| "hello\n"))
///     .status(|request, status| {
///         if request.path() == b"/new" {
///             *status = StatusLine::CREATED;
///         }
///         Ok(())
///     })
///     .headers(|_, headers| Ok(headers.try_insert("X-Shouts", "yes")?))
///     .blocks(|_, _, headers| {
///         let is_text = headers.get_str("Content-Type").is_some_and(|kind| kind.starts_with("text/plain"));
///         Ok(is_text.then_some(|block: &[u8]| Ok(block.to_ascii_uppercase())))
///     });
/// let answer = testing::get(&app, "/new");
/// assert_eq!((answer.status.code(), answer.text().as_str()), (201, "HELLO\n"));
/// assert_eq!(answer.header("X-Shouts"), Some("yes"));
/// ```
///
/// # Specification
/// [PEP 3333, Middleware Handling of Block Boundaries](https://peps.python.org/pep-3333/#middleware-handling-of-block-boundaries);
/// RFC 9110 §8.8.1 "Weak versus Strong", RFC 9530 "Digest Fields".
#[derive(Clone, Default)]
pub struct MapResponse<A = ()> {
    app: A,
    hooks: Arc<Hooks>,
}

/// Wraps applications in [`MapResponse`]. Made by `MapResponseLayer::default()`.
pub type MapResponseLayer = MapResponse<()>;

/// What the functions of [`MapResponse`] know of the request.
#[derive(Clone, Debug)]
pub struct MappedRequest {
    method: Method,
    path: Vec<u8>,
}

type HeadHook = dyn Fn(&MappedRequest, &mut StatusLine, &mut Headers) -> Result<(), ApplicationError>
    + Send
    + Sync;
type BlockHook = dyn FnMut(&[u8]) -> Result<Vec<u8>, ApplicationError> + Send;
type BlocksHook = dyn Fn(&MappedRequest, &StatusLine, &Headers) -> Result<Option<Box<BlockHook>>, ApplicationError>
    + Send
    + Sync;

#[derive(Clone, Default)]
struct Hooks {
    head: Vec<Arc<HeadHook>>,
    blocks: Option<Arc<BlocksHook>>,
    keeps_length: bool,
}

impl<A> MapResponse<A> {
    /// Around `app`, changing nothing yet.
    pub fn new(app: A) -> Self {
        Self {
            app,
            hooks: Arc::default(),
        }
    }

    /// Changes the status. Further functions follow this one.
    #[must_use]
    pub fn status(
        self,
        change: impl Fn(&MappedRequest, &mut StatusLine) -> Result<(), ApplicationError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.head(move |request, status, _| change(request, status))
    }

    /// Changes the header fields. Further functions follow this one.
    #[must_use]
    pub fn headers(
        self,
        change: impl Fn(&MappedRequest, &mut Headers) -> Result<(), ApplicationError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.head(move |request, _, headers| change(request, headers))
    }

    /// Changes both, the one by the other. Further functions follow this one.
    #[must_use]
    pub fn head(
        self,
        change: impl Fn(&MappedRequest, &mut StatusLine, &mut Headers) -> Result<(), ApplicationError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.with(|hooks| hooks.head.push(Arc::new(change)))
    }

    /// Changes the blocks. `begin` is asked for each response, when its head is as it will be sent, and gives the function
    /// that is to be called for each block, which may keep a state of its own; or `None`, and the body passes untouched.
    ///
    /// Replaces an earlier one; for two functions over blocks, put a layer around the other.
    #[must_use]
    pub fn blocks<M>(
        self,
        begin: impl Fn(&MappedRequest, &StatusLine, &Headers) -> Result<Option<M>, ApplicationError>
        + Send
        + Sync
        + 'static,
    ) -> Self
    where
        M: FnMut(&[u8]) -> Result<Vec<u8>, ApplicationError> + Send + 'static,
    {
        let begin = move |request: &MappedRequest, status: &StatusLine, headers: &Headers| {
            let map = begin(request, status, headers)?;
            Ok(map.map(|map| Box::new(map) as Box<BlockHook>))
        };
        self.with(|hooks| hooks.blocks = Some(Arc::new(begin)))
    }

    /// Whether each block stays as long as it was, so that `Content-Length` stays true. Default: no.
    ///
    /// Where that is promised and not kept, the server ends the response early, or cuts it off.
    #[must_use]
    pub fn keeps_length(self, keeps_length: bool) -> Self {
        self.with(|hooks| hooks.keeps_length = keeps_length)
    }

    fn with(mut self, change: impl FnOnce(&mut Hooks)) -> Self {
        change(Arc::make_mut(&mut self.hooks));
        self
    }
}

impl MappedRequest {
    fn of(environ: &Environ) -> Self {
        Self {
            method: environ.method().clone(),
            path: [environ.script_name(), environ.path_info()].concat(),
        }
    }

    /// The method, as it was when the request came to the layer.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path, percent-decoded: `SCRIPT_NAME` and `PATH_INFO`, as they were when the request came to the layer.
    pub fn path(&self) -> &[u8] {
        &self.path
    }
}

impl<A> Layer<A> for MapResponseLayer {
    type Service = MapResponse<A>;

    fn layer(&self, app: A) -> MapResponse<A> {
        MapResponse {
            app,
            hooks: self.hooks.clone(),
        }
    }
}

impl<A: Application> Application for MapResponse<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        if self.hooks.head.is_empty() && self.hooks.blocks.is_none() {
            return self.app.call(environ, start_response);
        }
        let request = MappedRequest::of(environ);
        let mut start = MappedStart::new(start_response, &self.hooks, request);
        let body = self.app.call(environ, &mut start)?;
        match start.into_map() {
            Some(map) => mapped(body, map, self.hooks.keeps_length),
            None => Ok(body),
        }
    }
}

fn mapped(
    mut body: Body,
    mut map: Box<BlockHook>,
    keeps_length: bool,
) -> Result<Body, ApplicationError> {
    match body.as_full() {
        Some([]) => Ok(body), // there is no block
        Some(_) => {
            let whole = body.take_full().unwrap_or_default();
            Ok(Body::from(map(&whole)?))
        }
        None => Ok(Body::from_blocks(Mapped {
            body,
            map,
            block: Vec::new(),
            keeps_length,
        })),
    }
}

/// The blocks as they were changed.
struct Mapped {
    body: Body,
    map: Box<BlockHook>,
    block: Vec<u8>,
    keeps_length: bool,
}

impl Blocks for Mapped {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        match self.body.next_block()? {
            Some(block) => {
                self.block = (self.map)(block)?;
                Ok(Some(&self.block))
            }
            None => Ok(None),
        }
    }

    fn length(&self) -> Option<u64> {
        self.body.length().filter(|_| self.keeps_length)
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        std::mem::take(&mut self.body).close()
    }
}

impl<A: std::fmt::Debug> std::fmt::Debug for MapResponse<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MapResponse")
            .field("app", &self.app)
            .field("head", &self.hooks.head.len())
            .field("blocks", &self.hooks.blocks.is_some())
            .finish_non_exhaustive()
    }
}
