//! When an application fails.

use super::Role::{Application, Middleware, Server};
use super::{Requirement, Source, may, must, should};

const SECTION: Source = Source::Pep3333("Error Handling");

#[rustfmt::skip] // two lines a row: what is required, and what sees to it
pub(super) const ROWS: &[Requirement] = &[
    should(SECTION, "errors.own-trapped", Application, "applications trap their own errors and display a helpful message")
        .advice("wsgi-core/src/start_response.rs", "tests/pep3333/error_handling.rs::an_application_may_answer_for_its_error"),
    must(SECTION, "errors.before-output", Application, "an error message is displayed only when no data was sent")
        .types("wsgi-core/src/start_response.rs", "tests/pep3333/error_handling.rs::after_output_the_error_cannot_be_displayed"),
    should(SECTION, "errors.not-trapped", Application, "the exception that start_response raises again is not trapped, so that the application aborts; checked as exc-info.trapped")
        .types("wsgi-core/src/validate/start_response.rs", "tests/pep3333/start_response.rs::an_application_that_goes_on_after_a_refused_exc_info_is_reported"),
    should(SECTION, "errors.logged", Server, "servers trap and log any exception that aborts an application")
        .server("wsgi-server/src/exchange.rs", "tests/pep3333/server.rs::an_application_that_fails_is_reported_and_answered_with_500"),
    should(SECTION, "errors.iteration-logged", Server, "servers trap and log any exception that aborts the iteration")
        .server("wsgi-server/src/exchange.rs", "tests/pep3333/server.rs::a_body_that_fails_is_reported_and_ends_the_connection"),
    may(SECTION, "errors.not-re-raised", Middleware, "middleware stores what came with exc_info and returns without an exception")
        .types("wsgi-core/src/start_response.rs", "tests/pep3333/error_handling.rs::a_middleware_may_keep_the_error_body"),
    should(SECTION, "exc-info.accepted-late", Server, "once bytes were written, only middleware that held them back accepts exc_info")
        .check("wsgi-core/src/validate/start_response.rs", "tests/pep3333/error_handling.rs::a_server_that_accepts_exc_info_too_late_is_reported"),
    must(SECTION, "exc-info.always", Application, "an error response is always begun with exc_info")
        .advice("wsgi-core/src/start_response.rs", "tests/pep3333/error_handling.rs::an_error_response_needs_exc_info"),
];
