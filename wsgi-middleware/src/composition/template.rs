//! Patterns of paths, and texts with what they captured: `/users/$1`, `/tags/${tag}`.

use regex::bytes::{Captures, Regex, RegexBuilder};
use thiserror::Error;

/// Compiles a pattern for paths: bytes, as they read percent-decoded.
///
/// `.` matches a line feed, too: `%0A` must not hide a path from a rule.
pub(crate) fn pattern(text: &str) -> Result<Regex, TemplateError> {
    let pattern = RegexBuilder::new(text).dot_matches_new_line(true).build();
    pattern.map_err(|error| TemplateError::Pattern(Box::new(error)))
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(String),
    /// By number; 0 is all that matched.
    Capture(usize),
}

/// What a rule captured of a path.
pub(crate) enum Captured<'p> {
    /// What follows a prefix; any capture is that.
    Rest(&'p [u8]),
    Groups(Captures<'p>),
}

impl Captured<'_> {
    /// Empty for a group that took no part in the match.
    pub(crate) fn get(&self, index: usize) -> &[u8] {
        match self {
            Self::Rest(rest) => rest,
            Self::Groups(groups) => groups.get(index).map_or(&[], |group| group.as_bytes()),
        }
    }
}

/// Takes a template apart: `$1` and `${1}` by number, `${name}` by name, `$$` for a dollar sign.
pub(crate) fn pieces(text: &str, pattern: &Regex) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        literal.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            literal.push('$');
            rest = after;
            continue;
        }
        let (name, after) = match after.strip_prefix('{') {
            Some(braced) => braced.split_once('}').unwrap_or(("", braced)),
            None => {
                let digits = after.bytes().take_while(u8::is_ascii_digit).count();
                after.split_at(digits)
            }
        };
        let template = || text.to_owned();
        if name.is_empty() {
            let template = template();
            return Err(TemplateError::Dollar { template });
        }
        let Some(index) = group(name, pattern) else {
            let (template, name) = (template(), name.to_owned());
            return Err(TemplateError::NoGroup { template, name });
        };
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Capture(index));
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

/// The number of a group that the pattern has.
fn group(name: &str, pattern: &Regex) -> Option<usize> {
    match name.parse::<usize>() {
        Ok(index) => (index < pattern.captures_len()).then_some(index),
        Err(_) => pattern
            .capture_names()
            .position(|known| known == Some(name)),
    }
}

/// Why a pattern, or a text with captures, cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// No regular expression.
    #[error("the pattern is no regular expression of the crate regex")]
    Pattern(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A `$` that begins no capture.
    #[error(
        "{template:?}: a \"$\" is followed by neither a number nor a name in braces; write \"$$\" for the sign itself"
    )]
    Dollar {
        /// The text as it was given.
        template: String,
    },
    /// A capture that the pattern has not.
    #[error(
        "{template:?}: the pattern has no group {name:?}; number groups from 1, name them by (?<name>...)"
    )]
    NoGroup {
        /// The text as it was given.
        template: String,
        /// The group.
        name: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_taken_apart() {
        let pattern = pattern("(a)(?<name>b)(c)").unwrap();
        let literal = |text: &str| Piece::Literal(text.to_owned());
        let cases = [
            ("", vec![]),
            ("/a", vec![literal("/a")]),
            ("/$1", vec![literal("/"), Piece::Capture(1)]),
            (
                "$0-${1}0",
                vec![
                    Piece::Capture(0),
                    literal("-"),
                    Piece::Capture(1),
                    literal("0"),
                ],
            ),
            ("${name}$3", vec![Piece::Capture(2), Piece::Capture(3)]),
            ("$$1$$", vec![literal("$1$")]),
        ];
        for (text, wanted) in cases {
            assert_eq!(pieces(text, &pattern).unwrap(), wanted, "{text}");
        }
        for text in ["$", "/$/", "${", "${}", "$name", "${name"] {
            let error = pieces(text, &pattern).unwrap_err();
            assert!(matches!(error, TemplateError::Dollar { .. }), "{text}");
        }
        for text in ["$4", "$10", "${other}", "${99999999999999999999999}"] {
            let error = pieces(text, &pattern).unwrap_err();
            assert!(matches!(error, TemplateError::NoGroup { .. }), "{text}");
        }
    }
}
