//! From the path of a URL to that of a file: which mounts cover it, and whether it may be looked up at all.

use super::StaticFilesError;

/// What follows `prefix` in a path, without the slash between them; `None` when the prefix does not cover the path.
///
/// Whole segments only: `/static` covers `/static` and `/static/a`, never `/staticky`.
pub(super) fn below<'p>(path: &'p [u8], prefix: &[u8]) -> Option<Below<'p>> {
    match path.strip_prefix(prefix)? {
        [] => Some(Below::Itself),
        [b'/', rest @ ..] => Some(Below::Inside(rest)),
        _ => None,
    }
}

/// Where a path is, seen from a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Below<'p> {
    /// The path is the prefix, without a slash at its end.
    Itself,
    /// The rest behind the slash; empty for the folder.
    Inside(&'p [u8]),
}

/// A relative path that can lead nowhere but downwards: segments that are neither empty nor dots, joined by single
/// slashes; empty for the root itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SafePath<'p> {
    /// Without a slash at either end.
    pub(super) path: &'p [u8],
    /// Whether a slash stood at the end (or nothing at all): a folder is asked for.
    pub(super) asks_for_folder: bool,
}

impl<'p> SafePath<'p> {
    /// Takes a percent-decoded path. `None` for `..` and `.`, empty segments, backslashes and drive letters (for they
    /// are separators and roots elsewhere), NUL, and hidden names unless these are allowed.
    pub(super) fn new(rest: &'p [u8], dotfiles: bool) -> Option<Self> {
        let (path, has_slash) = match rest {
            [path @ .., b'/'] => (path, true),
            path => (path, path.is_empty()),
        };
        let is_safe = |segment: &[u8]| {
            !matches!(segment, b"" | b"." | b".." | [_, b':', ..])
                && (dotfiles || segment[0] != b'.')
                && !segment.iter().any(|byte| matches!(byte, 0 | b'\\'))
        };
        let is_root = path.is_empty() && rest.is_empty();
        (is_root || path.split(|&byte| byte == b'/').all(is_safe)).then_some(Self {
            path,
            asks_for_folder: has_slash,
        })
    }

    /// The last segment.
    pub(super) fn name(&self) -> &'p [u8] {
        name(self.path)
    }
}

/// The last segment of a path.
pub(super) fn name(path: &[u8]) -> &[u8] {
    let start = path.iter().rposition(|&byte| byte == b'/');
    &path[start.map_or(0, |slash| slash + 1)..]
}

/// A name in a folder.
pub(super) fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let slash: &[u8] = if folder.is_empty() { b"" } else { b"/" };
    [folder, slash, name].concat()
}

/// A prefix as it was given, without slashes at its end: `/static/` becomes `/static`, `/` becomes empty.
pub(super) fn prefix(given: &[u8]) -> Result<Box<[u8]>, StaticFilesError> {
    let end = given.iter().rposition(|&byte| byte != b'/');
    let prefix = end.map_or(&given[..0], |end| &given[..=end]);
    let text = || String::from_utf8_lossy(given).into_owned();
    if !prefix.is_empty() && prefix[0] != b'/' {
        return Err(StaticFilesError::NoLeadingSlash { prefix: text() });
    }
    if prefix.windows(2).any(|pair| pair == b"//") {
        return Err(StaticFilesError::EmptySegment { prefix: text() });
    }
    Ok(prefix.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_covers_whole_segments() {
        #[rustfmt::skip]
        let cases: [(&str, &str, Option<Below<'_>>); 9] = [
            ("/static", "/static", Some(Below::Itself)),
            ("/static/", "/static", Some(Below::Inside(b""))),
            ("/static/a", "/static", Some(Below::Inside(b"a"))),
            ("/static//a", "/static", Some(Below::Inside(b"/a"))),
            ("/staticky", "/static", None),
            ("/static.txt", "/static", None),
            ("/", "", Some(Below::Inside(b""))),
            ("", "", Some(Below::Itself)),
            ("*", "", None),
        ];
        for (path, prefix, wanted) in cases {
            assert_eq!(below(path.as_bytes(), prefix.as_bytes()), wanted, "{path}");
        }
    }

    #[test]
    fn only_paths_that_lead_downwards_are_safe() {
        for path in [
            "", "a", "a/b", "a/b/", "a b", "..a", "a..", "a.b", "ab:c", "%2e%2e",
        ] {
            let dotfiles = path.starts_with('.');
            assert!(SafePath::new(path.as_bytes(), dotfiles).is_some(), "{path}");
        }
        #[rustfmt::skip]
        let refused = [
            "..", "../a", "a/..", "a/../b", "a/../", ".", "a/./b", "/", "//", "/a", "/etc/passwd", "a//b", "a//",
            "a\\b", "..\\a", "a\0b", "c:", "c:/a", "a/c:b",
        ];
        for path in refused {
            assert_eq!(SafePath::new(path.as_bytes(), true), None, "{path}");
        }
        for path in [".env", ".git/config", "a/.b", "..a"] {
            assert_eq!(SafePath::new(path.as_bytes(), false), None, "{path}");
            assert!(SafePath::new(path.as_bytes(), true).is_some(), "{path}");
        }
    }
}
