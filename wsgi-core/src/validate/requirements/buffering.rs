//! When bytes have to move.

use super::Role::{Application, Middleware, Server};
use super::{Requirement, Source, may, must, should};

const BUFFERING_AND_STREAMING: Source = Source::Pep3333("Buffering and Streaming");
const BLOCK_BOUNDARIES: Source = Source::Pep3333("Middleware Handling of Block Boundaries");
const THE_WRITE_CALLABLE: Source = Source::Pep3333("The `write()` Callable");

#[rustfmt::skip] // two lines a row: what is required, and what sees to it
pub(super) const ROWS: &[Requirement] = &[
    must(BUFFERING_AND_STREAMING, "blocks.not-delayed", Server, "no block is delayed: it is transmitted, or goes on being, while the next is produced")
        .server("wsgi-server/src/exchange.rs", "wsgi-server/tests/engine/streaming.rs::a_block_reaches_the_client_before_the_next_one_is_made"),
    must(BUFFERING_AND_STREAMING, "blocks.passed-on", Middleware, "middleware sends each block to its parent server before it asks for the next")
        .types("wsgi-core/src/validate/body.rs", "tests/pep3333/buffering.rs::a_layer_passes_each_block_on_at_once"),
    must(BLOCK_BOUNDARIES, "middleware.block-for-block", Middleware, "middleware does not wait for several values, and yields at least one for each")
        .check("wsgi-core/src/validate/body.rs", "tests/pep3333/buffering.rs::a_middleware_that_waits_for_several_blocks_is_reported"),
    must(BLOCK_BOUNDARIES, "middleware.empty-block", Middleware, "middleware that has nothing to yield yet yields an empty bytestring")
        .types("wsgi-core/src/body.rs", "tests/pep3333/buffering.rs::an_empty_block_stands_for_nothing_yet"),
    must(BLOCK_BOUNDARIES, "middleware.returns-at-once", Middleware, "middleware returns an iterable as soon as its application does")
        .check("wsgi-core/src/validate/body.rs", "tests/pep3333/buffering.rs::a_middleware_that_consumes_before_it_returns_is_reported"),
    must(BLOCK_BOUNDARIES, "middleware.write", Middleware, "middleware uses write() only for what its application wrote")
        .check("wsgi-core/src/validate/start_response.rs", "tests/pep3333/buffering.rs::a_middleware_that_writes_what_was_yielded_is_reported"),
    should(THE_WRITE_CALLABLE, "write.discouraged", Application, "new applications do not use write() if they can avoid it")
        .advice("wsgi-core/src/start_response.rs", "tests/pep3333/buffering.rs::the_documentation_says_whom_write_is_for"),
    must(THE_WRITE_CALLABLE, "write.as-a-block", Server, "write() sends the bytes, or has taken them over, before it returns")
        .server("wsgi-server/src/exchange.rs", "tests/pep3333/server.rs::what_is_written_is_sent_before_the_application_returns"),
    must(THE_WRITE_CALLABLE, "write.still-returns-iterable", Application, "an application returns an iterable even if it uses write()")
        .types("wsgi-core/src/application.rs", "tests/pep3333/buffering.rs::an_application_that_writes_returns_a_body"),
    may(THE_WRITE_CALLABLE, "write.empty-iterable", Application, "that iterable is empty")
        .types("wsgi-core/src/body.rs", "tests/pep3333/buffering.rs::an_application_that_writes_returns_a_body"),
    must(THE_WRITE_CALLABLE, "write.then-blocks", Server, "non-empty blocks of that iterable are treated normally, after what was written")
        .server("wsgi-server/src/protocol/response.rs", "tests/pep3333/buffering.rs::blocks_follow_what_was_written"),
    must(THE_WRITE_CALLABLE, "write.not-while-iterating", Application, "write() is not invoked from within the iterable")
        .bridge("wsgi-core/src/python/start_response.rs", "wsgi-core/tests/python/write.rs::write_works_in_the_first_step_of_a_generator_and_not_after_it"),
];
