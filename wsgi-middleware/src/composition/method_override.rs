//! [`MethodOverride`]: `PUT` and `DELETE` for clients that can only `POST`.

use std::io::{self, Read};
use std::sync::Arc;

use http::Method;
use thiserror::Error;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, Headers, Input, Layer, StartResponse,
};

/// Takes the method from a header field or a form field of a `POST`, for browsers' forms and clients behind proxies
/// that let no other methods pass.
///
/// A `POST` with `X-HTTP-Method-Override: PUT`, or with a form that has `_method=PUT`, reaches the application as a `PUT`;
/// `wsgi_rs.method_override.orig.request_method` is `POST` then. The header field comes before the form field. Case
/// does not matter. What is not among the [allowed methods](Self::methods) changes nothing, nor does any request but a
/// `POST`.
///
/// Forms are bodies of the type `application/x-www-form-urlencoded`, without a `Content-Encoding`. To find the field, the body
/// is read before the application is called, if it is not larger than the [limit](Self::body_limit); the application
/// reads it from its beginning all the same. Of several fields of that name the last one counts.
///
/// `Rack::MethodOverride` is its model; it allows more methods, and looks for the form field first.
///
/// # Security
/// - Other sites' pages can make a browser `POST` a form without asking, so by the form field they reach your `PUT` and
///   `DELETE`, too, for which browsers would ask otherwise (CORS). Protect these as you protect `POST` (`Csrf`).
/// - `GET` and `HEAD` are not allowed: a protection that lets safe methods pass would let the `POST` pass.
/// - What stands in front (proxy, firewall, the layers outside of this one) sees a `POST`.
///
/// # Place in the stack
/// Inside of the access log and of what judges the method that the client sent; outside of router and application.
///
/// # Examples
/// ```
/// use wsgi_core::testing::{EnvironBuilder, run};
/// use wsgi_core::{Input, handler};
/// use wsgi_middleware::MethodOverride;
///
/// let app = MethodOverride::new(handler(|request: http::Request<Input>| request.method().to_string()));
/// let form = EnvironBuilder::post("/posts/7", "_method=delete&sure=yes")
///     .header("Content-Type", "application/x-www-form-urlencoded");
/// assert_eq!(run(&app, form.build())?.text(), "DELETE");
/// # Ok::<(), wsgi_core::ApplicationError>(())
/// ```
///
/// # Specification
/// RFC 9110 §9 "Methods"; the URL standard, "application/x-www-form-urlencoded".
#[derive(Clone, Debug, Default)]
pub struct MethodOverride<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`MethodOverride`]. Made by `MethodOverrideLayer::default()`.
pub type MethodOverrideLayer = MethodOverride<()>;

#[derive(Clone, Debug)]
struct Settings {
    header: Option<String>,
    field: Option<String>,
    methods: Vec<Method>,
    body_limit: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            header: Some("X-HTTP-Method-Override".to_owned()),
            field: Some("_method".to_owned()),
            methods: vec![Method::PUT, Method::PATCH, Method::DELETE],
            body_limit: 64 * 1024,
        }
    }
}

const ORIGINAL: &str = "wsgi_rs.method_override.orig.request_method";

