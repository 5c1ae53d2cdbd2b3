//! [`LoadShed`]: fewer requests while the server is overloaded.

mod age;
mod controller;

use std::sync::Arc;
use std::time::{Duration, Instant};

use controller::Controller;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, HeaderError, Headers, Layer, StartResponse,
};

use crate::common::start::unavailable;

/// Refuses requests that have waited for too long while the server is overloaded: `503 Service Unavailable` with
/// `Retry-After`.
///
/// A server that gets more than it can do answers everybody late, and in the end works for clients who have given up. The
/// sign of it is a queue that does not become empty: when in a whole [`interval`](Self::interval) no request has come
/// through within the [`target`](Self::target), those that have waited for twice the target are refused, and so it stays
/// until one comes through in time. A short burst refuses nobody.
///
/// How long a request has waited is told by
/// - the server's ledger: `wsgi-server` keeps one when told to (`--access-log-timing`, `--server-timing`,
///   `serve(app, ledger=True)`), and a `ConcurrencyLimit` further out adds its own queue;
/// - or by a field in which a proxy tells when the request came ([`request_start`](Self::request_start)), for other servers.
///
/// Where neither is known nothing is refused.
///
/// **State**: all that one layer has wrapped, and all clones, see the same requests; setting a number begins anew.
///
/// # Place in the stack
/// Outermost but for the access log: what is refused should have cost nothing. Inside of the `ConcurrencyLimit` whose
/// queue is to count.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use wsgi_core::{handler, testing};
/// use wsgi_middleware::LoadShed;
///
/// let app = LoadShed::new(handler(|_| "Hello!\n"))
///     .target(Duration::from_millis(50))
///     .exempt(|environ| Ok(environ.path_info() == b"/health"));
/// assert_eq!(testing::get(&app, "/").text(), "Hello!\n");
/// ```
///
/// # Specification
/// RFC 9110 §15.6.4 "503 Service Unavailable", §10.2.3 "Retry-After". After RFC 8289 "Controlled Delay Active Queue
/// Management", §3.2 "Target Setpoint" and §4.2 "Setting INTERVAL", for requests instead of packets.
#[derive(Clone)]
pub struct LoadShed<A = ()> {
    app: A,
    settings: Arc<Settings>,
    controller: Arc<Controller>,
}

/// Wraps applications in [`LoadShed`]. Made by `LoadShedLayer::default()`.
pub type LoadShedLayer = LoadShed<()>;

type Exempt = dyn Fn(&Environ) -> Result<bool, ApplicationError> + Send + Sync;

#[derive(Clone)]
struct Settings {
    target: Duration,
    interval: Duration,
    retry_after: Duration,
    request_start: Option<Arc<str>>,
    exempt: Option<Arc<Exempt>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            target: Duration::from_millis(100),
            interval: Duration::from_secs(1),
            retry_after: Duration::from_secs(1),
            request_start: None,
            exempt: None,
        }
    }
}

impl<A> LoadShed<A> {
    /// Around `app`: overloaded when for a second no request has waited for less than 100 ms.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
            controller: Arc::default(),
        }
    }

    /// How long requests may wait when all is well; who has waited for twice as long is refused when it is not.
    /// Default: 100 ms.
    #[must_use]
    pub fn target(self, target: Duration) -> Self {
        self.with(|settings| settings.target = target)
    }

    /// For how long the shortest wait must have been above the target. Default: 1 s.
    ///
    /// Longer than what the application takes for most requests, for a single wait behind a slow one is no overload.
    #[must_use]
    pub fn interval(self, interval: Duration) -> Self {
        self.with(|settings| settings.interval = interval)
    }

    /// When clients may try again, told in `Retry-After` in whole seconds, rounded up. Default: 1 s.
    #[must_use]
    pub fn retry_after(self, time: Duration) -> Self {
        self.with(|settings| settings.retry_after = time)
    }

    /// Requests that are never refused, such as those of health checks and of administrators. It is asked when a request
    /// would be. Default: none.
    ///
    /// What it fails with is the failure of the application.
    #[must_use]
    pub fn exempt(
        self,
        is_exempt: impl Fn(&Environ) -> Result<bool, ApplicationError> + Send + Sync + 'static,
    ) -> Self {
        self.with(|settings| settings.exempt = Some(Arc::new(is_exempt)))
    }

    /// A field in which a proxy tells when the request came to it, where the server keeps no ledger: seconds, milliseconds
    /// or microseconds since 1970, perhaps behind `t=` (`X-Request-Start`, `X-Queue-Start`). Default: none.
    ///
    /// Only for fields that the proxy sets on every request: a client that sends it can have itself refused, and could
    /// make the server seem overloaded, but for those within the target. The clocks of both machines must agree.
    ///
    /// # Errors
    /// [`HeaderError::EmptyName`] and [`HeaderError::Name`] for what is no field's name.
    pub fn request_start(self, header: impl AsRef<str>) -> Result<Self, HeaderError> {
        Headers::try_from_pairs([(header.as_ref(), "")])?;
        Ok(self.with(|settings| settings.request_start = Some(header.as_ref().into())))
    }

    /// Whether the server counts as overloaded, as of the last request.
    pub fn is_overloaded(&self) -> bool {
        self.controller.is_overloaded()
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self.controller = Arc::default();
        self
    }
}

impl<A> LoadShed<A> {
    /// Whether a request that has waited for so long is refused.
    fn refuses(&self, age: Duration, environ: &Environ) -> Result<bool, ApplicationError> {
        let settings = &*self.settings;
        let (target, interval) = (settings.target, settings.interval);
        if !self.controller.refuses(age, target, interval, Instant::now) {
            return Ok(false);
        }
        match &settings.exempt {
            Some(is_exempt) => Ok(!is_exempt(environ)?),
            None => Ok(true),
        }
    }
}

impl Default for LoadShedLayer {
    fn default() -> Self {
        Self::new(())
    }
}

impl<A> Layer<A> for LoadShedLayer {
    type Service = LoadShed<A>;

    fn layer(&self, app: A) -> LoadShed<A> {
        LoadShed {
            app,
            settings: self.settings.clone(),
            controller: self.controller.clone(),
        }
    }
}

impl<A: Application> Application for LoadShed<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        if let Some(age) = age::of(environ, self.settings.request_start.as_deref())
            && self.refuses(age, environ)?
        {
            return unavailable(environ, start_response, self.settings.retry_after);
        }
        self.app.call(environ, start_response)
    }
}

impl<A: std::fmt::Debug> std::fmt::Debug for LoadShed<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoadShed")
            .field("app", &self.app)
            .field("target", &self.settings.target)
            .field("interval", &self.settings.interval)
            .finish_non_exhaustive()
    }
}
