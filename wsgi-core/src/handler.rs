//! The way to and from the `http` crate: `http::Request`, `http::Response`, and handlers between them.

use std::sync::Arc;

use http::{Request, Response, Uri};

use crate::{
    Application, ApplicationError, Body, Environ, Headers, Input, SensitiveNames, StartResponse,
    StatusLine, url,
};

/// A function from `http::Request` to a response as an application; made by [`handler`].
#[derive(Clone, Copy, Debug)]
pub struct Handler<F>(F);

/// Makes an application of a function from request to response.
///
/// The answer may be anything that is [`IntoAnswer`]: text, bytes, `(StatusCode, body)`, an
/// `http::Response`, or a `Result` of these.
///
/// # Examples
/// ```
/// use http::{Request, StatusCode};
/// use wsgi_core::{Input, handler};
///
/// let app = handler(|request: Request<Input>| (StatusCode::CREATED, format!("{}\n", request.uri().path())));
/// let answer = wsgi_core::testing::get(&app, "/here");
/// assert_eq!((answer.status.code(), answer.body()), (201, b"/here\n".to_vec()));
/// ```
pub fn handler<F, R>(function: F) -> Handler<F>
where
    F: Fn(Request<Input>) -> R + Send + Sync,
    R: IntoAnswer,
{
    Handler(function)
}

impl<F, R> Application for Handler<F>
where
    F: Fn(Request<Input>) -> R + Send + Sync,
    R: IntoAnswer,
{
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let response = (self.0)(environ.to_request()).into_answer()?;
        respond(response, start_response)
    }
}

/// Begins a response with the status and headers of an `http::Response` and returns its body.
///
/// # Errors
/// What `start_response` gives.
pub fn respond(
    response: Response<impl Into<Body>>,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    let (parts, body) = response.into_parts();
    start_response.start_response(
        StatusLine::from(parts.status),
        Headers::from(&parts.headers),
        None,
    )?;
    Ok(body.into())
}

/// What a [`handler`] may answer.
pub trait IntoAnswer {
    /// The answer as a response; an error becomes the application's failure, a `500`.
    ///
    /// # Errors
    /// The handler's own.
    fn into_answer(self) -> Result<Response<Body>, ApplicationError>;
}

impl<B: Into<Body>> IntoAnswer for Response<B> {
    fn into_answer(self) -> Result<Response<Body>, ApplicationError> {
        Ok(self.map(Into::into))
    }
}

impl<R: IntoAnswer, E: Into<ApplicationError>> IntoAnswer for Result<R, E> {
    fn into_answer(self) -> Result<Response<Body>, ApplicationError> {
        self.map_err(Into::into)?.into_answer()
    }
}

impl<B: IntoAnswer> IntoAnswer for (http::StatusCode, B) {
    fn into_answer(self) -> Result<Response<Body>, ApplicationError> {
        let mut response = self.1.into_answer()?;
        *response.status_mut() = self.0;
        Ok(response)
    }
}

macro_rules! text_answers {
    ($($type:ty, $content_type:literal;)*) => {
        $(
            /// `200 OK` with this body and its natural content type.
            impl IntoAnswer for $type {
                fn into_answer(self) -> Result<Response<Body>, ApplicationError> {
                    let mut response = Response::new(self.into());
                    let content_type = http::HeaderValue::from_static($content_type);
                    response.headers_mut().insert(http::header::CONTENT_TYPE, content_type);
                    Ok(response)
                }
            }
        )*
    };
}

text_answers! {
    &'static str, "text/plain; charset=utf-8";
    String, "text/plain; charset=utf-8";
    &'static [u8], "application/octet-stream";
    Vec<u8>, "application/octet-stream";
}

/// `204 No Content`.
impl IntoAnswer for () {
    fn into_answer(self) -> Result<Response<Body>, ApplicationError> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = http::StatusCode::NO_CONTENT;
        Ok(response)
    }
}

