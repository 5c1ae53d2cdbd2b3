//! [`Decompress`]: what the application reads, and what clients are answered that send something else.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use proptest::prelude::*;
use wsgi_core::testing::{Answer, EnvironBuilder, TrackedBody, run};
use wsgi_core::validate::{Validator, Violation};
use wsgi_core::{
    Application, ApplicationError, Body, Fault, Input, InputError, StatusLine, application_fn,
};
use wsgi_middleware::{Buffer, Decompress, DecompressError};

const CODINGS: &[&str] = &[
    "gzip",
    "deflate",
    "br",
    #[cfg(feature = "zstd")]
    "zstd",
];

fn coded(coding: &str, plain: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    match coding {
        "gzip" | "x-gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(&mut bytes, Compression::best());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap();
        }
        "deflate" => {
            let mut encoder = flate2::write::ZlibEncoder::new(&mut bytes, Compression::best());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap();
        }
        "raw deflate" => {
            let mut encoder = flate2::write::DeflateEncoder::new(&mut bytes, Compression::best());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap();
        }
        "br" => {
            let mut encoder = brotli::CompressorWriter::new(&mut bytes, 4096, 5, 20);
            encoder.write_all(plain).unwrap();
        }
        #[cfg(feature = "zstd")]
        "zstd" => bytes = zstd::encode_all(plain, 3).unwrap(),
        other => panic!("{other} is no coding"),
    }
    bytes
}

/// Answers with what it read of the body, and what it is told of that.
fn echo() -> impl Application {
    application_fn(|environ, start_response| {
        let told = |name: &str| environ.headers().get_str(name).unwrap_or("none").to_owned();
        let headers = [
            ("Content-Type", "text/plain".to_owned()),
            ("X-Coding", told("Content-Encoding")),
            ("X-Length", told("Content-Length")),
            ("X-Digest", told("Content-Digest")),
        ];
        let body = environ.input().read_all()?;
        start_response.start(StatusLine::OK, headers)?;
        Ok(Body::from(body))
    })
}

fn post(body: impl Into<Vec<u8>>, coding: &str) -> EnvironBuilder {
    EnvironBuilder::post("/", body.into()).header("Content-Encoding", coding)
}

fn send(app: &impl Application, body: impl Into<Vec<u8>>, coding: &str) -> Answer {
    run(app, post(body, coding).build()).unwrap()
}

#[test]
fn the_application_reads_the_plain_body() {
    for coding in CODINGS.iter().chain(&["x-gzip", "GZIP"]) {
        let plain = b"hello ".repeat(10_000);
        let request = post(coded(&coding.to_ascii_lowercase(), &plain), coding);
        let request = request.header("Content-Digest", "sha-256=:x:");
        let answer = run(&Decompress::new(echo()), request.build()).unwrap();
        assert_eq!(answer.body(), plain, "{coding}");
        for name in ["X-Coding", "X-Length", "X-Digest"] {
            assert_eq!(answer.header(name), Some("none"), "{coding}: {name}");
        }
    }
}

#[test]
fn a_body_without_a_coding_is_left_as_it_is() {
    let request = EnvironBuilder::post("/", "hello").header("Content-Digest", "x");
    let answer = run(&Decompress::new(echo()).size_limit(1), request.build()).unwrap();
    assert_eq!(answer.text(), "hello");
    assert_eq!(answer.header("X-Length"), Some("5"));
    assert_eq!(answer.header("X-Digest"), Some("x"));
    // RFC 9110 §8.4.1: "identity" is no coding, and should not be there.
    let answer = send(&Decompress::new(echo()), "hello", "identity");
    assert_eq!(answer.header("X-Coding"), Some("none"));
    assert_eq!(answer.header("X-Length"), Some("5"));
    assert_eq!(answer.text(), "hello");
}

#[test]
fn an_empty_body_is_empty_in_every_coding() {
    for coding in CODINGS {
        let app = Decompress::new(echo());
        let answer = send(&app, "", coding);
        assert_eq!(
            (answer.status.code(), answer.text()),
            (200, String::new()),
            "{coding}"
        );
        assert_eq!(answer.header("X-Coding"), Some("none"));
        // One of which nobody knew that it is empty, as of a chunked request.
        let request = post("", coding).with(|environ| {
            environ.set_input(Input::from_reader(io::empty(), None));
        });
        assert_eq!(
            run(&app, request.build()).unwrap().status.code(),
            200,
            "{coding}"
        );
        let nothing_in_it = send(&app, coded(coding, b""), coding);
        assert_eq!(nothing_in_it.text(), "", "{coding}");
    }
}

