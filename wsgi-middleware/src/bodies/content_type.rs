//! [`ContentType`]: a content type for responses that have none.

use std::sync::Arc;

use thiserror::Error;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, HeaderError, Headers, Layer, StartResponse,
    StatusLine,
};

use crate::common::start::ChangedStart;

/// Adds a `Content-Type` to responses that lack one, and, if asked to, a charset to texts that lack that.
///
/// Left as they are: responses without a body, by status (1xx, 204, 205, 304) or as answers to `CONNECT`. The answer to a
/// `HEAD` gets the field, as the one to the `GET` would.
///
/// # Place in the stack
/// Close to the application; inside of compression, which looks at the type.
///
/// # Examples
/// ```
/// use wsgi_core::{Body, StatusLine, application_fn, testing};
/// use wsgi_middleware::ContentType;
///
/// let app = application_fn(|_, start_response| {
///     start_response.start(StatusLine::OK, [("X-Type", "none")])?;
///     Ok(Body::from("<p>Hello!\n"))
/// });
/// let app = ContentType::new(app).fallback("text/html")?.charset("utf-8")?;
/// assert_eq!(testing::get(&app, "/").header("Content-Type"), Some("text/html; charset=utf-8"));
/// # Ok::<(), wsgi_middleware::ContentTypeError>(())
/// ```
///
/// # Specification
/// RFC 9110 §8.3 "Content-Type", §8.3.2 "Charset". Modelled on `Rack::ContentType`.
#[derive(Clone, Debug, Default)]
pub struct ContentType<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`ContentType`]. Made by `ContentTypeLayer::default()`.
pub type ContentTypeLayer = ContentType<()>;

#[derive(Clone, Debug)]
struct Settings {
    fallback: String,
    /// `; charset=utf-8`
    charset: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            fallback: "application/octet-stream".to_owned(),
            charset: None,
        }
    }
}

impl<A> ContentType<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        let settings = Arc::default();
        Self { app, settings }
    }

    /// The type of responses that lack one, parameters included, such as `text/html; charset=utf-8`. Default:
    /// `application/octet-stream`, which claims nothing and which no browser runs.
    ///
    /// # Errors
    /// [`ContentTypeError::Type`] for what is no media type, [`ContentTypeError::Value`] for what no field can bear.
    pub fn fallback(mut self, content_type: &str) -> Result<Self, ContentTypeError> {
        check(content_type)?;
        let essence = essence(content_type.as_bytes());
        let mut halves = essence.split(|&byte| byte == b'/');
        let is_type = match (halves.next(), halves.next(), halves.next()) {
            (Some(main), Some(sub), None) => is_token(main) && is_token(sub),
            _ => false,
        };
        if !is_type {
            let content_type = content_type.to_owned();
            return Err(ContentTypeError::Type { content_type });
        }
        Arc::make_mut(&mut self.settings).fallback = content_type.to_owned();
        Ok(self)
    }

    /// The charset of texts that name none, the application's own and the fallback: `text/…`, JavaScript and XML. Default:
    /// none is added, for only the application knows.
    ///
    /// # Errors
    /// [`ContentTypeError::Charset`] for what is no name of one.
    pub fn charset(mut self, charset: &str) -> Result<Self, ContentTypeError> {
        if !is_token(charset.as_bytes()) {
            let charset = charset.to_owned();
            return Err(ContentTypeError::Charset { charset });
        }
        Arc::make_mut(&mut self.settings).charset = Some(format!("; charset={charset}"));
        Ok(self)
    }
}

impl<A> Layer<A> for ContentTypeLayer {
    type Service = ContentType<A>;

    fn layer(&self, app: A) -> ContentType<A> {
        let settings = self.settings.clone();
        ContentType { app, settings }
    }
}

impl<A: Application> Application for ContentType<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let is_connect = environ.method().as_str() == "CONNECT";
        let changed = |status: &mut StatusLine, headers: &mut Headers| {
            if !(status.forbids_body() || status.code() == 205 || is_connect) {
                self.settings.complete(headers)?;
            }
            Ok(())
        };
        self.app
            .call(environ, &mut ChangedStart::new(start_response, changed))
    }
}

impl Settings {
    fn complete(&self, headers: &mut Headers) -> Result<(), HeaderError> {
        let own = headers.get("Content-Type");
        let content_type = own.unwrap_or(self.fallback.as_bytes());
        match &self.charset {
            Some(charset) if is_text(content_type) && !names_charset(content_type) => {
                let content_type = [content_type, charset.as_bytes()].concat();
                headers.try_insert("Content-Type", content_type)
            }
            _ if own.is_some() => Ok(()),
            _ => headers.try_append("Content-Type", &self.fallback),
        }
    }
}

fn check(content_type: &str) -> Result<(), ContentTypeError> {
    Headers::try_from_pairs([("Content-Type", content_type)])?;
    Ok(())
}

/// A media type without its parameters.
fn essence(content_type: &[u8]) -> &[u8] {
    let mut parts = content_type.split(|&byte| byte == b';');
    parts.next().unwrap_or_default().trim_ascii()
}

/// Types that are characters and whose definition has the parameter.
fn is_text(content_type: &[u8]) -> bool {
    const TEXTS: [&[u8]; 4] = [
        b"application/javascript",
        b"application/xhtml+xml",
        b"application/xml",
        b"application/xml-dtd",
    ];
    let essence = essence(content_type);
    let is_main = |main: &[u8]| essence.len() > 5 && essence[..5].eq_ignore_ascii_case(main);
    is_main(b"text/") || TEXTS.iter().any(|text| essence.eq_ignore_ascii_case(text))
}

fn names_charset(content_type: &[u8]) -> bool {
    let parameters = content_type.split(|&byte| byte == b';').skip(1);
    parameters
        .map(|parameter| parameter.split(|&byte| byte == b'=').next())
        .any(|name| name.is_some_and(|name| name.trim_ascii().eq_ignore_ascii_case(b"charset")))
}

/// RFC 9110 §5.6.2 "Tokens"
fn is_token(text: &[u8]) -> bool {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !text.is_empty() && text.iter().all(is_token)
}

/// Why a content type or charset was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentTypeError {
    /// RFC 9110 §8.3.1 "Media Type".
    #[error("{content_type:?} is no media type; write type and subtype, as in \"text/html\"")]
    Type {
        /// The type as it was given.
        content_type: String,
    },
    /// RFC 9110 §8.3.2 "Charset": a token.
    #[error("{charset:?} is no name of a charset; write one as in \"utf-8\"")]
    Charset {
        /// The charset as it was given.
        charset: String,
    },
    /// It cannot stand in a header field.
    #[error(transparent)]
    Value(#[from] HeaderError),
}
