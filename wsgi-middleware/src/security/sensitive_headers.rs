//! [`SensitiveHeaders`]: header fields whose values appear nowhere but where they are needed.

use wsgi_core::{
    Application, ApplicationError, Body, Environ, HeaderError, Layer, SensitiveNames, StartResponse,
};

/// Keeps the values of header fields out of logs, error pages and debugging output.
///
/// By default those of [`SensitiveNames`]: `Authorization`, `Cookie`, `Set-Cookie` and their like; in requests and in
/// responses. What applications and clients get is not changed. Who shows a request asks for the names, which the layer
/// puts into the environ (`wsgi_rs.sensitive_headers`), and shows `***` instead:
///
/// - the access log, also for formats that ask for such a field by name: `%{Authorization}i`, `%{Set-Cookie}o`,
///   `%{HTTP_COOKIE}e`;
/// - the exception page;
/// - the `Debug` output of [`Environ`] and of the `http::HeaderMap` that handlers get, whose values are
///   [marked](http::HeaderValue::set_sensitive). The default names are hidden there without this layer, too.
///
/// # Place in the stack
/// Anywhere inside of the access log, outside of the exception page; next to the log is best, for a request that a layer
/// between them answers itself has no names yet. What the server refuses on its own comes to no layer at all.
///
/// # Examples
/// ```
/// # #[cfg(feature = "access-log")] {
/// use wsgi_core::{handler, testing};
/// use wsgi_middleware::{AccessLog, SensitiveHeaders};
///
/// let app = SensitiveHeaders::new(handler(|_| "Hello!\n")).also(["X-Session"]).unwrap();
/// let app = AccessLog::new(app).format("%s %{X-Session}i %{Host}i".parse().unwrap());
/// let request = testing::EnvironBuilder::get("/").header("X-Session", "secret");
/// let answer = testing::run(&app, request.build()).unwrap();
/// assert_eq!(answer.errors, "200 *** 127.0.0.1\n");
/// # }
/// ```
///
/// # Specification
/// RFC 9110 §17.9 "Disclosure of Sensitive Information".
#[derive(Clone, Debug, Default)]
pub struct SensitiveHeaders<A = ()> {
    app: A,
    names: SensitiveNames,
}

/// Wraps applications in [`SensitiveHeaders`]. Made by `SensitiveHeadersLayer::default()`.
pub type SensitiveHeadersLayer = SensitiveHeaders<()>;

impl<A> SensitiveHeaders<A> {
    /// Around `app`, with the default of [`SensitiveNames`].
    pub fn new(app: A) -> Self {
        Self {
            app,
            names: SensitiveNames::default(),
        }
    }

    /// These names besides, compared without case.
    ///
    /// # Errors
    /// [`HeaderError::EmptyName`] and [`HeaderError::Name`] for what is no name.
    pub fn also(
        mut self,
        names: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, HeaderError> {
        self.names = self.names.with(names)?;
        Ok(self)
    }

    /// These names in place of those that were there, compared without case. None at all shows everything.
    ///
    /// # Errors
    /// As [`also`](Self::also).
    pub fn only(
        mut self,
        names: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, HeaderError> {
        self.names = SensitiveNames::none().with(names)?;
        Ok(self)
    }
}

impl<A> Layer<A> for SensitiveHeadersLayer {
    type Service = SensitiveHeaders<A>;

    fn layer(&self, app: A) -> SensitiveHeaders<A> {
        SensitiveHeaders {
            app,
            names: self.names.clone(),
        }
    }
}

impl<A: Application> Application for SensitiveHeaders<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        match SensitiveNames::of(environ) {
            None => self.names.put(environ),
            Some(others) if others == self.names => {}
            // Of several layers each adds its own.
            Some(others) => others.with(self.names.iter())?.put(environ),
        }
        self.app.call(environ, start_response)
    }
}