#[test]
fn codings_come_off_in_the_reverse_of_their_order() {
    for outer in CODINGS {
        for inner in CODINGS {
            let body = coded(outer, &coded(inner, b"hello"));
            let both = format!("{inner}, identity,, {outer}");
            let answer = send(&Decompress::new(echo()), body.clone(), &both);
            assert_eq!(answer.text(), "hello", "{both}");
            let two_lines = post(body, inner).append_header("Content-Encoding", outer);
            let answer = run(&Decompress::new(echo()), two_lines.build()).unwrap();
            assert_eq!(answer.text(), "hello", "{both}");
        }
    }
}

#[test]
fn unknown_and_too_many_codings_are_refused_with_those_that_are_known() {
    for coding in [
        "compress",
        "gzip, lzma",
        "exi;q=1",
        "gzip gzip",
        "gzip, gzip, gzip",
    ] {
        let answer = send(&Decompress::new(echo()), "hello", coding);
        assert_eq!(answer.status.code(), 415, "{coding}");
        assert_eq!(answer.text(), "Unsupported Media Type\n");
        let accepted = answer.header("Accept-Encoding").unwrap();
        assert!(
            CODINGS.iter().all(|coding| accepted.contains(coding)),
            "{accepted}"
        );
        let passing = Decompress::new(echo()).pass_unknown(true);
        let answer = send(&passing, "hello", coding);
        assert_eq!(answer.text(), "hello");
        assert_eq!(answer.header("X-Coding"), Some(coding));
    }
    let body = ["gzip"; 3]
        .iter()
        .fold(b"hello".to_vec(), |body, coding| coded(coding, &body));
    let three = Decompress::new(echo()).codings_limit(3);
    assert_eq!(send(&three, body, "gzip, gzip, gzip").text(), "hello");
}

fn broken_bodies() -> Vec<(String, &'static str, Vec<u8>)> {
    let mut cases = Vec::new();
    for &coding in CODINGS {
        let body = coded(coding, &b"hello ".repeat(100));
        let mut case =
            |what: &str, body: Vec<u8>| cases.push((format!("{coding}: {what}"), coding, body));
        case("garbage", b"\xffthis is no coding at all".to_vec());
        case("a byte of garbage behind", [&body[..], b"\0"].concat());
        case("garbage behind", [&body[..], &[0x55; 20_000]].concat());
        for length in 1..body.len() {
            case(&format!("cut at {length}"), body[..length].to_vec());
        }
    }
    let mut checksum = coded("gzip", b"hello");
    let place = checksum.len() - 8;
    checksum[place] ^= 1;
    cases.push(("gzip: another checksum".into(), "gzip", checksum));
    let mut checksum = coded("deflate", b"hello");
    *checksum.last_mut().unwrap() ^= 1;
    cases.push(("deflate: another checksum".into(), "deflate", checksum));
    cases.push((
        "raw deflate".into(),
        "deflate",
        coded("raw deflate", b"hello"),
    ));
    let member = coded("gzip", b"hello");
    cases.push((
        "gzip: half a second member".into(),
        "gzip",
        [&member[..], &member[..9]].concat(),
    ));
    // RFC 7932 has no windows larger than 16 MiB; this is how the "large window" variant begins.
    cases.push((
        "br: large window".into(),
        "br",
        vec![0x11, 30, 0x0b, 0x02, 0x80],
    ));
    cases
}

#[test]
fn what_is_no_stream_of_its_coding_is_a_bad_request() {
    let app = Decompress::new(echo());
    for (what, coding, body) in broken_bodies() {
        let answer = send(&app, body, coding);
        assert_eq!(answer.status.code(), 400, "{what}");
        assert_eq!(answer.text(), "Bad Request\n", "{what}");
    }
}

#[test]
fn raw_deflate_is_decoded_where_that_is_allowed() {
    let app = Decompress::new(echo()).raw_deflate(true);
    assert_eq!(
        send(&app, coded("raw deflate", b"hello"), "deflate").text(),
        "hello"
    );
    assert_eq!(
        send(&app, coded("deflate", b"hello"), "deflate").text(),
        "hello"
    );
}

#[test]
fn members_and_frames_in_a_row_are_one_body() {
    let codings = if cfg!(feature = "zstd") {
        &["gzip", "zstd"][..]
    } else {
        &["gzip"]
    };
    for coding in codings {
        let body = [
            coded(coding, b"one "),
            coded(coding, b""),
            coded(coding, b"two"),
        ]
        .concat();
        assert_eq!(
            send(&Decompress::new(echo()), body, coding).text(),
            "one two",
            "{coding}"
        );
    }
    for coding in ["deflate", "br"] {
        let body = [coded(coding, b"one "), coded(coding, b"two")].concat();
        assert_eq!(
            send(&Decompress::new(echo()), body, coding).status.code(),
            400,
            "{coding}"
        );
    }
}

