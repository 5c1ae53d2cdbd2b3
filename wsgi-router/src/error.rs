//! What can be wrong with a router.

use thiserror::Error;

use crate::host::HostError;
use crate::map::{Conflict, Problem, RuleError};
use crate::mount::MountError;
use crate::path::PathError;

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
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum RouteError {
    /// A rule that cannot be understood.
    #[error("route {pattern:?}: {problem}")]
    Rule {
        /// The rule as it was written, with the prefixes that it is nested below.
        pattern: String,
        /// What is wrong with it.
        problem: Problem,
    },
    /// A handler that takes parameters of another type than the rule has.
    #[error("route {pattern:?}: {problem}")]
    Path {
        /// The rule.
        pattern: String,
        /// Why the parameters do not fit.
        problem: PathError,
    },
    /// A rule with percent-encoding in it.
    #[error(
        "route {pattern:?}: {escape:?} would match an encoded percent sign; write rules decoded, as people read them"
    )]
    Encoded {
        /// The rule.
        pattern: String,
        /// What is encoded.
        escape: String,
    },
    /// Two rules that are in each other's way.
    #[error("{0}")]
    Conflict(Conflict),
    /// One method answered twice.
    #[error("route {pattern:?}: {method} is answered twice; remove one of the two")]
    MethodTwice {
        /// The rule.
        pattern: String,
        /// The method.
        method: String,
    },
    /// A method that the rule names and no application answers.
    #[error(
        "route {pattern:?}: the rule is for {method}, which no application answers; add one, or leave the method out"
    )]
    Unanswered {
        /// The rule.
        pattern: String,
        /// The method.
        method: String,
    },
    /// A rule without an application that does nothing without one.
    #[error(
        "rule {pattern:?} has no application; give it to `route`, or make it redirect_to, alias or build_only"
    )]
    NoApplication {
        /// The rule.
        pattern: String,
    },
    /// A rule of a subdomain, where nobody knows of what.
    #[error(
        "route {pattern:?} is of the subdomain {subdomain:?}; give the router a server_name, or the rule a host"
    )]
    NoServerName {
        /// The rule.
        pattern: String,
        /// Its subdomain.
        subdomain: String,
    },
    /// A prefix and a rule in different syntaxes that have no common one.
    #[error(
        "route {pattern:?} cannot be written below {prefix:?}; write both with angles, or both with braces"
    )]
    MixedSyntax {
        /// The prefix.
        prefix: String,
        /// The rule.
        pattern: String,
    },
    /// What a nested builder cannot have.
    #[error(
        "below {prefix:?}: what is nested has {what}, which makes no sense below a prefix; give it to the outer router"
    )]
    Nested {
        /// The prefix.
        prefix: String,
        /// What it has.
        what: &'static str,
    },
    /// A malformed or repeated mount.
    #[error("mount {prefix:?}: {problem}")]
    Mount {
        /// The prefix as it was given.
        prefix: String,
        /// What is wrong with it.
        problem: MountError,
    },
    /// A route, or another mount, that takes all paths below a mount.
    #[error(
        "mount {prefix:?} conflicts with {pattern:?}, which takes every path below it{}; remove one of the two", example.as_ref().map_or(String::new(), |path| format!(", such as {path:?}"))
    )]
    MountShadowed {
        /// The mount.
        prefix: String,
        /// The other one.
        pattern: String,
        /// A path that both have; `None` if only a converter of the application's could tell one.
        example: Option<String>,
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
    /// Two applications for methods that are not allowed.
    #[error("there are two applications for methods that are not allowed; remove one of them")]
    MethodNotAllowedTwice,
    /// A fallback behind a mount that has all paths.
    #[error(
        "the mount \"/\" conflicts with the fallback, which would never be asked; remove one of the two"
    )]
    FallbackUnreachable,
    /// A status that sends nobody anywhere.
    #[error("{status} is no status of a redirect; take 301, 302, 303, 307 or 308")]
    RedirectStatus {
        /// The status.
        status: u16,
    },
}

impl RouteError {
    /// What a map says of one of its rules.
    pub(crate) fn of_rule(error: &RuleError) -> Option<Self> {
        match error {
            RuleError::Rule { rule, problem } => Some(Self::Rule {
                pattern: rule.clone(),
                problem: problem.clone(),
            }),
            RuleError::Conflict(conflict) => Some(Self::Conflict(conflict.clone())),
        }
    }
}
