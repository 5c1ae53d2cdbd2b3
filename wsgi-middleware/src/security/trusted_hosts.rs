//! [`TrustedHosts`]: requests for other hosts are refused.

use std::sync::Arc;

use wsgi_core::{Application, ApplicationError, Body, Environ, Layer, StartResponse, StatusLine};

use crate::common::host_pattern::{HostPattern, HostPatternError, Names};
use crate::common::start::answer;
use crate::common::uri_host::{self, Host, HostFault};
use crate::security::exempt::{Exempt, ExemptPathError};

/// Refuses requests whose `Host` is not one of those that the application is there for.
///
/// Applications make URLs of that field: for redirects, for links in mails, for keys of caches. Whoever may choose it
/// leads users elsewhere.
///
/// | `Host` | answer |
/// |---|---|
/// | one of [`hosts`](Self::hosts) | the application's |
/// | another one | `421 Misdirected Request` |
/// | no host at all (`example.org/path`, `a@b`, `a, b`, two fields), or missing | `400 Bad Request` |
///
/// By default only this machine's own names are trusted: `localhost`, what lies below it, `127.0.0.1` and `[::1]`.
/// Case does not count, nor does the dot that may end a name. Only ASCII names are hosts, as they stand in requests
/// (`xn--…`). `X-Forwarded-Host` is not looked at: [`ProxyFix`](struct.ProxyFix.html), outside of this, makes it the `Host`
/// when a trusted proxy sent it.
///
/// # Place in the stack
/// Inside of the access log and the proxy fix, outside of all that makes URLs, redirects among them.
///
/// # Examples
/// ```
/// use wsgi_core::testing::{EnvironBuilder, run};
/// use wsgi_core::handler;
/// use wsgi_middleware::TrustedHosts;
///
/// let app = TrustedHosts::new(handler(|_| "Hello!\n")).hosts(["example.org", "*.example.org"])?;
/// let asked = |host| run(&app, EnvironBuilder::get("/").header("Host", host).build());
/// assert_eq!(asked("www.example.org:8000")?.status.code(), 200);
/// assert_eq!(asked("evil.example")?.status.code(), 421);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Specification
/// RFC 9110 §7.2 "Host and :authority", §7.4 "Rejecting Misdirected Requests" and §15.5.20 "421 Misdirected Request";
/// the patterns are those of Django's `ALLOWED_HOSTS`, and `*.`.
#[derive(Clone, Debug, Default)]
pub struct TrustedHosts<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`TrustedHosts`]. Made by `TrustedHostsLayer::default()`.
pub type TrustedHostsLayer = TrustedHosts<()>;

#[derive(Clone, Debug)]
struct Settings {
    patterns: Vec<HostPattern>,
    allow_missing: bool,
    exempt: Exempt,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            patterns: of_this_machine(),
            allow_missing: false,
            exempt: Exempt::default(),
        }
    }
}

fn of_this_machine() -> Vec<HostPattern> {
    let localhost = Names::Below {
        suffix: ".localhost".to_owned(),
        and_itself: true,
    };
    let addresses = ["127.0.0.1", "[::1]"].map(|address| Names::One(address.to_owned()));
    let names = [localhost].into_iter().chain(addresses);
    names.map(Names::at_any_port).collect()
}

impl<A> TrustedHosts<A> {
    /// Around `app`, trusting the names of this machine.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// The hosts: `example.org`; `.example.org` for that and all names below; `*.example.org` for the names below
    /// alone; addresses such as `192.0.2.1` and `[2001:db8::1]`; `*` for all that are well formed. Each with any port,
    /// unless it names one: `example.org:8443`. Replaces the default.
    ///
    /// # Errors
    /// [`HostPatternError`] for what is none of them.
    pub fn hosts(
        self,
        hosts: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, HostPatternError> {
        let patterns = hosts.into_iter();
        let patterns = patterns.map(|host| HostPattern::parse(host.as_ref()));
        let patterns: Vec<_> = patterns.collect::<Result<_, _>>()?;
        Ok(self.with(|settings| settings.patterns = patterns))
    }

    /// Whether requests without `Host` pass: HTTP/1.0 has none, and there are health checks that speak it. The application
    /// then has the server's own name to make URLs of. Default: no.
    #[must_use]
    pub fn allow_missing(self, allow: bool) -> Self {
        self.with(|settings| settings.allow_missing = allow)
    }

    /// Lets all requests for a path pass: `/healthz` for this one alone, `/probes/` for all that lies below. For health
    /// checks, which name the address of the machine. May be called several times. Default: none.
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
    /// What to answer in place of the application.
    fn refusal(&self, environ: &Environ) -> Result<Option<StatusLine>, ApplicationError> {
        const MISDIRECTED: StatusLine = StatusLine::from_static("421 Misdirected Request");
        let value = uri_host::field(environ);
        if let Ok(value) = value
            && self.patterns.iter().any(|pattern| pattern.is(value))
        {
            return Ok(None);
        }
        let host = value.and_then(|value| Host::parse(value).ok_or(HostFault::Malformed));
        let refusal = match host {
            Ok(host) if self.trust(host, environ) => return Ok(None),
            Err(HostFault::Missing) if self.allow_missing => return Ok(None),
            Ok(_) => MISDIRECTED,
            Err(HostFault::Missing | HostFault::Malformed) => StatusLine::BAD_REQUEST,
        };
        Ok((!self.exempt.covers(environ)?).then_some(refusal))
    }

    fn trust(&self, host: Host<'_>, environ: &Environ) -> bool {
        let (name, port) = (host.name.to_text(), || host.port_of(environ));
        self.patterns
            .iter()
            .any(|pattern| pattern.covers(&name, port))
    }
}

impl<A> Layer<A> for TrustedHostsLayer {
    type Service = TrustedHosts<A>;

    fn layer(&self, app: A) -> TrustedHosts<A> {
        TrustedHosts {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for TrustedHosts<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        match self.settings.refusal(environ)? {
            None => self.app.call(environ, start_response),
            Some(status) => answer(environ, start_response, status, &[], None),
        }
    }
}
