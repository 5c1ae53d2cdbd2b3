//! What can be wrong with a router.

use thiserror::Error;

use crate::host::HostError;
use crate::mount::MountError;
use crate::pattern::PatternError;

/// Why a router could not be built: all that was wrong with it, a line each.
#[derive(Debug)]
pub struct RouterError {
    mistakes: Vec<RouteError>,
}

impl RouterError {
    /// From at least one mistake.
    pub(crate) fn new(mistakes: Vec<RouteError>) -> Self {
        Self { mistakes }
    }

    /// What was wrong, one by one; at least one.
    pub fn mistakes(&self) -> &[RouteError] {
        &self.mistakes
    }
}

impl std::error::Error for RouterError {}

impl std::fmt::Display for RouterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{mistake}")?;
        }
        Ok(())
    }
}

/// One mistake in the making of a router.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteError {
    /// A malformed pattern.
    #[error("route {pattern:?}: {problem}")]
    Pattern {
        /// The pattern as it was given.
        pattern: String,
        /// What is wrong with it.
        problem: PatternError,
    },
    /// Two patterns that match the same paths, so that none could be preferred.
    #[error(
        "route {pattern:?} conflicts with route {with:?}: some path would match both, and neither is more specific; set them apart by a literal segment, or make them one pattern"
    )]
    Conflict {
        /// The pattern that came later.
        pattern: String,
        /// The one that was there.
        with: String,
    },
    /// One method answered twice.
    #[error("route {pattern:?}: {method} is answered twice; remove one of the two")]
    MethodTwice {
        /// The pattern.
        pattern: String,
        /// The method.
        method: String,
    },
    /// A malformed or repeated mount.
    #[error("mount {prefix:?}: {problem}")]
    Mount {
        /// The prefix as it was given.
        prefix: String,
        /// What is wrong with it.
        problem: MountError,
    },
    /// A route that takes all paths below a mount.
    #[error(
        "mount {prefix:?} conflicts with route {pattern:?}, which takes every path below it; remove one of the two"
    )]
    MountShadowed {
        /// The mount.
        prefix: String,
        /// The route.
        pattern: String,
    },
    /// A malformed or repeated host.
    #[error("host {host:?}: {problem}")]
    Host {
        /// The host as it was given.
        host: String,
        /// What is wrong with it.
        problem: HostError,
    },
    /// Two fallbacks.
    #[error("there are two fallbacks; remove one of them")]
    FallbackTwice,
    /// A fallback behind a mount that has all paths.
    #[error(
        "the mount \"/\" conflicts with the fallback, which would never be asked; remove one of the two"
    )]
    FallbackUnreachable,
}
