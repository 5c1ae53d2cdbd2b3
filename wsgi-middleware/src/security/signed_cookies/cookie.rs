//! The fields `Cookie` and `Set-Cookie`, taken apart without changing a byte.

/// One name and value, where they lie in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair<'f> {
    /// Name, `=` and value, without white space around them.
    pub(super) text: &'f [u8],
    /// Empty where there is no `=`: so browsers send what was set without.
    pub(super) name: &'f [u8],
    pub(super) value: &'f [u8],
}

impl<'f> Pair<'f> {
    /// RFC 6265 §5.2 "The Set-Cookie Header": white space around name and value does not count.
    fn parse(text: &'f [u8]) -> Self {
        let text = text.trim_ascii();
        let (name, value) = match text.iter().position(|&byte| byte == b'=') {
            Some(at) => (&text[..at], &text[at + 1..]),
            None => (&text[..0], text),
        };
        Self {
            text,
            name: name.trim_ascii(),
            value: value.trim_ascii(),
        }
    }

    /// What stands before and behind the value in the field that it is part of.
    pub(super) fn around(&self, field: &'f [u8]) -> (&'f [u8], &'f [u8]) {
        // The text up to the semicolon ends with the value and white space; the value may be empty.
        let end = first(field).trim_ascii_end().len();
        (&field[..end - self.value.len()], &field[end..])
    }
}

/// The pairs of a `Cookie` field. Semicolons separate them, and nothing hides one: what some parsers take for a quoted
/// string that goes on is two pairs here (RFC 6265 §5.4).
pub(super) fn pairs(field: &[u8]) -> impl Iterator<Item = Pair<'_>> {
    let texts = field.split(|&byte| byte == b';');
    let pairs = texts.map(Pair::parse);
    pairs.filter(|pair| !pair.text.is_empty())
}

/// The pair that a `Set-Cookie` field begins with; `None` where there is none.
pub(super) fn set(field: &[u8]) -> Option<Pair<'_>> {
    Some(Pair::parse(first(field))).filter(|pair| pair.text.contains(&b'='))
}

fn first(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|&byte| byte == b';');
    &field[..end.unwrap_or(field.len())]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pairs_are_what_semicolons_separate() {
        const CASES: &[(&str, &[(&str, &str)])] = &[
            ("a=1", &[("a", "1")]),
            ("a=1; b=2", &[("a", "1"), ("b", "2")]),
            (" a = 1 ;b=2;;  ", &[("a", "1"), ("b", "2")]),
            ("a=x=y==", &[("a", "x=y==")]),
            ("a=", &[("a", "")]),
            ("=1", &[("", "1")]),
            ("alone", &[("", "alone")]),
            ("a=\"x; b=2; y\"", &[("a", "\"x"), ("b", "2"), ("", "y\"")]),
            ("", &[]),
        ];
        for (field, wanted) in CASES {
            let found: Vec<_> = pairs(field.as_bytes())
                .map(|pair| (pair.name, pair.value))
                .collect();
            let wanted: Vec<_> = wanted
                .iter()
                .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
                .collect();
            assert_eq!(found, wanted, "{field}");
        }
    }

    proptest! {
        #[test]
        fn around_the_value_nothing_is_lost(field in "[ =;a-c\"\t]{0,12}") {
            if let Some(pair) = set(field.as_bytes()) {
                let (before, after) = pair.around(field.as_bytes());
                let joined = [before, pair.value, after].concat();
                prop_assert_eq!(joined, field.as_bytes());
            }
        }
    }
}
