//! What an application gives to `start_response`: status line and header fields.

use super::findings::Findings;
use super::progress::Head;
use super::rule;
use crate::{Headers, StatusLine, is_hop_by_hop};

/// Checks both, and tells what matters of them for the body.
pub(super) fn check(status: &StatusLine, headers: &Headers, findings: &mut Findings<'_>) -> Head {
    check_status(status, findings);
    for (name, value) in headers.iter() {
        check_name(name, findings);
        check_value(name, value, findings);
        check_meaning(name, value, findings);
    }
    check_for_status(status, headers, findings);
    Head {
        code: status.code(),
        content_length: check_content_length(headers, findings),
        has_content_type: headers.contains("content-type"),
    }
}

fn check_status(status: &StatusLine, findings: &mut Findings<'_>) {
    // The type lets the tab pass, as RFC 9112 §4 does; PEP 3333 is stricter.
    if status.as_bytes().contains(&b'\t') {
        findings.add(
            rule!("status.control-characters"),
            format!(
                "the status {:?} holds a tab; write a space",
                status.to_string()
            ),
        );
    }
    if status.code() < 200 {
        findings.add(
            rule!("status.interim"),
            format!(
                "{} is no final status; 1xx responses are the server's own",
                status.code()
            ),
        );
    }
}

fn check_name(name: &str, findings: &mut Findings<'_>) {
    if name.ends_with(|last: char| !last.is_ascii_alphanumeric()) {
        findings.add(
            rule!("header-name.punctuation"),
            format!("the header name {name:?} ends in punctuation; leave that out"),
        );
    } else if !name.starts_with(|first: char| first.is_ascii_alphabetic())
        || !name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    {
        findings.add(
            rule!("header-name.plain"),
            format!(
                "the header name {name:?} is legal but unusual; use letters, digits and hyphens"
            ),
        );
    }
    if name.eq_ignore_ascii_case("status") {
        findings.add(
            rule!("header-name.status"),
            "a Status header means something else to CGI; the status is start_response's first argument",
        );
    }
    if name.eq_ignore_ascii_case("transfer-encoding") {
        findings.add(
            rule!("transfer-encoding.application"),
            "a Transfer-Encoding is the server's to apply; leave it out and give the body as it is",
        );
    } else if is_hop_by_hop(name) {
        findings.add(
            rule!("hop-by-hop.response"),
            format!(
                "the header {name:?} is hop-by-hop; leave it out, the server manages the connection"
            ),
        );
    }
}

fn check_value(name: &str, value: &[u8], findings: &mut Findings<'_>) {
    // All other control characters are refused by the type; the tab is legal HTTP, but no WSGI.
    if value.contains(&b'\t') {
        findings.add(
            rule!("header-value.control-characters"),
            format!("the value of {name:?} holds a tab; write a space"),
        );
    }
}

/// The fields whose form Werkzeug's lint looks at, and dates.
fn check_meaning(name: &str, value: &[u8], findings: &mut Findings<'_>) {
    let text = || String::from_utf8_lossy(value);
    if name.eq_ignore_ascii_case("etag") && !is_entity_tag(value) {
        findings.add(
            rule!("header.etag"),
            format!(
                "the ETag {:?} is no entity tag; write it as \"\\\"x\\\"\" or \"W/\\\"x\\\"\"",
                text()
            ),
        );
    } else if name.eq_ignore_ascii_case("location") && !is_uri_reference(value) {
        findings.add(
            rule!("header.location"),
            format!(
                "the Location {:?} is no URI; percent-encode what is not ASCII, and spaces",
                text()
            ),
        );
    } else if (name.eq_ignore_ascii_case("date") || name.eq_ignore_ascii_case("last-modified"))
        && !is_imf_fixdate(value)
    {
        findings.add(
            rule!("header.date"),
            format!(
                "{name} {:?} is no HTTP date; write it as \"Sun, 06 Nov 1994 08:49:37 GMT\"",
                text()
            ),
        );
    }
}

/// Fields that must not come with statuses which have no body.
fn check_for_status(status: &StatusLine, headers: &Headers, findings: &mut Findings<'_>) {
    if status.code() == 204 {
        for name in ["content-type", "content-length"] {
            if headers.contains(name) {
                findings.add(
                    rule!("header.no-content"),
                    format!("a 204 response has no content, so leave {name} out"),
                );
            }
        }
    }
    if status.code() == 304
        && let Some((name, _)) = headers.iter().find(|(name, _)| describes_content(name))
    {
        findings.add(
            rule!("header.not-modified"),
            format!("a 304 response only tells that nothing changed, so leave {name} out"),
        );
    }
}

