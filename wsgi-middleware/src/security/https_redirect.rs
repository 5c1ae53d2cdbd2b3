//! [`HttpsRedirect`]: requests by `http` are sent to `https`.

mod location;

use std::sync::Arc;

use thiserror::Error;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, Headers, Layer, StartResponse, StatusLine,
};

use crate::common::start::{ChangedStart, answer, refuse};
use crate::common::uri_host::{Host, HostName};
use crate::security::exempt::{Exempt, ExemptPathError};
use crate::security::hsts::Hsts;

/// Redirects requests by `http` to the same URL by `https`, and tells browsers to come by `https` from now on, when asked to.
///
/// | request by `http` | answer |
/// |---|---|
/// | `GET`, `HEAD` | `301 Moved Permanently` (`302` when [`temporary`](Self::temporary)) |
/// | other methods | `308 Permanent Redirect` (`307`), so that method and body stay; `403` with [`refuse_unsafe`](Self::refuse_unsafe) |
/// | without `Host`, or with none that could be one | `400 Bad Request`, unless [`host`](Self::host) names one |
/// | for an [`exempt`](Self::exempt) path | the application's |
///
/// What scheme a request came by, `wsgi.url_scheme` tells: behind a proxy that speaks `https` for the application
/// [`ProxyFix`](struct.ProxyFix.html) has to put that right, or each request is redirected to itself.
///
/// The `Host` of a request is its client's word. [`TrustedHosts`](struct.TrustedHosts.html), outside of this, refuses
/// those that are not yours; [`host`](Self::host) leaves no choice.
///
/// [`hsts`](Self::hsts) adds `Strict-Transport-Security` to responses by `https` that do not have it. Default: not,
/// for it cannot be taken back.
///
/// # Place in the stack
/// Inside of the access log, the proxy fix and trusted hosts, outside of all else.
///
/// # Examples
/// ```
/// use wsgi_core::testing::{EnvironBuilder, run};
/// use wsgi_core::handler;
/// use wsgi_middleware::{HttpsRedirect, Hsts};
///
/// let app = HttpsRedirect::new(handler(|_| "Hello!\n")).hsts(Hsts::default());
/// let request = || EnvironBuilder::get("/cart?item=3").header("Host", "shop.example:80");
/// let answer = run(&app, request().build())?;
/// assert_eq!(answer.status.code(), 301);
/// assert_eq!(answer.header("Location"), Some("https://shop.example/cart?item=3"));
///
/// let answer = run(&app, request().var("wsgi.url_scheme", "https").build())?;
/// assert_eq!(answer.text(), "Hello!\n");
/// assert_eq!(answer.header("Strict-Transport-Security"), Some("max-age=31536000"));
/// # Ok::<(), wsgi_core::ApplicationError>(())
/// ```
///
/// # Specification
/// RFC 9110 §15.4 "Redirection 3xx" and §7.2 "Host and :authority"; RFC 6797 §7 "Server Processing Model": no
/// `Strict-Transport-Security` by `http`, one of them by `https`.
#[derive(Clone, Debug, Default)]
pub struct HttpsRedirect<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`HttpsRedirect`]. Made by `HttpsRedirectLayer::default()`.
pub type HttpsRedirectLayer = HttpsRedirect<()>;

#[derive(Clone, Debug, Default)]
struct Settings {
    /// As it stands in a URL, with its port.
    host: Option<String>,
    /// Of the request's host and of that of the URL.
    ports: Vec<(u16, u16)>,
    is_temporary: bool,
    refuses_unsafe: bool,
    hsts: Option<Headers>,
    exempt: Exempt,
}

impl<A> HttpsRedirect<A> {
    /// Around `app`: to the host of the request, port 443.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// The host that requests are sent to, whichever they named, and its port when it is not 443: `www.example.org`,
    /// `www.example.org:8443`. Default: the one of the request.
    ///
    /// # Errors
    /// [`HttpsRedirectError::Host`] for what is no host.
    pub fn host(self, host: &str) -> Result<Self, HttpsRedirectError> {
        let Some(parsed) = Host::parse(host.as_bytes()) else {
            let host = host.to_owned();
            return Err(HttpsRedirectError::Host { host });
        };
        let authority = authority(parsed.name, parsed.port);
        Ok(self.with(|settings| settings.host = Some(authority)))
    }

    /// Which port speaks `https` for the one that a request's `Host` names (80 if it names none): `port(8080, 8443)`.
    /// May be called several times. Default: 443 for every port.
    #[must_use]
    pub fn port(self, http: u16, https: u16) -> Self {
        self.with(|settings| settings.ports.push((http, https)))
    }

