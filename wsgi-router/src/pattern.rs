//! Route patterns: `/users/{id}`, `/static/{*file}`.

use std::borrow::Cow;

use thiserror::Error;

/// A pattern that has been checked, so that the trie has nothing left to refuse but conflicts.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: String,
    key: String,
    names: Vec<String>,
    literal: usize,
}

/// One piece of a pattern.
enum Part<'p> {
    /// A byte that stands for itself; a doubled brace is one.
    Literal(u8),
    /// `{name}`
    Segment(&'p str),
    /// `{*name}`
    Rest(&'p str),
}

impl Pattern {
    /// The trie names the parameters of a pattern by the letters `a` to `y`.
    const MOST_PARAMETERS: usize = 25;

    pub(crate) fn parse(text: &str) -> Result<Self, PatternError> {
        check_path(text)?;
        let mut pattern = Self {
            text: text.to_owned(),
            key: String::with_capacity(text.len()),
            names: Vec::new(),
            literal: 0,
        };
        let mut segment_has_parameter = false;
        let mut at = 0;
        while at < text.len() {
            let (part, length) = part(text, at)?;
            match part {
                Part::Literal(byte) => {
                    segment_has_parameter &= byte != b'/';
                    pattern.push_literal(byte);
                }
                Part::Segment(_) | Part::Rest(_) if segment_has_parameter => {
                    return Err(PatternError::TwoInSegment);
                }
                Part::Segment(name) => {
                    segment_has_parameter = true;
                    pattern.push_parameter(name, "")?;
                }
                // Only a whole segment, and only the last, can be the rest.
                Part::Rest(name) if !text[..at].ends_with('/') || at + length != text.len() => {
                    let name = name.to_owned();
                    return Err(PatternError::CatchAll { name });
                }
                Part::Rest(name) => pattern.push_parameter(name, "*")?,
            }
            at += length;
        }
        match pattern.names.len() {
            count if count > Self::MOST_PARAMETERS => Err(PatternError::TooMany { count }),
            _ => Ok(pattern),
        }
    }

    fn push_literal(&mut self, byte: u8) {
        if self.names.is_empty() {
            self.literal += 1;
        }
        self.key.push(char::from(byte));
        if matches!(byte, b'{' | b'}') {
            self.key.push(char::from(byte));
        }
    }

    fn push_parameter(&mut self, name: &str, star: &str) -> Result<(), PatternError> {
        if self.names.iter().any(|known| known == name) {
            let name = name.to_owned();
            return Err(PatternError::NameTwice { name });
        }
        // The trie renames parameters to single letters, and loses track of escaped braces when that changes
        // their length; so they are single letters from the start. It compares them by place, not by name.
        let letter = char::from(b'a' + (self.names.len() % Self::MOST_PARAMETERS) as u8);
        self.key.push_str(&format!("{{{star}{letter}}}"));
        self.names.push(name.to_owned());
        Ok(())
    }

    /// The pattern as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The pattern as the trie has it: in the view of [`as_text`], with short names for its parameters.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The only path of a pattern without parameters, its braces unescaped.
    pub(crate) fn to_literal(&self) -> Option<Vec<u8>> {
        let unescape = || self.text.replace("{{", "{").replace("}}", "}").into_bytes();
        self.names.is_empty().then(unescape)
    }

    /// The names of the parameters, in the order of the pattern.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// How many bytes every path of this pattern begins with, before its first parameter.
    pub(crate) fn literal(&self) -> usize {
        self.literal
    }
}

/// What is wrong with a pattern as a path, braces aside.
pub(crate) fn check_path(text: &str) -> Result<(), PatternError> {
    if !text.starts_with('/') {
        return Err(PatternError::NoLeadingSlash);
    }
    if text.contains('?') {
        return Err(PatternError::Query);
    }
    let encoded = text.as_bytes().windows(3).find(|three| {
        three[0] == b'%' && three[1].is_ascii_hexdigit() && three[2].is_ascii_hexdigit()
    });
    match encoded {
        Some(escape) => Err(PatternError::Encoded {
            escape: String::from_utf8_lossy(escape).into_owned(),
        }),
        None => Ok(()),
    }
}

/// The part that begins at this byte, and its length in the text.
fn part(text: &str, at: usize) -> Result<(Part<'_>, usize), PatternError> {
    match &text.as_bytes()[at..] {
        [b'{', b'{', ..] => Ok((Part::Literal(b'{'), 2)),
        [b'}', b'}', ..] => Ok((Part::Literal(b'}'), 2)),
        [b'}', ..] => Err(PatternError::Brace { at }),
        [b'{', ..] => parameter(&text[at..], at),
        [byte, ..] => Ok((Part::Literal(*byte), 1)),
        [] => Err(PatternError::NoLeadingSlash),
    }
}

/// `{name}` or `{*name}` at the start of `text`.
fn parameter(text: &str, at: usize) -> Result<(Part<'_>, usize), PatternError> {
    let close = text.find('}').ok_or(PatternError::Brace { at })?;
    // `}}` is a literal brace, so no parameter ends where another brace follows.
    if text[close..].starts_with("}}") {
        return Err(PatternError::Brace { at: at + close });
    }
    let inside = &text[1..close];
    let (part, name) = match inside.strip_prefix('*') {
        Some(name) => (Part::Rest(name), name),
        None => (Part::Segment(inside), inside),
    };
    if name.is_empty() || name.contains(['/', '{', '*']) {
        let name = name.to_owned();
        return Err(PatternError::Name { name });
    }
    Ok((part, close + 1))
}

/// Bytes as text for the trie, one character a byte (Latin-1); ASCII, the common case, is lent.
///
/// The trie matches `str`, a path may be any bytes. Patterns and paths go through the same view, so that
/// `/café` matches its UTF-8 bytes and a path that is no UTF-8 at all still matches `/{*rest}`.
pub(crate) fn as_text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// The reverse of [`as_text`].
pub(crate) fn to_bytes(text: &str) -> Vec<u8> {
    // No truncation: `as_text` gives no character beyond U+00FF.
    text.chars().map(|c| c as u8).collect()
}

/// Why a pattern, or the prefix of a mount, was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatternError {
    /// `PATH_INFO` begins with a slash, so a pattern does.
    #[error("it does not begin with \"/\"; put one in front")]
    NoLeadingSlash,
    /// A brace without its counterpart.
    #[error("the brace at byte {at} has no counterpart; write {{{{ or }}}} for a literal brace")]
    Brace {
        /// Where the brace stands, in bytes from the start of the pattern.
        at: usize,
    },
    /// A parameter without a name, or with a character that no name has.
    #[error(
        "{name:?} cannot name a parameter; write {{id}}, or {{*rest}} for the rest of the path"
    )]
    Name {
        /// What stands between the braces.
        name: String,
    },
    /// Two parameters of one name.
    #[error("the parameter {name:?} occurs twice; rename one of them")]
    NameTwice {
        /// The name.
        name: String,
    },
    /// Two parameters in one segment.
    #[error("one segment has two parameters; put a \"/\" between them")]
    TwoInSegment,
    /// A catch-all that is not the whole of the last segment.
    #[error("{{*{name}}} is not the whole last segment; end the pattern with \"/{{*{name}}}\"")]
    CatchAll {
        /// The parameter's name.
        name: String,
    },
    /// More parameters than the trie has names for.
    #[error("it has {count} parameters, more than 25; take the rest of the path as one {{*rest}}")]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// The query is no part of the path.
    #[error(
        "it has a \"?\", but the query is no part of the path; read it from QUERY_STRING instead"
    )]
    Query,
    /// `PATH_INFO` is percent-decoded, so an escape would never match.
    #[error(
        "it has the escape {escape:?}, but paths are matched percent-decoded; write the character itself"
    )]
    Encoded {
        /// The first escape.
        escape: String,
    },
    /// The trie refused it for a reason of its own.
    #[error("the pattern is not understood: {reason}")]
    Unsupported {
        /// The trie's words.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_literal_prefix_are_found() {
        #[rustfmt::skip]
        let cases: &[(&str, &[&str], usize)] = &[
            ("/",                     &[],           1),
            ("/about",                &[],           6),
            ("/users/{id}",           &["id"],       7),
            ("/{a}/x/{b}.txt",        &["a", "b"],   1),
            ("/static/{*file}",       &["file"],     8),
            ("/{{x}}/{y}",            &["y"],        5),
            ("/caf\u{e9}/{x}",        &["x"],        7),
            ("/{{{x}",                &["x"],        2),
        ];
        for (text, names, literal) in cases {
            let pattern = Pattern::parse(text).unwrap();
            assert_eq!(pattern.names(), *names, "{text}");
            assert_eq!(pattern.literal(), *literal, "{text}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        use PatternError::*;
        let name = |name: &str| Name { name: name.into() };
        let catch_all = |name: &str| CatchAll { name: name.into() };
        let many: String = ('a'..='z').map(|c| format!("/{{{c}}}")).collect();
        #[rustfmt::skip]
        let cases: &[(&str, PatternError)] = &[
            ("",               NoLeadingSlash),
            ("users",          NoLeadingSlash),
            ("/{id",           Brace { at: 1 }),
            ("/id}",           Brace { at: 3 }),
            ("/{id}}}",        Brace { at: 4 }),
            ("/{}",            name("")),
            ("/{*}",           name("")),
            ("/{a/b}",         name("a/b")),
            ("/{a}-{b}",       TwoInSegment),
            ("/{a}/{a}",       NameTwice { name: "a".into() }),
            ("/{*rest}/x",     catch_all("rest")),
            ("/x{*rest}",      catch_all("rest")),
            (&many,            TooMany { count: 26 }),
            ("/search?q={q}",  Query),
            ("/a%20b",         Encoded { escape: "%20".into() }),
        ];
        for (text, error) in cases {
            assert_eq!(Pattern::parse(text).unwrap_err(), *error, "{text}");
        }
        assert!(
            Pattern::parse("/100%").is_ok(),
            "a bare percent sign is a character"
        );
    }

    #[test]
    fn any_bytes_come_back_from_the_view() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(to_bytes(&as_text(&all)), all);
        assert!(matches!(as_text(b"/plain"), Cow::Borrowed("/plain")));
    }
}
