//! Pages, one for each media type.

use std::borrow::Cow;
use std::fmt::Write;

use wsgi_core::{Headers, StatusLine};

use super::{ErrorPagesError, ErrorStatuses};
use crate::common::escape_html::escape_html;

/// What is sent.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// Type and subtype, in lower case.
    media_type: String,
    content_type: String,
    body: Vec<u8>,
}

/// The pages of an application, each with the statuses that it is for.
#[derive(Clone, Debug, Default)]
pub(super) struct Pages(Vec<(ErrorStatuses, Page)>);

impl Page {
    pub(super) fn new(media_type: &str, body: Vec<u8>) -> Result<Self, ErrorPagesError> {
        let refused = || ErrorPagesError::MediaType {
            media_type: media_type.to_owned(),
        };
        Headers::try_from_pairs([("Content-Type", media_type)]).map_err(|_| refused())?;
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        let is_part = |part: &str| !part.is_empty() && !part.contains(['/', '*', ' ', ',']);
        let (group, name) = essence.split_once('/').ok_or_else(refused)?;
        if !is_part(group) || !is_part(name) {
            return Err(refused());
        }
        let has_charset = media_type.to_ascii_lowercase().contains("charset=");
        let content_type = if group.eq_ignore_ascii_case("text") && !has_charset {
            format!("{media_type}; charset=utf-8")
        } else {
            media_type.to_owned()
        };
        Ok(Self {
            media_type: essence.to_ascii_lowercase(),
            content_type,
            body,
        })
    }

    pub(super) fn media_type(&self) -> &str {
        &self.media_type
    }

    pub(super) fn content_type(&self) -> &str {
        &self.content_type
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }
}

impl Pages {
    pub(super) fn add(&mut self, statuses: ErrorStatuses, page: Page) {
        self.0.push((statuses, page));
    }

    /// The pages for a status, at most one of each type, those for it alone first; then the status in words, of the types
    /// that are missing.
    pub(super) fn of(&self, status: &StatusLine) -> Vec<Cow<'_, Page>> {
        let covers = |(statuses, _): &&(ErrorStatuses, Page)| statuses.contains(status.code());
        let mut own: Vec<_> = self.0.iter().filter(covers).collect();
        own.sort_by_key(|(statuses, _)| statuses.width());
        let own = own.into_iter().map(|(_, page)| Cow::Borrowed(page));
        let mut pages: Vec<Cow<'_, Page>> = Vec::new();
        for page in own.chain(in_words(status).map(Cow::Owned)) {
            let is_there = |other: &Cow<'_, Page>| other.media_type == page.media_type;
            if !pages.iter().any(is_there) {
                pages.push(page);
            }
        }
        pages
    }
}

/// The status as a page of its own, for those who have none: text first, for tools that accept everything.
fn in_words(status: &StatusLine) -> impl Iterator<Item = Page> {
    let code = status.code();
    // Reason phrases are bytes; native strings of Python have a character for each.
    let reason: String = status.reason().iter().copied().map(char::from).collect();
    let text = format!("{code} {reason}");
    let title = escape_html(text.trim_end());
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <h1>{title}</h1>\n</html>\n"
    );
    let error = json_string(&reason);
    let json = format!("{{\"status\":{code},\"error\":{error}}}\n");
    let page = |media_type: &str, content_type: &str, body: String| Page {
        media_type: media_type.to_owned(),
        content_type: content_type.to_owned(),
        body: body.into_bytes(),
    };
    [
        page(
            "text/plain",
            "text/plain; charset=utf-8",
            format!("{}\n", text.trim_end()),
        ),
        page("text/html", "text/html; charset=utf-8", html),
        page("application/json", "application/json", json),
    ]
    .into_iter()
}

/// A string of JSON (RFC 8259 §7 "Strings").
fn json_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if u32::from(control) < 0x20 => {
                // Writing to a `String` cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_have_two_parts() {
        const PROBLEM: &str = "application/problem+json";
        const LATIN: &str = "Text/HTML; charset=latin-1";
        let cases = [
            ("text/html", Some(("text/html", "text/html; charset=utf-8"))),
            (LATIN, Some(("text/html", LATIN))),
            (PROBLEM, Some((PROBLEM, PROBLEM))),
            ("html", None),
            ("/", None),
            ("text/", None),
            ("text/*", None),
            ("*/*", None),
            ("text/html, text/plain", None),
            ("text/html\r\nX: 1", None),
            ("", None),
        ];
        for (given, expected) in cases {
            let page = Page::new(given, Vec::new()).ok();
            let found = page
                .as_ref()
                .map(|page| (page.media_type(), page.content_type()));
            assert_eq!(found, expected, "{given:?}");
        }
    }

    #[test]
    fn a_reason_phrase_is_no_markup_and_ends_no_string() {
        let status = StatusLine::parse("404 <script>\"\\").unwrap();
        let bodies: Vec<String> = in_words(&status)
            .map(|page| String::from_utf8(page.body).unwrap())
            .collect();
        assert_eq!(bodies[0], "404 <script>\"\\\n");
        let title = "<h1>404 &lt;script&gt;&quot;\\</h1>";
        assert!(bodies[1].contains(title), "{}", bodies[1]);
        let json: serde_json::Value = serde_json::from_str(&bodies[2]).unwrap();
        let expected = serde_json::json!({"status": 404, "error": "<script>\"\\"});
        assert_eq!(json, expected);
    }
}