    /// Whether to answer `302` and `307`, which nobody keeps, in place of `301` and `308`: to try it out. Default: no.
    #[must_use]
    pub fn temporary(self, temporary: bool) -> Self {
        self.with(|settings| settings.is_temporary = temporary)
    }

    /// Whether to answer other methods than `GET` and `HEAD` with `403 Forbidden`: what they sent has been read by
    /// whoever listens, and a client that is redirected each time never learns of it. Default: no.
    #[must_use]
    pub fn refuse_unsafe(self, refuse: bool) -> Self {
        self.with(|settings| settings.refuses_unsafe = refuse)
    }

    /// What responses by `https` tell browsers to remember, if the application does not. Default: nothing.
    #[must_use]
    pub fn hsts(self, hsts: impl Into<Option<Hsts>>) -> Self {
        let fields = hsts.into().map(|hsts| hsts.fields());
        self.with(|settings| settings.hsts = fields)
    }

    /// Lets requests by `http` for a path pass: `/healthz` for this one alone, `/.well-known/acme-challenge/` for all that
    /// lies below. May be called several times. Default: none.
    ///
    /// # Errors
    /// [`ExemptPathError`] for what is no plain path.
    pub fn exempt(mut self, path: &str) -> Result<Self, ExemptPathError> {
        Arc::make_mut(&mut self.settings).exempt.add_path(path)?;
        Ok(self)
    }

    /// Lets requests by `http` pass for which the test is true. May be called several times. Default: none.
    #[must_use]
    pub fn exempt_if(
        self,
        test: impl Fn(&Environ) -> Result<bool, ApplicationError> + Send + Sync + 'static,
    ) -> Self {
        self.with(|settings| settings.exempt.add_test(test))
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl Settings {
    fn redirect(
        &self,
        environ: &Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let is_safe = matches!(environ.method().as_str(), "GET" | "HEAD");
        if !is_safe && self.refuses_unsafe {
            const WHY: &str =
                "https is required, and what was sent by http may have been read by others";
            return refuse(environ, start_response, StatusLine::FORBIDDEN, WHY);
        }
        let Some(authority) = self.authority(environ) else {
            const WHY: &str = "no valid Host";
            return refuse(environ, start_response, StatusLine::BAD_REQUEST, WHY);
        };
        let status = match (self.is_temporary, is_safe) {
            (false, true) => StatusLine::from_static("301 Moved Permanently"),
            (false, false) => StatusLine::from_static("308 Permanent Redirect"),
            (true, true) => StatusLine::from_static("302 Found"),
            (true, false) => StatusLine::from_static("307 Temporary Redirect"),
        };
        let location = format!("https://{authority}{}", location::path_and_query(environ));
        let fields = [("Location", &*location)];
        answer(environ, start_response, status, &fields, None)
    }

    fn authority(&self, environ: &Environ) -> Option<String> {
        if let Some(host) = &self.host {
            return Some(host.clone());
        }
        let host = Host::of(environ).ok()?;
        let asked = host.port.unwrap_or(80);
        let mut ports = self.ports.iter();
        let port = ports.find(|(http, _)| *http == asked);
        Some(authority(host.name, port.map(|(_, https)| *https)))
    }
}

fn authority(name: HostName<'_>, port: Option<u16>) -> String {
    match port.filter(|port| *port != 443) {
        Some(port) => format!("{name}:{port}"),
        None => name.to_string(),
    }
}

impl<A> Layer<A> for HttpsRedirectLayer {
    type Service = HttpsRedirect<A>;

    fn layer(&self, app: A) -> HttpsRedirect<A> {
        HttpsRedirect {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for HttpsRedirect<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let settings = &*self.settings;
        if environ.url_scheme() != "https" {
            return match settings.exempt.covers(environ)? {
                true => self.app.call(environ, start_response),
                false => settings.redirect(environ, start_response),
            };
        }
        let Some(hsts) = &settings.hsts else {
            return self.app.call(environ, start_response);
        };
        let changed = |_: &mut StatusLine, headers: &mut Headers| {
            headers.append_missing(hsts);
            Ok(())
        };
        self.app
            .call(environ, &mut ChangedStart::new(start_response, changed))
    }
}

/// Why requests cannot be redirected like this.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpsRedirectError {
    /// RFC 9110 §7.2 "Host and :authority": a host, and a port if need be.
    #[error(
        "host {host:?} is none; write \"www.example.org\" or \"www.example.org:8443\", without scheme and path"
    )]
    Host {
        /// The host as it was given.
        host: String,
    },
}