impl Environ {
    /// The request as the `http` crate has it, with the body moved out of the environ.
    ///
    /// The URI is the path that is left for this application and the query (`/rest?q=1`), re-encoded; header
    /// fields and extensions are copied. The path that went before, `SCRIPT_NAME`, is there as the extension
    /// [`ScriptName`] unless it is empty.
    pub fn to_request(&mut self) -> Request<Input> {
        let mut request = Request::new(self.take_input());
        *request.method_mut() = self.method().clone();
        *request.version_mut() = self.version();
        *request.uri_mut() = url::path_and_query(self)
            .parse()
            .unwrap_or_else(|_| Uri::from_static("/"));
        *request.headers_mut() = match SensitiveNames::of(self) {
            Some(names) => self
                .headers()
                .to_marked_header_map(|name| names.contains(name)),
            None => self.headers().to_header_map(),
        };
        *request.extensions_mut() = self.extensions().clone();
        if self.script_name().is_empty() {
            request.extensions_mut().remove::<ScriptName>();
        } else {
            let script_name = ScriptName(self.script_name().into());
            request.extensions_mut().insert(script_name);
        }
        request
    }
}

/// `SCRIPT_NAME` of a request that has been made an `http::Request`: what links of the application begin with.
///
/// An extension, absent where `SCRIPT_NAME` is empty.
///
/// # Examples
/// ```
/// use http::Request;
/// use wsgi_core::{Environ, Input, ScriptName, handler};
///
/// let app = handler(|request: Request<Input>| ScriptName::of(&request).to_vec());
/// let environ = wsgi_core::testing::EnvironBuilder::new("GET", "/").script_name("/app").build();
/// assert_eq!(wsgi_core::testing::run(&app, environ)?.body(), b"/app");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Specification
/// [PEP 3333, `environ` Variables](https://peps.python.org/pep-3333/#environ-variables)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptName(Arc<[u8]>);

impl ScriptName {
    /// That of the request: percent-decoded bytes, perhaps none.
    pub fn of<B>(request: &Request<B>) -> &[u8] {
        let script_name = request.extensions().get::<Self>();
        script_name.map_or(b"", |script_name| &script_name.0)
    }
}

/// An environ for the request; path and query come from its URI, the path percent-decoded.
impl<B: Into<Input>> From<Request<B>> for Environ {
    fn from(request: Request<B>) -> Self {
        let (parts, body) = request.into_parts();
        let mut environ = Environ::new();
        environ.set_method(parts.method);
        environ.set_version(parts.version);
        if let Some(scheme) = parts.uri.scheme_str() {
            environ.connection_mut().url_scheme = scheme.into();
        }
        let target = parts
            .uri
            .path_and_query()
            .map_or("/", |target| target.as_str());
        environ.set_target(target);
        environ.set_path_info(
            percent_encoding::percent_decode_str(parts.uri.path()).collect::<Vec<u8>>(),
        );
        environ.set_query_string(parts.uri.query().unwrap_or(""));
        *environ.headers_mut() = Headers::from(&parts.headers);
        if let (Some(authority), false) =
            (parts.uri.authority(), environ.headers().contains("host"))
        {
            // An authority that `http` accepted has no control characters, which is all that could fail.
            let _ = environ.headers_mut().try_append("Host", authority.as_str());
        }
        if let Some(ScriptName(script_name)) = parts.extensions.get() {
            environ.set_script_name(script_name);
        }
        *environ.extensions_mut() = parts.extensions;
        environ.set_input(body);
        environ
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_request_comes_and_goes() {
        let request = Request::post("http://example.com/caf%C3%A9?q=1")
            .header("X-A", "1")
            .body("body")
            .unwrap();
        let mut environ = Environ::from(request);
        assert_eq!(environ.path_info(), "/caf\u{e9}".as_bytes());
        assert_eq!(environ.query_string(), b"q=1");
        assert_eq!(environ.headers().get_str("host"), Some("example.com"));
        environ.set_script_name("/app");
        let request = environ.to_request();
        assert_eq!(ScriptName::of(&request), b"/app");
        let mut environ = Environ::from(request);
        assert_eq!(environ.script_name(), b"/app");
        environ.set_script_name("");
        let mut back = environ.to_request();
        assert_eq!(ScriptName::of(&back), b"");
        assert_eq!(back.uri(), "/caf%C3%A9?q=1");
        assert_eq!(back.headers()["x-a"], "1");
        assert_eq!(back.body_mut().read_all().unwrap(), b"body");
    }

    #[test]
    fn handlers_answer_with_text_status_or_an_error() {
        let answer = testing::get(&handler(|_| "hi"), "/");
        assert_eq!(
            answer.headers.get_str("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert_eq!(
            testing::get(&handler(|_| ()), "/").status,
            StatusLine::NO_CONTENT
        );
        let failing = handler(|_| Err::<String, _>(ApplicationError::raised("no")));
        assert!(testing::run(&failing, Environ::new()).is_err());
    }
}
