//! Beginning a response.

use super::Role::{Application, Server};
use super::{Requirement, Source, may, must, should};

const SECTION: Source = Source::Pep3333("The `start_response()` Callable");

#[rustfmt::skip] // two lines a row: what is required, and what sees to it
pub(super) const ROWS: &[Requirement] = &[
    must(SECTION, "status.form", Application, "the status is a code and a reason, separated by a single space, with nothing around")
        .types("wsgi-core/src/status.rs", "tests/pep3333/start_response.rs::a_status_is_a_code_one_space_and_a_reason"),
    must(SECTION, "status.control-characters", Application, "the status contains no control characters")
        .check("wsgi-core/src/validate/headers.rs", "tests/pep3333/start_response.rs::a_status_has_no_control_characters"),
    must(SECTION, "status.no-line-end", Application, "the status is not terminated by a carriage return or linefeed")
        .types("wsgi-core/src/status.rs", "tests/pep3333/start_response.rs::a_status_has_no_line_end"),
    must(SECTION, "headers.list", Application, "the headers are a Python list of (name, value) tuples")
        .bridge("wsgi-core/src/python/header_list.rs", "wsgi-core/tests/python/start_response.rs::arguments_that_break_the_rules_are_refused_where_they_are_given"),
    may(SECTION, "headers.changed-by-server", Server, "the server changes the list in any way it desires")
        .types("wsgi-core/src/headers.rs", "tests/pep3333/start_response.rs::layers_may_change_the_headers"),
    must(SECTION, "header-name.token", Application, "a header name is a valid HTTP field name")
        .types("wsgi-core/src/headers/grammar.rs", "tests/pep3333/start_response.rs::a_header_name_is_a_token"),
    must(SECTION, "header-name.punctuation", Application, "a header name has no trailing colon or other punctuation")
        .check("wsgi-core/src/validate/headers.rs", "tests/pep3333/start_response.rs::a_header_name_has_no_trailing_punctuation"),
    must(SECTION, "header-value.control-characters", Application, "a header value contains no control characters")
        .check("wsgi-core/src/validate/headers.rs", "tests/pep3333/start_response.rs::a_header_value_has_no_control_characters"),
    must(SECTION, "headers.required-added", Server, "the server adds headers that HTTP requires and the application omitted")
        .server("wsgi-server/src/protocol/response_head.rs", "tests/pep3333/start_response.rs::the_server_adds_date_and_server"),
    should(SECTION, "headers.case", Server, "header names are compared without case")
        .types("wsgi-core/src/headers.rs", "tests/pep3333/start_response.rs::header_names_have_no_case"),
    must(SECTION, "hop-by-hop.response", Application, "applications use no hop-by-hop headers and none that affect the connection's persistence")
        .check("wsgi-core/src/validate/headers.rs", "tests/pep3333/start_response.rs::hop_by_hop_headers_are_reported"),
    should(SECTION, "hop-by-hop.fatal", Server, "hop-by-hop headers given to start_response raise an error")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/start_response.rs::the_server_refuses_hop_by_hop_headers"),
    should(SECTION, "headers.checked-early", Server, "errors in the headers are raised when start_response is called")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/start_response.rs::the_server_refuses_bad_headers_at_once"),
    must(SECTION, "headers.not-sent-at-once", Server, "start_response does not transmit the headers, it stores them")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/start_response.rs::start_response_sends_nothing"),
    must(SECTION, "headers.with-first-block", Server, "headers are sent with the first non-empty block or write(), or at the end")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/start_response.rs::headers_wait_for_a_non_empty_block_or_the_end"),
    must(SECTION, "exc-info.tuple", Application, "exc_info is a sys.exc_info() tuple")
        .bridge("wsgi-core/src/python/exception.rs", "wsgi-core/tests/python/start_response.rs::arguments_that_break_the_rules_are_refused_where_they_are_given"),
    should(SECTION, "exc-info.error-handlers-only", Application, "exc_info is supplied by error handlers only")
        .types("wsgi-core/src/start_response.rs", "tests/pep3333/start_response.rs::exc_info_bears_the_trapped_error"),
    should(SECTION, "exc-info.replaces-headers", Server, "with exc_info and nothing sent, the stored headers are replaced")
        .check("wsgi-core/src/validate/start_response.rs", "tests/pep3333/start_response.rs::a_server_that_refuses_exc_info_too_early_is_reported"),
    must(SECTION, "exc-info.after-headers", Server, "with exc_info and headers sent, start_response raises an error")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/start_response.rs::exc_info_after_the_headers_raises"),
    should(SECTION, "exc-info.re-raised", Server, "that error is the one in exc_info")
        .types("wsgi-core/src/start_response.rs", "tests/pep3333/start_response.rs::exc_info_after_the_headers_gives_the_trapped_error_back"),
    must(SECTION, "exc-info.trapped", Application, "the application does not trap what start_response raises when called with exc_info; it propagates")
        .check("wsgi-core/src/validate/start_response.rs", "tests/pep3333/start_response.rs::an_application_that_goes_on_after_a_refused_exc_info_is_reported"),
    should(SECTION, "exc-info.propagates", Application, "instead it lets the exception propagate to the server")
        .types("wsgi-core/src/start_response.rs", "tests/pep3333/start_response.rs::exc_info_after_the_headers_gives_the_trapped_error_back"),
    may(SECTION, "start-response.again", Application, "start_response is called more than once if exc_info is provided")
        .types("wsgi-core/src/start_response.rs", "tests/pep3333/start_response.rs::exc_info_replaces_what_was_stored"),
    must(SECTION, "start-response.twice", Application, "a second call without exc_info is a fatal error")
        .check("wsgi-core/src/validate/start_response.rs", "tests/pep3333/start_response.rs::second_call_without_exc_info_is_refused"),
    must(SECTION, "start-response.twice-after-error", Application, "that includes the case where the first call raised an error")
        .check("wsgi-core/src/validate/start_response.rs", "tests/pep3333/start_response.rs::second_call_without_exc_info_is_refused_after_a_failed_first"),
    should(SECTION, "exc-info.not-held", Server, "no reference to exc_info is held beyond the call")
        .types("wsgi-core/src/start_response.rs", "tests/pep3333/start_response.rs::exc_info_is_not_held"),
];