/// RFC 9110 §15.4.5 names what a 304 bears: `Content-Location` and the validators, not these.
fn describes_content(name: &str) -> bool {
    [
        "allow",
        "content-encoding",
        "content-language",
        "content-md5",
        "content-range",
        "content-type",
    ]
    .iter()
    .any(|known| known.eq_ignore_ascii_case(name))
}

fn check_content_length(headers: &Headers, findings: &mut Findings<'_>) -> Option<u64> {
    let mut values = headers.get_all("content-length");
    let first = values.next()?;
    let length = decimal(first);
    if length.is_none() || values.next().is_some() {
        findings.add(
            rule!("content-length.form"),
            format!(
                "Content-Length {:?} is not one decimal number; give the body's size in bytes, once",
                headers
                    .get_all("content-length")
                    .map(String::from_utf8_lossy)
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        );
        return None;
    }
    length
}

/// Digits and nothing else: `parse` alone would take a sign.
pub(super) fn decimal(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?;
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// RFC 9110 §8.8.3: `"x"` or `W/"x"`.
fn is_entity_tag(value: &[u8]) -> bool {
    let opaque = value.strip_prefix(b"W/").unwrap_or(value);
    opaque.len() >= 2
        && opaque.starts_with(b"\"")
        && opaque.ends_with(b"\"")
        && !opaque[1..opaque.len() - 1]
            .iter()
            .any(|&byte| byte == b'"' || byte <= b' ')
}

/// RFC 3986 §4.1, by its characters; a reference may be relative (RFC 9110 §10.2.2).
fn is_uri_reference(value: &[u8]) -> bool {
    !value.is_empty()
        && value.iter().enumerate().all(|(at, &byte)| match byte {
            b'%' => value
                .get(at + 1..at + 3)
                .is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit)),
            byte => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte),
        })
}

/// RFC 9110 §5.6.7: the one form of a date that may be generated, by its shape.
fn is_imf_fixdate(value: &[u8]) -> bool {
    const SHAPE: &[u8; 26] = b"Aaa, 00 Aaa 0000 00:00:00 ";
    let Some(moment) = value.strip_suffix(b"GMT") else {
        return false;
    };
    moment.len() == SHAPE.len()
        && moment.iter().zip(SHAPE).all(|(&byte, &shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            b'A' => byte.is_ascii_uppercase(),
            b'a' => byte.is_ascii_lowercase(),
            _ => byte == shape,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entity_tags_are_quoted() {
        for good in ["\"\"", "\"a\"", "W/\"a\""] {
            assert!(is_entity_tag(good.as_bytes()), "{good:?}");
        }
        for bad in ["", "\"", "a", "\"a", "w/\"a\"", "\"a\"b\"", "\"a b\""] {
            assert!(!is_entity_tag(bad.as_bytes()), "{bad:?}");
        }
    }

    #[test]
    fn locations_may_be_relative_but_not_raw_text() {
        for good in ["/", "../x?y=%20#z", "http://[::1]:80/", "//host/caf%C3%A9"] {
            assert!(is_uri_reference(good.as_bytes()), "{good:?}");
        }
        for bad in ["", "/a b", "/caf\u{e9}", "/%2", "/%zz", "/<x>", "/\\"] {
            assert!(!is_uri_reference(bad.as_bytes()), "{bad:?}");
        }
    }

    #[test]
    fn dates_have_one_form() {
        assert!(is_imf_fixdate(b"Sun, 06 Nov 1994 08:49:37 GMT"));
        for bad in [
            "",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 08:49:37 UTC",
        ] {
            assert!(!is_imf_fixdate(bad.as_bytes()), "{bad:?}");
        }
    }

    #[test]
    fn lengths_are_digits_only() {
        assert_eq!(decimal(b"12"), Some(12));
        for bad in ["", "+1", "-1", "1 ", "0x1", "1,1", "99999999999999999999"] {
            assert_eq!(decimal(bad.as_bytes()), None, "{bad:?}");
        }
    }
}
