//! What WSGI is, the roles in it, and the string types.

use super::Role::{Application, Middleware, Server};
use super::{Requirement, Source, may, must, should};

const PREFACE: Source = Source::Pep3333("Preface for Readers of PEP 333");
const RATIONALE: Source = Source::Pep3333("Original Rationale and Goals (from PEP 333)");
const SPECIFICATION_OVERVIEW: Source = Source::Pep3333("Specification Overview");
const A_NOTE_ON_STRING_TYPES: Source = Source::Pep3333("A Note On String Types");
const APPLICATION_SIDE: Source = Source::Pep3333("The Application/Framework Side");
const SERVER_SIDE: Source = Source::Pep3333("The Server/Gateway Side");
const MIDDLEWARE: Source = Source::Pep3333("Middleware: Components that Play Both Sides");

#[rustfmt::skip] // two lines a row: what is required, and what sees to it
pub(super) const ROWS: &[Requirement] = &[
    must(PREFACE, "python3.rules", Server, "under Python 3 the rules of the sections on string types and on Unicode are followed as well")
        .bridge("wsgi-core/src/python/text.rs", "wsgi-core/tests/python/environ.rs::the_required_variables_are_there_with_their_types"),
    must(RATIONALE, "rationale.easy", Server, "WSGI is easy to implement: a server on these types is a page of code")
        .advice("wsgi-core/src/start_response.rs", "tests/pep3333/overview.rs::a_server_of_ones_own_is_a_page"),
    should(RATIONALE, "rationale.middleware", Server, "request preprocessors and response postprocessors are easy to create")
        .advice("wsgi-core/src/application.rs", "tests/pep3333/overview.rs::a_middleware_of_ones_own_is_a_page"),
    must(SPECIFICATION_OVERVIEW, "callable.any-kind", Server, "no dependency on what kind of callable the application is; it is called, not introspected")
        .bridge("wsgi-core/src/python/application.rs", "tests/pep3333/python.rs::any_callable_is_an_application"),
    must(A_NOTE_ON_STRING_TYPES, "strings.latin1", Server, "the content of native strings is translatable to bytes by Latin-1")
        .bridge("wsgi-core/src/python/text.rs", "wsgi-core/tests/python/environ.rs::any_byte_of_a_path_survives_as_latin_1"),
    may(APPLICATION_SIDE, "application.any-callable", Application, "a function, a method, a class or an instance is an application")
        .types("wsgi-core/src/application.rs", "tests/pep3333/overview.rs::functions_closures_and_objects_are_applications"),
    must(APPLICATION_SIDE, "application.repeatable", Application, "an application is able to be invoked more than once")
        .types("wsgi-core/src/application.rs", "tests/pep3333/overview.rs::an_application_is_called_more_than_once"),
    must(SERVER_SIDE, "server.one-call", Server, "the application is invoked once for each request")
        .server("wsgi-server/src/exchange.rs", "tests/pep3333/server.rs::one_request_is_one_call"),
    must(SERVER_SIDE, "write.before-start-response", Application, "write is not called before start_response")
        .check("wsgi-core/src/validate/start_response.rs", "tests/pep3333/overview.rs::write_before_start_response_is_refused"),
    should(MIDDLEWARE, "middleware.transparent", Middleware, "middleware needs no special support from the two sides")
        .types("wsgi-core/src/application.rs", "tests/pep3333/overview.rs::a_stack_of_layers_is_an_application"),
    must(MIDDLEWARE, "middleware.both-sides", Middleware, "middleware conforms to the restrictions and requirements of both sides")
        .types("wsgi-core/src/validate.rs", "tests/pep3333/overview.rs::validators_on_either_side_see_both_sides"),
];
