//! The answer for a file: all of it, parts, or why not.

use std::sync::Arc;
use std::time::SystemTime;

use http::Method;
use wsgi_core::{ApplicationError, Body, Environ, HeaderError, Headers, StatusLine};

use super::content::Content;
use super::representation::Representation;
use super::settings::Settings;
use crate::common::byte_ranges::{ByteRange, Ranges, ranges};
use crate::common::preconditions::Verdict;

/// A response that has not begun.
pub(super) struct Answer {
    pub(super) status: StatusLine,
    pub(super) headers: Headers,
    pub(super) body: Body,
}

/// The fields of a `200 OK` that a `304 Not Modified` has, too (RFC 9110 §15.4.5).
const NOT_MODIFIED: [&str; 5] = [
    "Cache-Control",
    "Content-Location",
    "ETag",
    "Expires",
    "Vary",
];

/// The fields that the server in front makes itself for a file that it is handed.
const HANDED_OVER: [&str; 4] = ["Content-Length", "ETag", "Last-Modified", "Accept-Ranges"];

/// A `GET` or `HEAD` for a file.
pub(super) struct Request<'r> {
    pub(super) environ: &'r Environ,
    pub(super) settings: &'r Settings,
}

impl Request<'_> {
    /// The answer that preconditions and ranges lead to.
    ///
    /// # Specification
    /// RFC 9110 §13.2.2 "Precedence of Preconditions"
    pub(super) fn answer(
        &self,
        representation: Arc<Representation>,
        content: Content,
    ) -> Result<Answer, ApplicationError> {
        match representation.validators().judge(self.environ.headers()) {
            Verdict::Failed => {
                let status = const { StatusLine::from_static("412 Precondition Failed") };
                return text(status, &[], self.environ);
            }
            Verdict::NotModified => {
                let mut headers = representation.into_headers();
                headers.retain(|name, _| is_one_of(name, &NOT_MODIFIED));
                return Ok(Answer {
                    status: StatusLine::NOT_MODIFIED,
                    headers,
                    body: Body::empty(),
                });
            }
            Verdict::Go => {}
        }
        match self.ranges(&representation) {
            Ranges::Whole => self.whole(representation, content),
            Ranges::Parts(parts) => match *parts {
                [part] => one_part(representation, content, part),
                _ => several_parts(&representation, content, &parts),
            },
            Ranges::Unsatisfiable => {
                let status = const { StatusLine::from_static("416 Range Not Satisfiable") };
                let range = format!("bytes */{}", representation.size);
                text(status, &[("Content-Range", &range)], self.environ)
            }
        }
    }

    /// What the server in front makes of the file is its own affair: conditions and ranges, too.
    pub(super) fn hand_over(
        &self,
        representation: Arc<Representation>,
        (name, value): (&str, Vec<u8>),
    ) -> Result<Answer, ApplicationError> {
        let mut headers = representation.into_headers();
        headers.retain(|name, _| !is_one_of(name, &HANDED_OVER));
        headers.try_append(name, value)?;
        Ok(Answer {
            status: StatusLine::OK,
            headers,
            body: Body::empty(),
        })
    }

    /// RFC 9110 §12.5.3: identity is refused, and there is nothing else.
    pub(super) fn not_acceptable(&self) -> Result<Answer, ApplicationError> {
        let status = const { StatusLine::from_static("406 Not Acceptable") };
        text(status, &[("Vary", "Accept-Encoding")], self.environ)
    }

    /// RFC 9110 §14.2: only `GET` has ranges, and one field of them.
    fn ranges(&self, representation: &Representation) -> Ranges {
        let headers = self.environ.headers();
        let mut fields = headers.get_all("Range");
        let (Some(field), None) = (fields.next(), fields.next()) else {
            return Ranges::Whole;
        };
        let is_get = *self.environ.method() == Method::GET;
        if !is_get
            || !representation
                .validators()
                .allow_parts(headers, SystemTime::now())
        {
            return Ranges::Whole;
        }
        ranges(field, representation.size, self.settings.range_limit)
    }

    fn whole(
        &self,
        representation: Arc<Representation>,
        content: Content,
    ) -> Result<Answer, ApplicationError> {
        let body = match representation.size.checked_sub(1) {
            Some(last) if *self.environ.method() != Method::HEAD => {
                content.part(ByteRange { first: 0, last })?
            }
            _ => Body::empty(),
        };
        Ok(Answer {
            status: StatusLine::OK,
            headers: representation.into_headers(),
            body,
        })
    }
}

const PARTIAL_CONTENT: StatusLine = StatusLine::from_static("206 Partial Content");

fn one_part(
    representation: Arc<Representation>,
    content: Content,
    part: ByteRange,
) -> Result<Answer, ApplicationError> {
    let content_range = part.content_range(representation.size);
    let mut headers = representation.into_headers();
    headers.try_insert("Content-Length", part.length().to_string())?;
    headers.try_insert("Content-Range", content_range)?;
    Ok(Answer {
        status: PARTIAL_CONTENT,
        headers,
        body: content.part(part)?,
    })
}

fn several_parts(
    representation: &Representation,
    content: Content,
    parts: &[ByteRange],
) -> Result<Answer, ApplicationError> {
    // As it is now: a hook may have set it.
    let content_type = representation
        .headers
        .get("Content-Type")
        .unwrap_or_default();
    let (content_type, length, body) = content.parts(parts, content_type, representation.size);
    let mut headers = representation.headers.clone();
    headers.try_insert("Content-Type", content_type)?;
    headers.try_insert("Content-Length", length.to_string())?;
    Ok(Answer {
        status: PARTIAL_CONTENT,
        headers,
        body,
    })
}

/// An answer that says its status once more, with fields of its own.
pub(super) fn text(
    status: StatusLine,
    fields: &[(&str, &str)],
    environ: &Environ,
) -> Result<Answer, ApplicationError> {
    let mut body = status.reason().to_vec();
    body.push(b'\n');
    let mut headers = headers(&[
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", &body.len().to_string()),
    ])?;
    for (name, value) in fields {
        headers.try_append(name, value)?;
    }
    if *environ.method() == Method::HEAD {
        body.clear();
    }
    Ok(Answer {
        status,
        headers,
        body: Body::from(body),
    })
}

pub(super) fn headers(fields: &[(&str, &str)]) -> Result<Headers, HeaderError> {
    Headers::try_from_pairs(fields.iter().copied())
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}
