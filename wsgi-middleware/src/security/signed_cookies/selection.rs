//! Which cookies are signed.

use std::borrow::Cow;

use memchr::memmem::Finder;
use percent_encoding::percent_decode;

use super::cookie::Pair;

/// By name; all of them where none is named.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    names: Vec<Finder<'static>>,
    prefixes: Vec<Finder<'static>>,
}

impl Selection {
    pub(super) fn add_name(&mut self, name: &[u8]) {
        self.names.push(Finder::new(name).into_owned());
    }

    pub(super) fn add_prefix(&mut self, prefix: &[u8]) {
        self.prefixes.push(Finder::new(prefix).into_owned());
    }

    pub(super) fn covers(&self, name: &[u8]) -> bool {
        self.is_all()
            || self.names.iter().any(|known| known.needle() == name)
            || (self.prefixes.iter()).any(|known| name.starts_with(known.needle()))
    }

    fn is_all(&self) -> bool {
        self.names.is_empty() && self.prefixes.is_empty()
    }

    /// Whether a `Cookie` field has nothing that is signed, by whatever rules it is read: the quick answer, for most
    /// requests without such a cookie. No to fields that have to be taken apart to know it.
    pub(super) fn is_surely_not_in(&self, field: &[u8]) -> bool {
        // All that could hide a name in a field without its very bytes.
        let is_odd = |byte: u8| byte == b'%' || byte.is_ascii_control();
        let is_odd = field.iter().fold(false, |odd, &byte| odd | is_odd(byte));
        let mut texts = self.names.iter().chain(&self.prefixes);
        !is_odd && !self.is_all() && texts.all(|text| text.find(field).is_none())
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
    use proptest::prelude::*;

    use super::*;
    use crate::security::signed_cookies::cookie::pairs;

    fn selection() -> Selection {
        let mut selection = Selection::default();
        selection.add_name(b"session");
        selection.add_prefix(b"__Host-");
        selection
    }

    #[test]
    fn nothing_that_others_would_read_as_signed_passes() {
        let selection = selection();
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

    #[test]
    fn most_fields_are_told_at_a_glance() {
        let is_surely_not_in = |field: &str| selection().is_surely_not_in(field.as_bytes());
        assert!(is_surely_not_in("theme=dark; _ga=GA1.2.1; id=\"a b\""));
        for unsure in ["session=1", "a=1; __Host-b=2", "a=session", "a=%41", "a=\t"] {
            assert!(!is_surely_not_in(unsure), "{unsure}");
        }
        assert!(!Selection::default().is_surely_not_in(b"theme=dark"));
    }

    proptest! {
        #[test]
        fn what_the_glance_lets_pass_the_close_look_does(
            field in "((se)?(ssion)?|__Host-|[ =;%a7\u{a0}\t]){0,8}"
        ) {
            let selection = selection();
            if selection.is_surely_not_in(field.as_bytes()) {
                let signed = |pair: Pair<'_>| selection.covers(pair.name) || selection.may_be_hidden_in(&pair);
                prop_assert!(!pairs(field.as_bytes()).any(signed));
            }
        }
    }
}
