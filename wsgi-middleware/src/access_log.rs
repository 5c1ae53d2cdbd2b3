//! [`AccessLog`]: one line for each response.

mod atom;
mod escape;
mod format;
mod line;
mod output;
mod pattern;
mod record;
mod source;
#[cfg(test)]
mod tests;
mod time;

use std::fmt;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::SystemTime;

pub use format::{AccessLogFormat, AccessLogFormatError, CustomFormat};
use line::Line;
pub use output::AccessLogger;
use output::Output;
pub use record::AccessRecord;
use wsgi_core::{
    Application, ApplicationError, Blocks, Body, EarlyHints, EarlyHintsError, Environ, ErrorStream,
    ExcInfo, FileRegion, Headers, Layer, StartResponse, StartResponseError, StatusLine, WriteError,
};

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
        let mut line = Line::begin(&self.settings, environ);
        let mut counted = CountedStart {
            outer: start_response,
            line: &mut line,
            settings: &self.settings,
        };
        let answer = catch_unwind(AssertUnwindSafe(|| self.app.call(environ, &mut counted)));
        line.returned(&self.settings, environ);
        match answer.unwrap_or_else(|panic| resume_unwind(panic)) {
            Ok(body) => match body.as_full() {
                Some(bytes) => {
                    line.count(bytes.len() as u64);
                    Ok(body)
                }
                None => Ok(Body::from_blocks(Counted {
                    body: Some(body),
                    lent_as_file: 0,
                    line: Some(line),
                })),
            },
            Err(error) => {
                line.failed = true;
                Err(error)
            }
        }
    }
}

/// Notes the status, and counts what is written.
struct CountedStart<'s> {
    outer: &'s mut dyn StartResponse,
    line: &'s mut Line,
    settings: &'s Settings,
}

impl StartResponse for CountedStart<'_> {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        let code = status.code();
        let told = self.settings.format.pattern().response(&headers);
        self.outer.start_response(status, headers, exc_info)?;
        self.line.started(code, told);
        Ok(())
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        self.outer.write(block)?;
        self.line.count(block.len() as u64);
        Ok(())
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        self.outer.early_hints(hints)
    }
}

/// Counts the blocks, and lets go of the line at the close.
struct Counted {
    /// Taken at the close.
    body: Option<Body>,
    /// Bytes of a region that the server may be sending in place of the blocks.
    lent_as_file: u64,
    line: Option<Line>,
}

impl Blocks for Counted {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        self.lent_as_file = 0;
        let Self {
            body: Some(body),
            line: Some(line),
            ..
        } = self
        else {
            return Ok(None);
        };
        let block = body.next_block().inspect_err(|_| line.failed = true)?;
        line.count(block.map_or(0, |block| block.len() as u64));
        Ok(block)
    }

    fn length(&self) -> Option<u64> {
        match &self.body {
            Some(body) => body.length(),
            None => Some(0),
        }
    }

    fn file(&mut self) -> Option<FileRegion<'_>> {
        let region = self.body.as_mut()?.file()?;
        self.lent_as_file = region.length;
        Some(region)
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        let closed = self.body.take().map_or(Ok(()), Body::close);
        if let Some(mut line) = self.line.take() {
            line.count(self.lent_as_file);
        }
        closed
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
