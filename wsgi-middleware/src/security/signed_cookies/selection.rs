//! Which cookies are signed.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use super::cookie::Pair;

/// By name; all of them where none is named.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    names: Vec<Vec<u8>>,
    prefixes: Vec<Vec<u8>>,
}

impl Selection {
    pub(super) fn add_name(&mut self, name: &[u8]) {
        self.names.push(name.to_vec());
    }

    pub(super) fn add_prefix(&mut self, prefix: &[u8]) {
        self.prefixes.push(prefix.to_vec());
    }

    pub(super) fn covers(&self, name: &[u8]) -> bool {
        let is_all = self.names.is_empty() && self.prefixes.is_empty();
        is_all
            || self.names.iter().any(|known| known == name)
            || self.prefixes.iter().any(|known| name.starts_with(known))
    }

    /// Whether a program with other rules could find a cookie that is signed within a pair that is not: one whose name is
    /// percent-encoded, or one that begins behind white space, a comma or a quote.
    ///
    /// `http.cookies` of Python takes `a=b session=c` for two, Django and Werkzeug take a no-break space from a name.
    /// Whoever sends that must not get past the signature.
    pub(super) fn may_be_hidden_in(&self, pair: &Pair<'_>) -> bool {
        let is_plain = |byte: &u8| *byte != b'%' && !is_separator(byte);
        if !pair.name.is_empty() && pair.text.iter().all(is_plain) {
            return false; // one way to read it, as most have
        }
        // Of control characters no field can have one, and every parser does something else with them.
        if pair
            .text
            .iter()
            .any(|&byte| byte.is_ascii_control() && byte != b'\t')
        {
            return true;
        }
        let mut words = pair.text.split(is_separator);
        words.any(|word| {
            let name = word.split(|&byte| byte == b'=').next().unwrap_or(word);
            let name: Cow<'_, [u8]> = percent_decode(name).into();
            !name.is_empty() && self.covers(name.trim_ascii())
        })
    }
}

/// Where some parser or other ends a value or begins a name. Of bytes beyond ASCII some are white space, in Latin-1 as in
/// UTF-8, which `str.strip` of Python takes away.
fn is_separator(byte: &u8) -> bool {
    !byte.is_ascii_graphic() || matches!(byte, b',' | b'"' | b'\'' | b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::signed_cookies::cookie::pairs;

    #[test]
    fn nothing_that_others_would_read_as_signed_passes() {
        let mut selection = Selection::default();
        selection.add_name(b"session");
        selection.add_prefix(b"__Host-");
        const CASES: &[(&str, bool)] = &[
            ("theme=dark", false),
            ("theme=session", false),
            ("sessions=1", false),
            ("SESSION=1", false),
            ("theme=a b", false),
            ("theme=%73ession", false),
            ("%73ession=1", true),
            ("%5f%5fHost-a=1", true),
            ("a=b session=1", true),
            ("a=b\tsession = 1", true),
            ("a=b,session=1", true),
            ("a=\"b\"session=1", true),
            ("a=b __Host-x=1", true),
            ("session", true),
            ("\u{a0}session=1", true),
            ("\u{2003}session\u{2003}=1", true),
            ("theme=caf\u{e9}", false),
            ("\u{1c}session=1", true),
            ("theme=a\u{1c}", true),
        ];
        for (text, is_hidden) in CASES {
            let pair = pairs(text.as_bytes()).next().unwrap();
            assert!(!selection.covers(pair.name), "{text}");
            assert_eq!(selection.may_be_hidden_in(&pair), *is_hidden, "{text}");
        }
    }
}
