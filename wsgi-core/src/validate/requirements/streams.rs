//! `wsgi.input` and `wsgi.errors`.

use super::Role::{Application, Server};
use super::{Requirement, Source, may, must, should};

const SECTION: Source = Source::Pep3333("Input and Error Streams");

#[rustfmt::skip] // two lines a row: what is required, and what sees to it
pub(super) const ROWS: &[Requirement] = &[
    must(SECTION, "input.methods", Server, "wsgi.input has read, readline, readlines and iteration, as Python documents them")
        .bridge("wsgi-core/src/python/input.rs", "wsgi-core/tests/python/input_and_errors.rs::every_method_works_on_bodies_at_hand_and_on_streams"),
    must(SECTION, "errors.methods", Server, "wsgi.errors has flush, write and writelines")
        .bridge("wsgi-core/src/python/errors.rs", "wsgi-core/tests/python/validator.rs::the_environ_and_the_objects_we_give_satisfy_it"),
    should(SECTION, "input.ends", Server, "reading past Content-Length finds the end of the stream")
        .check("wsgi-core/src/validate/input.rs", "tests/pep3333/streams.rs::an_input_beyond_its_length_is_reported"),
    should(SECTION, "input.not-beyond", Application, "applications do not read more than CONTENT_LENGTH")
        .types("wsgi-core/src/input.rs", "tests/pep3333/streams.rs::reading_past_the_end_gives_nothing"),
    should(SECTION, "input.read-all", Server, "read() without an argument returns the remainder (Werkzeug warns of it, but a stream that ends is safe)")
        .types("wsgi-core/src/input.rs", "tests/pep3333/streams.rs::read_without_a_size_gives_the_rest"),
    should(SECTION, "input.exhausted", Server, "an empty or exhausted stream gives empty bytestrings")
        .check("wsgi-core/src/validate/input.rs", "tests/pep3333/streams.rs::an_input_that_goes_on_after_its_end_is_reported"),
    should(SECTION, "input.readline-size", Server, "readline() takes a size")
        .types("wsgi-core/src/input.rs", "tests/pep3333/streams.rs::readline_heeds_its_size"),
    may(SECTION, "input.readlines-hint", Server, "the hint of readlines() is optional for both sides")
        .bridge("wsgi-core/src/python/input.rs", "wsgi-core/tests/python/input_and_errors.rs::every_method_works_on_bodies_at_hand_and_on_streams"),
    must(SECTION, "errors.flushed", Application, "who needs the output to be written calls flush(); here it is written at once")
        .types("wsgi-core/src/error_stream.rs", "tests/pep3333/streams.rs::errors_go_out_at_once"),
    must(SECTION, "streams.no-other-methods", Application, "applications use no other methods or attributes of the streams")
        .bridge("wsgi-core/src/python/input.rs", "tests/pep3333/python.rs::the_streams_offer_nothing_else"),
    must(SECTION, "streams.not-closed", Application, "applications do not attempt to close the streams")
        .types("wsgi-core/src/environ.rs", "tests/pep3333/streams.rs::a_dropped_stream_closes_nothing"),
];
