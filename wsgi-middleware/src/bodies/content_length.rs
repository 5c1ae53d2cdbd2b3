//! [`ContentLength`]: the size of the body, where it is known.

use wsgi_core::{
    Application, ApplicationError, Body, Environ, Headers, Layer, StartResponse, StatusLine,
};

use crate::common::start::HeldStart;

/// Adds `Content-Length` when the body's size is known before its first block.
///
/// That is so for complete bodies, for files, and for blocks that tell their [`length`](Body::length). Left as
/// they are: responses that bear the field already or a `Transfer-Encoding`, those whose status forbids a body
/// (1xx, 204, 304), successful answers to `CONNECT`, and those that are sent by `write()`, whose end nobody
/// knows. The answer to a `HEAD` gets the field only from a body that is not empty: an application which left
/// the body out has not said how long it would have been.
///
/// Status and headers are held back until the application returns or writes, which is all within its call;
/// what the server then refuses is the error of the call. The body itself is passed on untouched.
///
/// # Place in the stack
/// Outside of whatever changes the body. A server does the same for responses that reach it without the field
/// (`wsgi-server` does), so this is for servers that do not, and for layers that want to see the field.
///
/// # Examples
/// ```
/// use wsgi_core::{Body, StatusLine, application_fn, testing};
/// use wsgi_middleware::ContentLength;
///
/// let app = ContentLength::new(application_fn(|_, start_response| {
///     start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
///     Ok(Body::from("Hello!\n"))
/// }));
/// assert_eq!(testing::get(&app, "/").header("Content-Length"), Some("7"));
/// ```
///
/// # Specification
/// [PEP 3333, Handling the `Content-Length` Header](https://peps.python.org/pep-3333/#handling-the-content-length-header);
/// RFC 9110 §8.6 "Content-Length".
#[derive(Clone, Debug, Default)]
pub struct ContentLength<A = ()> {
    app: A,
}

/// Wraps applications in [`ContentLength`]. Made by `ContentLengthLayer::default()`.
pub type ContentLengthLayer = ContentLength<()>;

impl<A> ContentLength<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        Self { app }
    }
}

impl<A> Layer<A> for ContentLengthLayer {
    type Service = ContentLength<A>;

    fn layer(&self, app: A) -> ContentLength<A> {
        ContentLength { app }
    }
}

impl<A: Application> Application for ContentLength<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let mut held = HeldStart::new(start_response);
        let body = self.app.call(environ, &mut held)?;
        held.release(|status, headers| {
            let told = body
                .length()
                .filter(|&length| tells_length(environ, status, headers, length));
            if let Some(length) = told {
                headers.try_append("Content-Length", itoa::Buffer::new().format(length))?;
            }
            Ok(())
        })?;
        Ok(body)
    }
}

/// Whether a response of this length should say so.
pub(crate) fn tells_length(
    environ: &Environ,
    status: &StatusLine,
    headers: &Headers,
    length: u64,
) -> bool {
    let method = environ.method().as_str();
    // RFC 9110 §9.3.6: what follows the head of a tunnel is no content.
    let is_tunnel = method == "CONNECT" && (200..300).contains(&status.code());
    !(status.forbids_body()
        || is_tunnel
        || (method == "HEAD" && length == 0)
        || headers.contains("Content-Length")
        || headers.contains("Transfer-Encoding"))
}
