//! [`Cascade`]: the next application, where one has nothing.

mod tape;
mod tried;

use std::sync::Arc;

use thiserror::Error;
use wsgi_core::{Application, ApplicationError, Body, Environ, Layer, StartResponse};

use tape::Tape;
use tried::TriedStart;

/// Tries one application after another: the response is that of the first which does not answer `404` or `405`, or that
/// of the last.
///
/// Of a response that is dropped nothing goes out: its body is closed unread, what was written is thrown away. Only early
/// hints have left by then. The next application gets the request as the first one got it:
///
/// - the environ is what it was before; nothing that the first one has put there is left;
/// - what the first one has read of the body is read once more, up to the [limit](Self::replay_limit). Where it has read
///   more than that, nobody else is tried, and its response stands.
///
/// A failure is no reason to try the next. Of the environ nothing is copied but what an application changes, unless it
/// came from a Python server: then the dict is, for each application but the last.
///
/// `Rack::Cascade` and Paste's `cascade` are its models.
///
/// # Place in the stack
/// Innermost, in the place of an application. What all applications share stands around it.
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing, Input};
/// use wsgi_middleware::Cascade;
///
/// let new = handler(|request: http::Request<Input>| match request.uri().path() {
///     "/new" => (http::StatusCode::OK, "new"),
///     _ => (http::StatusCode::NOT_FOUND, "nothing"),
/// });
/// let app = Cascade::new(new).then(handler(|_| "legacy"));
/// assert_eq!(testing::get(&app, "/new").text(), "new");
/// assert_eq!(testing::get(&app, "/old").text(), "legacy");
/// ```
///
/// # Specification
/// [PEP 3333, Middleware](https://peps.python.org/pep-3333/#middleware-components-that-play-both-sides); RFC 9110
/// §15.5.5 "404 Not Found", §15.5.6 "405 Method Not Allowed".
#[derive(Clone, Debug, Default)]
pub struct Cascade<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`Cascade`], as the first to be tried. Made by `CascadeLayer::default()`; the others are shared.
pub type CascadeLayer = Cascade<()>;

#[derive(Clone)]
struct Settings {
    others: Vec<Arc<dyn Application>>,
    statuses: Vec<u16>,
    replay_limit: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            others: Vec::new(),
            statuses: vec![404, 405],
            replay_limit: 64 * 1024,
        }
    }
}

impl<A> Cascade<A> {
    /// With `app` as the first, and so far the only one.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// Adds an application that is tried when all before it have nothing.
    #[must_use]
    pub fn then(self, app: impl Application + 'static) -> Self {
        self.with(|settings| settings.others.push(Arc::new(app)))
    }

    /// The statuses that say "try the next". Replaces the default, 404 and 405.
    #[must_use]
    pub fn statuses(self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.with(|settings| settings.statuses = statuses.into_iter().collect())
    }

    /// How much of the request's body is kept for the next application, in bytes. Default: 64 KiB. With 0, the response
    /// of an application that has read any of it stands.
    #[must_use]
    pub fn replay_limit(self, bytes: usize) -> Self {
        self.with(|settings| settings.replay_limit = bytes)
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl<A> Layer<A> for CascadeLayer {
    type Service = Cascade<A>;

    fn layer(&self, app: A) -> Cascade<A> {
        Cascade {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for Cascade<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let Some((last, others)) = self.settings.others.split_last() else {
            return self.app.call(environ, start_response);
        };
        if let Some(body) = self.settings.attempt(&self.app, environ, start_response)? {
            return Ok(body);
        }
        for app in others {
            if let Some(body) = self.settings.attempt(app, environ, start_response)? {
                return Ok(body);
            }
        }
        last.call(environ, start_response)
    }
}

impl Settings {
    /// The answer of an application; `None` when it has none, and the next may be tried.
    fn attempt(
        &self,
        app: &dyn Application,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Option<Body>, ApplicationError> {
        let savepoint = environ.savepoint();
        let tape = Tape::begin(environ, self.replay_limit);
        let mut tried = TriedStart::new(start_response, &self.statuses, &tape);
        let outcome = match app.call(environ, &mut tried) {
            Ok(body) if tried.has_declined() => self.decline(body, tried, &tape, environ),
            done => {
                tape.end();
                done.map(Some)
            }
        };
        match outcome {
            Ok(None) => environ.rollback(savepoint),
            Ok(Some(_)) | Err(_) => environ.release(savepoint),
        }
        outcome
    }

    /// Drops a response, so that the next application may be tried: `None`. Where that one could not read the request's
    /// body from its beginning, the response stands.
    fn decline(
        &self,
        body: Body,
        mut tried: TriedStart<'_>,
        tape: &Tape,
        environ: &mut Environ,
    ) -> Result<Option<Body>, ApplicationError> {
        let Ok(input) = tape.rewound() else {
            if tried.has_written() {
                let limit = self.replay_limit;
                return Err(ApplicationError::raised(SpentBody { limit }));
            }
            tried.release()?;
            return Ok(Some(body));
        };
        if let Err(error) = body.close() {
            environ.errors().write_line(&error.report());
        }
        if let Some(input) = input {
            environ.set_input(input);
        }
        Ok(None)
    }
}

/// The response was thrown away, block by block, before it was known that no other can be had.
#[derive(Debug, Error)]
#[error(
    "cascade: an application has written a response that says to try the next one, and has read more than {limit} bytes \
     of the request's body afterwards, so that no other can; raise the replay limit, or do not use write()"
)]
struct SpentBody {
    limit: usize,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("others", &self.others.len())
            .field("statuses", &self.statuses)
            .field("replay_limit", &self.replay_limit)
            .finish()
    }
}
