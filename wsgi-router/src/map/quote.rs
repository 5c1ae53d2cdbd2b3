//! Percent-encoding, with the sets of characters that Werkzeug leaves as they are.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};

/// What is encoded within a path: all but what the URL standard leaves alone in a path segment.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

/// As [`PATH`], and the slash: what a value that fills one segment is encoded by.
const SEGMENT: &AsciiSet = &PATH.add(b'/');

/// What is encoded within names and values of a query; a space becomes a plus sign.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'?')
    .remove(b'@')
    .remove(b' ');

/// A piece of a path, its slashes kept.
pub(crate) fn path(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}

/// As [`path`], without a copy where nothing is to be encoded.
pub(crate) fn plain_path(text: Cow<'_, str>) -> Cow<'_, str> {
    match Cow::from(utf8_percent_encode(&text, PATH)) {
        Cow::Owned(encoded) => Cow::Owned(encoded),
        Cow::Borrowed(_) => text,
    }
}

/// As [`path`], of bytes that need not be UTF-8.
pub(crate) fn path_bytes(bytes: &[u8]) -> String {
    percent_encode(bytes, PATH).to_string()
}

/// One segment of a path: a slash becomes `%2F`, so that it is none.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// Fields as the query of a URL.
///
/// # Specification
/// URL Standard, 5.2 "application/x-www-form-urlencoded serializing", with Werkzeug's larger set of plain characters
pub(crate) fn query<'f>(fields: impl IntoIterator<Item = (&'f str, String)>) -> String {
    let encode = |text: &str| {
        utf8_percent_encode(text, QUERY)
            .to_string()
            .replace(' ', "+")
    };
    let fields = fields.into_iter();
    let fields: Vec<String> = fields
        .map(|(name, value)| format!("{}={}", encode(name), encode(&value)))
        .collect();
    fields.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_its_own_set_of_plain_characters() {
        let all = "aZ9-._~!$&'()*+,/:;=@ ?#[]%\"<>\\^`{|}\u{e9}";
        assert_eq!(
            path(all),
            "aZ9-._~!$&'()*+,/:;=@%20%3F%23%5B%5D%25%22%3C%3E%5C%5E%60%7B%7C%7D%C3%A9"
        );
        assert_eq!(segment("a/b"), "a%2Fb");
        let fields = [("a b", all.to_owned()), ("c", String::new())];
        let text =
            "a+b=aZ9-._~!$%26'()*%2B,/:;%3D@+?%23%5B%5D%25%22%3C%3E%5C%5E%60%7B%7C%7D%C3%A9&c=";
        assert_eq!(query(fields), text);
    }
}
