//! The header fields of a response whose body is coded, or could have been.

use wsgi_core::{HeaderError, Headers, StatusLine};

use crate::common::coding::Coding;
use crate::common::vary::vary_on;

/// Says that the response depends on `Accept-Encoding`.
///
/// # Specification
/// RFC 9110 §12.5.5 "Vary"
pub(super) fn vary(headers: &mut Headers) -> Result<(), HeaderError> {
    vary_on(headers, &["Accept-Encoding"])
}

/// What is no longer true of the body once it is coded: its length and its digests, and that parts of it can be had.
const OF_THE_PLAIN_BODY: [&str; 6] = [
    "Content-Length",
    "Accept-Ranges",
    "Content-MD5",
    "Digest",
    "Content-Digest",
    "Repr-Digest",
];

/// Describes the coded body, whose length is told where it is known.
///
/// # Specification
/// RFC 9110 §8.4 "Content-Encoding"; RFC 9530 "Digest Fields"
pub(super) fn describe(
    headers: &mut Headers,
    coding: Coding,
    length: Option<usize>,
) -> Result<(), HeaderError> {
    let is_stale = |name: &str| {
        let mut stale = OF_THE_PLAIN_BODY.iter();
        stale.any(|stale| name.eq_ignore_ascii_case(stale))
    };
    headers.retain(|name, _| !is_stale(name));
    headers.try_append("Content-Encoding", coding.token())?;
    if let Some(length) = length {
        headers.try_append("Content-Length", length.to_string())?;
    }
    weaken_etag(headers)?;
    vary(headers)
}

/// `"a"` becomes `W/"a"`.
///
/// A strong validator promises the same bytes (RFC 9110 §8.8.1), and two representations that differ in their coding must
/// not share one (§8.8.3.3). A suffix for the coding would keep it strong, but be as untrue: the bytes depend on the
/// encoder's release and level, too, and on where the blocks ended. A weak one promises what is the case, that the
/// content means the same, and `If-None-Match` compares weakly.
pub(super) fn weaken_etag(headers: &mut Headers) -> Result<(), HeaderError> {
    match headers.get("ETag") {
        Some(etag) if etag.starts_with(b"\"") => {
            let weak = [b"W/", etag].concat();
            headers.try_insert("ETag", weak)
        }
        _ => Ok(()),
    }
}

/// A `304` has the validator that the response in the client's cache has: the weak one, if that was coded. Which of them
/// it was, the condition tells that the client made.
///
/// # Specification
/// RFC 9110 §15.4.5 "304 Not Modified"; RFC 9111 §4.3.4 "Freshening Stored Responses upon Validation"
pub(super) fn weaken_if_named_so<'f>(
    headers: &mut Headers,
    if_none_match: impl Iterator<Item = &'f [u8]>,
) -> Result<(), HeaderError> {
    let Some(etag) = headers.get("ETag").filter(|etag| etag.starts_with(b"\"")) else {
        return Ok(());
    };
    let weak = [b"W/", etag].concat();
    // An entity tag may hold a comma, but no quotation mark, which `weak` begins and ends with.
    let is_named = |field: &[u8]| field.windows(weak.len()).any(|part| part == weak);
    let mut fields = if_none_match;
    match fields.any(is_named) {
        true => headers.try_insert("ETag", &weak),
        false => Ok(()),
    }
}

/// Puts a `406` in place of the response.
///
/// # Specification
/// RFC 9110 §15.5.7 "406 Not Acceptable"
pub(super) fn not_acceptable(
    status: &mut StatusLine,
    headers: &mut Headers,
) -> Result<(), HeaderError> {
    *status = StatusLine::from_static("406 Not Acceptable");
    *headers = Headers::try_from_pairs([
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Vary", "Accept-Encoding"),
    ])?;
    Ok(())
}