/// Its memory is that of the window, and its time that of what the limits let through.
#[test]
fn bombs_are_refused_by_size_and_by_ratio() {
    let zeros = vec![0; 3 * 1024 * 1024];
    for coding in CODINGS {
        let bomb = coded(coding, &zeros);
        for app in [
            Decompress::new(echo()),
            Decompress::new(echo())
                .ratio_limit(None)
                .size_limit(2 * 1024 * 1024),
            Decompress::new(echo()).size_limit(None),
        ] {
            let answer = send(&app, bomb.clone(), coding);
            assert_eq!(answer.status.code(), 413, "{coding}");
            assert_eq!(answer.text(), "Content Too Large\n", "{coding}");
        }
        let unlimited = Decompress::new(echo()).size_limit(None).ratio_limit(None);
        assert_eq!(
            send(&unlimited, bomb, coding).body().len(),
            zeros.len(),
            "{coding}"
        );
    }
}

/// A stage whose output the next one swallows is held to the limits, too: here, members of gzip without content.
#[test]
fn bombs_inside_of_codings_are_refused() {
    let nothing = coded("gzip", b"").repeat(100_000);
    let body = coded("gzip", &nothing);
    let app = Decompress::new(echo());
    assert_eq!(send(&app, body, "gzip, gzip").status.code(), 413);
}

#[test]
fn limits_are_exact_and_small_bodies_may_be_very_regular() {
    let plain = vec![b'x'; 100_000];
    let body = coded("gzip", &plain);
    assert!(body.len() * 200 < plain.len());
    assert_eq!(
        send(&Decompress::new(echo()), body.clone(), "gzip").body(),
        plain
    );
    let exact = Decompress::new(echo()).size_limit(100_000);
    assert_eq!(send(&exact, body.clone(), "gzip").body(), plain);
    let short = Decompress::new(echo()).size_limit(99_999);
    assert_eq!(send(&short, body, "gzip").status.code(), 413);
}

/// What [`Buffer`] finds out while it reads ahead is answered here, too, and the application is spared.
#[test]
fn a_buffer_inside_tells_the_length() {
    let app = Decompress::new(Buffer::new(echo()));
    for coding in CODINGS {
        let answer = send(&app, coded(coding, b"hello"), coding);
        assert_eq!(answer.text(), "hello", "{coding}");
        assert_eq!(answer.header("X-Length"), Some("5"), "{coding}");
        assert_eq!(answer.header("X-Coding"), Some("none"), "{coding}");
    }
    let never = Decompress::new(Buffer::new(application_fn(|_, _| panic!("it was called"))));
    assert_eq!(send(&never, "no gzip", "gzip").status.code(), 400);
    let never = never.size_limit(4);
    assert_eq!(
        send(&never, coded("gzip", b"hello"), "gzip").status.code(),
        413
    );
}

/// Gives one byte of the body at a time, and counts them.
struct Trickle(io::Cursor<Vec<u8>>, Arc<AtomicUsize>);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(1);
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.read(&mut buffer[..length])
    }
}

