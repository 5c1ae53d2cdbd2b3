//! The path of a request as the text that a map matches, whatever its bytes.
//!
//! Maps match text, and a path may be any bytes. A byte that is part of no character stands in the text as a character
//! of a private area, and is put back into what a parameter took, so that nothing is lost:
//!
//! ```text
//!   PATH_INFO  /caf\xC3\xA9/\xFF        text  /café/U+10FEFF        parameter  \xFF
//! ```

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode, utf8_percent_encode};
use wsgi_core::Environ;

use crate::map::below_script;

/// The character that stands for the byte 0x00; those that are used stand for 0x80 to 0xFF.
const FIRST: u32 = 0x10_fe00;

/// What must be encoded again in a segment: what divides segments, and what encodes.
const AGAIN: &AsciiSet = &CONTROLS.add(b'%').add(b'/');

/// The path below the root of this router, to be matched.
#[derive(Debug)]
pub(crate) enum PathText<'e> {
    /// It does not begin with exactly one slash, so that no route has it.
    Nowhere,
    /// `PATH_INFO`.
    Decoded(Cow<'e, str>),
    /// Of the request target, since an encoded slash is in it.
    Raw(Cow<'e, str>),
}

impl<'e> PathText<'e> {
    #[inline]
    pub(crate) fn of(environ: &'e Environ) -> Self {
        let path = environ.path_info();
        // Without an escape the target says no more than `PATH_INFO` does.
        if memchr::memchr(b'%', environ.target()).is_some()
            && let Some(range) = below_script(environ.target(), environ.script_name(), path)
        {
            return Self::raw(&environ.target()[range]);
        }
        match path {
            // PEP 3333 lets `PATH_INFO` be empty at the root of an application; routes know that as `/`.
            [] => Self::Decoded(Cow::Borrowed("/")),
            [b'/', b'/', ..] => Self::Nowhere,
            [b'/', ..] => Self::Decoded(match std::str::from_utf8(path) {
                Ok(text) if !text.contains(is_escape) => Cow::Borrowed(text),
                _ => Cow::Owned(escape(path)),
            }),
            _ => Self::Nowhere,
        }
    }

    #[cold]
    fn raw(path: &'e [u8]) -> Self {
        if path.starts_with(b"//") {
            return Self::Nowhere;
        }
        if let Ok(text) = std::str::from_utf8(path)
            && let Ok(decoded) = percent_decode(path).decode_utf8()
            && !decoded.contains(is_escape)
        {
            return Self::Raw(Cow::Borrowed(text));
        }
        let segments = path.split(|&byte| byte == b'/').map(|segment| {
            let decoded: Vec<u8> = percent_decode(segment).collect();
            utf8_percent_encode(&escape(&decoded), AGAIN).to_string()
        });
        let segments: Vec<String> = segments.collect();
        Self::Raw(Cow::Owned(segments.join("/")))
    }

    /// The bytes that a piece of the text stands for.
    pub(crate) fn bytes(&self, piece: Cow<'_, str>) -> Vec<u8> {
        match self {
            Self::Decoded(Cow::Owned(_)) | Self::Raw(Cow::Owned(_)) => unescape(&piece),
            _ => piece.into_owned().into_bytes(),
        }
    }

    /// A URL that was made of the text.
    pub(crate) fn url(&self, url: String) -> String {
        match self {
            Self::Decoded(Cow::Owned(_)) | Self::Raw(Cow::Owned(_)) => unescape_url(&url),
            _ => url,
        }
    }
}

/// Whether the character is none of a path's own: it stands for a byte, or, within maps, for an encoded slash.
fn is_escape(c: char) -> bool {
    matches!(c, '\u{10fe80}'..='\u{10feff}' | '\u{fdd0}')
}

/// Bytes that are no character, and characters that stand for something else, byte by byte.
fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 8);
    let escape = |bytes: &[u8], text: &mut String| {
        text.extend(
            bytes
                .iter()
                .filter_map(|&byte| char::from_u32(FIRST + u32::from(byte))),
        );
    };
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_escape(c) {
                escape(c.encode_utf8(&mut [0; 4]).as_bytes(), &mut text);
            } else {
                text.push(c);
            }
        }
        escape(chunk.invalid(), &mut text);
    }
    text
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // The low eight bits are the byte.
            '\u{10fe80}'..='\u{10feff}' => bytes.push(u32::from(c) as u8),
            _ => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// The percent-encoded characters U+10FE80 to U+10FEFF as the bytes that they stand for.
fn unescape_url(url: &str) -> String {
    let mut text = String::with_capacity(url.len());
    let mut rest = url;
    while let Some(at) = rest.find("%F4%8F%B") {
        let (before, found) = rest.split_at(at);
        text.push_str(before);
        let base = match found.as_bytes().get(8) {
            Some(b'A') => Some(0x80_u8),
            Some(b'B') => Some(0xc0),
            _ => None,
        };
        let low = found
            .get(10..12)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (base, low) {
            (Some(base), Some(low @ 0x80..=0xbf)) => {
                text.push_str(&format!("%{:02X}", base + (low - 0x80)));
                rest = &found[12..];
            }
            _ => {
                text.push_str(&found[..8]);
                rest = &found[8..];
            }
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use wsgi_core::testing::EnvironBuilder;

    use super::*;

    #[test]
    fn every_byte_comes_back() {
        for path in [
            &b"/caf\xc3\xa9"[..],
            b"/\xff\xc3/\x80",
            b"/\xf4\x8f\xba\x80",
            b"/\xef\xb7\x90\xff",
            b"/\xf4\x8f\xb8\x80",
            b"/",
        ] {
            assert_eq!(unescape(&escape(path)), path);
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(unescape(&escape(&all)), all);
    }

    #[test]
    fn a_url_has_the_bytes_of_the_path() {
        let text = escape(b"a\xff\x80\xbf\xc0\xf4\x8f\xb8\x80");
        let url = utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC).to_string();
        assert_eq!(unescape_url(&url), "a%FF%80%BF%C0%F4%8F%B8%80");
    }

    #[test]
    fn the_target_is_asked_where_it_has_an_encoded_slash() {
        let cases = [
            ("/a%2Fb", "Raw(\"/a%2Fb\")"),
            ("/a%2Fb%FF", "Raw(\"/a%2Fb%F4%8F%BB%BF\")"),
            ("/a%20b", "Decoded(\"/a b\")"),
            ("//a", "Nowhere"),
            ("/%2Fa", "Raw(\"/%2Fa\")"),
            ("a", "Nowhere"),
            ("", "Decoded(\"/\")"),
        ];
        for (target, expected) in cases {
            let environ = EnvironBuilder::get(target).build();
            assert_eq!(
                format!("{:?}", PathText::of(&environ)),
                expected,
                "{target}"
            );
        }
    }
}
