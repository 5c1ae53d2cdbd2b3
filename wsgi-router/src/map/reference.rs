//! References to URLs, and where they lead from a base: what Python's `urljoin` makes of them.

/// A URL, or a reference to one, cut into its parts; those that are empty are as if they were not there.
///
/// # Specification
/// RFC 3986 §3 "Syntax Components", and the parameters of the last segment, of RFC 1808 §2.1
#[derive(Debug, Default)]
struct Parts {
    /// In lower case.
    scheme: String,
    authority: String,
    path: String,
    parameters: String,
    query: String,
    fragment: String,
}

impl Parts {
    /// Cuts a reference up; one without a scheme is taken to be of this one.
    fn new(text: &str, scheme: &str) -> Self {
        // As browsers do, for the benefit of whoever breaks a URL into lines: URL Standard, 4.4 "URL parsing".
        let text = text
            .trim_start_matches(|c| c <= ' ')
            .replace(['\t', '\r', '\n'], "");
        let mut parts = Self {
            scheme: scheme.to_owned(),
            ..Self::default()
        };
        let mut rest = text.as_str();
        if let Some((scheme, behind)) = scheme_of(rest) {
            parts.scheme = scheme.to_ascii_lowercase();
            rest = behind;
        }
        if let Some(behind) = rest.strip_prefix("//") {
            let end = behind.find(['/', '?', '#']).unwrap_or(behind.len());
            parts.authority = behind[..end].to_owned();
            rest = &behind[end..];
        }
        let fragment;
        let query;
        (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let last = rest.rfind('/').unwrap_or(0);
        let parameters = rest[last..].find(';').map(|at| last + at);
        parts.path = rest[..parameters.unwrap_or(rest.len())].to_owned();
        parts.parameters = parameters.map_or("", |at| &rest[at + 1..]).to_owned();
        (parts.query, parts.fragment) = (query.to_owned(), fragment.to_owned());
        parts
    }

    /// Put together again.
    fn to_text(&self) -> String {
        let mut text = format!("{}://{}", self.scheme, self.authority);
        if !self.path.is_empty() && !self.path.starts_with('/') {
            text.push('/');
        }
        text.push_str(&self.path);
        for (mark, part) in [
            (';', &self.parameters),
            ('?', &self.query),
            ('#', &self.fragment),
        ] {
            if !part.is_empty() {
                text.push(mark);
                text.push_str(part);
            }
        }
        text
    }
}

/// The scheme that a reference begins with, and what is behind its colon.
fn scheme_of(text: &str) -> Option<(&str, &str)> {
    let (scheme, behind) = text.split_once(':')?;
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let is_scheme =
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(known);
    is_scheme.then_some((scheme, behind))
}

/// Where a reference leads from an absolute base, `scheme://host/path/`. A reference of another scheme is the URL.
///
/// # Specification
/// RFC 3986 §5.2 "Relative Resolution", but that empty segments of a relative path are left out and `http:a` is
/// relative to a base of `http`, as Python has it
pub(super) fn join(base: &str, reference: &str) -> String {
    if reference.is_empty() {
        return base.to_owned();
    }
    let base = Parts::new(base, "http");
    let mut parts = Parts::new(reference, &base.scheme);
    if parts.scheme != base.scheme {
        return reference.to_owned();
    }
    if !parts.authority.is_empty() {
        return parts.to_text();
    }
    parts.authority = base.authority;
    if parts.path.is_empty() && parts.parameters.is_empty() {
        parts.path = base.path;
        parts.parameters = base.parameters;
        if parts.query.is_empty() {
            parts.query = base.query;
        }
        return parts.to_text();
    }
    if !parts.path.starts_with('/') {
        let folder = base
            .path
            .rfind('/')
            .map_or("/", |slash| &base.path[..=slash]);
        parts.path = without_empty(&format!("{folder}{}", parts.path));
    }
    parts.path = without_dots(&parts.path);
    parts.to_text()
}

/// A path without the empty segments between its first and its last.
fn without_empty(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').collect();
    let last = segments.len() - 1;
    let kept = segments
        .iter()
        .enumerate()
        .filter(|(at, segment)| *at == 0 || *at == last || !segment.is_empty());
    let kept: Vec<&str> = kept.map(|(_, segment)| *segment).collect();
    kept.join("/")
}

/// A path that begins with a slash, without `.` and `..`; what is above the root is the root.
///
/// # Specification
/// RFC 3986 §5.2.4 "Remove Dot Segments"
fn without_dots(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').collect();
    let mut kept: Vec<&str> = Vec::new();
    for &segment in &segments {
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    if matches!(segments.last(), Some(&("." | ".."))) {
        kept.push("");
    }
    match kept.join("/") {
        root if root.is_empty() => "/".to_owned(),
        path => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values are those of Python's `urllib.parse.urljoin`.
    #[test]
    fn references_are_resolved() {
        #[rustfmt::skip]
        let cases = [
            ("", "http://h/s/"), ("a", "http://h/s/a"), ("a/", "http://h/s/a/"), ("/a", "http://h/a"),
            ("../a", "http://h/a"), ("../../a", "http://h/a"), ("./a", "http://h/s/a"), ("a/./b/../c", "http://h/s/a/c"),
            ("//o/a", "http://o/a"), ("https://o/a?b", "https://o/a?b"), ("?q=1", "http://h/s/?q=1"),
            ("a?q=/../", "http://h/s/a?q=/../"), ("..", "http://h/"), (".", "http://h/s/"), ("mailto:a@b", "mailto:a@b"),
            ("a//b", "http://h/s/a/b"), ("/a//b", "http://h/a//b"), ("a#", "http://h/s/a"), ("a?#b", "http://h/s/a#b"),
            ("HTTP:a", "http://h/s/a"), ("HTTP://O/a", "http://O/a"), ("//o", "http://o"), (";p", "http://h/s/;p"),
            ("a\r\nb", "http://h/s/ab"), (" a", "http://h/s/a"), ("a;p;q", "http://h/s/a;p;q"), ("1:a", "http://h/s/1:a"),
        ];
        for (reference, url) in cases {
            assert_eq!(join("http://h/s/", reference), url, "{reference:?}");
        }
    }
}
