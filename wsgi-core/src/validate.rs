//! A middleware that checks both its neighbours against PEP 3333: what `wsgiref.validate` and Werkzeug's lint do.
//!
//! [`Validator`] stands between any two layers. It is a server to the application below it and an application
//! to the server above it, and checks both: the environ that comes down, the response that goes up. It
//! streams, copies no block, and changes nothing as long as nothing is wrong.
//!
//! Every check bears the id of the requirement that it enforces. [`requirements`] lists them all, those
//! included which types, the bridge to Python or the server enforce; `docs/pep-3333.md` is generated from it.
//!
//! ```
//! use wsgi_core::validate::Validator;
//! use wsgi_core::{Body, StatusLine, application_fn, testing};
//!
//! let app = application_fn(|_, start_response| {
//!     start_response.start(StatusLine::OK, [("Content-Type", "text/plain"), ("Content-Length", "9")])?;
//!     Ok(Body::from("hello"))
//! });
//! let error = testing::run(&Validator::new(app), testing::EnvironBuilder::get("/").build()).unwrap_err();
//! assert!(error.to_string().starts_with("[content-length.short] Content-Length promises 9 bytes, the body ended after 5"));
//! ```

mod body;
mod environ;
mod findings;
mod headers;
mod input;
mod link;
mod progress;
pub mod requirements;
mod start_response;
mod violation;

use std::sync::atomic::{AtomicUsize, Ordering};

use tower_layer::Layer;

pub use requirements::{Enforcement, Level, Requirement, Role};
pub use violation::{Severity, Violation};

use crate::{Application, ApplicationError, Body, Environ, StartResponse};
use body::CheckedBlocks;
use findings::{Findings, Policy};
use link::Link;
use start_response::CheckedStart;

/// The requirement of this id, looked up while compiling: a check cannot name one that does not exist.
macro_rules! rule {
    ($id:literal) => {
        const { $crate::validate::requirements::by_id($id) }
    };
}
use rule;

/// Checks the application that it wraps, and the server or middleware that calls it.
///
/// A violation of a MUST fails the request with [`ApplicationError::Misuse`], which names the id, what was
/// seen and how to mend it; a violation of a SHOULD is written to `wsgi.errors`, once for each id in the
/// validator's life. [`on_violation`](Validator::on_violation) changes that: all violations go to a closure
/// and requests take their course as if the validator were not there.
///
/// With one validator on either side of a middleware, the outer one also checks what only the two together
/// can see: that the middleware neither holds blocks back nor swallows `close()` (PEP 3333 "Middleware
/// Handling of Block Boundaries"). They find each other through the environ's extensions.
///
/// Complete bodies are checked at once and passed on as they are; bodies that come in blocks cost an
/// allocation and a few additions a block, and remain files for servers that have `sendfile`.
///
/// # Specification
/// The whole of [PEP 3333](https://peps.python.org/pep-3333/), as far as a layer can see it; RFC 9110 where the
/// PEP speaks of HTTP.
#[derive(Debug)]
pub struct Validator<A> {
    app: A,
    policy: Policy,
    running: AtomicUsize,
}

impl<A> Validator<A> {
    /// Wraps the application; violations fail requests or go to `wsgi.errors`.
    pub fn new(app: A) -> Self {
        Self::with_policy(app, Policy::fail())
    }

    /// Hands each violation to `sink` instead, and lets the request take its course: for tests and metrics.
    ///
    /// # Examples
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use wsgi_core::validate::Validator;
    /// use wsgi_core::{Body, StatusLine, application_fn, testing};
    ///
    /// let app = application_fn(|_, start_response| {
    ///     start_response.start(StatusLine::OK, [("Connection", "close")])?;
    ///     Ok(Body::empty())
    /// });
    /// let found = Arc::new(Mutex::new(Vec::new()));
    /// let sink = found.clone();
    /// let app = Validator::new(app).on_violation(move |violation| sink.lock().unwrap().push(violation.id));
    /// assert_eq!(testing::get(&app, "/").header("Connection"), Some("close"));
    /// assert_eq!(*found.lock().unwrap(), ["hop-by-hop.response"]);
    /// ```
    #[must_use]
    pub fn on_violation(mut self, sink: impl Fn(Violation) + Send + Sync + 'static) -> Self {
        self.policy = Policy::observe(sink);
        self
    }

    /// The wrapped application.
    pub fn get_ref(&self) -> &A {
        &self.app
    }

    /// Unwraps the application.
    pub fn into_inner(self) -> A {
        self.app
    }

    fn with_policy(app: A, policy: Policy) -> Self {
        Self {
            app,
            policy,
            running: AtomicUsize::new(0),
        }
    }
}

/// The clone is another application object: it counts its simultaneous calls for itself.
impl<A: Clone> Clone for Validator<A> {
    fn clone(&self) -> Self {
        Self::with_policy(self.app.clone(), self.policy.clone())
    }
}

impl<A: Application> Application for Validator<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let running = Running::enter(&self.running);
        let mut findings = Findings::new(&self.policy);
        environ::check(environ, running.others, &mut findings);
        findings.settle(environ)?;
        input::watch(environ, &self.policy);

        let outer = environ.extensions_mut().remove::<Link>();
        let link = Link::default();
        environ.extensions_mut().insert(link.clone());
        let mut start = CheckedStart::new(
            start_response,
            *environ.method() == http::Method::HEAD,
            Findings::new(&self.policy),
            &link,
            outer.as_ref(),
        );
        let result = self.app.call(environ, &mut start);
        start.returned(result.is_ok());
        let (mut findings, progress) = start.into_parts();
        environ.extensions_mut().remove::<Link>();
        if let Some(outer) = &outer {
            outer.attach();
            environ.extensions_mut().insert(outer.clone());
        }

        let body = match result {
            Ok(body) => body,
            Err(error) => return Err(findings.settle_failure(environ, error)),
        };
        let body = CheckedBlocks::wrap(body, progress, &mut findings, environ, link, outer);
        findings.settle(environ)?;
        Ok(body)
    }
}

/// Counts a call of the application for as long as it lasts, a panic included.
struct Running<'v> {
    count: &'v AtomicUsize,
    /// How many other calls were running when this one began.
    others: usize,
}

impl<'v> Running<'v> {
    fn enter(count: &'v AtomicUsize) -> Self {
        let others = count.fetch_add(1, Ordering::Relaxed);
        Self { count, others }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Puts a [`Validator`] around an application, in `tower` stacks.
///
/// ```
/// use wsgi_core::validate::ValidatorLayer;
/// use wsgi_core::{Layer, handler, testing};
///
/// let app = ValidatorLayer::new().layer(handler(|_| "hi"));
/// assert_eq!(testing::get(&app, "/").text(), "hi");
/// ```
#[derive(Clone, Debug, Default)]
pub struct ValidatorLayer(Policy);

impl ValidatorLayer {
    /// Validators that fail requests or write to `wsgi.errors`.
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`Validator::on_violation`]; all validators of this layer share the sink.
    #[must_use]
    pub fn on_violation(self, sink: impl Fn(Violation) + Send + Sync + 'static) -> Self {
        Self(Policy::observe(sink))
    }
}

impl<A> Layer<A> for ValidatorLayer {
    type Service = Validator<A>;

    fn layer(&self, app: A) -> Validator<A> {
        Validator::with_policy(app, self.0.clone())
    }
}