#[test]
fn a_body_is_decoded_as_it_comes_and_as_it_is_read() {
    for coding in CODINGS {
        let noise: Vec<u8> = (0..150_000_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let body = coded(coding, &noise);
        let (length, read) = (body.len(), Arc::new(AtomicUsize::new(0)));
        let inner = read.clone();
        let app = Decompress::new(application_fn(|environ, start_response| {
            assert_eq!(
                inner.load(Ordering::Relaxed),
                0,
                "nothing is read before somebody asks"
            );
            let mut some = [0; 100];
            environ.input().read_exact(&mut some)?;
            assert_eq!(some, noise[..100]);
            assert!(inner.load(Ordering::Relaxed) < length, "{coding}");
            assert_eq!(environ.input().read_all()?, noise[100..]);
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            Ok(Body::empty())
        }));
        let source = Trickle(io::Cursor::new(body), read.clone());
        let request =
            post("", coding).with(|environ| environ.set_input(Input::from_reader(source, None)));
        run(&app, request.build()).unwrap();
    }
}

#[test]
fn a_client_that_leaves_is_no_malformed_body() {
    struct Leaving;
    impl Read for Leaving {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    let around: [fn() -> Box<dyn Application>; 2] =
        [|| Box::new(echo()), || Box::new(Buffer::new(echo()))];
    for inner in around {
        let app = Decompress::new(inner());
        let request =
            post("", "gzip").with(|environ| environ.set_input(Input::from_reader(Leaving, None)));
        let error = run(&app, request.build()).unwrap_err();
        assert_eq!(error.fault(), Fault::Client);
        assert_eq!(error.to_string(), "the request's body cannot be read");
        let ApplicationError::Client(error) = error else {
            panic!("{error:?}")
        };
        let cause = error.downcast::<InputError>().unwrap().into_inner();
        assert_eq!(cause.kind(), io::ErrorKind::ConnectionReset);
    }
}

#[test]
fn an_application_may_get_over_a_broken_body_and_is_told_why() {
    let app = Decompress::new(application_fn(|environ, start_response| {
        let first = environ.input().read_all().unwrap_err();
        let again = environ.input().read_all().unwrap_err();
        assert_eq!(first.kind(), again.kind(), "what has failed stays so");
        let cause = first.downcast::<InputError>().unwrap().into_inner();
        let cause = cause.downcast::<DecompressError>().unwrap();
        start_response.start(
            StatusLine::parse("422 Unprocessable Content").unwrap(),
            [("X-A", "1")],
        )?;
        Ok(Body::from(cause.to_string()))
    }));
    let answer = send(&app, "no gzip", "gzip");
    assert_eq!(answer.status.code(), 422);
    assert_eq!(
        answer.text(),
        "the body is not gzip, though its Content-Encoding says so"
    );
}

#[test]
fn what_was_sent_stays_and_other_failures_are_logged() {
    let sending = Decompress::new(application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        start_response.write(b"some")?;
        environ.input().read_all()?;
        Ok(Body::empty())
    }));
    let error = run(&sending, post("no gzip", "gzip").build()).unwrap_err();
    assert_eq!(error.fault(), Fault::Client);
    let failing = Decompress::new(application_fn(|environ, _| {
        environ.input().read_all().unwrap_err();
        Err(crate::failure())
    }));
    let answer = run(&failing, post("no gzip", "gzip").build()).unwrap();
    assert_eq!(answer.status.code(), 400);
    assert!(answer.errors.contains("failed on purpose"), "{answer:?}");
}

#[test]
fn a_framework_that_traps_what_reading_raises_is_answered_for() {
    for (status, body, wanted) in [
        ("500 Internal Server Error", &b"no gzip"[..], 400),
        ("422 Unprocessable Content", b"no gzip", 422),
        ("500 Internal Server Error", &coded("gzip", b"hello"), 500),
    ] {
        let tracked = TrackedBody::new(["trapped"]);
        let given = tracked.clone();
        let app = Decompress::new(application_fn(move |environ, start_response| {
            let _ = environ.input().read_all();
            start_response.start(StatusLine::parse(status)?, [("X-Read", "1")])?;
            Ok(given.body())
        }));
        assert_eq!(send(&app, body, "gzip").status.code(), wanted, "{status}");
        assert_eq!(tracked.closed(), 1);
    }
}

#[test]
fn validators_on_both_sides_find_nothing() {
    let found: Arc<std::sync::Mutex<Vec<Violation>>> = Arc::default();
    let sink = || {
        let found = found.clone();
        move |violation| found.lock().unwrap().push(violation)
    };
    let inner = Validator::new(echo()).on_violation(sink());
    let app = Validator::new(Decompress::new(inner)).on_violation(sink());
    for coding in CODINGS {
        send(&app, coded(coding, b"hello"), coding);
        send(&app, "broken", coding);
    }
    send(&app, "hello", "lzma");
    let found = found.lock().unwrap();
    assert!(found.is_empty(), "{found:?}");
}

proptest! {
    /// Whatever a client sends, it gets an answer.
    #[test]
    fn any_bytes_are_decoded_or_refused(
        noise in proptest::collection::vec(any::<u8>(), 0..300),
        plain in proptest::collection::vec(any::<u8>(), 0..3000),
        place: proptest::sample::Index,
        coding in proptest::sample::select(CODINGS),
        raw_deflate: bool,
    ) {
        let app = Decompress::new(echo()).raw_deflate(raw_deflate);
        let code = |body: Vec<u8>| send(&app, body, coding).status.code();
        prop_assert!([200, 400, 413].contains(&code(noise.clone())));
        let mut changed = coded(coding, &plain);
        let place = place.index(changed.len());
        changed.splice(place..place, noise);
        prop_assert!([200, 400, 413].contains(&code(changed)));
    }

    #[test]
    fn any_body_comes_back_however_it_is_cut(
        plain in proptest::collection::vec(any::<u8>(), 0..2000),
        coding in proptest::sample::select(CODINGS),
    ) {
        let source = Trickle(io::Cursor::new(coded(coding, &plain)), Arc::default());
        let request = post("", coding).with(|environ| environ.set_input(Input::from_reader(source, None)));
        prop_assert_eq!(run(&Decompress::new(echo()), request.build()).unwrap().body(), plain);
    }
}
