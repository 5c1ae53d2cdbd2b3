//! One rule.

use http::Method;
use wsgi_core::{Environ, Headers, environ::variable_name};

use super::RewriteError;
use crate::common::host_pattern::HostPattern;
use crate::common::location::Location;
use crate::composition::host::Host;
use crate::composition::template::{self, Captured, Pattern, Piece};

/// Which paths [`Rewrite`](super::Rewrite) makes what of.
///
/// # Examples
/// ```
/// use wsgi_middleware::RewriteRule;
///
/// let rule = RewriteRule::new("^/(.*)$", "/mobile/$1")?
///     .host("example.org")?
///     .header("User-Agent", "Mobile")?
///     .stop();
/// # Ok::<(), wsgi_middleware::RewriteError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RewriteRule {
    pattern: Pattern,
    path: Vec<Piece>,
    query: Option<Vec<Piece>>,
    keep_query: bool,
    pub(super) then: Then,
    /// Any of them; all, when there are none. So are hosts.
    methods: Vec<Method>,
    hosts: Vec<HostPattern>,
    /// All of them.
    headers: Vec<HeaderCondition>,
}

/// What comes after a rule that has changed the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Next,
    Stop,
    Restart,
}

#[derive(Clone, Debug)]
struct HeaderCondition {
    /// The variable that has all values of the field.
    key: String,
    pattern: Pattern,
    /// Whether the pattern must match, or must not.
    wanted: bool,
}

impl RewriteRule {
    /// For paths in which the regular expression `pattern` matches: `text` becomes the path, from its first slash to its
    /// end. `$1` and `${1}` are what groups captured, `${name}` what one of that name did, `$0` all that matched; `$$` is
    /// a dollar sign.
    ///
    /// What follows a `?` becomes the query, percent-encoded as it is written, with the request's own behind it
    /// ([`keep_query`](Self::keep_query)); without a `?` the query stays as it is.
    ///
    /// # Errors
    /// [`RewriteError::Template`] for the pattern and the captures, [`RewriteError::Path`] for a text that does not
    /// begin with a slash or has a `#`.
    pub fn new(pattern: &str, text: &str) -> Result<Self, RewriteError> {
        let pattern = Pattern::new(pattern)?;
        if !text.starts_with('/') || text.contains('#') {
            let text = text.to_owned();
            return Err(RewriteError::Path { text });
        }
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, Some(template::pieces(query, &pattern)?)),
            None => (text, None),
        };
        Ok(Self {
            path: template::pieces(path, &pattern)?,
            query,
            pattern,
            keep_query: true,
            then: Then::Next,
            methods: Vec::new(),
            hosts: Vec::new(),
            headers: Vec::new(),
        })
    }

    /// Whether a rule with a query puts that of the request behind it. Default: yes; without, the rule's alone is left.
    #[must_use]
    pub fn keep_query(mut self, keep: bool) -> Self {
        self.keep_query = keep;
        self
    }

    /// After this rule, none is tried any more: `mod_rewrite`'s `END`. Default: the next one is.
    #[must_use]
    pub fn stop(mut self) -> Self {
        self.then = Then::Stop;
        self
    }

    /// After this rule, the first one is tried again, if it has changed the path: `mod_rewrite`'s `N`.
    #[must_use]
    pub fn restart(mut self) -> Self {
        self.then = Then::Restart;
        self
    }

    /// For requests by these methods alone. Default: by all.
    ///
    /// # Errors
    /// [`RewriteError::Method`] for what is no method.
    pub fn methods(
        mut self,
        methods: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, RewriteError> {
        for method in methods {
            let name = method.as_ref();
            let method = Method::from_bytes(name.as_bytes()).map_err(|_| RewriteError::Method {
                method: name.to_owned(),
            })?;
            self.methods.push(method);
        }
        Ok(self)
    }

    /// For requests for this host alone: `example.org`, `*.example.org` (every name below), `.example.org` (both),
    /// `example.org:8080`. May be called several times, for any of them. Default: for every host.
    ///
    /// # Errors
    /// [`RewriteError::Host`] for what is no host.
    pub fn host(mut self, host: &str) -> Result<Self, RewriteError> {
        self.hosts.push(HostPattern::parse(host)?);
        Ok(self)
    }

    /// For requests with this header field, in whose value a regular expression matches (`""` matches in each). May be called several
    /// times: all have to be met.
    ///
    /// # Errors
    /// [`RewriteError::Header`] for what is no field's name, [`RewriteError::Template`] for the pattern.
    pub fn header(self, name: &str, pattern: &str) -> Result<Self, RewriteError> {
        self.with_header(name, pattern, true)
    }

    /// For requests without such a header field. May be called several times: all have to be met.
    ///
    /// # Errors
    /// As [`header`](Self::header).
    pub fn unless_header(self, name: &str, pattern: &str) -> Result<Self, RewriteError> {
        self.with_header(name, pattern, false)
    }

    fn with_header(
        mut self,
        name: &str,
        pattern: &str,
        wanted: bool,
    ) -> Result<Self, RewriteError> {
        if Headers::try_from_pairs([(name, "")]).is_err() {
            let name = name.to_owned();
            return Err(RewriteError::Header { name });
        }
        self.headers.push(HeaderCondition {
            key: variable_name(name),
            pattern: Pattern::new(pattern)?,
            wanted,
        });
        Ok(self)
    }

    /// The new path, and the new query if there is one; `None` when the rule does not fit.
    pub(super) fn apply(
        &self,
        environ: &Environ,
        path: &[u8],
        query: &[u8],
    ) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
        if !self.pattern.is_match(path) || !self.allows(environ) {
            return None;
        }
        let captured = Captured::Groups(self.pattern.captures(path)?);
        let mut new_path = Vec::new();
        for piece in &self.path {
            new_path.extend_from_slice(match piece {
                Piece::Literal(text) => text.as_bytes(),
                Piece::Capture(index) => captured.get(*index),
            });
        }
        let new_query = self.query.as_ref().map(|pieces| {
            let mut new = Location::default();
            for piece in pieces {
                match piece {
                    Piece::Literal(text) => new.push_encoded(text.as_bytes()),
                    Piece::Capture(index) => new.push_value(captured.get(*index)),
                }
            }
            let mut new = new.as_str().as_bytes().to_vec();
            if self.keep_query && !query.is_empty() {
                if !new.is_empty() {
                    new.push(b'&');
                }
                new.extend_from_slice(query);
            }
            new
        });
        Some((new_path, new_query))
    }

    fn allows(&self, environ: &Environ) -> bool {
        (self.methods.is_empty() || self.methods.contains(environ.method()))
            && (self.hosts.is_empty() || self.allows_host(environ))
            && self
                .headers
                .iter()
                .all(|condition| condition.is_met(environ))
    }

    fn allows_host(&self, environ: &Environ) -> bool {
        Host::of(environ).is_some_and(|host| host.is_any_of(&self.hosts))
    }
}

impl HeaderCondition {
    fn is_met(&self, environ: &Environ) -> bool {
        let value = environ.var(&self.key);
        value.is_some_and(|value| self.pattern.is_match(&value)) == self.wanted
    }
}
