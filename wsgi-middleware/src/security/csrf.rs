//! [`Csrf`]: requests that other sites make browsers send are refused.

use std::sync::Arc;

use wsgi_core::{
    Application, ApplicationError, Body, Environ, Headers, Layer, StartResponse, StatusLine,
};

use crate::common::start::refuse;
use crate::common::uri_host::{Host, default_port};
use crate::security::exempt::{Exempt, ExemptPathError};
use crate::security::origin::{Origin, OriginError, serialised};

/// Refuses requests that change something and that another site's page made the browser send (cross-site request
/// forgery), by what the browser says of itself: no tokens, no cookies, nothing to be put into forms.
///
/// The first of these that fits decides:
///
/// | request | |
/// |---|---|
/// | `GET`, `HEAD`, `OPTIONS` | passes: an application changes nothing by them |
/// | one `Sec-Fetch-Site`, `same-origin` or `none` (typed, a bookmark) | passes |
/// | `Origin` one of [`trust`](Self::trust), or an [`exempt`](Self::exempt) path | passes |
/// | any other `Sec-Fetch-Site`: `cross-site`, `same-site` | `403 Forbidden` |
/// | `Origin` has host and port of `Host`, and not `http` where the request came by `https` | passes |
/// | any other `Origin`, `null` among them | `403 Forbidden` |
/// | neither | passes, or `403` with [`require_evidence`](Self::require_evidence) |
///
/// All browsers since 2023 send `Sec-Fetch-Site` (by `https`, and to `localhost`), those since 2020 `Origin`. So what has
/// neither comes from no browser: from scripts, other services, `curl`, which no page can make send a user's cookies.
///
/// Other hosts of the same site are refused like strangers (`same-site`): who runs `blog.example.org` is not to act for
/// the users of `shop.example.org`. Name them by [`trust`](Self::trust).
///
/// A proxy that changes `Host` makes older browsers' requests look like another site's, unless
/// [`ProxyFix`](struct.ProxyFix.html) puts it right. Pages with the policy `Referrer-Policy: no-referrer` send `Origin:
/// null`, which counts only in those browsers, too.
///
/// # Place in the stack
/// Inside of proxy fix, trusted hosts and CORS; outside of what changes the method by a form's field, and of all that
/// acts for a user.
///
/// # Examples
/// ```
/// use wsgi_core::testing::{EnvironBuilder, run};
/// use wsgi_core::handler;
/// use wsgi_middleware::Csrf;
///
/// let app = Csrf::new(handler(|_| "Bought.\n")).trust(["https://pay.example"])?;
/// let post = |site: &str, origin: &str| {
///     let request = EnvironBuilder::post("/buy", "").header("Sec-Fetch-Site", site).header("Origin", origin);
///     run(&app, request.build())
/// };
/// assert_eq!(post("same-origin", "https://shop.example")?.text(), "Bought.\n");
/// assert_eq!(post("cross-site", "https://pay.example")?.text(), "Bought.\n");
/// assert_eq!(post("cross-site", "https://evil.example")?.status.code(), 403);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Specification
/// Fetch Metadata Request Headers "The `Sec-Fetch-Site` HTTP Request Header"; Fetch "`Origin` header"; RFC 9110
/// §9.2.1 "Safe Methods". Modelled on `http.CrossOriginProtection` of Go.
#[derive(Clone, Debug, Default)]
pub struct Csrf<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`Csrf`]. Made by `CsrfLayer::default()`.
pub type CsrfLayer = Csrf<()>;

#[derive(Clone, Debug, Default)]
struct Settings {
    /// As browsers serialise them.
    trusted: Vec<String>,
    exempt: Exempt,
    requires_evidence: bool,
}

