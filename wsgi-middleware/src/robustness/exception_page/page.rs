//! What the page says, as text and as HTML.

use std::fmt::Write;

use wsgi_core::{ApplicationError, Environ, SensitiveNames};

use crate::common::escape_html::escape_html;

/// The longest part of a page, in bytes: an exception's text may be as long as it likes.
const LONGEST: usize = 256 * 1024;

/// Headings and texts, the first one the failure itself.
pub(super) struct Page {
    title: String,
    request: String,
    parts: Vec<(&'static str, String)>,
}

impl Page {
    pub(super) fn new(error: &ApplicationError, panic: Option<&str>, environ: &Environ) -> Self {
        let report = error.report();
        let mut parts = vec![("Failure", report.clone())];
        if let (ApplicationError::Panicked(_), Some(panic)) = (error, panic) {
            parts.push(("Frames of the panic", panic.to_owned()));
        }
        if let ApplicationError::Raised(cause) = error {
            let details = format!("{cause:?}");
            // Errors of Rust may tell their frames there; one of Python has told all.
            if !is_of_python(&report) && details.contains('\n') {
                parts.push(("Details", details));
            }
        }
        parts.push(("Request", variables(environ)));
        for (_, text) in &mut parts {
            shorten(text);
        }
        let path = [environ.script_name(), environ.path_info()].concat();
        let path = String::from_utf8_lossy(&path).into_owned();
        Self {
            title: title(&report),
            request: format!("{} {path}", environ.method()),
            parts,
        }
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n{}\n", self.title, self.request);
        for (heading, part) in &self.parts {
            // Writing to a `String` cannot fail.
            let _ = write!(
                text,
                "\n{heading}\n{}\n{}\n",
                "-".repeat(heading.len()),
                part.trim_end()
            );
        }
        text.push_str("\nShown because ExceptionPage is enabled for development; never do that in production.\n");
        text
    }

    pub(super) fn html(&self) -> String {
        let title = escape_html(&self.title);
        let request = escape_html(&self.request);
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
             <h1>{title}</h1>\n<p>{request}</p>\n"
        );
        for (heading, part) in &self.parts {
            let part = escape_html(part.trim_end());
            let _ = write!(html, "<h2>{heading}</h2>\n<pre>{part}</pre>\n");
        }
        html.push_str(
            "<p>Shown because <code>ExceptionPage</code> is enabled for development; never do that in production.</p>\n</html>\n",
        );
        html
    }
}

const STYLE: &str = "body{font:1em/1.5 sans-serif;margin:2em auto;max-width:70em;padding:0 1em}\
h1{font-size:1.4em;overflow-wrap:anywhere}pre{background:#f4f4f4;color:#111;overflow-x:auto;padding:1em}";

fn is_of_python(report: &str) -> bool {
    report.starts_with("Traceback (most recent call last):")
        || report.contains("\nTraceback (most recent call last):")
}

/// What the failure is in a line: the last of a traceback, the first of other reports.
fn title(report: &str) -> String {
    let mut lines = report.lines().filter(|line| !line.trim().is_empty());
    let line = if is_of_python(report) {
        // The exception's own text may have several lines, all of which stand behind the frames.
        let is_frame = |line: &&str| line.starts_with(' ') || line.starts_with("Traceback ");
        let from_end: Vec<&str> = report
            .lines()
            .rev()
            .take_while(|line| !is_frame(line))
            .collect();
        from_end.last().copied()
    } else {
        lines.next()
    };
    let mut title = line.unwrap_or("The application failed").to_owned();
    if title.len() > 200 {
        cut(&mut title, 200);
        title.push('…');
    }
    title
}

/// The environ, without what nobody should see over a shoulder.
fn variables(environ: &Environ) -> String {
    let (default, named) = (SensitiveNames::default(), SensitiveNames::of(environ));
    let is_secret = |key: &str| {
        const PARTS: [&str; 7] = [
            "TOKEN",
            "SECRET",
            "PASSWORD",
            "PASSWD",
            "API_KEY",
            "CREDENTIAL",
            "SESSION",
        ];
        let upper = key.to_ascii_uppercase();
        default.contains_variable(key)
            || named
                .as_ref()
                .is_some_and(|named| named.contains_variable(key))
            || PARTS.iter().any(|part| upper.contains(part))
    };
    let mut text = String::new();
    for (key, value) in environ.vars() {
        let value = match is_secret(&key) {
            true => SensitiveNames::HIDDEN.to_owned(),
            false => String::from_utf8_lossy(&value).escape_debug().to_string(),
        };
        let _ = writeln!(text, "{key} = {value}");
    }
    text
}

fn shorten(text: &mut String) {
    if text.len() > LONGEST {
        cut(text, LONGEST);
        text.push_str("\n… and more");
    }
}

/// Shortens a text to at most so many bytes.
fn cut(text: &mut String, most: usize) {
    let is_end = |at: &usize| text.is_char_boundary(*at);
    let end = (0..=most).rev().find(is_end).unwrap_or(0);
    text.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_is_the_exception_itself() {
        let cases = [
            (
                "the database is gone\n  caused by: no route",
                "the database is gone",
            ),
            (
                "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nValueError: broken",
                "ValueError: broken",
            ),
            (
                "Traceback (most recent call last):\n  File \"a.py\", line 1\nValueError: one\ntwo\nthree",
                "ValueError: one",
            ),
            ("", "The application failed"),
        ];
        for (report, expected) in cases {
            assert_eq!(title(report), expected, "{report}");
        }
        assert_eq!(title(&"ä".repeat(1000)).chars().count(), 101);
    }
}
