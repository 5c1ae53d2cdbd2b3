//! [`Redirect`]: rules for paths that are elsewhere now.

mod rule;
mod rules;
mod target;

use std::sync::Arc;

use thiserror::Error;
use wsgi_core::{Application, ApplicationError, Body, Environ, Layer, StartResponse};

use crate::common::host_pattern::HostPatternError;
use crate::composition::template::TemplateError;
pub use rule::RedirectRule;
use rules::Rules;

/// Sends requests for some paths elsewhere, by rules; the first rule that fits counts, all other requests are the
/// application's.
///
/// | rule | request | leads to |
/// |---|---|---|
/// | [`exact("/about-us", "/about")`](Self::exact) | `/about-us` | `/about` |
/// | [`prefix("/blog", "https://blog.example.org")`](Self::prefix) | `/blog/2024?p=2` | `https://blog.example.org/2024?p=2` |
/// | [`pattern(r"^/p/(\d+)$", "/posts/$1")`](Self::pattern) | `/p/7` | `/posts/7` |
///
/// Rules are about `PATH_INFO`, as it reads percent-decoded, below `SCRIPT_NAME`; and so are targets that begin with a slash. All
/// else begins with `http://` or `https://` and a host. By default the status is `307 Temporary Redirect`, and the query
/// of the request is kept, behind the target's own; [`RedirectRule`] changes that and asks for hosts.
///
/// Where a redirect leads is the rules' decision alone. A captured text is percent-encoded into the path or query of the target,
/// never into its host; a path that begins with two slashes is sent as `/.//…`, which is on this host, too. No byte of the request
/// can end the header field. A rule that would lead to where the request came from is passed over.
///
/// Patterns are of the crate `regex`: they take time linear in the path. They match anywhere in it unless they begin
/// with `^` and end with `$`. `.` matches every character, but no byte that is not of UTF-8; `(?s-u:.)` does that.
/// Rules for whole paths are looked up, however many there are; all others are tried one by one.
///
/// # Place in the stack
/// Inside of the access log and the proxy fix, outside of what answers the old paths.
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing};
/// use wsgi_middleware::{Redirect, RedirectRule, RedirectStatus};
///
/// let moved = RedirectRule::pattern(r"^/p/(\d+)/(.*)$", "/posts/$1?title=$2")?;
/// let app = Redirect::new(handler(|_| "here"))
///     .exact("/about-us", "/about")?
///     .rule(moved.status(RedirectStatus::PermanentRedirect));
/// let answer = testing::get(&app, "/p/7/a%20b?page=2");
/// assert_eq!(answer.status.code(), 308);
/// assert_eq!(answer.header("Location"), Some("/posts/7?title=a%20b&page=2"));
/// assert_eq!(testing::get(&app, "/about").text(), "here");
/// # Ok::<(), wsgi_middleware::RedirectError>(())
/// ```
///
/// # Specification
/// RFC 9110 §10.2.2 "Location", §15.4 "Redirection 3xx", §17.11 "Disclosure of Sensitive Information in URIs"; RFC 3986
/// §4.2 "Relative Reference".
#[derive(Clone, Debug, Default)]
pub struct Redirect<A = ()> {
    app: A,
    rules: Arc<Rules>,
}

/// Wraps applications in [`Redirect`]. Made by `RedirectLayer::default()`.
pub type RedirectLayer = Redirect<()>;

impl<A> Redirect<A> {
    /// Around `app`, without a rule yet.
    pub fn new(app: A) -> Self {
        Self {
            app,
            rules: Arc::default(),
        }
    }

    /// Adds a rule behind the others.
    #[must_use]
    pub fn rule(mut self, rule: RedirectRule) -> Self {
        Arc::make_mut(&mut self.rules).push(rule);
        self
    }

    /// Adds [`RedirectRule::exact`].
    ///
    /// # Errors
    /// As that.
    pub fn exact(self, path: impl AsRef<[u8]>, target: &str) -> Result<Self, RedirectError> {
        Ok(self.rule(RedirectRule::exact(path, target)?))
    }

    /// Adds [`RedirectRule::prefix`].
    ///
    /// # Errors
    /// As that.
    pub fn prefix(self, prefix: impl AsRef<[u8]>, target: &str) -> Result<Self, RedirectError> {
        Ok(self.rule(RedirectRule::prefix(prefix, target)?))
    }

    /// Adds [`RedirectRule::pattern`].
    ///
    /// # Errors
    /// As that.
    pub fn pattern(self, pattern: &str, target: &str) -> Result<Self, RedirectError> {
        Ok(self.rule(RedirectRule::pattern(pattern, target)?))
    }
}

impl<A> Layer<A> for RedirectLayer {
    type Service = Redirect<A>;

    fn layer(&self, app: A) -> Redirect<A> {
        Redirect {
            app,
            rules: self.rules.clone(),
        }
    }
}

impl<A: Application> Application for Redirect<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        match self.rules.find(environ) {
            Some((location, status)) => location.answer(status, environ, start_response),
            None => self.app.call(environ, start_response),
        }
    }
}

/// Why a rule cannot be.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RedirectError {
    /// PEP 3333 "`environ` Variables": a path begins with a slash.
    #[error("path {path:?} does not start with a slash; write \"/{path}\"")]
    Path {
        /// The path as it was given.
        path: String,
    },
    /// Neither a path nor a URL with a host.
    #[error(
        "target {target:?} is neither a path such as \"/new\" nor a URL such as \"https://example.org/new\"; of another \
         host write the scheme, too"
    )]
    Target {
        /// The target as it was given.
        target: String,
    },
    /// What a client sends would decide on the host: an open redirect.
    #[error(
        "target {target:?} has a capture in its host, or next to it; write the host out, with a slash behind it"
    )]
    CaptureInHost {
        /// The target as it was given.
        target: String,
    },
    /// The pattern, or the captures in the target.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// No host.
    #[error(transparent)]
    Host(#[from] HostPatternError),
}
