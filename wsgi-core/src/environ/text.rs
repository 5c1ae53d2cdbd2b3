//! What variables are called, and how they read.

use std::borrow::Cow;
use std::net::IpAddr;

use http::Version;

use super::{CONTENT_LENGTH, CONTENT_TYPE, HTTP_HOST};
use crate::Headers;

/// The variable of a header field: `X-Token` becomes `HTTP_X_TOKEN`, `Content-Type` becomes `CONTENT_TYPE`.
///
/// # Specification
/// RFC 3875 §4.1.18 "Protocol-Specific Meta-Variables"
pub fn variable_name(header: &str) -> String {
    let upper = header.bytes().map(|byte| match byte {
        b'-' => '_',
        other => char::from(other.to_ascii_uppercase()),
    });
    if header.eq_ignore_ascii_case("content-type") || header.eq_ignore_ascii_case("content-length")
    {
        upper.collect()
    } else {
        "HTTP_".chars().chain(upper).collect()
    }
}

/// The header field of a variable: `HTTP_X_TOKEN` is `X-Token`; `None` for a variable that is no field's.
pub fn header_name(key: &str) -> Option<Cow<'static, str>> {
    match key {
        CONTENT_TYPE => Some("Content-Type".into()),
        CONTENT_LENGTH => Some("Content-Length".into()),
        HTTP_HOST => Some("Host".into()),
        // Asked for with each request, as the host is.
        "HTTP_UPGRADE" => Some("Upgrade".into()),
        "HTTP_COOKIE" => Some("Cookie".into()),
        // These two would name fields whose variables have no prefix.
        "HTTP_CONTENT_TYPE" | "HTTP_CONTENT_LENGTH" => None,
        _ => {
            let mut name = key.strip_prefix("HTTP_")?.as_bytes().to_vec();
            let mut start = true;
            for byte in &mut name {
                *byte = match *byte {
                    b'_' => b'-',
                    other if start => other.to_ascii_uppercase(),
                    other => other.to_ascii_lowercase(),
                };
                start = *byte == b'-';
            }
            // Always: ASCII has become ASCII, and all else is as it was.
            String::from_utf8(name).ok().map(Cow::Owned)
        }
    }
}

/// As text. Access logs ask for it with each request, and `to_string` takes ten times as long.
pub(super) fn address(address: IpAddr) -> Vec<u8> {
    let IpAddr::V4(address) = address else {
        return address.to_string().into_bytes();
    };
    let mut text = Vec::with_capacity("255.255.255.255".len());
    for octet in address.octets() {
        if !text.is_empty() {
            text.push(b'.');
        }
        for (least, unit) in [(100, 100), (10, 10), (0, 1)] {
            if octet >= least {
                text.push(b'0' + octet / unit % 10);
            }
        }
    }
    text
}

/// All values of a field as one: the common case of a single field is lent, not copied.
pub(crate) fn joined<'h>(headers: &'h Headers, name: &str) -> Option<Cow<'h, [u8]>> {
    let mut values = headers.get_all(name);
    let first = values.next()?;
    let Some(second) = values.next() else {
        return Some(Cow::Borrowed(first));
    };
    let separator: &[u8] = if name.eq_ignore_ascii_case("cookie") {
        b"; "
    } else {
        b", "
    };
    let mut all = first.to_vec();
    for value in std::iter::once(second).chain(values) {
        all.extend_from_slice(separator);
        all.extend_from_slice(value);
    }
    Some(Cow::Owned(all))
}

/// `HTTP/1.1` and its like.
pub(crate) fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_3 => "HTTP/3",
        _ => "HTTP/1.1",
    }
}

/// The reverse of [`protocol`].
pub(super) fn version(protocol: &[u8]) -> Option<Version> {
    match protocol {
        b"HTTP/0.9" => Some(Version::HTTP_09),
        b"HTTP/1.0" => Some(Version::HTTP_10),
        b"HTTP/1.1" => Some(Version::HTTP_11),
        b"HTTP/2" | b"HTTP/2.0" => Some(Version::HTTP_2),
        b"HTTP/3" | b"HTTP/3.0" => Some(Version::HTTP_3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_as_others_write_them() {
        for octet in 0..=255 {
            for ip in [[octet, 0, 9, 10], [255, octet, 99, 100]] {
                let ip = IpAddr::from(ip);
                assert_eq!(address(ip), ip.to_string().into_bytes());
            }
        }
        let ip: IpAddr = "2001:db8::1".parse().unwrap();
        assert_eq!(address(ip), b"2001:db8::1");
    }

    #[test]
    fn variables_name_their_fields_in_the_usual_spelling() {
        let cases = [
            ("HTTP_X_REQUEST_ID", Some("X-Request-Id")),
            ("HTTP_x-a__B", Some("X-A--B")),
            ("HTTP_CAFÉ_É", Some("CafÉ-É")),
            ("HTTP_", Some("")),
            ("CONTENT_TYPE", Some("Content-Type")),
            ("HTTP_CONTENT_LENGTH", None),
            ("PATH_INFO", None),
        ];
        for (key, name) in cases {
            assert_eq!(header_name(key).as_deref(), name, "{key}");
        }
    }
}
