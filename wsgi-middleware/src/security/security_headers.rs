//! [`SecurityHeaders`]: what browsers are told to be careful about.

mod directive;
mod error;
mod nonce;
mod policy;
mod profile;
mod source;

use std::sync::Arc;

use wsgi_core::{
    Application, ApplicationError, Body, Environ, HeaderError, Headers, Layer, StartResponse,
    StatusLine,
};

use crate::common::start::ChangedStart;
use crate::security::hsts::Hsts;
pub use directive::CspDirective;
pub use error::{CspError, SecurityHeadersError};
pub use nonce::CspNonce;
pub use policy::ContentSecurityPolicy;
use profile::Profile;
pub use source::CspSource;

/// Adds the header fields by which browsers protect a site's users, to responses that do not have them.
///
/// By default these, as OWASP and Helmet advise:
///
/// | field | value | so that |
/// |---|---|---|
/// | `X-Content-Type-Options` | `nosniff` | a text is never run as a script |
/// | `X-Frame-Options` | `DENY` | nobody lays a page, unseen, over another one |
/// | `Referrer-Policy` | `strict-origin-when-cross-origin` | other sites learn the origin alone |
/// | `Cross-Origin-Opener-Policy` | `same-origin` | windows of other sites have no handle on this one's |
/// | `Cross-Origin-Resource-Policy` | `same-origin` | other sites' pages do not load what is here (scripts with leave by CORS still do) |
/// | `Origin-Agent-Cluster` | `?1` | other origins of the site run in another process |
/// | `Permissions-Policy` | `camera=(), geolocation=(), microphone=()` | scripts do not ask for these |
/// | `X-Permitted-Cross-Domain-Policies` | `none` | documents of Adobe's readers do not read what is here |
///
/// [`set`](Self::set) and [`without`](Self::without) change that. Beside them stand
/// [`content_security_policy`](Self::content_security_policy), the one that stops injected scripts, which has to know the
/// pages; its report-only twin; and [`hsts`](Self::hsts).
///
/// # Nonces
/// Where a policy has the source `'nonce'`, each request gets one: 128 bits of the system's randomness, which the
/// application reads as `wsgi_rs.csp_nonce` ([`CSP_NONCE`](wsgi_core::environ::CSP_NONCE)) in the environ, in Rust as the
/// extension [`CspNonce`], too, and writes into its tags: `<script nonce="…">`. Responses `304 Not Modified` get no policy
/// with a nonce, for the page that the browser has bears another one; and a page that others are served from a cache
/// protects nobody.
///
/// # Place in the stack
/// Outside of whatever answers on its own (static files, error pages, `Recover`), inside of the access log.
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing, Input};
/// use wsgi_middleware::{ContentSecurityPolicy, CspDirective, CspNonce, SecurityHeaders};
///
/// let page = handler(|request: http::Request<Input>| {
///     let nonce = request.extensions().get::<CspNonce>().map(CspNonce::as_str).unwrap_or_default();
///     format!("<script nonce=\"{nonce}\">…</script>\n")
/// });
/// let policy = ContentSecurityPolicy::new()
///     .directive(CspDirective::DefaultSrc, ["'self'"])?
///     .directive(CspDirective::ScriptSrc, ["'nonce'"])?;
/// let app = SecurityHeaders::new(page)
///     .content_security_policy(policy)
///     .set("X-Frame-Options", "SAMEORIGIN")?
///     .without("Permissions-Policy");
///
/// let answer = testing::get(&app, "/");
/// assert_eq!(answer.header("X-Frame-Options"), Some("SAMEORIGIN"));
/// assert_eq!(answer.header("Permissions-Policy"), None);
/// let nonce = answer.text()["<script nonce=\"".len()..].split('"').next().unwrap_or_default().to_owned();
/// let policy = format!("default-src 'self'; script-src 'nonce-{nonce}'");
/// assert_eq!(answer.header("Content-Security-Policy"), Some(&*policy));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Specification
/// Fetch "`X-Content-Type-Options` header" and "`Cross-Origin-Resource-Policy` header"; HTML "Cross-origin opener policies",
/// "Origin-keyed agent clusters" and "The `X-Frame-Options` header"; Referrer Policy §3; Permissions Policy §5; Content
/// Security Policy Level 3. Which of them: OWASP Secure Headers Project.
#[derive(Clone, Debug, Default)]
pub struct SecurityHeaders<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`SecurityHeaders`]. Made by `SecurityHeadersLayer::default()`.
pub type SecurityHeadersLayer = SecurityHeaders<()>;

#[derive(Clone, Debug)]
struct Settings {
    profile: Profile,
    enforced: Option<ContentSecurityPolicy>,
    reported: Option<ContentSecurityPolicy>,
    hsts: Option<Headers>,
    /// Of profile and policies what is the same for all responses: all but policies with a nonce.
    constant: Headers,
}

