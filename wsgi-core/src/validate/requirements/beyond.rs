//! What HTTP requires where PEP 3333 takes it for granted, and the checks of the two validators before this one.

use super::Role::{Application, Server};
use super::{Requirement, Source, must, should};

const RFC_9110_CONTENT_LENGTH: Source = Source::Other("RFC 9110 §8.6 \"Content-Length\"");
const RFC_9110_CONTENT_SEMANTICS: Source = Source::Other("RFC 9110 §6.4.1 \"Content Semantics\"");
const RFC_9110_CONTENT_TYPE: Source = Source::Other("RFC 9110 §8.3 \"Content-Type\"");
const RFC_9110_NO_CONTENT: Source = Source::Other("RFC 9110 §15.3.5 \"204 No Content\"");
const RFC_9110_NOT_MODIFIED: Source = Source::Other("RFC 9110 §15.4.5 \"304 Not Modified\"");
const RFC_9110_ETAG: Source = Source::Other("RFC 9110 §8.8.3 \"ETag\"");
const RFC_9110_LOCATION: Source = Source::Other("RFC 9110 §10.2.2 \"Location\"");
const RFC_9110_DATE_TIME_FORMATS: Source = Source::Other("RFC 9110 §5.6.7 \"Date/Time Formats\"");
const WSGIREF_VALIDATE: Source = Source::Other("`wsgiref.validate`");
const RFC_9112_HANDLING_INCOMPLETE_MESSAGES: Source =
    Source::Other("RFC 9112 §8 \"Handling Incomplete Messages\"");