impl<A> Csrf<A> {
    /// Around `app`, trusting no other origin.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// Origins of pages that may send what they like: `https://pay.example`, whole, with the port if it is not the
    /// scheme's own. Added to those before. Default: none.
    ///
    /// # Errors
    /// [`OriginError`] for what is no origin, and for `null`, which is everybody's.
    pub fn trust(
        mut self,
        origins: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, OriginError> {
        let settings = Arc::make_mut(&mut self.settings);
        for origin in origins {
            settings.trusted.push(serialised(origin.as_ref())?);
        }
        Ok(self)
    }

    /// Lets all requests for a path pass: `/login/callback` for this one alone, `/hooks/` for all that lies below. The
    /// application has to know by other means who sends them, such as a signature. May be called several times.
    /// Default: none.
    ///
    /// # Errors
    /// [`ExemptPathError`] for what is no plain path.
    pub fn exempt(mut self, path: &str) -> Result<Self, ExemptPathError> {
        Arc::make_mut(&mut self.settings).exempt.add_path(path)?;
        Ok(self)
    }

    /// Lets requests pass for which the test is true. May be called several times. Default: none.
    #[must_use]
    pub fn exempt_if(
        mut self,
        test: impl Fn(&Environ) -> Result<bool, ApplicationError> + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.settings).exempt.add_test(test);
        self
    }

    /// Whether requests with neither `Sec-Fetch-Site` nor `Origin` are refused, for applications that only browsers
    /// use. Default: no.
    #[must_use]
    pub fn require_evidence(mut self, require: bool) -> Self {
        Arc::make_mut(&mut self.settings).requires_evidence = require;
        self
    }
}

impl<A> Layer<A> for CsrfLayer {
    type Service = Csrf<A>;

    fn layer(&self, app: A) -> Csrf<A> {
        Csrf {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for Csrf<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let is_safe = matches!(environ.method().as_str(), "GET" | "HEAD" | "OPTIONS");
        match is_safe || self.settings.let_pass(environ)? {
            true => self.app.call(environ, start_response),
            false => {
                const WHY: &str = "the request comes from another site";
                refuse(environ, start_response, StatusLine::FORBIDDEN, WHY)
            }
        }
    }
}

/// A field of which a browser sends one.
enum Told<'h> {
    Nothing,
    Value(&'h [u8]),
    /// Several: no browser did this.
    Nonsense,
}

impl<'h> Told<'h> {
    fn by(headers: &'h Headers, name: &'h str) -> Self {
        let mut values = headers.get_all(name);
        match (values.next(), values.next()) {
            (None, _) => Self::Nothing,
            (Some(value), None) => Self::Value(value),
            (Some(_), Some(_)) => Self::Nonsense,
        }
    }
}

impl Settings {
    /// Whether a request whose method is not safe may pass.
    fn let_pass(&self, environ: &Environ) -> Result<bool, ApplicationError> {
        let headers = environ.headers();
        let site = Told::by(headers, "Sec-Fetch-Site");
        if let Told::Value(b"same-origin" | b"none") = site {
            return Ok(true);
        }
        let origin = Told::by(headers, "Origin");
        let passes = match (site, &origin) {
            (Told::Nothing, Told::Nothing) => !self.requires_evidence,
            (Told::Nothing, Told::Value(origin)) => is_of_host(origin, environ),
            _ => false,
        };
        Ok(passes || self.trusts(&origin) || self.exempt.covers(environ)?)
    }

    fn trusts(&self, origin: &Told<'_>) -> bool {
        match origin {
            Told::Value(origin) => self.trusted.iter().any(|it| it.as_bytes() == *origin),
            Told::Nothing | Told::Nonsense => false,
        }
    }
}

/// Whether this is the origin that the request is for.
fn is_of_host(origin: &[u8], environ: &Environ) -> bool {
    let (Some(origin), Ok(host)) = (Origin::parse(origin), Host::of(environ)) else {
        return false;
    };
    // That a request came by `http` may be the word of a proxy that does not tell how its client came.
    let is_downgrade = origin.scheme == "http" && environ.url_scheme() == "https";
    let port = |port: Option<u16>| port.or_else(|| default_port(origin.scheme));
    !is_downgrade && origin.host.name.is(host.name) && port(origin.host.port) == port(host.port)
}
