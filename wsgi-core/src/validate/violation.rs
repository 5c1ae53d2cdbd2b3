//! What a validator found.

use super::requirements::{Level, Requirement, Role};

/// One breach of one requirement.
///
/// Displays as `[id] detail (PEP 3333 "Section")`: what was seen and how to mend it, on one line; foreign
/// text in it is quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The requirement's id, such as `start-response.twice`.
    pub id: &'static str,
    /// The requirement itself.
    pub requirement: &'static Requirement,
    /// Who broke it.
    pub side: Role,
    /// What was seen, and how to mend it.
    pub detail: String,
}

/// How bad a violation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// A SHOULD was not heeded: the response is sent, a warning goes to `wsgi.errors`.
    Warning,
    /// A MUST was broken: the request fails.
    Error,
}

impl Violation {
    pub(super) fn new(requirement: &'static Requirement, detail: String) -> Self {
        Self {
            id: requirement.id,
            requirement,
            side: requirement.binds,
            detail,
        }
    }

    /// [`Error`](Severity::Error) for a MUST, [`Warning`](Severity::Warning) for the rest.
    pub fn severity(&self) -> Severity {
        match self.requirement.level {
            Level::Must => Severity::Error,
            Level::Should | Level::May => Severity::Warning,
        }
    }
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "[{}] {} ({})",
            self.id, self.detail, self.requirement.source
        )
    }
}

impl std::error::Error for Violation {}
