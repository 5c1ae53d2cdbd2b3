//! Conditional requests: whether a representation that the client may have is still the right one.

use std::time::{Duration, SystemTime};

use wsgi_core::Headers;

/// What tells one state of a representation from another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validators<'v> {
    pub(crate) etag: Option<EntityTag<'v>>,
    /// Whole seconds.
    pub(crate) modified: Option<SystemTime>,
}

/// RFC 9110 §8.8.3 "ETag"
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EntityTag<'v> {
    is_weak: bool,
    /// Its quotes included.
    opaque: &'v [u8],
}

impl<'v> EntityTag<'v> {
    /// One with its quotes.
    pub(crate) const fn strong(opaque: &'v [u8]) -> Self {
        Self {
            is_weak: false,
            opaque,
        }
    }

    /// The tag at the start of a list, and what follows it.
    fn split(list: &'v [u8]) -> Option<(Self, &'v [u8])> {
        let (is_weak, list) = match list.strip_prefix(b"W/") {
            Some(rest) => (true, rest),
            None => (false, list),
        };
        let inner = list.strip_prefix(b"\"")?;
        let end = inner.iter().position(|&byte| byte == b'"')?;
        let (opaque, rest) = list.split_at(end + 2);
        Some((Self { is_weak, opaque }, rest))
    }
}

/// What the preconditions of a request come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Answer as if there were none.
    Go,
    /// `304 Not Modified`
    NotModified,
    /// `412 Precondition Failed`
    Failed,
}

impl<'v> Validators<'v> {
    /// Those of a response; a field that is there twice, or is malformed, counts as missing.
    pub(crate) fn of(response: &'v Headers) -> Self {
        let mut tags = response.get_all("ETag");
        let etag = match (tags.next(), tags.next()) {
            (Some(field), None) => match EntityTag::split(field.trim_ascii()) {
                Some((tag, [])) => Some(tag),
                _ => None,
            },
            _ => None,
        };
        let modified = date(response, "Last-Modified");
        Self { etag, modified }
    }

    /// Whether there is nothing to compare.
    pub(crate) const fn is_empty(&self) -> bool {
        self.etag.is_none() && self.modified.is_none()
    }

    /// Weighs the preconditions of a `GET` or `HEAD`, in the order of precedence.
    ///
    /// # Specification
    /// RFC 9110 §13.2.2 "Precedence of Preconditions"
    pub(crate) fn judge(&self, request: &Headers) -> Verdict {
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
    pub(crate) fn allow_parts(&self, request: &Headers, now: SystemTime) -> bool {
        let mut fields = request.get_all("If-Range");
        match (fields.next(), fields.next()) {
            (None, _) => true,
            (Some(field), None) if field.contains(&b'"') => self.etag.is_some_and(|own| {
                let asked = EntityTag::split(field.trim_ascii());
                matches!(asked, Some((tag, [])) if tag == own && !own.is_weak)
            }),
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

    /// `*` is any representation, and there is one.
    fn matches<'f>(&self, fields: impl Iterator<Item = &'f [u8]>, comparison: Comparison) -> bool {
        let is_own = |tag: EntityTag<'_>| {
            self.etag.is_some_and(|own| {
                let may_match = !(tag.is_weak || own.is_weak) || comparison == Comparison::Weak;
                may_match && tag.opaque == own.opaque
            })
        };
        fields
            .into_iter()
            .any(|field| field.trim_ascii() == b"*" || Tags(field).any(is_own))
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

/// The entity tags of a list. Ends where the list is malformed.
///
/// Not cut at commas, which may stand in a tag.
struct Tags<'f>(&'f [u8]);

impl<'f> Iterator for Tags<'f> {
    type Item = EntityTag<'f>;

    fn next(&mut self) -> Option<EntityTag<'f>> {
        let between = |byte: &u8| !matches!(byte, b',' | b' ' | b'\t');
        let start = self.0.iter().position(between)?;
        let (tag, rest) = EntityTag::split(&self.0[start..])?;
        self.0 = rest;
        Some(tag)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn validators() -> Validators<'static> {
        Validators {
            etag: Some(EntityTag::strong(b"\"a,b\"")),
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

    proptest! {
        #[test]
        fn a_tag_is_found_wherever_it_stands_in_a_list(
            tags in prop::collection::vec("(W/)?\"[!#-~\u{80}-\u{ff}]{0,3}\"", 0..5),
            at in 0..5_usize,
            between in "[ \\t]{0,2},[ \\t,]{0,2}",
        ) {
            let mut tags = tags;
            let is_there = tags.iter().any(|tag| tag.trim_start_matches("W/") == "\"a,b\"");
            let field = |tags: &[String]| Headers::try_from_pairs([("If-None-Match", tags.join(&between))]).unwrap();
            let judged = validators().judge(&field(&tags));
            prop_assert_eq!(judged == Verdict::NotModified, is_there);
            tags.insert(at.min(tags.len()), "\"a,b\"".to_owned());
            prop_assert_eq!(validators().judge(&field(&tags)), Verdict::NotModified);
        }

        #[test]
        fn no_field_panics(name in "If-(None-Match|Match|Range|Modified-Since|Unmodified-Since)", value in "[\\t -~]{0,40}") {
            let request = Headers::try_from_pairs([(name, value)]).unwrap();
            validators().judge(&request);
            validators().allow_parts(&request, SystemTime::now());
        }
    }
}
