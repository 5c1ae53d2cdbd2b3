//! What the name of a file tells: its content type, and whether it is one that never changes.

use std::sync::Arc;

/// Whether what lies under this path never changes; see [`StaticFiles::immutable`](crate::StaticFiles::immutable).
pub(super) type IsImmutable = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Whether the last but one part of the name is the hash of its content: `app.3f2a9c1b.js`.
///
/// Eight or more hexadecimal digits in lower case, among them figures and letters: dates (`report.20240131.csv`) are
/// none.
pub(super) fn bears_hash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut parts = name.rsplit('.').skip(1);
    let (Some(hash), Some(_)) = (parts.next(), parts.next()) else {
        return false;
    };
    hash.len() >= 8
        && hash
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && hash.bytes().any(|byte| byte.is_ascii_digit())
        && hash.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// The content types of files by their names.
#[derive(Clone, Debug)]
pub(super) struct ContentTypes {
    /// Extensions in lower case, without a dot, and whole values.
    pub(super) overrides: Vec<(String, String)>,
    /// Of texts; `None` leaves it to whoever reads them.
    pub(super) charset: Option<String>,
}

impl Default for ContentTypes {
    fn default() -> Self {
        Self {
            overrides: Vec::new(),
            charset: Some("utf-8".to_owned()),
        }
    }
}

impl ContentTypes {
    /// The value of `Content-Type`; `application/octet-stream` where nothing is known.
    pub(super) fn of(&self, path: &[u8]) -> String {
        let name = String::from_utf8_lossy(super::path::name(path));
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let is_it = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(extension);
        if let Some((_, content_type)) = self.overrides.iter().rev().find(is_it) {
            return content_type.clone();
        }
        let guessed = mime_guess::from_ext(extension).first_raw();
        match (guessed, &self.charset) {
            (Some(text), Some(charset)) if is_text(text) => [text, "; charset=", charset].concat(),
            (Some(other), _) => other.to_owned(),
            (None, _) => "application/octet-stream".to_owned(),
        }
    }
}

fn is_text(content_type: &str) -> bool {
    content_type.starts_with("text/") || content_type == "application/javascript"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_told_from_dates_and_versions() {
        #[rustfmt::skip]
        let cases = [
            ("app.3f2a9c1b.js", true),
            ("css/site.0123456789ab.min.css", false),
            ("css/site.min.0123456789ab.css", true),
            ("3f2a9c1b.js", false),
            ("app.3F2A9C1B.js", false),
            ("app.3f2a9c1.js", false),
            ("report.20240131.csv", false),
            ("cafe.defaced.html", false),
            ("cafe.facadefacade.html", false),
            ("a.3f2a9c1b.d/app.js", false),
            ("app.js", false),
            ("app", false),
            ("", false),
        ];
        for (path, wanted) in cases {
            assert_eq!(bears_hash(path), wanted, "{path}");
        }
    }

    #[test]
    fn types_go_by_extension() {
        let mut types = ContentTypes::default();
        types.overrides.push(("foo".into(), "text/x-foo".into()));
        #[rustfmt::skip]
        let cases = [
            ("a/index.html", "text/html; charset=utf-8"),
            ("A.JS", "text/javascript; charset=utf-8"),
            ("a.css", "text/css; charset=utf-8"),
            ("a.json", "application/json"),
            ("a.wasm", "application/wasm"),
            ("a.svg", "image/svg+xml"),
            ("a.woff2", "font/woff2"),
            ("a.tar.gz", "application/gzip"),
            ("a.FOO", "text/x-foo"),
            ("a.unheard-of", "application/octet-stream"),
            ("html", "application/octet-stream"),
            ("a.html/b", "application/octet-stream"),
        ];
        for (path, wanted) in cases {
            assert_eq!(types.of(path.as_bytes()), wanted, "{path}");
        }
        types.charset = None;
        assert_eq!(types.of(b"a.txt"), "text/plain");
    }
}
