//! How the two sides call each other.

use super::Role::{Application, Server};
use super::{Requirement, Source, may, must, should};

const SECTION: Source = Source::Pep3333("Specification Details");

#[rustfmt::skip] // two lines a row: what is required, and what sees to it
pub(super) const ROWS: &[Requirement] = &[
    must(SECTION, "call.two-arguments", Application, "the application accepts two positional arguments")
        .bridge("wsgi-core/src/python/application.rs", "tests/pep3333/python.rs::an_application_that_takes_other_arguments_fails_with_its_type_error"),
    must(SECTION, "call.positional", Server, "the application is invoked with positional arguments")
        .bridge("wsgi-core/src/python/application.rs", "tests/pep3333/python.rs::arguments_are_positional"),
    must(SECTION, "environ.dict", Server, "environ is a builtin dict, no subclass and no emulation")
        .bridge("wsgi-core/src/python/environ.rs", "wsgi-core/tests/python/environ.rs::the_required_variables_are_there_with_their_types"),
    may(SECTION, "environ.modified", Application, "the application modifies the environ in any way it desires")
        .types("wsgi-core/src/environ.rs", "tests/pep3333/specification_details.rs::layers_may_change_the_environ"),
    must(SECTION, "start-response.two-or-three", Server, "start_response takes two required positional arguments and an optional one")
        .bridge("wsgi-core/src/python/start_response.rs", "wsgi-core/tests/python/start_response.rs::arguments_that_break_the_rules_are_refused_where_they_are_given"),
    must(SECTION, "start-response.positional", Application, "the application invokes start_response with positional arguments; the bridge forgives names")
        .advice("wsgi-core/src/python/start_response.rs", "wsgi-core/tests/python/start_response.rs::arguments_may_be_named"),
    must(SECTION, "start-response.returns-write", Server, "start_response returns a write callable of one positional parameter")
        .bridge("wsgi-core/src/python/start_response.rs", "tests/pep3333/python.rs::start_response_returns_write"),
    must(SECTION, "iterable.returned", Application, "the application returns an iterable of zero or more bytestrings")
        .bridge("wsgi-core/src/python/iterable.rs", "wsgi-core/tests/python/iterable.rs::every_kind_of_iterable_gives_its_blocks_and_its_length_where_it_has_one"),
    must(SECTION, "transmission.block-by-block", Server, "the transmission of each block is complete before the next is requested")
        .server("wsgi-server/src/exchange.rs", "wsgi-server/tests/engine/streaming.rs::a_block_reaches_the_client_before_the_next_one_is_made"),
    should(SECTION, "application.buffers", Application, "applications do their own buffering")
        .advice("wsgi-core/src/body.rs", "tests/pep3333/specification_details.rs::a_complete_body_is_one_block_of_known_length"),
    should(SECTION, "bytes.unaltered", Server, "blocks are binary: line endings are not altered")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/specification_details.rs::bytes_go_out_unaltered"),
    may(SECTION, "transfer-coding.server", Server, "the server applies HTTP transfer codings")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/content_length.rs::without_a_length_http_1_1_is_chunked"),
    must(SECTION, "body.length", Application, "when len() of the iterable succeeds, it is accurate")
        .check("wsgi-core/src/validate/body.rs", "tests/pep3333/specification_details.rs::a_length_that_is_told_is_accurate"),
    must(SECTION, "close.called", Server, "close() is called on completion of the request")
        .check("wsgi-core/src/validate/body.rs", "tests/pep3333/specification_details.rs::a_middleware_that_keeps_a_body_open_is_reported"),
    must(SECTION, "close.after-error", Server, "close() is called when iteration ended by an error")
        .types("wsgi-core/src/body.rs", "tests/pep3333/specification_details.rs::close_is_called_when_iteration_fails"),
    must(SECTION, "close.client-left", Server, "close() is called when the browser disconnects early")
        .server("wsgi-server/src/exchange.rs", "wsgi-server/tests/engine/streaming.rs::a_client_that_does_not_read_stops_the_body_and_nobody_else_and_its_leaving_closes_it"),
    should(SECTION, "iterable.may-end-early", Application, "applications do not assume that the whole iterator is consumed; it may be closed early")
        .types("wsgi-core/src/body.rs", "tests/pep3333/specification_details.rs::a_body_may_be_closed_before_its_end"),
    must(SECTION, "start-response.before-body", Application, "start_response is invoked before the first block")
        .check("wsgi-core/src/validate/start_response.rs", "tests/pep3333/specification_details.rs::a_body_without_start_response_is_refused"),
    may(SECTION, "start-response.late", Application, "the first iteration of the iterable invokes start_response")
        .bridge("wsgi-core/src/python/iterable.rs", "wsgi-core/tests/python/start_response.rs::start_response_called_late_inside_a_generator_is_in_time"),
    must(SECTION, "start-response.not-assumed", Server, "servers do not assume that start_response was called before they iterate")
        .bridge("wsgi-core/src/python/iterable.rs", "wsgi-core/tests/python/start_response.rs::empty_blocks_may_come_before_start_response"),
    must(SECTION, "iterable.no-other-attributes", Server, "no attribute of the iterable is used but iteration, len() and close()")
        .bridge("wsgi-core/src/python/iterable.rs", "wsgi-core/tests/python/iterable.rs::nothing_but_what_the_pep_names_is_looked_up"),
];
