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
        .bridge("wsgi-core/src/python/text.rs", "wsgi-core/tests/python/start_response.rs::arguments_that_break_the_rules_are_refused_where_they_are_given"),
    must(SECTION, "unicode.server-latin1", Server, "strings of the server have no code point beyond U+00FF")
        .bridge("wsgi-core/src/python/environ.rs", "wsgi-core/tests/python/environ.rs::any_byte_of_a_path_survives_as_latin_1"),
    must(SECTION, "unicode.str", Application, "strings are of type str")
        .bridge("wsgi-core/src/python/text.rs", "wsgi-core/tests/python/start_response.rs::arguments_that_break_the_rules_are_refused_where_they_are_given"),
    must(SECTION, "unicode.bytes", Application, "bytestrings are of type bytes")
        .bridge("wsgi-core/src/python/iterable.rs", "wsgi-core/tests/python/iterable.rs::what_is_no_iterable_of_bytes_is_refused_with_a_mend"),
    must(SECTION, "unicode.input-bytes", Server, "what is read from wsgi.input is of type bytes")
        .bridge("wsgi-core/src/python/input.rs", "wsgi-core/tests/python/input_and_errors.rs::every_method_works_on_bodies_at_hand_and_on_streams"),
    must(SECTION, "unicode.written-bytes", Application, "what is passed to write() is of type bytes")
        .bridge("wsgi-core/src/python/start_response.rs", "wsgi-core/tests/python/write.rs::what_is_no_bytes_is_refused_with_a_mend"),
];
