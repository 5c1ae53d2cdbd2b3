//! The path of a request, decoded without losing where its segments end.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::quote;

/// Stands for a slash that was encoded, `%2F`: part of a segment's text, and no end of it.
///
/// A noncharacter, which no text has that is interchanged (Unicode Standard, 23.7 "Noncharacters"); where a path has
/// it nevertheless, and an encoded slash besides, it reads as U+FFFD, like any other malformed character.
const ENCODED_SLASH: char = '\u{fdd0}';

/// A decoded path: nothing, or text that begins with exactly one slash.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path<'p> {
    pub(crate) text: Cow<'p, str>,
    /// It has an encoded slash in it, shown as [`ENCODED_SLASH`].
    encoded_slash: bool,
}

impl<'p> Path<'p> {
    /// From `PATH_INFO`, which is decoded already. As in Werkzeug, any number of slashes at its front is one.
    #[inline]
    pub(crate) fn decoded(path: &'p str) -> Self {
        Self {
            text: one_slash(path),
            encoded_slash: false,
        }
    }

    /// From the path of the request target. Decoded segment by segment, so that `%2F` divides nothing; what is not
    /// UTF-8 becomes U+FFFD.
    #[inline]
    pub(crate) fn raw(path: &'p str) -> Self {
        if memchr::memchr(b'%', path.as_bytes()).is_none() {
            return Self::decoded(path);
        }
        Self::percent_decoded(path)
    }

    fn percent_decoded(path: &str) -> Self {
        let slashed = one_slash(path);
        let mut text = String::with_capacity(slashed.len());
        let encoded_slash = slashed
            .as_bytes()
            .windows(3)
            .any(|three| three.eq_ignore_ascii_case(b"%2F"));
        for (index, segment) in slashed.split('/').enumerate() {
            if index > 0 {
                text.push('/');
            }
            let decoded = percent_decode_str(segment).decode_utf8_lossy();
            if encoded_slash {
                text.extend(decoded.chars().map(|c| match c {
                    '/' => ENCODED_SLASH,
                    ENCODED_SLASH => char::REPLACEMENT_CHARACTER,
                    other => other,
                }));
            } else {
                text.push_str(&decoded);
            }
        }
        Self {
            text: Cow::Owned(text),
            encoded_slash,
        }
    }

    /// The same with each run of slashes made one; `None` if it has none.
    pub(crate) fn merged(&self) -> Option<Path<'static>> {
        if !self.text.contains("//") {
            return None;
        }
        let mut text = String::with_capacity(self.text.len());
        for c in self.text.chars() {
            if c != '/' || !text.ends_with('/') {
                text.push(c);
            }
        }
        Some(Path {
            text: Cow::Owned(text),
            encoded_slash: self.encoded_slash,
        })
    }

    /// A piece of the text as its value is meant: with the slashes that were encoded.
    pub(crate) fn value(&self, piece: &str) -> String {
        if self.encoded_slash {
            return piece.replace(ENCODED_SLASH, "/");
        }
        piece.to_owned()
    }

    /// Percent-encoded again, for a redirect.
    pub(crate) fn quoted(&self) -> String {
        let quoted = quote::path(&self.text);
        if self.encoded_slash {
            return quoted.replace("%EF%B7%90", "%2F");
        }
        quoted
    }
}

/// With exactly one slash at the front; nothing if there is nothing.
#[inline(always)]
fn one_slash(path: &str) -> Cow<'_, str> {
    match path.as_bytes() {
        [] => Cow::Borrowed(path),
        [b'/', rest @ ..] if rest.first() != Some(&b'/') => Cow::Borrowed(path),
        [b'/', ..] => {
            let slashes = path.len() - path.trim_start_matches('/').len();
            Cow::Borrowed(&path[slashes - 1..])
        }
        _ => Cow::Owned(format!("/{path}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_slash_is_part_of_its_segment() {
        let path = Path::raw("//a%2Fb/%C3%A9%ff/c");
        assert_eq!(path.text, "/a\u{fdd0}b/\u{e9}\u{fffd}/c");
        assert_eq!(path.value("a\u{fdd0}b"), "a/b");
        assert_eq!(path.quoted(), "/a%2Fb/%C3%A9%EF%BF%BD/c");
    }

    #[test]
    fn what_stands_for_an_encoded_slash_cannot_be_sent() {
        assert_eq!(Path::raw("/%EF%B7%90").value("\u{fdd0}"), "\u{fdd0}");
        assert_eq!(Path::raw("/%EF%B7%90%2f").text, "/\u{fffd}\u{fdd0}");
        assert_eq!(Path::raw("/%EF%B7%91").text, "/\u{fdd1}");
    }

    #[test]
    fn slashes_at_the_front_are_one() {
        for (given, text) in [
            ("", ""),
            ("/", "/"),
            ("a", "/a"),
            ("/a", "/a"),
            ("///a//b", "/a//b"),
            ("//", "/"),
        ] {
            assert_eq!(Path::decoded(given).text, text, "{given:?}");
        }
        assert_eq!(Path::decoded("/a//b///").merged().unwrap().text, "/a/b/");
        assert_eq!(Path::decoded("/a/b/").merged(), None);
    }
}
