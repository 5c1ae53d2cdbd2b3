//! The plain form of a path.

use super::{Settings, TrailingSlash};

/// The path without what the settings take for needless; `None` for one that is plain already.
pub(super) fn normal(path: &[u8], settings: &Settings, is_mounted: bool) -> Option<Vec<u8>> {
    if path.is_empty() && is_mounted && settings.trailing_slash == TrailingSlash::Append {
        return Some(b"/".to_vec());
    }
    if is_plain(path, settings.trailing_slash) {
        return None;
    }
    let normal = rebuilt(path.strip_prefix(b"/")?, settings);
    (normal != path).then_some(normal)
}

/// Whether nothing in the path can be needless, by whatever settings: quickly, for nearly all are plain.
fn is_plain(path: &[u8], trailing_slash: TrailingSlash) -> bool {
    let is_doubtful = |pair: &[u8]| pair[0] == b'/' && matches!(pair[1], b'/' | b'.');
    let has_slash = path.ends_with(b"/");
    let has_wanted_end = match trailing_slash {
        TrailingSlash::Leave => true,
        TrailingSlash::Trim => !has_slash || path.len() == 1,
        TrailingSlash::Append => has_slash,
    };
    has_wanted_end && !path.windows(2).any(is_doubtful)
}

/// RFC 3986 §5.2.4, with empty segments left out where slashes are merged. `rest` is what follows the first slash.
fn rebuilt(rest: &[u8], settings: &Settings) -> Vec<u8> {
    let mut segments: Vec<&[u8]> = Vec::new();
    let mut has_slash = false;
    let mut parts = rest.split(|&byte| byte == b'/').peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        has_slash = true;
        match part {
            b"" if settings.merge_slashes || is_last => {}
            b"." if settings.dot_segments => {}
            b".." if settings.dot_segments => {
                segments.pop();
            }
            part => {
                segments.push(part);
                has_slash = false;
            }
        }
    }
    match settings.trailing_slash {
        TrailingSlash::Leave => {}
        TrailingSlash::Append => has_slash = true,
        TrailingSlash::Trim => {
            has_slash = false;
            while segments.last().is_some_and(|segment| segment.is_empty()) {
                segments.pop();
            }
        }
    }
    let mut path = Vec::with_capacity(rest.len() + 2);
    for segment in &segments {
        path.push(b'/');
        path.extend_from_slice(segment);
    }
    if has_slash || path.is_empty() {
        path.push(b'/');
    }
    path
}
