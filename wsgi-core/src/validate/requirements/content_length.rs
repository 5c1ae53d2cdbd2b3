//! How long a body is.

use super::Role::{Application, Server};
use super::{Requirement, Source, may, must, should};

const SECTION: Source = Source::Pep3333("Handling the `Content-Length` Header");

#[rustfmt::skip] // two lines a row: what is required, and what sees to it
pub(super) const ROWS: &[Requirement] = &[
    should(SECTION, "content-length.not-exceeded", Server, "no more bytes are sent than Content-Length allows")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/content_length.rs::no_more_than_content_length_is_sent"),
    should(SECTION, "content-length.iteration-stops", Server, "iteration stops when enough was sent")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/content_length.rs::iteration_stops_when_enough_was_sent"),
    should(SECTION, "content-length.write-raises", Server, "write() past Content-Length raises an error")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/content_length.rs::write_beyond_content_length_raises"),
    should(SECTION, "content-length.short-closes", Server, "when too little was given, the connection is closed and the error reported")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/content_length.rs::too_short_a_body_closes_the_connection_with_its_reason"),
    may(SECTION, "content-length.absent-closes", Server, "without a length the end of the response is the end of the connection")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/content_length.rs::without_a_length_http_1_0_ends_with_the_connection"),
    may(SECTION, "content-length.generated", Server, "the length of a single block becomes the Content-Length")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/content_length.rs::a_known_length_becomes_content_length"),
    may(SECTION, "chunked.sent", Server, "chunks are sent when both sides speak HTTP/1.1")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/content_length.rs::without_a_length_http_1_1_is_chunked"),
    must(SECTION, "chunked.complies", Server, "chunked encoding complies fully with HTTP")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/content_length.rs::chunks_comply_with_http"),
    must(SECTION, "transfer-encoding.application", Application, "applications and middleware apply no Transfer-Encoding")
        .check("wsgi-core/src/validate/headers.rs", "tests/pep3333/content_length.rs::a_transfer_encoding_of_the_application_is_reported"),
];
