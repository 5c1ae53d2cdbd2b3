//! What of HTTP is whose.

use super::Role::{Application, Server};
use super::{Requirement, Source, must, should};

const HTTP_1_1_EXPECT_CONTINUE: Source = Source::Pep3333("HTTP 1.1 Expect/Continue");
const OTHER_HTTP_FEATURES: Source = Source::Pep3333("Other HTTP Features");
const THREAD_SUPPORT: Source = Source::Pep3333("Thread Support");

#[rustfmt::skip] // two lines a row: what is required, and what sees to it
pub(super) const ROWS: &[Requirement] = &[
    must(HTTP_1_1_EXPECT_CONTINUE, "expect-continue", Server, "Expect: 100-continue is supported transparently")
        .server("wsgi-server/src/connection/active.rs", "wsgi-server/tests/engine/messages.rs::the_client_is_told_to_continue_before_it_sends_its_body"),
    should(OTHER_HTTP_FEATURES, "http.play-dumb", Server, "the application has complete control over its output")
        .server("wsgi-server/src/protocol/response_head.rs", "tests/pep3333/http_features.rs::status_and_headers_go_out_as_they_are"),
    must(OTHER_HTTP_FEATURES, "status.interim", Application, "applications use no feature that needs hop-by-hop headers, such as upgrades")
        .check("wsgi-core/src/validate/headers.rs", "tests/pep3333/http_features.rs::interim_statuses_are_reported"),
    must(OTHER_HTTP_FEATURES, "hop-by-hop.not-relied-on", Application, "applications do not rely on incoming hop-by-hop headers")
        .types("wsgi-core/src/headers/hop_by_hop.rs", "tests/pep3333/http_features.rs::hop_by_hop_fields_can_be_told"),
    must(OTHER_HTTP_FEATURES, "hop-by-hop.inbound", Server, "inbound Transfer-Encoding is decoded by the server")
        .server("wsgi-server/src/protocol/chunked.rs", "wsgi-server/tests/engine/messages.rs::bodies_arrive_whole_small_large_and_chunked"),
    should(OTHER_HTTP_FEATURES, "cache.application", Application, "applications perform their own cache validation")
        .advice("wsgi-core/src/headers.rs", "tests/pep3333/http_features.rs::validators_and_ranges_pass_through"),
    should(OTHER_HTTP_FEATURES, "content-encoding.application", Application, "applications use a content encoding on their own")
        .advice("wsgi-core/src/headers.rs", "tests/pep3333/http_features.rs::validators_and_ranges_pass_through"),
    should(OTHER_HTTP_FEATURES, "ranges.application", Application, "applications serve byte ranges on their own")
        .advice("wsgi-core/src/headers.rs", "tests/pep3333/http_features.rs::validators_and_ranges_pass_through"),
    should(THREAD_SUPPORT, "threads.one", Server, "there is an option to run an application single-threaded")
        .server("wsgi-server/src/server.rs", "tests/pep3333/server.rs::one_thread_is_one_call_at_a_time"),
];