impl<A> MethodOverride<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// The methods that a `POST` may become, in capitals. Replaces the default, `PUT`, `PATCH` and `DELETE`.
    ///
    /// # Errors
    /// [`MethodOverrideError::Method`] for what is no method; [`MethodOverrideError::Forbidden`] for `GET` and `HEAD`, to
    /// which a `POST` must not turn, and for `CONNECT`, `OPTIONS` and `TRACE`, which are no forms' business.
    pub fn methods(
        self,
        methods: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, MethodOverrideError> {
        let methods: Result<_, _> = methods.into_iter().map(|m| method(m.as_ref())).collect();
        let methods = methods?;
        Ok(self.with(|settings| settings.methods = methods))
    }

    /// The header field; `None` to look at none. Default: `X-HTTP-Method-Override`.
    ///
    /// # Errors
    /// [`MethodOverrideError::Header`] for what is no field's name.
    pub fn header(self, name: Option<&str>) -> Result<Self, MethodOverrideError> {
        if let Some(name) = name
            && Headers::try_from_pairs([(name, "")]).is_err()
        {
            let name = name.to_owned();
            return Err(MethodOverrideError::Header { name });
        }
        Ok(self.with(|settings| settings.header = name.map(str::to_owned)))
    }

    /// The form's field; `None` to look at none, and never to read the body. Default: `_method`.
    #[must_use]
    pub fn field(self, name: Option<&str>) -> Self {
        self.with(|settings| settings.field = name.map(str::to_owned))
    }

    /// Up to which size forms are looked at, in bytes. Default: 64 KiB.
    #[must_use]
    pub fn body_limit(self, bytes: u64) -> Self {
        self.with(|settings| settings.body_limit = bytes)
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl<A> Layer<A> for MethodOverrideLayer {
    type Service = MethodOverride<A>;

    fn layer(&self, app: A) -> MethodOverride<A> {
        MethodOverride {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for MethodOverride<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        if *environ.method() == Method::POST
            && let Some(method) = self.settings.told(environ)
        {
            environ.set_var(ORIGINAL, Method::POST.as_str())?;
            environ.set_method(method);
        }
        self.app.call(environ, start_response)
    }
}

impl Settings {
    /// The method that the request asks for, if it may.
    fn told(&self, environ: &mut Environ) -> Option<Method> {
        self.told_by_header(environ)
            .or_else(|| self.told_by_form(environ))
    }

    fn told_by_header(&self, environ: &Environ) -> Option<Method> {
        let mut values = environ.headers().get_all(self.header.as_deref()?);
        match (values.next(), values.next()) {
            (Some(value), None) => self.allowed(value),
            _ => None,
        }
    }

    fn told_by_form(&self, environ: &mut Environ) -> Option<Method> {
        let field = self.field.as_deref()?;
        if !is_form(environ) {
            return None;
        }
        let body = self.form(environ)?;
        let fields = form_urlencoded::parse(&body).filter(|(name, _)| name == field);
        let method = fields
            .last()
            .and_then(|(_, value)| self.allowed(value.as_bytes()));
        environ.set_input(Input::from(body));
        method
    }

    fn allowed(&self, told: &[u8]) -> Option<Method> {
        let is_told = |method: &&Method| method.as_str().as_bytes().eq_ignore_ascii_case(told);
        self.methods.iter().find(is_told).cloned()
    }

    /// The whole body; `None` for one that is too large or breaks off, which the application then finds as it was.
    fn form(&self, environ: &mut Environ) -> Option<Vec<u8>> {
        if environ
            .input()
            .remaining()
            .is_some_and(|size| size > self.body_limit)
        {
            return None;
        }
        let mut rest = environ.take_input();
        let mut read = Vec::new();
        let limit = self.body_limit.saturating_add(1);
        let outcome = rest.by_ref().take(limit).read_to_end(&mut read);
        if outcome.is_ok() && (read.len() as u64) < limit {
            return Some(read);
        }
        let length = rest.remaining().map(|rest| rest + read.len() as u64);
        let read = io::Cursor::new(read);
        environ.set_input(match outcome {
            Ok(_) => Input::from_reader(read.chain(rest), length),
            Err(error) => Input::from_reader(read.chain(Failing(Some(error))), length),
        });
        None
    }
}

fn is_form(environ: &Environ) -> bool {
    let headers = environ.headers();
    let content_type = headers.get("Content-Type").unwrap_or_default();
    let essence = content_type.split(|&byte| byte == b';').next();
    let essence = essence.unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
        && !headers.contains("Content-Encoding")
}

/// Where a body broke off.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(self
            .0
            .take()
            .unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into()))
    }
}

fn method(name: &str) -> Result<Method, MethodOverrideError> {
    let name = || name.to_owned();
    let method = Method::from_bytes(name().as_bytes())
        .map_err(|_| MethodOverrideError::Method { method: name() })?;
    match method {
        Method::GET | Method::HEAD | Method::CONNECT | Method::OPTIONS | Method::TRACE => {
            Err(MethodOverrideError::Forbidden { method: name() })
        }
        method => Ok(method),
    }
}

/// Why the settings cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MethodOverrideError {
    /// RFC 9110 §9.1: a method is a token.
    #[error("{method:?} is no method; write a token such as \"PUT\"")]
    Method {
        /// The method as it was given.
        method: String,
    },
    /// What a `POST` must not turn to.
    #[error(
        "a POST cannot be overridden by {method}; leave it out, and let clients send it as it is"
    )]
    Forbidden {
        /// The method as it was given.
        method: String,
    },
    /// RFC 9110 §5.1: a field name is a token.
    #[error("{name:?} is no header field's name; write one such as \"X-HTTP-Method-Override\"")]
    Header {
        /// The name as it was given.
        name: String,
    },
}
