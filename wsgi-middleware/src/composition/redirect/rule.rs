//! One rule.

use wsgi_core::Environ;

use super::RedirectError;
use super::target::Target;
use crate::common::host_pattern::HostPattern;
use crate::common::location::{Location, RedirectStatus};
use crate::composition::host::Host;
use crate::composition::template::{Captured, Pattern};

/// Which requests [`Redirect`](super::Redirect) sends where.
///
/// # Examples
/// ```
/// use wsgi_middleware::{RedirectRule, RedirectStatus};
///
/// let rule = RedirectRule::prefix("/", "https://www.example.org")?
///     .host("example.org")?
///     .status(RedirectStatus::PermanentRedirect);
/// # Ok::<(), wsgi_middleware::RedirectError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RedirectRule {
    pub(super) paths: Paths,
    target: Target,
    status: RedirectStatus,
    keep_query: bool,
    /// Any of them; all, when there are none.
    hosts: Vec<HostPattern>,
}

/// Which paths a rule is about.
#[derive(Clone, Debug)]
pub(super) enum Paths {
    Exact(Box<[u8]>),
    /// Without a slash at its end.
    Below(Box<[u8]>),
    Like(Pattern),
}

impl RedirectRule {
    /// For one path, such as `/old`, as it reads percent-decoded; a slash at its end counts. `target` is taken as it is.
    ///
    /// # Errors
    /// [`RedirectError::Path`] and [`RedirectError::Target`].
    pub fn exact(path: impl AsRef<[u8]>, target: &str) -> Result<Self, RedirectError> {
        let path = checked(path.as_ref())?;
        Ok(Self::new(
            Paths::Exact(path.into()),
            Target::parse(target, None)?,
        ))
    }

    /// For a path and all below it: what follows the prefix is put behind the path of the target. Whole segments count:
    /// `/blog` is not about `/blogger`. Slashes at the ends of both do not count.
    ///
    /// # Errors
    /// As [`exact`](Self::exact).
    pub fn prefix(prefix: impl AsRef<[u8]>, target: &str) -> Result<Self, RedirectError> {
        let prefix = checked(prefix.as_ref())?;
        let end = prefix.iter().rposition(|&byte| byte != b'/');
        let prefix = end.map_or(&prefix[..0], |end| &prefix[..=end]);
        Ok(Self::new(
            Paths::Below(prefix.into()),
            Target::with_rest(target)?,
        ))
    }

    /// For paths in which a regular expression matches. In the target `$1` and `${1}` are what its groups captured,
    /// `${name}` what one of that name did, `$0` all that matched; `$$` is a dollar sign.
    ///
    /// # Errors
    /// [`RedirectError::Template`], [`RedirectError::Target`], and [`RedirectError::CaptureInHost`] where clients would
    /// decide which host they are sent to.
    pub fn pattern(pattern: &str, target: &str) -> Result<Self, RedirectError> {
        let pattern = Pattern::new(pattern)?;
        let target = Target::parse(target, Some(&pattern))?;
        Ok(Self::new(Paths::Like(pattern), target))
    }

    fn new(paths: Paths, target: Target) -> Self {
        Self {
            paths,
            target,
            status: RedirectStatus::TemporaryRedirect,
            keep_query: true,
            hosts: Vec::new(),
        }
    }

    /// The status. Default: [`RedirectStatus::TemporaryRedirect`]; what is sent for good, browsers keep for good.
    #[must_use]
    pub fn status(mut self, status: RedirectStatus) -> Self {
        self.status = status;
        self
    }

    /// Whether the query of the request is put behind that of the target. Default: yes.
    #[must_use]
    pub fn keep_query(mut self, keep: bool) -> Self {
        self.keep_query = keep;
        self
    }

    /// For requests for this host alone: `example.org`, `*.example.org` (every name below), `.example.org` (both),
    /// `example.org:8080`. May be called several times, for any of them. Default: every host.
    ///
    /// # Errors
    /// [`RedirectError::Host`] for what is no host.
    pub fn host(mut self, host: &str) -> Result<Self, RedirectError> {
        self.hosts.push(HostPattern::parse(host)?);
        Ok(self)
    }

    /// Where the request is sent; `None` when the rule is not about it.
    pub(super) fn apply(&self, environ: &Environ) -> Option<(Location, RedirectStatus)> {
        let path = environ.path_info();
        let captured = self.paths.capture(path)?;
        if !self.hosts.is_empty() && !Host::of(environ)?.is_any_of(&self.hosts) {
            return None;
        }
        let query = match self.keep_query {
            true => environ.query_string(),
            false => b"",
        };
        let location = self.target.expand(environ.script_name(), &captured, query);
        (location.as_str() != here(environ).as_str()).then_some((location, self.status))
    }
}

impl Paths {
    fn capture<'p>(&self, path: &'p [u8]) -> Option<Captured<'p>> {
        match self {
            Self::Exact(exact) => (**exact == *path).then_some(Captured::Rest(b"")),
            Self::Below(prefix) => match path.strip_prefix(&**prefix)? {
                rest @ ([] | [b'/', ..]) => Some(Captured::Rest(rest)),
                _ => None,
            },
            Self::Like(pattern) => pattern.captures(path).map(Captured::Groups),
        }
    }
}

/// The request's own URL, written as targets are.
fn here(environ: &Environ) -> Location {
    let mut here = Location::default();
    here.push_path(environ.script_name());
    here.push_path(environ.path_info());
    here = here.on_this_host();
    here.push_query(environ.query_string());
    here
}

fn checked(path: &[u8]) -> Result<&[u8], RedirectError> {
    match path.starts_with(b"/") {
        true => Ok(path),
        false => Err(RedirectError::Path {
            path: String::from_utf8_lossy(path).into_owned(),
        }),
    }
}
