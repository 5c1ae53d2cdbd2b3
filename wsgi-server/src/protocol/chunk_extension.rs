//! The extensions of a chunk, read past by their grammar.

use super::character_set::TOKEN;

/// Where in the extensions of a chunk a byte stands.
///
/// Nobody is told what they say. But who reads past them by another rule finds another end of their line, and thereby
/// another request: inside of quotes above all.
///
/// # Specification
/// RFC 9112 §7.1.1 "Chunk Extensions", RFC 9110 §5.6.4 "Quoted Strings"
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChunkExtension {
    /// A semicolon is next: whitespace came behind what it ends.
    Semicolon,
    /// The first byte of a name, or whitespace before it.
    NameStart,
    Name,
    /// Whitespace came behind the name.
    NameEnd,
    /// The first byte of a value, or whitespace before it.
    ValueStart,
    Token,
    Quoted,
    /// A backslash came.
    Escaped,
    /// The closing quote came.
    QuotedEnd,
}

impl ChunkExtension {
    /// What this byte leads to; `None` where it must not stand.
    pub(super) fn step(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::NameStart | Self::Name, _) if TOKEN.contains(byte) => Some(Self::Name),
            (Self::ValueStart | Self::Token, _) if TOKEN.contains(byte) => Some(Self::Token),
            (Self::ValueStart, b'"') => Some(Self::Quoted),
            (Self::Quoted, b'"') => Some(Self::QuotedEnd),
            (Self::Quoted, b'\\') => Some(Self::Escaped),
            (Self::Quoted | Self::Escaped, b'\t' | b' '..=b'~' | 0x80..) => Some(Self::Quoted),
            (Self::Name | Self::NameEnd, b'=') => Some(Self::ValueStart),
            (Self::Name | Self::NameEnd, b';') => Some(Self::NameStart),
            (Self::Token | Self::QuotedEnd | Self::Semicolon, b';') => Some(Self::NameStart),
            (
                Self::NameStart | Self::NameEnd | Self::ValueStart | Self::Semicolon,
                b' ' | b'\t',
            ) => Some(self),
            (Self::Name, b' ' | b'\t') => Some(Self::NameEnd),
            (Self::Token | Self::QuotedEnd, b' ' | b'\t') => Some(Self::Semicolon),
            _ => None,
        }
    }

    /// Whether the line may end here.
    pub(super) fn may_end(self) -> bool {
        matches!(self, Self::Name | Self::Token | Self::QuotedEnd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands behind the size of a chunk, before its line end, and whether that is right.
    const CASES: &[(&str, bool)] = &[
        (";a", true),
        (";a=b", true),
        (";a;b=c;d", true),
        (" ; a = b ; c", true),
        ("\t;\ta\t=\t\"b\"", true),
        (";a=\"\"", true),
        (";a=\"b;c=\\\"d\\\\\"", true),
        (";a=\"\u{e9}\t\"", true),
        (";chunk-signature=0a1b2c", true),
        ("", false),
        (" ", false),
        (";", false),
        (";;a", false),
        (";a;", false),
        (";a=", false),
        (";=b", false),
        (";a b", false),
        (";a=b c", false),
        (";a=b=c", false),
        (";a ", false),
        (";a=b ", false),
        (";a=\"b\" ", false),
        (";a=\"b", false),
        (";a=\"b\\", false),
        (";a=\"b\\\"", false),
        (";a=\"b\"c", false),
        (";a=b\"c\"", false),
        (";\u{e9}", false),
        (";a(b)", false),
        (";a=\"\u{1}\"", false),
        (";a=\"\\\u{7f}\"", false),
        (";a=\0", false),
        ("a", false),
    ];

    #[test]
    fn extensions_are_read_past_by_their_grammar() {
        for &(text, expected) in CASES {
            let start = Some(ChunkExtension::Semicolon);
            let end = text
                .bytes()
                .try_fold(start, |at, byte| Some(at?.step(byte)))
                .flatten();
            let found = end.is_some_and(ChunkExtension::may_end);
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn no_line_ends_inside_of_an_extension() {
        let places = [
            ChunkExtension::Semicolon,
            ChunkExtension::NameStart,
            ChunkExtension::Name,
            ChunkExtension::NameEnd,
            ChunkExtension::ValueStart,
            ChunkExtension::Token,
            ChunkExtension::Quoted,
            ChunkExtension::Escaped,
            ChunkExtension::QuotedEnd,
        ];
        for place in places {
            assert_eq!(
                (place.step(b'\r'), place.step(b'\n')),
                (None, None),
                "{place:?}"
            );
        }
    }
}
