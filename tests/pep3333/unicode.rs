//! PEP 3333 "Unicode Issues", as far as Rust goes; the rest is a matter of Python's types.

use wsgi_core::{Headers, StatusLine, StatusLineError};

use crate::kit::{TEXT, answering, assert_flawless, get};

/// "All encoding/decoding must be handled by the application"
#[test]
fn bodies_are_bytes() {
    let latin_1 = &b"caf\xe9 \xff\x00"[..];
    assert_eq!(
        assert_flawless(answering(&[TEXT], move || latin_1), get).body(),
        latin_1
    );
}

/// "they must either be ISO-8859-1 characters, or use RFC 2047 MIME encoding"
#[test]
fn status_and_headers_are_latin_1_or_mime_encoded() {
    assert_eq!(
        StatusLine::parse("200 caf\u{e9}").unwrap().as_bytes(),
        b"200 caf\xe9"
    );
    let beyond = StatusLine::parse("200 \u{20ac}");
    assert!(
        matches!(beyond, Err(StatusLineError::NotLatin1 { .. })),
        "{beyond:?}"
    );
    let headers = [
        ("X-Latin", &b"caf\xe9"[..]),
        ("X-Mime", b"=?utf-8?q?=E2=82=AC?="),
    ];
    let headers = Headers::try_from_pairs(headers).unwrap();
    assert_eq!(headers.get("x-latin"), Some(&b"caf\xe9"[..]));
    assert_eq!(headers.get("x-mime"), Some(&b"=?utf-8?q?=E2=82=AC?="[..]));
}
