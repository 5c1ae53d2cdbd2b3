//! [`ConditionalGet`]: `304 Not Modified` where the client has what the application would send.

use wsgi_core::{
    Application, ApplicationError, Body, Environ, Headers, Layer, StartResponse,
    StartResponseError, StatusLine,
};

use crate::bodies::representation_fields::{become_text, keep_for_not_modified};
use crate::common::preconditions::{Validators, Verdict};
use crate::common::start::ReplacedStart;

/// Weighs the preconditions of a request against `ETag` and `Last-Modified` of the response.
///
/// | the request has | and the response | answer |
/// |---|---|---|
/// | `If-None-Match` | bears one of these tags (weak comparison) | `304 Not Modified` |
/// | `If-Modified-Since`, and no `If-None-Match` | is not of a later date | `304 Not Modified` |
/// | `If-Match` | bears none of these tags (strong comparison) | `412 Precondition Failed` |
/// | `If-Unmodified-Since`, and no `If-Match` | is of a later date | `412 Precondition Failed` |
///
/// That holds for the `200 OK` of a `GET` or `HEAD`; all other responses pass, those with neither field, too. The
/// application runs in any case, for only it knows the fields; its body is not read, only closed, so that one which is made
/// block by block costs nothing. A `304` keeps the fields that guide caches (`Cache-Control`, `ETag`, `Expires`, `Vary`;
/// `Last-Modified` where there is no tag) and all that does not describe the body, such as `Set-Cookie`.
///
/// # Place in the stack
/// Outside of what gives the fields ([`ETag`](struct.ETag.html)); inside of what cuts bodies
/// ([`RangeSlice`](struct.RangeSlice.html)), for preconditions come before ranges, and of compression, which need then not
/// compress what is not sent (outside of it the answers are as right).
///
/// # Examples
/// ```
/// use wsgi_core::testing::{EnvironBuilder, run};
/// use wsgi_core::{Body, StatusLine, application_fn};
/// use wsgi_middleware::ConditionalGet;
///
/// let app = ConditionalGet::new(application_fn(|_, start_response| {
///     start_response.start(StatusLine::OK, [("ETag", "\"v1\"")])?;
///     Ok(Body::from("Hello!\n"))
/// }));
/// let request = EnvironBuilder::get("/").header("If-None-Match", "\"v1\"");
/// let answer = run(&app, request.build())?;
/// assert_eq!(answer.status, StatusLine::NOT_MODIFIED);
/// assert_eq!(answer.text(), "");
/// # Ok::<(), wsgi_core::ApplicationError>(())
/// ```
///
/// # Specification
/// RFC 9110 §13 "Conditional Requests", §15.4.5 "304 Not Modified". Modelled on `Rack::ConditionalGet` and on
/// `make_conditional` of Werkzeug.
#[derive(Clone, Debug, Default)]
pub struct ConditionalGet<A = ()> {
    app: A,
}

/// Wraps applications in [`ConditionalGet`]. Made by `ConditionalGetLayer::default()`.
pub type ConditionalGetLayer = ConditionalGet<()>;

const PRECONDITION_FAILED: StatusLine = StatusLine::from_static("412 Precondition Failed");

impl<A> ConditionalGet<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        Self { app }
    }
}

impl<A> Layer<A> for ConditionalGetLayer {
    type Service = ConditionalGet<A>;

    fn layer(&self, app: A) -> ConditionalGet<A> {
        ConditionalGet { app }
    }
}

impl<A: Application> Application for ConditionalGet<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let is_head = match environ.method().as_str() {
            "GET" => false,
            "HEAD" => true,
            _ => return self.app.call(environ, start_response),
        };
        if !environ.headers().names().any(is_condition) {
            return self.app.call(environ, start_response);
        }
        // As the client sent them, whatever the application makes of its environ.
        let conditions = conditions(environ.headers())?;
        let mut judged = ReplacedStart::new(start_response, |status, headers| {
            judge(&conditions, is_head, status, headers)
        });
        let body = self.app.call(environ, &mut judged)?;
        Ok(judged.body(body))
    }
}

/// All of those that begin so are preconditions.
fn is_condition(name: &str) -> bool {
    matches!(name.as_bytes(), [b'I' | b'i', b'F' | b'f', b'-', ..])
}

fn conditions(request: &Headers) -> Result<Headers, ApplicationError> {
    let fields = request.iter().filter(|(name, _)| is_condition(name));
    Ok(Headers::try_from_pairs(fields)?)
}

/// Makes of a response what the preconditions demand; gives the text that then stands for its body.
fn judge(
    conditions: &Headers,
    is_head: bool,
    status: &mut StatusLine,
    headers: &mut Headers,
) -> Result<Option<&'static str>, StartResponseError> {
    if status.code() != 200 {
        return Ok(None);
    }
    let validators = Validators::of(headers);
    if validators.is_empty() {
        return Ok(None);
    }
    match validators.judge(conditions) {
        Verdict::Go => Ok(None),
        Verdict::NotModified => {
            *status = StatusLine::NOT_MODIFIED;
            keep_for_not_modified(headers);
            Ok(Some(""))
        }
        Verdict::Failed => {
            const TEXT: &str = "Precondition Failed\n";
            *status = PRECONDITION_FAILED;
            become_text(headers, TEXT)?;
            Ok(Some(if is_head { "" } else { TEXT }))
        }
    }
}
