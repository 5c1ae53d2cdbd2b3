//! PEP 3333 "Input and Error Streams".

use std::io::{Read, Write};

use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::{Application, Environ, ErrorStream, Input, StatusLine, application_fn};

use crate::kit::{TEXT, assert_flawless, assert_reports};

/// Reads the body in small pieces, twice past its end, and answers how much there was.
fn reading() -> impl Application + 'static {
    application_fn(|environ, start_response| {
        let mut piece = [0; 4];
        let (mut total, mut ends) = (0, 0);
        while ends < 2 {
            let read = environ.input().read(&mut piece)?;
            total += read;
            ends += usize::from(read == 0);
        }
        start_response.start(StatusLine::OK, [TEXT])?;
        Ok(total.to_string().into())
    })
}

/// A request whose body comes from this reader, with a `Content-Length` of 8.
fn posting(reader: impl Read + Send + 'static) -> Environ {
    EnvironBuilder::post("/", Input::from_reader(reader, None))
        .header("Content-Length", "8")
        .build()
}

/// Answers each read with the next of these pieces; an empty one looks like the end.
struct Pieces(Vec<&'static [u8]>);

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.0.is_empty() {
            return Ok(0);
        }
        let piece = self.0.remove(0);
        buffer[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}

/// The server "should simulate an end-of-file condition if the application attempts to read past that point".
#[test]
fn an_input_beyond_its_length_is_reported() {
    assert_reports("input.ends", reading(), || posting(&b"1234567890"[..]));
    let answer = assert_flawless(reading(), || posting(&b"12345678"[..]));
    assert_eq!(answer.text(), "8");
}

/// "The application should not attempt to read more data than is specified": it cannot.
#[test]
fn reading_past_the_end_gives_nothing() {
    for mut input in [
        Input::from("body"),
        Input::from_reader(&b"body"[..], Some(4)),
    ] {
        let mut buffer = [0; 64];
        assert_eq!(input.read(&mut buffer).unwrap(), 4);
        assert_eq!(input.read(&mut buffer).unwrap(), 0);
    }
}

/// "should allow read() to be called without an argument, and return the remainder"
#[test]
fn read_without_a_size_gives_the_rest() {
    let mut input = Input::from_reader(&b"one two"[..], None);
    input.read_exact(&mut [0; 4]).unwrap();
    assert_eq!(input.read_all().unwrap(), b"two");
}

/// "should return empty bytestrings from any attempt to read from an empty or exhausted input stream"
#[test]
fn an_input_that_goes_on_after_its_end_is_reported() {
    let broken = || Pieces(vec![b"1234", b"5678", b"", b"9"]);
    let environ = move || EnvironBuilder::post("/", Input::from_reader(broken(), None)).build();
    assert_reports("input.exhausted", reading(), environ);
    assert_flawless(reading(), || EnvironBuilder::get("/").build());
}

/// "should support the optional "size" argument to readline()"
#[test]
fn readline_heeds_its_size() {
    let mut input = Input::from("first\nsecond");
    assert_eq!(input.read_line(Some(3)).unwrap(), b"fir");
    assert_eq!(input.read_line(Some(99)).unwrap(), b"st\n");
    assert_eq!(input.read_line(None).unwrap(), b"second");
}

/// `wsgi.errors` is a text stream with `"\n"` as its line ending.
#[test]
fn errors_are_lines_of_text() {
    let app = application_fn(|environ, start_response| {
        environ.errors().write_line("caf\u{e9} \u{20ac}");
        start_response.start(StatusLine::OK, [TEXT])?;
        Ok("hi".into())
    });
    let answer = run(&app, EnvironBuilder::get("/").build()).unwrap();
    assert_eq!(answer.errors, "caf\u{e9} \u{20ac}\n");
}

/// "They must call flush() if they need to ensure that output has in fact been written": writes are forwarded
/// immediately, which the PEP allows, so nothing is lost without it.
#[test]
fn errors_go_out_at_once() {
    let (mut errors, written) = ErrorStream::captured();
    errors.write_all(b"now").unwrap();
    assert_eq!(*written.lock().unwrap(), b"now");
    errors.flush().unwrap();
    assert_eq!(*written.lock().unwrap(), b"now");
}

/// Applications "must not attempt to close these streams": there is no way to, and to let go of one ends nothing.
#[test]
fn a_dropped_stream_closes_nothing() {
    let mut environ = EnvironBuilder::post("/", "body").build();
    drop(environ.take_input());
    assert_eq!(environ.input().read_all().unwrap(), b"");
    let (errors, written) = ErrorStream::captured();
    environ.set_errors(errors);
    drop(environ.errors().clone());
    environ.errors().write_line("still open");
    assert_eq!(*written.lock().unwrap(), b"still open\n");
}

/// RFC 9112 §8 "Handling Incomplete Messages"
#[test]
fn an_input_cut_short_is_reported() {
    assert_reports("input.whole", reading(), || posting(&b"1234"[..]));
}

/// RFC 9110 §8.6 "Content-Length"
#[test]
fn an_input_of_another_length_is_reported() {
    let replaced = || {
        EnvironBuilder::post("/", "body")
            .header("Content-Length", "5")
            .build()
    };
    assert_reports("input.as-long-as-told", reading(), replaced);
}
