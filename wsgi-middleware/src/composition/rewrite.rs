//! [`Rewrite`]: rules that change the path of a request.

mod rule;

use std::borrow::Cow;
use std::sync::Arc;

use thiserror::Error;
use wsgi_core::{Application, ApplicationError, Body, Environ, Layer, StartResponse};

use crate::common::host_pattern::HostPatternError;
use crate::composition::template::TemplateError;
pub use rule::RewriteRule;
use rule::Then;

/// Changes the path of requests by rules, before the application sees it: as `mod_rewrite` does, in a plain way.
///
/// The rules are tried one after another, each on the path that those before it left. A rule whose pattern matches, and
/// whose conditions are met, replaces the whole path by its text, in which `$1` and `${name}` are what was captured;
/// then comes the next one. A rule may [stop](RewriteRule::stop) there, or [begin again](RewriteRule::restart) with
/// the first, which a request may have happen so often and no more ([`pass_limit`](Self::pass_limit)).
///
/// What changes is `PATH_INFO`, and `QUERY_STRING` where a rule says so; the former ones are then in
/// `wsgi_rs.rewrite.orig.path_info` and `wsgi_rs.rewrite.orig.query_string`. `SCRIPT_NAME` stays as it is: patterns
/// and texts are about the path below it. `REQUEST_URI` and `RAW_URI` stay what the client sent. Applications that
/// route by these, rather than by `PATH_INFO`, do not notice.
///
/// Paths are percent-decoded here, so nothing in them is encoded or decoded once more: what is captured of a path is put into
/// a path as it is, a captured `?` begins no query, and into a query it is put percent-encoded. A captured `..` stays one:
/// `NormalizePath` resolves those first, when it stands outside.
///
/// Patterns are of the crate `regex`: they take time linear in the path. They match anywhere in it unless they begin
/// with `^` and end with `$`. `.` matches every character, but no byte that is not of UTF-8; `(?s-u:.)` does that.
///
/// # Place in the stack
/// Inside of the access log and of what judges the path that the client sent, outside of what answers the new one.
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing, Input};
/// use wsgi_middleware::{Rewrite, RewriteRule};
///
/// let app = Rewrite::new(handler(|request: http::Request<Input>| request.uri().to_string()))
///     .rule(RewriteRule::new(r"^/u/(?<name>\w+)$", "/users/${name}")?)
///     .rule(RewriteRule::new(r"^/users/(\w+)$", "/index.php?user=$1")?.methods(["GET"])?);
/// assert_eq!(testing::get(&app, "/u/ada?page=2").text(), "/index.php?user=ada&page=2");
/// assert_eq!(testing::get(&app, "/about").text(), "/about");
/// # Ok::<(), wsgi_middleware::RewriteError>(())
/// ```
///
/// # Specification
/// [PEP 3333, `environ` Variables](https://peps.python.org/pep-3333/#environ-variables), `PATH_INFO` and
/// `QUERY_STRING`.
#[derive(Clone, Debug, Default)]
pub struct Rewrite<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`Rewrite`]. Made by `RewriteLayer::default()`.
pub type RewriteLayer = Rewrite<()>;

#[derive(Clone, Debug)]
struct Settings {
    rules: Vec<RewriteRule>,
    pass_limit: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            pass_limit: 10,
        }
    }
}

/// How long a path or query may become, in bytes: rules that repeat what they captured would fill the memory.
const LONGEST: usize = 64 * 1024;

impl<A> Rewrite<A> {
    /// Around `app`, without a rule yet.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// Adds a rule behind the others.
    #[must_use]
    pub fn rule(mut self, rule: RewriteRule) -> Self {
        Arc::make_mut(&mut self.settings).rules.push(rule);
        self
    }

    /// How often the rules may be gone through for a request, where some begin again with the first. A request that needs
    /// more fails, with `500`. Default: 10.
    #[must_use]
    pub fn pass_limit(mut self, passes: usize) -> Self {
        Arc::make_mut(&mut self.settings).pass_limit = passes;
        self
    }
}

