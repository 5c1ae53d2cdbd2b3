//! Which media types are worth the work.

use std::sync::Arc;

use super::CompressError;

/// Media types: `text/html`, all of a kind as `text/*`, all of a structured syntax as `+json`, all as `*/*`.
#[derive(Clone, Debug, Default)]
pub(super) enum ContentTypes {
    #[default]
    Compressible,
    Given(Arc<[Box<str>]>),
}

/// What is text or as regular as text. Images (but for SVG and bitmaps), audio, video, archives, PDF and web fonts are
/// compressed in themselves.
const COMPRESSIBLE: &[&str] = &[
    "text/*",
    "application/json",
    "+json",
    "+xml",
    "application/javascript",
    "application/xml",
    "application/x-javascript",
    "application/x-ndjson",
    "application/json-seq",
    "application/graphql",
    "application/wasm",
    "application/yaml",
    "application/toml",
    "application/rtf",
    "application/sql",
    "application/postscript",
    "application/x-www-form-urlencoded",
    "application/vnd.ms-fontobject",
    "font/otf",
    "font/ttf",
    "font/collection",
    "image/bmp",
    "image/vnd.microsoft.icon",
    "image/x-icon",
];

impl ContentTypes {
    pub(super) fn from_patterns(
        patterns: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, CompressError> {
        let checked = |pattern: &str| {
            let is_known = pattern.starts_with('+')
                || pattern
                    .split_once('/')
                    .is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty());
            match is_known && !pattern.contains([';', ',', ' ']) {
                true => Ok(Box::from(pattern)),
                false => Err(CompressError::ContentType {
                    pattern: pattern.to_owned(),
                }),
            }
        };
        let patterns = patterns
            .into_iter()
            .map(|pattern| checked(pattern.as_ref()));
        let patterns: Result<Arc<[Box<str>]>, _> = patterns.collect();
        Ok(Self::Given(patterns?))
    }

    /// Whether the value of a `Content-Type` is among them; its parameters do not count.
    pub(super) fn contain(&self, content_type: &[u8]) -> bool {
        let end = content_type.iter().position(|&byte| byte == b';');
        let essence = content_type[..end.unwrap_or(content_type.len())].trim_ascii();
        match self {
            Self::Compressible => COMPRESSIBLE.iter().any(|pattern| matches(pattern, essence)),
            Self::Given(patterns) => patterns.iter().any(|pattern| matches(pattern, essence)),
        }
    }
}

fn matches(pattern: &str, essence: &[u8]) -> bool {
    let pattern = pattern.as_bytes();
    if pattern == b"*/*" {
        true
    } else if let Some(kind) = pattern.strip_suffix(b"*") {
        let start = essence.get(..kind.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(kind))
    } else if pattern.starts_with(b"+") {
        let end = essence.len().checked_sub(pattern.len());
        end.is_some_and(|end| essence[end..].eq_ignore_ascii_case(pattern))
    } else {
        essence.eq_ignore_ascii_case(pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_knows_what_is_text_or_as_regular() {
        let types = ContentTypes::default();
        for content_type in [
            "text/html",
            "TEXT/Plain; charset=utf-8",
            "application/json",
            "application/problem+json ;x=1",
            "image/svg+xml",
            "application/wasm",
            "text/event-stream",
        ] {
            assert!(types.contain(content_type.as_bytes()), "{content_type}");
        }
        for content_type in [
            "",
            "image/png",
            "application/octet-stream",
            "application/zip",
            "application/epub+zip",
            "video/mp4",
            "font/woff2",
            "application/pdf",
            "textual",
            "json",
        ] {
            assert!(!types.contain(content_type.as_bytes()), "{content_type}");
        }
    }

    #[test]
    fn given_patterns_replace_the_default() {
        let types = ContentTypes::from_patterns(["application/x-mine", "image/*"]).unwrap();
        assert!(types.contain(b"application/X-Mine"));
        assert!(types.contain(b"image/png"));
        assert!(!types.contain(b"text/html"));
        let all = ContentTypes::from_patterns(["*/*"]).unwrap();
        assert!(all.contain(b"application/pdf"));
        for wrong in [
            "json",
            "",
            "/",
            "text/",
            "text/html; charset=utf-8",
            "a/b, c/d",
        ] {
            ContentTypes::from_patterns([wrong]).unwrap_err();
        }
    }
}
