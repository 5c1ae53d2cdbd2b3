//! [`Head`]: no body in answer to a `HEAD`.

use http::Method;
use wsgi_core::{Application, ApplicationError, Body, Environ, Layer, StartResponse};

use crate::common::start::{HeldStart, ReplacedStart};

/// Answers `HEAD` by what the application says to it, or to a `GET`, without the body.
///
/// The body is closed and not read, so that one which is made block by block costs nothing; what is written by
/// `write()` goes nowhere. `Content-Length` stays, and is added where the length of the body was known: it is what a `GET`
/// would have got. Applications that know no `HEAD` can be [shown a `GET`](Self::as_get).
///
/// Servers leave the body out as well (`wsgi-server` does, others send it all the same); the layers in between then need
/// not handle it.
///
/// # Place in the stack
/// Outside of what makes header fields of bodies ([`ContentLength`](struct.ContentLength.html),
/// [`ETag`](struct.ETag.html)), inside of logs.
///
/// # Examples
/// ```
/// use wsgi_core::handler;
/// use wsgi_core::testing::{EnvironBuilder, run};
/// use wsgi_middleware::Head;
///
/// let app = Head::new(handler(|_| "Hello!\n"));
/// let answer = run(&app, EnvironBuilder::new("HEAD", "/").build())?;
/// assert_eq!(answer.header("Content-Length"), Some("7"));
/// assert_eq!(answer.text(), "");
/// # Ok::<(), wsgi_core::ApplicationError>(())
/// ```
///
/// # Specification
/// RFC 9110 §9.3.2 "HEAD", §8.6 "Content-Length". Modelled on `Rack::Head`.
#[derive(Clone, Debug, Default)]
pub struct Head<A = ()> {
    app: A,
    as_get: bool,
}

/// Wraps applications in [`Head`]. Made by `HeadLayer::default()`.
pub type HeadLayer = Head<()>;

impl<A> Head<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        let as_get = false;
        Self { app, as_get }
    }

    /// Whether the application is shown `GET` in place of `HEAD`, without `Range` and `If-Range`, which count for `GET`
    /// alone. Default: no.
    ///
    /// After the call the method is `HEAD` again, for layers outside. An application that looks at its environ while its
    /// body is asked for sees `HEAD`, but it is not asked.
    #[must_use]
    pub fn as_get(mut self, as_get: bool) -> Self {
        self.as_get = as_get;
        self
    }
}

impl<A> Layer<A> for HeadLayer {
    type Service = Head<A>;

    fn layer(&self, app: A) -> Head<A> {
        let as_get = self.as_get;
        Head { app, as_get }
    }
}

impl<A: Application> Application for Head<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        if *environ.method() != Method::HEAD {
            return self.app.call(environ, start_response);
        }
        let mut bodiless = ReplacedStart::new(start_response, |_, _| Ok(Some("")));
        let mut held = HeldStart::new(&mut bodiless);
        let body = match self.as_get {
            true => self.app.call(AsGet::of(environ).0, &mut held)?,
            false => self.app.call(environ, &mut held)?,
        };
        held.release(|status, headers| {
            // Whoever leaves the body out for a `HEAD` has not said how long it would have been.
            let length = body.length().filter(|&length| length > 0 || self.as_get);
            let says_nothing = !(status.forbids_body()
                || headers.contains("Content-Length")
                || headers.contains("Transfer-Encoding"));
            if let Some(length) = length.filter(|_| says_nothing) {
                headers.try_append("Content-Length", length.to_string())?;
            }
            Ok(())
        })?;
        Ok(bodiless.body(body))
    }
}

/// An environ that is a `GET`'s until the end of the call, however that ends.
struct AsGet<'e>(&'e mut Environ);

impl<'e> AsGet<'e> {
    fn of(environ: &'e mut Environ) -> Self {
        for name in ["Range", "If-Range"] {
            if environ.headers().contains(name) {
                environ.headers_mut().remove(name);
            }
        }
        environ.set_method(Method::GET);
        Self(environ)
    }
}

impl Drop for AsGet<'_> {
    fn drop(&mut self) {
        self.0.set_method(Method::HEAD);
    }
}
