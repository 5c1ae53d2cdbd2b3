//! [`SlowLog`]: one line for each request that took long.

use std::io::Write;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use wsgi_core::{Application, ApplicationError, Body, Environ, Layer, StartResponse};

use crate::{AccessLog, AccessLogFormat};

/// Writes one line for each request that took longer than a threshold, with where the time went.
///
/// ```text
/// [21/Nov/2026:09:54:32 +0000] slow request: 2.345000 s "GET /report HTTP/1.1" 200 route=/report request_id=- trace_id=- parse=21 receive=- queue=400 interpreter=0 app=2344000 stream=3 drain=15 first_byte=2345639 total=2345639
/// ```
///
/// What counts is the time from the call of this layer to the end of the body, and the time that the request waited
/// for a thread and for the interpreter before, where the server keeps a [`Ledger`](wsgi_core::Ledger); not the time
/// that the client took to send it, or takes the rest of the response in. The line is an [`AccessLog`]'s, with its
/// formats, its outputs and its safety against forged lines; the phases that end it are those of `AccessLog::timing`.
///
/// There is a line when the request has ended, not while it runs: who hangs is told by the server, which sees its
/// threads. All applications that a layer was put around share its limit of lines.
///
/// A request that is fast costs two looks at the clock; nothing is written down of it. Where blocks follow when the
/// application has returned, which may take long, what a line would tell is taken then, with a third look.
///
/// # Place in the stack
/// Outside of all whose time should count, beside `AccessLog`; inside of `Trace` and `RequestId`, or outside: their ids
/// are taken when the application has returned.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use wsgi_core::{handler, testing};
/// use wsgi_middleware::SlowLog;
///
/// let app = SlowLog::new(handler(|_| "Hello!\n")).threshold(Duration::ZERO);
/// let answer = testing::get(&app, "/here");
/// assert!(answer.errors.contains("\"GET /here HTTP/1.1\" 200 route=- request_id=- trace_id=- parse=- "));
/// ```
#[derive(Clone, Debug)]
pub struct SlowLog<A = ()> {
    log: AccessLog<A>,
}

/// Wraps applications in [`SlowLog`]. Made by `SlowLogLayer::default()`.
pub type SlowLogLayer = SlowLog<()>;

static FORMAT: LazyLock<AccessLogFormat> = LazyLock::new(|| {
    let text = r#"%(t)s slow request: %(L)s s "%(r)s" %(s)s route=%(route)s request_id=%(request_id)s trace_id=%(trace_id)s"#;
    text.parse().expect("our own format is tested")
});

impl<A> SlowLog<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        let log = AccessLog::new(app).format(FORMAT.clone()).timing(true);
        Self {
            log: log.slowness(|_| {}),
        }
    }

    /// How long a request has to take to have a line. Default: 1 s.
    #[must_use]
    pub fn threshold(mut self, threshold: Duration) -> Self {
        self.log = self.log.slowness(|slowness| slowness.threshold = threshold);
        self
    }

    /// How many lines there may be in a minute. Default: 60, so that a database which is down does not fill the disk.
    ///
    /// The first line after some that were left out ends in their number: `suppressed=12` before the phases.
    #[must_use]
    pub fn limit(mut self, lines: u32) -> Self {
        self.log = self.log.slowness(|slowness| slowness.limit = lines);
        self
    }

    /// How a line reads. Default: as shown above. The phases are appended in any case.
    #[must_use]
    pub fn format(mut self, format: AccessLogFormat) -> Self {
        self.log = self.log.format(format);
        self
    }

    /// Where the lines go: as [`AccessLog::output`]. Default: the request's `wsgi.errors`.
    #[must_use]
    pub fn output(mut self, output: impl Write + Send + 'static) -> Self {
        self.log = self.log.output(output);
        self
    }

    /// Gives each line, without a line feed, to a function: as [`AccessLog::output_with`].
    #[must_use]
    pub fn output_with(mut self, function: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.log = self.log.output_with(function);
        self
    }

    /// What the time is; for tests. Default: the system's clock, and its monotonic one for the duration.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.log = self.log.clock(clock);
        self
    }
}

impl<A: Default> Default for SlowLog<A> {
    fn default() -> Self {
        Self::new(A::default())
    }
}

impl<A> Layer<A> for SlowLogLayer {
    type Service = SlowLog<A>;

    fn layer(&self, app: A) -> SlowLog<A> {
        SlowLog {
            log: self.log.layer(app),
        }
    }
}

impl<A: Application> Application for SlowLog<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        self.log.call(environ, start_response)
    }
}
