//! [`NormalizePath`]: one path for one thing.

mod normal;

use std::sync::Arc;

use wsgi_core::{Application, ApplicationError, Body, Environ, Layer, StartResponse};

use crate::common::location::{Location, RedirectStatus};
use normal::normal;

/// Sends requests for paths with needless slashes and dot segments to the plain path, or treats them as such.
///
/// | path | becomes | unless |
/// |---|---|---|
/// | `/a//b` | `/a/b` | [`merge_slashes(false)`](Self::merge_slashes) |
/// | `/a/./b`, `/a/c/../b` | `/a/b` | [`dot_segments(false)`](Self::dot_segments) |
/// | `/a/` | stays | [`trailing_slash`](Self::trailing_slash): `/a` by `Trim`; `/a` becomes `/a/` by `Append` |
///
/// By default the answer is a redirect, `308 Permanent Redirect`, with the query as it came;
/// [`rewrite`](Self::rewrite) changes `PATH_INFO` instead, keeps the former one as
/// `wsgi_rs.normalize_path.orig.path_info`, and leaves `REQUEST_URI` and `RAW_URI` as the client sent them.
///
/// What counts is `PATH_INFO`, as the application sees it. There `%2F` is a slash like any other, and `%2E` a dot: `/a%2F%2Fb`
/// and `/a/%2e%2e/b` are not plain, `/a%2Fb` is and stays as it is, in the target, too. `SCRIPT_NAME` is never changed,
/// and no `..` leads out of it. A redirect stays on this host whatever the path is: that of `//evil.example` leads to
/// `/evil.example`, a backslash is sent as `%5C`.
///
/// What does not begin with a slash (`*`, an empty `PATH_INFO`) passes; but of an application that is mounted at `/app`, `Append`
/// sends `/app` to `/app/`.
///
/// # Place in the stack
/// Outside of all that looks at the path (static files, dispatcher, router), inside of the access log.
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing};
/// use wsgi_middleware::{NormalizePath, TrailingSlash};
///
/// let app = NormalizePath::new(handler(|_| "here")).trailing_slash(TrailingSlash::Trim);
/// let answer = testing::get(&app, "//blog/./2024/?page=2");
/// assert_eq!(answer.status.code(), 308);
/// assert_eq!(answer.header("Location"), Some("/blog/2024?page=2"));
/// assert_eq!(testing::get(&app, "/blog/2024").text(), "here");
/// ```
///
/// # Specification
/// RFC 3986 §5.2.4 "Remove Dot Segments", §6.2.2 "Syntax-Based Normalization"; RFC 9110 §15.4.9 "308 Permanent
/// Redirect". Slashes are merged before dot segments are looked at, as nginx does it: `/a//../b` becomes `/b`.
#[derive(Clone, Debug, Default)]
pub struct NormalizePath<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`NormalizePath`]. Made by `NormalizePathLayer::default()`.
pub type NormalizePathLayer = NormalizePath<()>;

/// What becomes of a slash at the end of a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrailingSlash {
    /// It stays as it is.
    #[default]
    Leave,
    /// It goes, except from `/`.
    Trim,
    /// It is added where there is none, files such as `/favicon.ico` not excepted.
    Append,
}

#[derive(Clone, Copy, Debug)]
struct Settings {
    merge_slashes: bool,
    dot_segments: bool,
    trailing_slash: TrailingSlash,
    /// By rewriting when there is none.
    redirect: Option<RedirectStatus>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            merge_slashes: true,
            dot_segments: true,
            trailing_slash: TrailingSlash::Leave,
            redirect: Some(RedirectStatus::PermanentRedirect),
        }
    }
}

const ORIGINAL: &str = "wsgi_rs.normalize_path.orig.path_info";

impl<A> NormalizePath<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// Whether several slashes in a row become one. Default: yes.
    #[must_use]
    pub fn merge_slashes(self, merge: bool) -> Self {
        self.with(|settings| settings.merge_slashes = merge)
    }

    /// Whether segments `.` and `..` are resolved. Default: yes.
    #[must_use]
    pub fn dot_segments(self, resolve: bool) -> Self {
        self.with(|settings| settings.dot_segments = resolve)
    }

    /// What becomes of a slash at the end. Default: [`TrailingSlash::Leave`].
    #[must_use]
    pub fn trailing_slash(self, trailing_slash: TrailingSlash) -> Self {
        self.with(|settings| settings.trailing_slash = trailing_slash)
    }

    /// The status of the redirects. Default: [`RedirectStatus::PermanentRedirect`].
    #[must_use]
    pub fn redirect(self, status: RedirectStatus) -> Self {
        self.with(|settings| settings.redirect = Some(status))
    }

    /// Treats requests as ones for the plain path, instead of redirecting them.
    #[must_use]
    pub fn rewrite(self) -> Self {
        self.with(|settings| settings.redirect = None)
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl<A> Layer<A> for NormalizePathLayer {
    type Service = NormalizePath<A>;

    fn layer(&self, app: A) -> NormalizePath<A> {
        NormalizePath {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for NormalizePath<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let is_mounted = !environ.script_name().is_empty();
        let Some(path) = normal(environ.path_info(), &self.settings, is_mounted) else {
            return self.app.call(environ, start_response);
        };
        match self.settings.redirect {
            None => {
                let original = environ.path_info().to_vec();
                environ.set_var(ORIGINAL, original)?;
                environ.set_path_info(path);
                self.app.call(environ, start_response)
            }
            Some(status) => {
                let mut location = Location::default();
                location.push_path(environ.script_name());
                location.push_path(&path);
                location.push_query(environ.query_string());
                let location = location.on_this_host();
                location.answer(status, environ, start_response)
            }
        }
    }
}
