//! Percent-encoding, as the URL Standard has it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but letters, digits and `-._~`, RFC 3986 §2.3 "Unreserved Characters".
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What is encoded in a segment: what is no URL-path-segment string.
const SEGMENT: &AsciiSet = &RESERVED
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

/// As [`SEGMENT`], where slashes divide.
const PATH: &AsciiSet = &SEGMENT.remove(b'/');

/// What is encoded in a name or a value of a query; a space becomes `+`.
pub(super) const QUERY: &AsciiSet = &RESERVED
    .remove(b' ')
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
    .remove(b'@');

/// Adds text with slashes in it.
pub(super) fn path(text: &str, url: &mut String) {
    add(text, PATH, url);
}

/// Adds text of one segment.
pub(super) fn segment(text: &str, url: &mut String) {
    add(text, SEGMENT, url);
}

/// Adds a name or a value of a query.
pub(super) fn query(text: &str, url: &mut String) {
    if !text.contains(' ') {
        return add(text, QUERY, url);
    }
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            url.push('+');
        }
        add(word, QUERY, url);
    }
}

fn add(text: &str, set: &'static AsciiSet, url: &mut String) {
    // What most values are made of is encoded nowhere, and told at a glance.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if text.bytes().all(plain) {
        return url.push_str(text);
    }
    url.extend(utf8_percent_encode(text, set));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_leaves_what_it_may_have() {
        let text = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~é";
        let quoted = |function: fn(&str, &mut String)| {
            let mut url = String::new();
            function(text, &mut url);
            url
        };
        // The values are those of Python's `quote` and `quote_plus`.
        let behind = "%5B%5C%5D%5E_%60%7B%7C%7D~%C3%A9";
        let front = "%20!%22%23$%25&'()*+,-.";
        assert_eq!(quoted(path), format!("{front}/:;%3C=%3E%3F@{behind}"));
        assert_eq!(quoted(segment), format!("{front}%2F:;%3C=%3E%3F@{behind}"));
        assert_eq!(
            quoted(query),
            format!("+!%22%23$%25%26'()*%2B,-./:;%3C%3D%3E?@{behind}")
        );
    }
}
