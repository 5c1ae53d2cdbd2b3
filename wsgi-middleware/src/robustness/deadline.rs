//! [`Deadline`]: a time for each request.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wsgi_core::{
    Application, ApplicationError, Blocks, Body, DeadlineExceeded, EarlyHints, EarlyHintsError,
    Environ, ExcInfo, Fault, FileRegion, HeaderError, Headers, Layer, RequestDeadline,
    StartResponse, StartResponseError, StatusLine, WriteError,
};

use crate::common::start::{WatchedStart, answer};

/// Gives each request a time, tells the application how much is left, and answers `504 Gateway Timeout` when it is over.
///
/// | when the time is over | the client gets |
/// |---|---|
/// | before the application is called (an outer layer's deadline) | `504`, the application is not called |
/// | while the application is called, and nothing was sent | `504` in place of what it has answered, or failed with, when it returns |
/// | between two blocks of the body, or before a `write()` | a response that breaks off |
///
/// A complete body that has begun to go out is sent to its end, as is a file that the server sends by itself.
///
/// The application finds its [`RequestDeadline`] in the environ, Python's as `environ["wsgi_rs.deadline"]`, in seconds
/// of `time.monotonic()`. What it does with that is its own business: a timeout for its database, work left out. One that
/// gives up by [`RequestDeadline::check`] gets the `504`; what it fails with otherwise after its time is a `504`, too, and
/// is reported in `wsgi.errors`. The earliest of several deadlines counts.
///
/// **No layer can stop a call that is running**: it is told of the time when it is over, and looks at the clock between the
/// steps of others. An application that hangs is the server's to deal with. `wsgi-server` is asked to
/// ([`Client::answer_by`](wsgi_core::Client::answer_by)): a second after the deadline it answers `504` itself, if nothing
/// of the response has left, past all layers, and gives the thread's work to another one, as it does by its
/// `--request-timeout` for requests without a deadline. Under other servers the client waits for as long as the
/// application hangs.
///
/// # Place in the stack
/// Outside of all whose time should count; inside of the access log, and of `ConcurrencyLimit` where the time in its
/// queue should not.
///
/// # Examples
/// ```
/// use std::time::{Duration, Instant};
/// use wsgi_core::{Environ, RequestDeadline, handler, testing};
/// use wsgi_middleware::Deadline;
///
/// let app = wsgi_core::application_fn(|environ, start_response| {
///     let deadline = environ.extensions().get::<RequestDeadline>().copied();
///     for _step in 0..3 {
///         deadline.map_or(Ok(()), |deadline| deadline.check())?;
///     }
///     wsgi_core::Application::call(&handler(|_| "in time\n"), environ, start_response)
/// });
/// assert_eq!(testing::get(&Deadline::new(&app), "/").text(), "in time\n");
///
/// let hasty = Deadline::new(&app).budget(Duration::ZERO);
/// assert_eq!(testing::get(&hasty, "/").status.code(), 504);
/// ```
///
/// # Specification
/// RFC 9110 §15.6.5 "504 Gateway Timeout"; PEP 3333 "Error Handling" for the answer that takes another one's place.
#[derive(Clone, Debug)]
pub struct Deadline<A = ()> {
    app: A,
    budget: Duration,
    header: Option<Arc<str>>,
    covers: Covers,
}

/// Wraps applications in [`Deadline`]. Made by `DeadlineLayer::default()`.
pub type DeadlineLayer = Deadline<()>;

/// What has to happen within the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Covers {
    /// The response's head.
    Start,
    /// All of the response.
    Body,
}

impl<A> Deadline<A> {
    /// Around `app`, with 30 seconds for each request.
    pub fn new(app: A) -> Self {
        Self {
            app,
            budget: Duration::from_secs(30),
            header: None,
            covers: Covers::Body,
        }
    }

    /// The time of a request, from the call of this layer on. Default: 30 s.
    #[must_use]
    pub fn budget(mut self, budget: Duration) -> Self {
        self.budget = budget.min(LONGEST);
        self
    }

    /// A request's field that may shorten its time: a number of seconds, such as `2.5`. Default: none.
    ///
    /// For callers that know how long they will wait, such as a proxy or another service. It can only shorten, so that
    /// nobody gains by it; what is no such number is ignored.
    ///
    /// # Errors
    /// [`HeaderError::EmptyName`] and [`HeaderError::Name`] for what is no field's name.
    pub fn shortened_by(mut self, header: impl AsRef<str>) -> Result<Self, HeaderError> {
        Headers::try_from_pairs([(header.as_ref(), "")])?;
        self.header = Some(header.as_ref().into());
        Ok(self)
    }

    /// Whether the response need only have begun in time, and its body may take longer: for applications that stream.
    /// Default: no.
    #[must_use]
    pub fn until_start(mut self, until_start: bool) -> Self {
        self.covers = if until_start {
            Covers::Start
        } else {
            Covers::Body
        };
        self
    }
}

