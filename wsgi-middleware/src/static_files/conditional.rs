//! Conditional requests: whether a representation that the client may have is still the right one.

use std::time::{Duration, SystemTime};

use wsgi_core::Headers;

/// What tells one state of a representation from another.
#[derive(Clone, Debug)]
pub(super) struct Validators {
    /// A strong entity tag, its quotes included.
    pub(super) etag: String,
    /// Whole seconds; `None` when the file's time is none that HTTP can tell.
    pub(super) modified: Option<SystemTime>,
}

/// What the preconditions of a request come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Answer as if there were none.
    Go,
    /// `304 Not Modified`
    NotModified,
    /// `412 Precondition Failed`
    Failed,
}

impl Validators {
    /// Weighs the preconditions of a `GET` or `HEAD`, in the order of precedence.
    ///
    /// # Specification
    /// RFC 9110 §13.2.2 "Precedence of Preconditions"
    pub(super) fn judge(&self, request: &Headers) -> Verdict {
        let has = |name| request.contains(name);
        if has("If-Match") {
            if !self.matches(request.get_all("If-Match"), Comparison::Strong) {
                return Verdict::Failed;
            }
        } else if let (Some(date), Some(modified)) =
            (date(request, "If-Unmodified-Since"), self.modified)
            && modified > date
        {
            return Verdict::Failed;
        }
        if has("If-None-Match") {
            if self.matches(request.get_all("If-None-Match"), Comparison::Weak) {
                return Verdict::NotModified;
            }
        } else if let (Some(date), Some(modified)) =
            (date(request, "If-Modified-Since"), self.modified)
            && modified <= date
        {
            return Verdict::NotModified;
        }
        Verdict::Go
    }

    /// Whether parts may be sent: the client, if it says what it has parts of, has them of this state.
    ///
    /// # Specification
    /// RFC 9110 §13.1.5 "If-Range"
    pub(super) fn allow_parts(&self, request: &Headers, now: SystemTime) -> bool {
        let mut fields = request.get_all("If-Range");
        match (fields.next(), fields.next()) {
            (None, _) => true,
            (Some(tag), None) if tag.contains(&b'"') => tag.trim_ascii() == self.etag.as_bytes(),
            (Some(_), None) => {
                // §8.8.2.2: a date is strong when nothing can have changed again within its second.
                let is_strong = |modified: SystemTime| modified + Duration::from_secs(1) <= now;
                self.modified.is_some_and(|modified| {
                    is_strong(modified) && date(request, "If-Range") == Some(modified)
                })
            }
            (Some(_), Some(_)) => false,
        }
    }

    fn matches<'f>(&self, fields: impl Iterator<Item = &'f [u8]>, comparison: Comparison) -> bool {
        fields.into_iter().any(|field| {
            field.trim_ascii() == b"*"
                || Tags(field).any(|(is_weak, tag)| {
                    let may_match = !is_weak || comparison == Comparison::Weak;
                    may_match && tag == self.etag.as_bytes()
                })
        })
    }
}

/// RFC 9110 §8.8.3.2 "Comparison"
#[derive(Clone, Copy, PartialEq)]
enum Comparison {
    Strong,
    Weak,
}

/// The date of a field that is there once and well formed; all others are as if they were not there.
fn date(request: &Headers, name: &str) -> Option<SystemTime> {
    let mut fields = request.get_all(name);
    let (field, None) = (fields.next()?, fields.next()) else {
        return None;
    };
    httpdate::parse_http_date(std::str::from_utf8(field).ok()?.trim()).ok()
}

/// The entity tags of a list: whether it is weak, and the tag with its quotes. Ends where the list is malformed.
///
/// Not cut at commas, which may stand in a tag.
struct Tags<'f>(&'f [u8]);

