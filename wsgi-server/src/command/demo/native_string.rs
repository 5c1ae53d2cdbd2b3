//! Native strings: what the bytes of the environ look like to a Python application.
//!
//! PEP 3333 "Unicode Issues": a variable is a `str` with one character, U+0000 to U+00FF, for each byte.

use std::fmt::Write;

/// The characters of a native string.
pub(super) fn from_bytes(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// As Python's `repr()` shows the native string.
pub(super) fn repr(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') {
        '"'
    } else {
        '\''
    };
    let mut text = String::from(quote);
    for &byte in bytes {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            b'\\' => text.push_str("\\\\"),
            // What Python takes for unprintable: control characters, no-break space, soft hyphen.
            0..0x20 | 0x7f..=0xa0 | 0xad => {
                write!(text, "\\x{byte:02x}").expect("a String takes all that is written")
            }
            _ => {
                if char::from(byte) == quote {
                    text.push('\\');
                }
                text.push(char::from(byte));
            }
        }
    }
    text.push(quote);
    text
}

/// The text that the bytes were meant to be, when that is another one: UTF-8 beyond ASCII.
pub(super) fn as_utf8(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes)
        .ok()
        .filter(|text| !text.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repr_is_that_of_python() {
        #[rustfmt::skip]
        let cases: &[(&[u8], &str)] = &[
            (b"/blog",           "'/blog'"),
            (b"",                "''"),
            (b"it's",            "\"it's\""),
            (b"'\"",             "'\\'\"'"),
            (b"a\\b\n\r\t\x00",  "'a\\\\b\\n\\r\\t\\x00'"),
            (b"\xc3\xa9\xad",    "'Ã©\\xad'"),
        ];
        for (bytes, text) in cases {
            assert_eq!(repr(bytes), *text);
        }
    }

    #[test]
    fn only_text_beyond_ascii_differs() {
        assert_eq!(as_utf8("é".as_bytes()), Some("é"));
        assert_eq!(as_utf8(b"e"), None);
        assert_eq!(as_utf8(b"\xff"), None);
    }
}