impl<A> SecurityHeaders<A> {
    /// Around `app`, with the fields of the table.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// Another value for one of the fields, or a further field, such as `Cross-Origin-Embedder-Policy` or
    /// `Reporting-Endpoints`.
    ///
    /// # Errors
    /// [`SecurityHeadersError::Header`] for what is no field, [`SecurityHeadersError::Value`] for a value that browsers
    /// ignore, [`SecurityHeadersError::Hsts`] for `Strict-Transport-Security`.
    pub fn set(
        mut self,
        name: impl AsRef<str>,
        value: impl AsRef<str>,
    ) -> Result<Self, SecurityHeadersError> {
        let settings = Arc::make_mut(&mut self.settings);
        settings.profile.set(name.as_ref(), value.as_ref())?;
        settings.gather();
        Ok(self)
    }

    /// Leaves a field of the table out.
    #[must_use]
    pub fn without(self, name: impl AsRef<str>) -> Self {
        self.with(|settings| settings.profile.remove(name.as_ref()))
    }

    /// What pages may load and run: `Content-Security-Policy`. Default: none.
    #[must_use]
    pub fn content_security_policy(self, policy: impl Into<Option<ContentSecurityPolicy>>) -> Self {
        self.with(|settings| settings.enforced = policy.into())
    }

    /// What pages may load and run; browsers report the rest, and do it all the same:
    /// `Content-Security-Policy-Report-Only`. To try a policy out, beside the other one. Default: none.
    #[must_use]
    pub fn content_security_policy_report_only(
        self,
        policy: impl Into<Option<ContentSecurityPolicy>>,
    ) -> Self {
        self.with(|settings| settings.reported = policy.into())
    }

    /// What responses by `https` tell browsers to remember. Default: nothing, as
    /// [`HttpsRedirect`](struct.HttpsRedirect.html), which has the same, sees to it that all requests come so.
    #[must_use]
    pub fn hsts(self, hsts: impl Into<Option<Hsts>>) -> Self {
        let fields = hsts.into().map(|hsts| hsts.fields());
        self.with(|settings| settings.hsts = fields)
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        let settings = Arc::make_mut(&mut self.settings);
        change(settings);
        settings.gather();
        self
    }
}

impl Settings {
    /// The policies that are sent, by the names of their fields.
    fn policies(&self) -> impl Iterator<Item = (&'static str, &ContentSecurityPolicy)> {
        let policies = [
            ("Content-Security-Policy", &self.enforced),
            ("Content-Security-Policy-Report-Only", &self.reported),
        ];
        let given = policies
            .into_iter()
            .filter_map(|(name, policy)| Some((name, policy.as_ref()?)));
        given.filter(|(_, policy)| !policy.is_empty())
    }

    fn has_nonce(&self) -> bool {
        self.policies().any(|(_, policy)| policy.has_nonce())
    }

    /// Puts together anew what is the same for all responses.
    fn gather(&mut self) {
        let mut constant = Headers::new();
        for (name, policy) in self.policies().filter(|(_, policy)| !policy.has_nonce()) {
            let added = constant.try_append(name, policy.to_string());
            added.expect("directives and their values are ASCII without control characters");
        }
        self.profile.add(&mut constant);
        self.constant = constant;
    }

    /// Adds the fields that are not there.
    fn add(
        &self,
        status: &StatusLine,
        headers: &mut Headers,
        nonce: Option<&CspNonce>,
        is_https: bool,
    ) -> Result<(), HeaderError> {
        // RFC 9110 §15.4.5: a browser takes the fields of a 304 over to the page that it has.
        if let Some(nonce) = nonce.filter(|_| status.code() != 304) {
            for (name, policy) in self.policies().filter(|(_, policy)| policy.has_nonce()) {
                if !headers.contains(name) {
                    headers.try_append(name, policy.value(nonce))?;
                }
            }
        }
        headers.append_missing(&self.constant);
        if let Some(hsts) = self.hsts.as_ref().filter(|_| is_https) {
            headers.append_missing(hsts);
        }
        Ok(())
    }
}

impl Default for Settings {
    fn default() -> Self {
        let mut settings = Self {
            profile: Profile::default(),
            enforced: None,
            reported: None,
            hsts: None,
            constant: Headers::new(),
        };
        settings.gather();
        settings
    }
}

impl<A> Layer<A> for SecurityHeadersLayer {
    type Service = SecurityHeaders<A>;

    fn layer(&self, app: A) -> SecurityHeaders<A> {
        SecurityHeaders {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for SecurityHeaders<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let settings = &*self.settings;
        let nonce = match settings.has_nonce() {
            true => Some(CspNonce::give(environ)?),
            false => None,
        };
        let is_https = settings.hsts.is_some() && environ.url_scheme() == "https";
        let changed = |status: &mut StatusLine, headers: &mut Headers| {
            Ok(settings.add(status, headers, nonce.as_ref(), is_https)?)
        };
        self.app
            .call(environ, &mut ChangedStart::new(start_response, changed))
    }
}
