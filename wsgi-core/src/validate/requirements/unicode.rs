//! Text and bytes.

use super::Role::{Application, Server};
use super::{Requirement, Source, must};

const SECTION: Source = Source::Pep3333("Unicode Issues");

#[rustfmt::skip] // two lines a row: what is required, and what sees to it
pub(super) const ROWS: &[Requirement] = &[
    must(SECTION, "unicode.encoded-by-application", Application, "all encoding and decoding is done by the application")
        .types("wsgi-core/src/body.rs", "tests/pep3333/unicode.rs::bodies_are_bytes"),
    must(SECTION, "unicode.status-and-headers", Application, "status and headers are ISO-8859-1 or RFC 2047 encoded")
        .types("wsgi-core/src/status.rs", "tests/pep3333/unicode.rs::status_and_headers_are_latin_1_or_mime_encoded"),
    must(SECTION, "unicode.application-latin1", Application, "strings of the application have no code point beyond U+00FF; others are a fatal error")
        .bridge("wsgi-core/src/python/text.rs", "tests/pep3333/python.rs::text_beyond_latin_1_is_refused"),
    must(SECTION, "unicode.server-latin1", Server, "strings of the server have no code point beyond U+00FF")
        .bridge("wsgi-core/src/python/environ.rs", "tests/pep3333/python.rs::the_path_is_latin_1_text_of_its_bytes"),
    must(SECTION, "unicode.str", Application, "strings are of type str")
        .bridge("wsgi-core/src/python/text.rs", "tests/pep3333/python.rs::bytes_where_str_belongs_are_refused"),
    must(SECTION, "unicode.bytes", Application, "bytestrings are of type bytes")
        .bridge("wsgi-core/src/python/iterable.rs", "tests/pep3333/python.rs::str_where_bytes_belong_is_refused"),
];
