//! Patterns of paths, and texts with what they captured: `/users/$1`, `/tags/${tag}`.

use regex::bytes::{Captures, Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::Look;
use regex_syntax::hir::literal::Extractor;
use thiserror::Error;

/// A pattern for paths and fields: bytes, paths as they read percent-decoded.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    /// What every text begins with in which it matches, as far as that is known. Nearly all paths match nearly no
    /// pattern, and this tells it in a tenth of the time.
    start: Box<[u8]>,
}

impl Pattern {
    /// `.` matches a line feed, too: `%0A` must not hide a path from a rule.
    pub(crate) fn new(text: &str) -> Result<Self, TemplateError> {
        let regex = RegexBuilder::new(text).dot_matches_new_line(true).build();
        let regex = regex.map_err(|error| TemplateError::Pattern(Box::new(error)))?;
        let start = start(text).into();
        Ok(Self { regex, start })
    }

    pub(crate) fn is_match(&self, text: &[u8]) -> bool {
        text.starts_with(&self.start) && self.regex.is_match(text)
    }

    /// `None` where it does not match.
    pub(crate) fn captures<'t>(&self, text: &'t [u8]) -> Option<Captures<'t>> {
        // Whether there is a match is known sooner than what it captures.
        match self.is_match(text) {
            true => self.regex.captures(text),
            false => None,
        }
    }
}

/// The literal that follows a `^` at the start of a regular expression; empty where there is none.
fn start(pattern: &str) -> Vec<u8> {
    let mut parser = ParserBuilder::new();
    let mut parser = parser.utf8(false).dot_matches_new_line(true).build();
    let Ok(parsed) = parser.parse(pattern) else {
        return Vec::new();
    };
    if !parsed.properties().look_set_prefix().contains(Look::Start) {
        return Vec::new();
    }
    let literals = Extractor::new().extract(&parsed);
    literals
        .longest_common_prefix()
        .unwrap_or_default()
        .to_vec()
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
pub(crate) fn pieces(text: &str, pattern: &Pattern) -> Result<Vec<Piece>, TemplateError> {
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
fn group(name: &str, Pattern { regex, .. }: &Pattern) -> Option<usize> {
    match name.parse::<usize>() {
        Ok(index) => (index < regex.captures_len()).then_some(index),
        Err(_) => regex.capture_names().position(|known| known == Some(name)),
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
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_that_is_tied_to_the_start_begins_with_a_text() {
        let cases = [
            ("^/old/(.*)$", "/old/"),
            ("^/old", "/old"),
            ("^/olds?", "/old"),
            ("^(/a/b|/a/c)", "/a/"),
            (r"\A/a", "/a"),
            ("^/a|^/b", "/"),
            ("^/a|/b", ""),
            ("(?m)^/a", ""),
            ("(?i)^/a", "/"),
            ("(?s-u)^\\xff", "\u{ff}"),
            ("^", ""),
            ("/a", ""),
            ("(^/a)?", ""),
        ];
        for (text, wanted) in cases {
            let wanted: Vec<u8> = wanted.chars().map(|letter| letter as u8).collect();
            assert_eq!(start(text), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_start_keeps_no_match_back(
            text in "(\\(\\?[im]\\))?\\^?[/a]{0,2}(\\(\\^?[/ab]{1,2}\\|\\^?a\\))?[?*]?[/.]{0,2}b?\\$?",
            path in "[/abA\n]{0,6}",
        ) {
            let Ok(pattern) = Pattern::new(&text) else {
                return Ok(());
            };
            let matches = pattern.regex.is_match(path.as_bytes());
            prop_assert_eq!(pattern.is_match(path.as_bytes()), matches, "{} {:?}", text, pattern.start);
        }
    }

    #[test]
    fn templates_are_taken_apart() {
        let pattern = Pattern::new("(a)(?<name>b)(c)").unwrap();
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
