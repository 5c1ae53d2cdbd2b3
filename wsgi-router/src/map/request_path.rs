//! The path of a request: of its target, or of `PATH_INFO`.

use std::borrow::Cow;
use std::ops::Range;

use percent_encoding::percent_decode;

use super::bind::text;
use super::path::Path;

/// The path of the request, decoded or not.
#[derive(Clone, Debug)]
pub(crate) enum RequestPath<'r> {
    Decoded(Cow<'r, str>),
    Raw(Cow<'r, str>),
}

impl<'r> RequestPath<'r> {
    /// `PATH_INFO`, unless the target has an encoded slash in it, the one thing that `PATH_INFO` does not tell.
    ///
    /// The target begins with `SCRIPT_NAME`, perhaps encoded. It is used only when all of it, decoded, is
    /// `SCRIPT_NAME` and `PATH_INFO`: a server or a layer in between may have changed these, and they are what
    /// counts.
    pub(crate) fn new(target: Cow<'r, [u8]>, script_name: &[u8], path_info: Cow<'r, [u8]>) -> Self {
        if let Some(range) = below_script(&target, script_name, &path_info) {
            let path = match target {
                Cow::Borrowed(target) => Cow::Borrowed(&target[range]),
                Cow::Owned(target) => Cow::Owned(target[range].to_vec()),
            };
            return Self::Raw(text(path));
        }
        Self::Decoded(text(path_info))
    }

    #[inline]
    pub(crate) fn as_path(&self) -> Path<'_> {
        match self {
            Self::Decoded(path) => Path::decoded(path),
            Self::Raw(path) => Path::raw(path),
        }
    }
}

/// Where in the target the path below `SCRIPT_NAME` is, if it has an encoded slash and agrees with the others.
pub(crate) fn below_script(target: &[u8], script: &[u8], path_info: &[u8]) -> Option<Range<usize>> {
    memchr::memchr(b'%', target)?;
    let path = path_of(target);
    let encoded_slash = |path: &[u8]| {
        path.windows(3)
            .any(|three| three.eq_ignore_ascii_case(b"%2F"))
    };
    if !encoded_slash(&target[path.clone()]) {
        return None;
    }
    let mut start = path.start;
    for &byte in script {
        let (decoded, length) = decode(&target[start..path.end])?;
        if decoded != byte {
            return None;
        }
        start += length;
    }
    let below = &target[start..path.end];
    // A mount behind an encoded slash has taken it for a separator; then it is one.
    let agrees =
        below.first() == Some(&b'/') && percent_decode(below).eq(path_info.iter().copied());
    (agrees && encoded_slash(below)).then_some(start..path.end)
}

/// The path of a target: in origin form it is at the front, in absolute form behind the authority.
fn path_of(target: &[u8]) -> Range<usize> {
    let end = memchr::memchr(b'?', target).unwrap_or(target.len());
    if target.first() == Some(&b'/') {
        return 0..end;
    }
    let authority = target[..end].windows(3).position(|three| three == b"://");
    let slash = authority.and_then(|at| Some(at + 3 + memchr::memchr(b'/', &target[at + 3..end])?));
    slash.unwrap_or(end)..end
}

/// The first byte, decoded, and how long it is.
fn decode(text: &[u8]) -> Option<(u8, usize)> {
    let first = *text.first()?;
    let hex = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    match text {
        [b'%', high, low, ..] => match (hex(*high), hex(*low)) {
            (Some(high), Some(low)) => Some((high << 4 | low, 3)),
            _ => Some((first, 1)),
        },
        _ => Some((first, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(target: &str, script_name: &str, path_info: &str) -> String {
        let (target, path_info) = (target.as_bytes().into(), path_info.as_bytes().into());
        match RequestPath::new(target, script_name.as_bytes(), path_info) {
            RequestPath::Decoded(path) => format!("decoded {path}"),
            RequestPath::Raw(path) => format!("raw {path}"),
        }
    }

    #[test]
    fn the_target_is_used_where_an_encoded_slash_makes_a_difference() {
        #[rustfmt::skip]
        let cases = [
            ("/a%2Fb", "", "/a/b", "raw /a%2Fb"),
            ("/a%2fb?c%2Fd", "", "/a/b", "raw /a%2fb"),
            ("http://h/a%2Fb", "", "/a/b", "raw /a%2Fb"),
            ("/s/a%2Fb", "/s", "/a/b", "raw /a%2Fb"),
            ("/%73/a%2Fb", "/s", "/a/b", "raw /a%2Fb"),
            ("/%C3%A9/a%2Fb", "/\u{e9}", "/a/b", "raw /a%2Fb"),
            ("/a%zz%2Fb", "", "/a%zz/b", "raw /a%zz%2Fb"),
            // There is none, or not in what is left of the path.
            ("/a%20b", "", "/a b", "decoded /a b"),
            ("/a?b=%2F", "", "/a", "decoded /a"),
            ("/s%2Ft/a", "/s/t", "/a", "decoded /a"),
            ("", "", "/a/b", "decoded /a/b"),
            ("*", "", "*", "decoded *"),
            ("host:443", "", "", "decoded "),
            // Somebody has changed the path in between.
            ("/a%2Fb", "", "/c", "decoded /c"),
            ("/s/a%2Fb", "", "/a/b", "decoded /a/b"),
            ("/s/a%2Fb", "/t", "/a/b", "decoded /a/b"),
            ("/s", "/s/t", "/a", "decoded /a"),
            // A mount at `/s` that took the encoded slash for one.
            ("/s%2Fb/c%2Fd", "/s", "/b/c/d", "decoded /b/c/d"),
        ];
        for (target, script_name, path_info, expected) in cases {
            assert_eq!(path(target, script_name, path_info), expected, "{target}");
        }
    }
}
