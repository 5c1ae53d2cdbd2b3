//! [`AccessLog`]: one line for each response.

mod atom;
mod escape;
mod format;
mod line;
mod moments;
mod output;
mod pattern;
mod record;
mod slowness;
mod source;
#[cfg(test)]
mod tests;
mod time;

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::time::SystemTime;

pub use format::{AccessLogFormat, AccessLogFormatError, CustomFormat};
use line::Line;
pub use output::AccessLogger;
use output::Output;
pub use record::AccessRecord;
use slowness::Slowness;
use wsgi_core::{Application, ApplicationError, Body, Environ, ErrorStream, Layer, StartResponse};

use crate::observation::observed::observe;

/// Writes one line when a response has ended: who asked for what, and what became of it.
///
/// A complete body has ended when the application returns it, one that comes in blocks when it is closed; it is
/// counted as it passes, neither copied nor delayed. A failure is logged too: as `500` when nothing had gone out,
/// for that is what the caller answers, else with the status that was sent. The request line is taken when
/// the request comes in, everything else when the application has returned, so that the user and the address are those
/// that inner layers (`ProxyFix`, authentication) found out.
///
/// What a client sends cannot forge a line or a field: see [`AccessLogFormat`].
///
/// # Place in the stack
/// Outermost, so that it sees the final status and size and the whole duration; outside of
/// `Recover`.
///
/// # Examples
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_core::{handler, testing};
/// use wsgi_middleware::{AccessLog, AccessLogFormat};
///
/// let app = AccessLog::new(handler(|_| "Hello!\n"))
///     .format(AccessLogFormat::Common)
///     .clock(|| SystemTime::UNIX_EPOCH + Duration::from_secs(971_186_136)); // for the test's sake
/// let answer = testing::get(&app, "/here?q=1");
/// assert_eq!(answer.errors, "- - - [10/Oct/2000:13:55:36 +0000] \"GET /here?q=1 HTTP/1.1\" 200 7\n");
/// ```
#[derive(Clone, Debug, Default)]
pub struct AccessLog<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`AccessLog`]. Made by `AccessLogLayer::default()`.
pub type AccessLogLayer = AccessLog<()>;

#[derive(Clone, Debug, Default)]
struct Settings {
    format: AccessLogFormat,
    output: Output,
    clock: Clock,
    timing: bool,
    /// Which requests have a line; all, where there is none.
    slowness: Option<Slowness>,
}

#[derive(Clone, Default)]
enum Clock {
    #[default]
    System,
    Given(Arc<dyn Fn() -> SystemTime + Send + Sync>),
}

impl<A> AccessLog<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// How a line reads. Default: [`AccessLogFormat::Combined`].
    #[must_use]
    pub fn format(mut self, format: AccessLogFormat) -> Self {
        self.settings_mut().format = format;
        self
    }

    /// Where the lines go: a file, standard output; each in one write. Default: the request's `wsgi.errors`.
    #[must_use]
    pub fn output(mut self, output: impl Write + Send + 'static) -> Self {
        self.settings_mut().output = Output::Stream(ErrorStream::new(output));
        self
    }

    /// Gives each line, without a line feed, to a function: a logger. Replaces [`output`](Self::output).
    ///
    /// A panic of the function loses the line, never the response.
    #[must_use]
    pub fn output_with(mut self, function: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.settings_mut().output = Output::Function(Arc::new(function));
        self
    }

    /// Whether lines tell where the time went, as [`AccessLogFormat`] shows. Default: no.
    ///
    /// Where the server keeps a [`Ledger`](wsgi_core::Ledger), a line is then written when the response has gone out
    /// or was cut short, perhaps by another thread: only then all phases are known. Other servers tell nothing, so that
    /// the layer's own clock has to do: `app`, `stream` and `total`, from the call of this layer to the body's close.
    #[must_use]
    pub fn timing(mut self, timing: bool) -> Self {
        self.settings_mut().timing = timing;
        self
    }

    /// What the time is, asked at the beginning and at the end of a response; for tests. Default: the system's
    /// clock, and its monotonic one for the duration.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.settings_mut().clock = Clock::Given(Arc::new(clock));
        self
    }

    /// A way to write lines for requests that this layer does not see.
    pub fn logger(&self) -> AccessLogger {
        AccessLogger::new(self.settings.clone())
    }

    /// Lines for slow requests alone.
    #[cfg(feature = "slow-log")]
    pub(crate) fn slowness(mut self, change: impl FnOnce(&mut Slowness)) -> Self {
        change(self.settings_mut().slowness.get_or_insert_default());
        self
    }

    fn settings_mut(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }
}

impl<A> Layer<A> for AccessLogLayer {
    type Service = AccessLog<A>;

    fn layer(&self, app: A) -> AccessLog<A> {
        AccessLog {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for AccessLog<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let line = Line::begin(&self.settings, environ);
        observe(&self.app, environ, start_response, line)
    }
}

impl Settings {
    fn tells_duration(&self) -> bool {
        self.slowness.is_some() || self.timing || self.format.pattern().tells_duration
    }
}

impl Clock {
    fn now(&self) -> SystemTime {
        match self {
            Self::System => SystemTime::now(),
            Self::Given(clock) => clock(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Given(_) => "Given",
        })
    }
}
