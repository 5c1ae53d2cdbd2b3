//! Rules that are in each other's way, found when a map is built.

use std::fmt::{Display, Formatter, Result as FmtResult};

use super::machine::RuleIndex;

mod finder;
mod fronts;
mod relation;
#[cfg(test)]
mod tests;

pub(crate) use finder::find;

/// Two rules that match the same paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    kind: ConflictKind,
    rule: String,
    with: String,
    methods: Vec<String>,
    example: Option<String>,
    /// The rule that loses.
    pub(crate) loser: RuleIndex,
}

/// How two rules are in each other's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConflictKind {
    /// Both match some path for some method, and which one is found depends on their order alone.
    Ambiguous,
    /// The other matches all paths of this one and comes first, for some of its methods.
    Shadowed,
    /// The other answers all methods of this one, which is never found.
    Unreachable,
}

impl Conflict {
    /// How they are in each other's way.
    pub fn kind(&self) -> ConflictKind {
        self.kind
    }

    /// The methods for which they are; none if it is all.
    pub fn methods(&self) -> &[String] {
        &self.methods
    }

    /// The rule that loses, as it was written; with its host in front, `host|/path`, where it has one.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// The rule that wins, likewise.
    pub fn with(&self) -> &str {
        &self.with
    }

    /// A path that both match, limits of numbers aside, percent-encoded; `None` if only a converter of the
    /// application's could tell one.
    pub fn example(&self) -> Option<&str> {
        self.example.as_deref()
    }
}

impl Display for Conflict {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        let Self { rule, with, .. } = self;
        let methods = match self.methods.as_slice() {
            [] => String::new(),
            methods => format!(" for {}", methods.join(", ")),
        };
        match self.kind {
            ConflictKind::Ambiguous => write!(
                f,
                "rule {rule:?} is ambiguous with rule {with:?}, which comes first{methods}"
            )?,
            ConflictKind::Shadowed => write!(
                f,
                "rule {rule:?} is never found{methods}, for rule {with:?} matches all its paths and comes first"
            )?,
            ConflictKind::Unreachable => write!(
                f,
                "rule {rule:?} is never found, for rule {with:?} matches all its paths and comes first"
            )?,
        }
        if let Some(example) = &self.example {
            write!(f, ", such as {example:?}")?;
        }
        f.write_str(
            "; remove one of the two, or set them apart by a method or by text in their paths",
        )
    }
}
