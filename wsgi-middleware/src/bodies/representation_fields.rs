//! Header fields that describe a representation, for responses that end up with another or none.

use wsgi_core::Headers;

/// Fields that tell of the bytes that follow, or of those that would have.
const CONTENT: [&str; 13] = [
    "Content-Type",
    "Content-Length",
    "Content-Encoding",
    "Content-Language",
    "Content-Range",
    "Content-Disposition",
    "Content-MD5",
    "Content-Digest",
    "Repr-Digest",
    "Digest",
    "Accept-Ranges",
    "Transfer-Encoding",
    "Trailer",
];

/// What else holds for the representation that is not sent.
const REPRESENTATION: [&str; 5] = [
    "ETag",
    "Last-Modified",
    "Content-Location",
    "Expires",
    "Cache-Control",
];

/// Leaves what a `304 Not Modified` has of the fields of the `200 OK` in whose place it stands: those that guide caches,
/// and all that is not of the representation, such as cookies.
///
/// # Specification
/// RFC 9110 §15.4.5 "304 Not Modified"
#[cfg(feature = "conditional-get")]
pub(crate) fn keep_for_not_modified(headers: &mut Headers) {
    let has_etag = headers.contains("ETag");
    headers.retain(|name, _| {
        // A date beside the tag guides no cache.
        !(is_one_of(name, &CONTENT) || has_etag && name.eq_ignore_ascii_case("Last-Modified"))
    });
}

/// Replaces what is said of the representation by what is said of an error's text; all else stays.
pub(crate) fn become_text(headers: &mut Headers, text: &str) -> Result<(), wsgi_core::HeaderError> {
    headers.retain(|name, _| !(is_one_of(name, &CONTENT) || is_one_of(name, &REPRESENTATION)));
    headers.try_append("Content-Type", "text/plain; charset=utf-8")?;
    headers.try_append("Content-Length", text.len().to_string())
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}