impl<A> Deadline<A> {
    /// The earliest of this layer's, the request's own, and that of an outer layer.
    fn of(&self, environ: &Environ, now: Instant) -> RequestDeadline {
        let own = self.header.as_deref().and_then(|name| {
            let text = environ.headers().get_str(name)?;
            seconds(text)
        });
        let time = own.map_or(self.budget, |own| own.min(self.budget));
        let deadline = RequestDeadline::at(now + time);
        let outer = environ.extensions().get::<RequestDeadline>();
        outer.map_or(deadline, |outer| deadline.min(*outer))
    }
}

impl Default for DeadlineLayer {
    fn default() -> Self {
        Self::new(())
    }
}

impl<A> Layer<A> for DeadlineLayer {
    type Service = Deadline<A>;

    fn layer(&self, app: A) -> Deadline<A> {
        Deadline {
            app,
            budget: self.budget,
            header: self.header.clone(),
            covers: self.covers,
        }
    }
}

impl<A: Application> Application for Deadline<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let now = Instant::now();
        let deadline = self.of(environ, now);
        if deadline.moment() <= now {
            return answer(environ, start_response, GATEWAY_TIMEOUT, &[], None);
        }
        environ.extensions_mut().insert(deadline);
        if let Some(client) = environ.client()
            && let Some(moment) = deadline.moment().checked_add(GRACE)
        {
            client.answer_by(moment); // while the application hangs, which no layer can
        }
        let mut timed = TimedStart {
            watched: WatchedStart::new(start_response),
            until: (self.covers == Covers::Body).then_some(deadline),
        };
        let answer = self.app.call(environ, &mut timed);
        if timed.watched.has_sent() || Instant::now() < deadline.moment() {
            return answer.map(|body| self.bounded(body, deadline));
        }
        instead_of(answer, environ, start_response)
    }
}

/// As good as none, and a time that the clock can tell.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// How long after the deadline the server answers itself: those who come back in that time, however late, are no case
/// for replacing their thread.
const GRACE: Duration = Duration::from_secs(1);

const GATEWAY_TIMEOUT: StatusLine = StatusLine::from_static("504 Gateway Timeout");

/// Answers in place of what came too late.
fn instead_of(
    late: Result<Body, ApplicationError>,
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    let failure = match late {
        Ok(body) => body.close().err(),
        Err(error) if error.fault() == Fault::Client => return Err(error),
        Err(error) => Some(error),
    };
    if let Some(error) = failure.filter(|error| !gives_up(error)) {
        environ.errors().write_line(&error.report());
    }
    let exc_info = ExcInfo::new(DeadlineExceeded);
    answer(
        environ,
        start_response,
        GATEWAY_TIMEOUT,
        &[],
        Some(exc_info),
    )
}

/// Whether the application knows that its time is over.
fn gives_up(error: &ApplicationError) -> bool {
    match error {
        ApplicationError::Raised(cause) | ApplicationError::Write(WriteError::Other(cause)) => {
            cause.is::<DeadlineExceeded>()
        }
        _ => false,
    }
}

/// A number of seconds, as callers write it.
fn seconds(text: &str) -> Option<Duration> {
    let is_plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let text = text.trim_ascii();
    // Signs, exponents, "inf" and "nan" are numbers to `parse`, and no times.
    if !text.bytes().all(is_plain) {
        return None;
    }
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

impl<A> Deadline<A> {
    fn bounded(&self, body: Body, until: RequestDeadline) -> Body {
        match self.covers {
            Covers::Body if body.as_full().is_none() => Body::from_blocks(Bounded { body, until }),
            _ => body,
        }
    }
}

/// Refuses what is written too late.
struct TimedStart<'s> {
    watched: WatchedStart<'s>,
    until: Option<RequestDeadline>,
}

impl StartResponse for TimedStart<'_> {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        self.watched.start_response(status, headers, exc_info)
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        if let Some(Err(over)) = self.until.map(|until| until.check()) {
            return Err(WriteError::Other(Box::new(over)));
        }
        self.watched.write(block)
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        self.watched.early_hints(hints)
    }
}

/// A body that breaks off when the time is over.
struct Bounded {
    body: Body,
    until: RequestDeadline,
}

impl Blocks for Bounded {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        self.until.check()?;
        self.body.next_block()
    }

    fn length(&self) -> Option<u64> {
        self.body.length()
    }

    fn file(&mut self) -> Option<FileRegion<'_>> {
        self.body.file()
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        std::mem::take(&mut self.body).close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_plain_numbers_of_seconds() {
        let cases = [
            ("2.5", Some(Duration::from_millis(2500))),
            (" 3 ", Some(Duration::from_secs(3))),
            ("0", Some(Duration::ZERO)),
            ("", None),
            (".", None),
            ("1.2.3", None),
            ("-1", None),
            ("+1", None),
            ("1e3", None),
            ("inf", None),
            ("NaN", None),
            ("99999999999999999999999999", None),
            ("2500ms", None),
        ];
        for (text, expected) in cases {
            assert_eq!(seconds(text), expected, "{text:?}");
        }
    }
}