#[rustfmt::skip] // two lines a row: what is required, and what sees to it
pub(super) const ROWS: &[Requirement] = &[
    must(RFC_9110_CONTENT_LENGTH, "content-length.form", Application, "Content-Length is one decimal number")
        .check("wsgi-core/src/validate/headers.rs", "tests/pep3333/beyond.rs::content_length_is_one_number"),
    must(RFC_9110_CONTENT_LENGTH, "content-length.surplus", Application, "a body has no more bytes than its Content-Length (Werkzeug)")
        .check("wsgi-core/src/validate/progress.rs", "tests/pep3333/beyond.rs::more_bytes_than_promised_are_reported"),
    must(RFC_9110_CONTENT_LENGTH, "content-length.short", Application, "a body has no fewer bytes than its Content-Length (Werkzeug)")
        .check("wsgi-core/src/validate/progress.rs", "tests/pep3333/beyond.rs::fewer_bytes_than_promised_are_reported"),
    should(RFC_9110_CONTENT_SEMANTICS, "body.forbidden", Application, "1xx, 204 and 304 responses have no body (Werkzeug)")
        .check("wsgi-core/src/validate/progress.rs", "tests/pep3333/beyond.rs::bodies_where_none_belong_are_reported"),
    should(RFC_9110_CONTENT_TYPE, "content-type.missing", Application, "a response with a body has a Content-Type (wsgiref)")
        .check("wsgi-core/src/validate/progress.rs", "tests/pep3333/beyond.rs::a_body_without_a_content_type_is_reported"),
    should(RFC_9110_NO_CONTENT, "header.no-content", Application, "a 204 response has neither Content-Type nor Content-Length (wsgiref)")
        .check("wsgi-core/src/validate/headers.rs", "tests/pep3333/beyond.rs::a_204_describes_no_content"),
    should(RFC_9110_NOT_MODIFIED, "header.not-modified", Application, "a 304 response has no other headers about the content than its validators (wsgiref, Werkzeug)")
        .check("wsgi-core/src/validate/headers.rs", "tests/pep3333/beyond.rs::a_304_describes_no_content"),
    should(RFC_9110_ETAG, "header.etag", Application, "an ETag is quoted, its W/ in upper case (Werkzeug)")
        .check("wsgi-core/src/validate/headers.rs", "tests/pep3333/beyond.rs::entity_tags_are_quoted"),
    should(RFC_9110_LOCATION, "header.location", Application, "a Location is a URI reference; relative ones are legal since RFC 7231 (Werkzeug wants absolute ones)")
        .check("wsgi-core/src/validate/headers.rs", "tests/pep3333/beyond.rs::locations_are_uri_references"),
    should(RFC_9110_DATE_TIME_FORMATS, "header.date", Application, "Date and Last-Modified are HTTP dates")
        .check("wsgi-core/src/validate/headers.rs", "tests/pep3333/beyond.rs::dates_are_http_dates"),
    should(WSGIREF_VALIDATE, "header-name.plain", Application, "a header name is made of letters, digits, hyphens and underscores, the first a letter")
        .check("wsgi-core/src/validate/headers.rs", "tests/pep3333/beyond.rs::unusual_header_names_are_reported"),
    should(WSGIREF_VALIDATE, "header-name.status", Application, "there is no Status header: it means something to CGI (also Werkzeug)")
        .check("wsgi-core/src/validate/headers.rs", "tests/pep3333/beyond.rs::a_status_header_is_reported"),
    should(WSGIREF_VALIDATE, "environ.query-string", Server, "QUERY_STRING is there, if only empty")
        .check("wsgi-core/src/validate/environ.rs", "tests/pep3333/python.rs::a_dict_without_query_string_is_reported"),
    should(WSGIREF_VALIDATE, "environ.known-method", Server, "REQUEST_METHOD is one that HTTP defines")
        .check("wsgi-core/src/validate/environ.rs", "tests/pep3333/beyond.rs::unknown_methods_are_reported"),
    must(WSGIREF_VALIDATE, "environ.leading-slash", Server, "SCRIPT_NAME and PATH_INFO begin with a slash unless they are empty (also Werkzeug)")
        .check("wsgi-core/src/validate/environ.rs", "tests/pep3333/beyond.rs::paths_begin_with_a_slash"),
    must(WSGIREF_VALIDATE, "environ.script-name-root", Server, "SCRIPT_NAME is not a slash alone")
        .check("wsgi-core/src/validate/environ.rs", "tests/pep3333/beyond.rs::the_root_is_an_empty_script_name"),
    should(WSGIREF_VALIDATE, "environ.some-path", Server, "one of SCRIPT_NAME and PATH_INFO is there")
        .check("wsgi-core/src/validate/environ.rs", "tests/pep3333/beyond.rs::one_of_the_two_paths_is_there"),
    must(WSGIREF_VALIDATE, "environ.http-content", Server, "there is no HTTP_CONTENT_TYPE and no HTTP_CONTENT_LENGTH")
        .check("wsgi-core/src/validate/environ.rs", "tests/pep3333/beyond.rs::content_type_and_length_have_no_prefix"),
    must(WSGIREF_VALIDATE, "iterable.not-none", Application, "the application returns an iterable, not None or False")
        .bridge("wsgi-core/src/python/iterable.rs", "wsgi-core/tests/python/iterable.rs::what_is_no_iterable_of_bytes_is_refused_with_a_mend"),
    should(WSGIREF_VALIDATE, "iterable.not-a-string", Application, "the iterable is not itself a string (also Werkzeug)")
        .bridge("wsgi-core/src/python/iterable.rs", "wsgi-core/tests/python/iterable.rs::what_is_no_iterable_of_bytes_is_refused_with_a_mend"),
    must(WSGIREF_VALIDATE, "iterable.not-after-close", Server, "nothing is iterated after close() (also Werkzeug)")
        .types("wsgi-core/src/body.rs", "tests/pep3333/beyond.rs::a_closed_body_gives_nothing"),
    must(WSGIREF_VALIDATE, "iterable.closed-before-dropped", Server, "no iterable is thrown away without close() (also Werkzeug)")
        .types("wsgi-core/src/body.rs", "tests/pep3333/beyond.rs::a_dropped_body_is_closed"),
    should(RFC_9112_HANDLING_INCOMPLETE_MESSAGES, "input.whole", Server, "a request body that was cut short is an error, not an end")
        .check("wsgi-core/src/validate/input.rs", "tests/pep3333/streams.rs::an_input_cut_short_is_reported"),
    should(RFC_9110_CONTENT_LENGTH, "input.as-long-as-told", Server, "wsgi.input holds as many bytes as CONTENT_LENGTH says")
        .check("wsgi-core/src/validate/environ.rs", "tests/pep3333/streams.rs::an_input_of_another_length_is_reported"),
];
