//! What a server tells an application.

use super::Role::{Application, Server};
use super::{Requirement, Source, may, must, should};

const SECTION: Source = Source::Pep3333("`environ` Variables");

#[rustfmt::skip] // two lines a row: what is required, and what sees to it
pub(super) const ROWS: &[Requirement] = &[
    must(SECTION, "environ.request-method", Server, "REQUEST_METHOD is there and never empty")
        .check("wsgi-core/src/validate/environ.rs", "tests/pep3333/python.rs::a_dict_without_what_is_required_is_reported"),
    may(SECTION, "environ.script-name-empty", Server, "SCRIPT_NAME is empty at the root of the server")
        .types("wsgi-core/src/environ.rs", "tests/pep3333/environ.rs::script_name_and_path_info_may_be_empty"),
    may(SECTION, "environ.path-info-empty", Server, "PATH_INFO is empty at the application's root without a trailing slash")
        .types("wsgi-core/src/environ.rs", "tests/pep3333/environ.rs::script_name_and_path_info_may_be_empty"),
    may(SECTION, "environ.empty-or-absent", Server, "QUERY_STRING, CONTENT_TYPE and CONTENT_LENGTH are empty or absent when the request has none")
        .types("wsgi-core/src/environ/variables.rs", "tests/pep3333/environ.rs::absent_fields_are_absent_variables"),
    must(SECTION, "environ.required", Server, "SERVER_NAME, SERVER_PORT, SERVER_PROTOCOL and wsgi.url_scheme are there and never empty")
        .check("wsgi-core/src/validate/environ.rs", "tests/pep3333/environ.rs::required_variables_are_never_empty"),
    must(SECTION, "environ.content-length", Server, "CONTENT_LENGTH is the content of the request's Content-Length, a decimal number")
        .check("wsgi-core/src/validate/environ.rs", "tests/pep3333/environ.rs::content_length_is_a_number"),
    should(SECTION, "environ.http-variables", Server, "HTTP_ variables are there exactly when the header field is")
        .check("wsgi-core/src/validate/environ.rs", "tests/pep3333/environ.rs::http_variables_correspond_to_header_fields"),
    should(SECTION, "environ.more-cgi", Server, "as many other CGI variables as are applicable")
        .types("wsgi-core/src/environ/variables.rs", "tests/pep3333/environ.rs::further_cgi_variables_are_there"),
    should(SECTION, "environ.tls", Server, "Apache's TLS variables, such as HTTPS, when TLS is in use")
        .types("wsgi-core/src/environ/variables.rs", "tests/pep3333/environ.rs::https_is_on_under_tls"),
    should(SECTION, "environ.documented", Server, "the server documents what variables it provides")
        .advice("wsgi-core/src/environ/keys.rs", "tests/pep3333/environ.rs::every_variable_is_documented"),
    should(SECTION, "environ.fallback", Application, "applications check for variables that may be absent")
        .types("wsgi-core/src/environ/variables.rs", "tests/pep3333/environ.rs::absent_variables_have_to_be_reckoned_with"),
    should(SECTION, "environ.missing-left-out", Server, "missing variables, such as REMOTE_USER, are left out")
        .check("wsgi-core/src/validate/environ.rs", "tests/pep3333/environ.rs::an_empty_user_is_left_out"),
    must(SECTION, "environ.native-strings", Server, "the value of every CGI variable is a str")
        .bridge("wsgi-core/src/python/environ.rs", "wsgi-core/tests/python/environ.rs::the_required_variables_are_there_with_their_types"),
    must(SECTION, "environ.wsgi-variables", Server, "wsgi.version, url_scheme, input, errors, multithread, multiprocess and run_once are there")
        .bridge("wsgi-core/src/python/environ.rs", "wsgi-core/tests/python/environ.rs::the_required_variables_are_there_with_their_types"),
    should(SECTION, "environ.url-scheme", Server, "wsgi.url_scheme is normally http or https")
        .check("wsgi-core/src/validate/environ.rs", "tests/pep3333/environ.rs::the_scheme_is_http_or_https"),
    should(SECTION, "errors.text", Application, "wsgi.errors is a text stream, lines end in \\n")
        .types("wsgi-core/src/error_stream.rs", "tests/pep3333/streams.rs::errors_are_lines_of_text"),
    should(SECTION, "errors.unicode", Server, "wsgi.errors accepts arbitrary Unicode without raising")
        .bridge("wsgi-core/src/python/errors.rs", "wsgi-core/tests/python/input_and_errors.rs::errors_take_any_text"),
    should(SECTION, "errors.documented", Server, "it is documented where the error output is found")
        .advice("wsgi-core/src/environ.rs", "tests/pep3333/environ.rs::it_is_documented_where_errors_go"),
    should(SECTION, "environ.multithread", Server, "wsgi.multithread is true exactly when another thread may invoke the application at the same time")
        .check("wsgi-core/src/validate/environ.rs", "tests/pep3333/environ.rs::simultaneous_calls_are_announced"),
    should(SECTION, "environ.multiprocess", Server, "wsgi.multiprocess is true exactly when another process may")
        .bridge("wsgi-core/src/python/environ.rs", "tests/pep3333/python.rs::the_flags_are_the_connections"),
    should(SECTION, "environ.run-once", Server, "wsgi.run_once is true only when the process is expected to end with the request")
        .bridge("wsgi-core/src/python/environ.rs", "tests/pep3333/python.rs::the_flags_are_the_connections"),
    should(SECTION, "environ.extension-names", Server, "server-defined variables are named by lower-case letters, digits, dots and underscores")
        .check("wsgi-core/src/validate/environ.rs", "tests/pep3333/environ.rs::extensions_are_named_in_lower_case"),
    should(SECTION, "environ.extension-prefix", Server, "server-defined variables bear a unique prefix")
        .types("wsgi-core/src/environ/keys.rs", "tests/pep3333/environ.rs::our_own_variables_bear_a_prefix"),
];