impl<A> Layer<A> for RewriteLayer {
    type Service = Rewrite<A>;

    fn layer(&self, app: A) -> Rewrite<A> {
        Rewrite {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for Rewrite<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let rewritten = self.settings.rewritten(environ);
        if let Some(Rewritten { path, query }) = rewritten.map_err(ApplicationError::raised)? {
            keep(environ, "PATH_INFO", "wsgi_rs.rewrite.orig.path_info")?;
            environ.set_path_info(path);
            if let Some(query) = query {
                keep(environ, "QUERY_STRING", "wsgi_rs.rewrite.orig.query_string")?;
                environ.set_query_string(query);
            }
        }
        self.app.call(environ, start_response)
    }
}

/// What the rules have made of a request.
struct Rewritten {
    path: Vec<u8>,
    /// `None` when it is as it was.
    query: Option<Vec<u8>>,
}

impl Settings {
    /// `None` when no rule fits.
    fn rewritten(&self, environ: &Environ) -> Result<Option<Rewritten>, RewriteFailure> {
        let mut path = Cow::Borrowed(environ.path_info());
        let mut query = Cow::Borrowed(environ.query_string());
        let mut passes = 0;
        'passes: loop {
            passes += 1;
            if passes > self.pass_limit {
                let limit = self.pass_limit;
                return Err(RewriteFailure::Passes { limit });
            }
            for rule in &self.rules {
                let Some((new_path, new_query)) = rule.apply(environ, &path, &query) else {
                    continue;
                };
                let is_new = *path != *new_path;
                path = Cow::Owned(new_path);
                if let Some(new_query) = new_query {
                    query = Cow::Owned(new_query);
                }
                if path.len() > LONGEST || query.len() > LONGEST {
                    return Err(RewriteFailure::Length);
                }
                match rule.then {
                    Then::Stop => break 'passes,
                    // What changes nothing would begin again for ever.
                    Then::Restart if is_new => continue 'passes,
                    Then::Next | Then::Restart => {}
                }
            }
            break;
        }
        let Cow::Owned(path) = path else {
            return Ok(None);
        };
        let query = match query {
            Cow::Owned(query) => Some(query),
            Cow::Borrowed(_) => None,
        };
        Ok(Some(Rewritten { path, query }))
    }
}

/// Notes what a variable was before the first `Rewrite` of a stack.
fn keep(environ: &mut Environ, key: &str, original: &str) -> Result<(), ApplicationError> {
    if environ.var(original).is_none() {
        let value = environ.var(key).unwrap_or_default().into_owned();
        environ.set_var(original, value)?;
    }
    Ok(())
}

/// Why a request could not be rewritten.
#[derive(Debug, Error)]
enum RewriteFailure {
    #[error(
        "rewrite: the rules began again more than {limit} times; make the ones that do so leave a path that they do not \
         match, or raise the limit of passes"
    )]
    Passes { limit: usize },
    #[error(
        "rewrite: the rules made a path or query of more than {LONGEST} bytes; look for one that repeats a capture"
    )]
    Length,
}

/// Why a rule cannot be.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RewriteError {
    /// A path begins with a slash, and a fragment is never sent.
    #[error("{text:?} is no path; begin it with \"/\", and leave out \"#\"")]
    Path {
        /// The text as it was given.
        text: String,
    },
    /// RFC 9110 §9.1: a method is a token.
    #[error("{method:?} is no method; write a token such as \"GET\"")]
    Method {
        /// The method as it was given.
        method: String,
    },
    /// RFC 9110 §5.1: a field name is a token.
    #[error("{name:?} is no header field's name; write one such as \"Accept-Language\"")]
    Header {
        /// The name as it was given.
        name: String,
    },
    /// A pattern, or the captures in the text.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// No host.
    #[error(transparent)]
    Host(#[from] HostPatternError),
}