impl<'f> Iterator for Tags<'f> {
    type Item = (bool, &'f [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let between = |byte: &u8| !matches!(byte, b',' | b' ' | b'\t');
        let start = self.0.iter().position(between)?;
        let list = &self.0[start..];
        let (is_weak, list) = match list.strip_prefix(b"W/") {
            Some(rest) => (true, rest),
            None => (false, list),
        };
        let opaque = list.strip_prefix(b"\"")?;
        let end = opaque.iter().position(|&byte| byte == b'"')?;
        let (tag, rest) = list.split_at(end + 2);
        self.0 = rest;
        Some((is_weak, tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn validators() -> Validators {
        Validators {
            etag: "\"a,b\"".to_owned(),
            modified: httpdate::parse_http_date(SAME).ok(),
        }
    }

    #[test]
    fn preconditions_in_their_order() {
        use Verdict::{Failed, Go, NotModified};
        #[rustfmt::skip]
        let cases: [(&[(&str, &str)], Verdict); 30] = [
            (&[], Go),
            (&[("If-Match", "\"a,b\"")], Go),
            (&[("If-Match", "*")], Go),
            (&[("If-Match", "\"x\", \"a,b\"")], Go),
            (&[("If-Match", "\"x\""), ("If-Match", "\"a,b\"")], Go),
            (&[("If-Match", "\"x\"")], Failed),
            (&[("If-Match", "W/\"a,b\"")], Failed),
            (&[("If-Match", "a,b")], Failed),
            (&[("If-Match", "")], Failed),
            (&[("If-Unmodified-Since", SAME)], Go),
            (&[("If-Unmodified-Since", AFTER)], Go),
            (&[("If-Unmodified-Since", BEFORE)], Failed),
            (&[("If-Unmodified-Since", "yesterday")], Go),
            (&[("If-Match", "\"a,b\""), ("If-Unmodified-Since", BEFORE)], Go),
            (&[("If-None-Match", "\"a,b\"")], NotModified),
            (&[("If-None-Match", "W/\"a,b\"")], NotModified),
            (&[("If-None-Match", "*")], NotModified),
            (&[("If-None-Match", "\"x\" ,\t\"a,b\"")], NotModified),
            (&[("If-None-Match", "\"x\"")], Go),
            (&[("If-None-Match", "\"a\"")], Go),
            (&[("If-None-Match", "\"")], Go),
            (&[("If-Modified-Since", SAME)], NotModified),
            (&[("If-Modified-Since", AFTER)], NotModified),
            (&[("If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT")], NotModified),
            (&[("If-Modified-Since", BEFORE)], Go),
            (&[("If-Modified-Since", "0")], Go),
            (&[("If-Modified-Since", SAME), ("If-Modified-Since", SAME)], Go),
            (&[("If-None-Match", "\"x\""), ("If-Modified-Since", AFTER)], Go),
            (&[("If-Match", "\"x\""), ("If-None-Match", "\"a,b\"")], Failed),
            (&[("If-Match", "\"a,b\""), ("If-None-Match", "\"a,b\"")], NotModified),
        ];
        for (fields, wanted) in cases {
            let request = Headers::try_from_pairs(fields.iter().copied()).unwrap();
            assert_eq!(validators().judge(&request), wanted, "{fields:?}");
        }
    }

    #[test]
    fn parts_only_of_the_state_that_the_client_has() {
        #[rustfmt::skip]
        let cases: [(&[&str], bool); 10] = [
            (&[], true),
            (&["\"a,b\""], true),
            (&["W/\"a,b\""], false),
            (&["\"x\""], false),
            (&[SAME], true),
            (&[AFTER], false),
            (&[BEFORE], false),
            (&["*"], false),
            (&["yesterday"], false),
            (&["\"a,b\"", "\"a,b\""], false),
        ];
        let now = httpdate::parse_http_date(AFTER).unwrap();
        for (fields, wanted) in cases {
            let pairs = fields.iter().map(|value| ("If-Range", value));
            let request = Headers::try_from_pairs(pairs).unwrap();
            assert_eq!(
                validators().allow_parts(&request, now),
                wanted,
                "{fields:?}"
            );
        }
        // Within the second of the last change, a date tells nothing.
        let request = Headers::try_from_pairs([("If-Range", SAME)]).unwrap();
        let now = httpdate::parse_http_date(SAME).unwrap();
        assert!(!validators().allow_parts(&request, now));
    }
}
