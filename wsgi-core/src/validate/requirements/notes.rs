//! Extensions, configuration, URLs, files.

use super::Role::{Application, Middleware, Server};
use super::{Requirement, Source, may, must, should};

const SERVER_EXTENSION_APIS: Source = Source::Pep3333("Server Extension APIs");
const APPLICATION_CONFIGURATION: Source = Source::Pep3333("Application Configuration");
const URL_RECONSTRUCTION: Source = Source::Pep3333("URL Reconstruction");
const OLDER_PYTHON: Source = Source::Pep3333("Supporting Older (<2.2) Versions of Python");
const FILE_HANDLING: Source = Source::Pep3333("Optional Platform-Specific File Handling");
const QUESTIONS_AND_ANSWERS: Source = Source::Pep3333("Questions and Answers");

#[rustfmt::skip] // two lines a row: what is required, and what sees to it
pub(super) const ROWS: &[Requirement] = &[
    should(SERVER_EXTENSION_APIS, "extensions.reckon-with-middleware", Server, "extension APIs reckon with middleware")
        .advice("wsgi-core/src/environ.rs", "tests/pep3333/notes.rs::a_request_is_made_of_the_environ_as_it_is_now"),
    must(SERVER_EXTENSION_APIS, "extensions.by-what-they-replace", Server, "an extension API is invoked using the part of WSGI that it replaces, and refuses service where it cannot agree with it")
        .types("wsgi-core/src/handler.rs", "tests/pep3333/notes.rs::a_request_is_made_of_the_environ_as_it_is_now"),
    should(SERVER_EXTENSION_APIS, "extensions.start-response", Server, "another way to write a response requires start_response to be passed in")
        .types("wsgi-core/src/handler.rs", "tests/pep3333/notes.rs::a_response_goes_through_start_response"),
    should(SERVER_EXTENSION_APIS, "extensions.functions-of-environ", Middleware, "derived information is calculated from the environ when it is asked for")
        .types("wsgi-core/src/url.rs", "tests/pep3333/notes.rs::what_is_derived_follows_the_environ"),
    should(APPLICATION_CONFIGURATION, "configuration.documented", Server, "the server documents how to execute an application and with what options")
        .advice("wsgi-server/src/command/options.rs", "tests/pep3333/notes.rs::the_server_documents_how_it_is_configured"),
    should(APPLICATION_CONFIGURATION, "configuration.application-object", Application, "a framework documents how to create an application object")
        .advice("wsgi-core/src/handler.rs", "tests/pep3333/notes.rs::the_framework_documents_how_an_application_is_made"),
    should(APPLICATION_CONFIGURATION, "configuration.in-environ", Server, "a deployer can put name-value pairs into the environ")
        .types("wsgi-core/src/environ/variables.rs", "tests/pep3333/notes.rs::a_deployer_may_put_values_into_the_environ"),
    should(APPLICATION_CONFIGURATION, "configuration.little", Application, "applications require few such variables, and cache what those name")
        .advice("wsgi-core/src/environ/variables.rs", "tests/pep3333/notes.rs::an_application_needs_no_configuration"),
    may(URL_RECONSTRUCTION, "url.reconstruction", Application, "the URL is reconstructed by the algorithm of the PEP")
        .types("wsgi-core/src/url.rs", "tests/pep3333/wsgiref_util.rs::urls_are_those_of_wsgiref"),
    should(OLDER_PYTHON, "old-python.no-file-objects", Application, "file objects are not returned as iterables; file wrappers are")
        .advice("wsgi-core/src/file_wrapper.rs", "tests/pep3333/notes.rs::a_file_is_sent_by_its_wrapper"),
    must(OLDER_PYTHON, "old-python.getitem", Application, "an iterable for old Pythons has __getitem__ and raises IndexError at its end")
        .bridge("wsgi-core/src/python/iterable.rs", "wsgi-core/tests/python/iterable.rs::every_kind_of_iterable_gives_its_blocks_and_its_length_where_it_has_one"),
    must(OLDER_PYTHON, "old-python.for-loop", Server, "servers that reckon with those iterate as a for loop does")
        .bridge("wsgi-core/src/python/iterable.rs", "wsgi-core/tests/python/iterable.rs::every_kind_of_iterable_gives_its_blocks_and_its_length_where_it_has_one"),
    must(OLDER_PYTHON, "old-python.middleware", Middleware, "middleware that reckons with those follows both rules; nothing here does, CPython begins at 3.9")
        .advice("pyproject.toml", "tests/pep3333/notes.rs::old_pythons_are_not_reckoned_with"),
    must(OLDER_PYTHON, "old-python.language", Server, "code for old Pythons uses only what their language has; nothing here does")
        .advice("pyproject.toml", "tests/pep3333/notes.rs::old_pythons_are_not_reckoned_with"),
    may(FILE_HANDLING, "file-wrapper.exposed", Server, "servers expose wsgi.file_wrapper")
        .bridge("wsgi-core/src/python/file_wrapper.rs", "wsgi-core/tests/python/file_handling.rs::every_kind_of_file_arrives_whole"),
    must(FILE_HANDLING, "file-wrapper.parameters", Server, "it takes one required and one optional positional parameter")
        .bridge("wsgi-core/src/python/file_wrapper.rs", "wsgi-core/tests/python/file_handling.rs::blocks_have_the_size_that_was_asked_for"),
    must(FILE_HANDLING, "file-wrapper.iterable", Server, "it returns an iterable object")
        .bridge("wsgi-core/src/python/file_wrapper.rs", "wsgi-core/tests/python/file_handling.rs::the_wrapper_is_an_iterable_that_python_layers_can_use_themselves"),
    must(FILE_HANDLING, "file-wrapper.no-early-transmission", Server, "it transmits nothing until the server receives the iterable as a return value")
        .types("wsgi-core/src/file_wrapper.rs", "tests/pep3333/notes.rs::nothing_of_a_file_is_sent_before_it_is_returned"),
    must(FILE_HANDLING, "file-wrapper.read", Application, "the file-like object has a read() that takes an optional size")
        .bridge("wsgi-core/src/python/file_wrapper.rs", "wsgi-core/tests/python/file_handling.rs::what_cannot_be_read_is_refused_at_once"),
    must(FILE_HANDLING, "file-wrapper.close", Server, "the iterable has a close() that invokes the file's close()")
        .bridge("wsgi-core/src/python/file_wrapper.rs", "wsgi-core/tests/python/file_handling.rs::the_file_is_closed_once"),
    must(FILE_HANDLING, "file-wrapper.after-return", Server, "platform-specific handling happens after the application has returned, if it returned a wrapper")
        .types("wsgi-core/src/file_wrapper.rs", "tests/pep3333/notes.rs::nothing_of_a_file_is_sent_before_it_is_returned"),
    should(FILE_HANDLING, "file-wrapper.position", Server, "transmission begins at the file's current position and goes on to its end")
        .types("wsgi-core/src/file_wrapper.rs", "tests/pep3333/notes.rs::a_file_is_sent_from_its_position"),
    should(FILE_HANDLING, "file-wrapper.content-length", Server, "or until Content-Length bytes were written")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/notes.rs::a_file_is_sent_up_to_content_length"),
    may(FILE_HANDLING, "file-wrapper.length-generated", Server, "the server generates a Content-Length from the file")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/notes.rs::the_length_of_a_file_becomes_content_length"),
    must(FILE_HANDLING, "file-wrapper.any-object", Server, "an object unfit for the platform's means is wrapped by read() and close()")
        .bridge("wsgi-core/src/python/file_wrapper.rs", "wsgi-core/tests/python/file_handling.rs::every_kind_of_file_arrives_whole"),
    should(QUESTIONS_AND_ANSWERS, "run-once.not-relied-on", Application, "an application does not assume that wsgi.run_once means it is not run again")
        .types("wsgi-core/src/application.rs", "tests/pep3333/notes.rs::run_once_does_not_end_the_application"),
];
