//! Where redirects lead.

use super::adapter::Adapter;
use super::compile::{Compiled, placeholders};
use super::rule::RedirectTo;
use super::value::Values;

impl Adapter<'_, '_> {
    /// The URL of a percent-encoded path below the root of the application, with the query of the request.
    pub(crate) fn redirect_url(&self, path: &str, host: &str) -> String {
        let script = self.script_name.trim_matches('/');
        let slash = if script.is_empty() { "" } else { "/" };
        let mut url = format!(
            "{}://{host}{slash}{script}/{}",
            self.scheme_or_http(),
            path.trim_start_matches('/')
        );
        if !self.query.is_empty() {
            url.push('?');
            url.push_str(&self.query);
        }
        url
    }

    /// Where `redirect_to` of a rule leads for these values.
    pub(crate) fn redirect_to(
        &self,
        rule: &Compiled,
        target: &RedirectTo,
        values: &Values,
    ) -> Option<String> {
        let target = match target {
            RedirectTo::Function(function) => function(self, values),
            RedirectTo::Template(template) => fill(template, rule, values)?,
        };
        let subdomain = self.subdomain.as_deref().unwrap_or("");
        let dot = if subdomain.is_empty() { "" } else { "." };
        let scheme = self.scheme_or_http();
        let base = format!(
            "{scheme}://{subdomain}{dot}{}{}",
            self.server_name, self.script_name
        );
        Some(join(&base, &target))
    }
}

/// The template with the parameters' texts in place of their names.
fn fill(template: &str, rule: &Compiled, values: &Values) -> Option<String> {
    let mut filled = String::new();
    let mut from = 0;
    for (open, name) in placeholders(template) {
        filled.push_str(&template[from..open]);
        let parameter = rule.parameter(name)?;
        filled.push_str(&parameter.kind.to_url(values.get(name)?).ok()?);
        from = open + name.len() + 2;
    }
    filled.push_str(&template[from..]);
    // What a client sends must not make another host or scheme of it: `javascript:…`, or an encoded slash in front.
    if template.starts_with('<') {
        filled.insert_str(0, "./");
    } else if filled.starts_with("//") && !template.starts_with("//") {
        filled.replace_range(..filled.len() - filled.trim_start_matches('/').len(), "/");
    }
    Some(filled)
}

/// A reference in the sense of an absolute base `scheme://host/path/`, as Python's `urljoin` resolves it.
///
/// # Specification
/// RFC 3986 §5.2 "Relative Resolution"
fn join(base: &str, reference: &str) -> String {
    if reference.is_empty() {
        return base.to_owned();
    }
    let (scheme, rest) = base.split_once("://").unwrap_or(("http", base));
    if let Some((other, _)) = reference.split_once(':')
        && other.starts_with(|c: char| c.is_ascii_alphabetic())
        && other
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    {
        return reference.to_owned();
    }
    if reference.starts_with("//") {
        return format!("{scheme}:{reference}");
    }
    let (host, base_path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let end = reference.find(['?', '#']).unwrap_or(reference.len());
    let (path, tail) = reference.split_at(end);
    if path.is_empty() {
        return format!("{scheme}://{host}{base_path}{tail}");
    }
    let merged = if path.starts_with('/') {
        path.to_owned()
    } else {
        let folder = base_path
            .rfind('/')
            .map_or("/", |slash| &base_path[..=slash]);
        without_empty(&format!("{folder}{path}"))
    };
    format!("{scheme}://{host}{}{tail}", without_dots(&merged))
}

/// A path without the empty segments between its first and its last, which Python drops from relative references.
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

/// RFC 3986 §5.2.4 "Remove Dot Segments", of a path that begins with a slash.
fn without_dots(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').collect();
    let mut kept: Vec<&str> = Vec::new();
    for (index, &segment) in segments.iter().enumerate() {
        let last = index + 1 == segments.len();
        match segment {
            "." | ".." => {
                if segment == ".." && kept.len() > 1 {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    kept.join("/")
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
            ("a//b", "http://h/s/a/b"), ("/a//b", "http://h/a//b"),
        ];
        for (reference, url) in cases {
            assert_eq!(join("http://h/s/", reference), url, "{reference:?}");
        }
    }
}
