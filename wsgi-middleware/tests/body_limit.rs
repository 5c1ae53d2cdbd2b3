use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::{
    Application, ApplicationError, Body, Environ, Fault, Input, InputError, StatusLine,
    application_fn,
};
use wsgi_middleware::{BodyLimit, BodyLimitError};

use crate::between_validators::between;

/// A body that does not say how long it is.
fn chunked(length: usize) -> Environ {
    let input = Input::from_reader(io::Cursor::new(vec![b'x'; length]), None);
    EnvironBuilder::new("POST", "/").body(input).build()
}

fn declared(length: usize) -> Environ {
    EnvironBuilder::post("/", vec![b'x'; length]).build()
}

/// Reads all and says how much it was.
fn counting() -> impl Application + Clone {
    application_fn(|environ, start_response| {
        let read = environ.input().read_all()?.len();
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from(read.to_string()))
    })
}

#[test]
fn bodies_beyond_the_limit_are_refused() {
    for (length, status, text) in [
        (0, 200, "0"),
        (9, 200, "9"),
        (10, 200, "10"),
        (11, 413, "Content Too Large\n"),
        (100_000, 413, "Content Too Large\n"),
    ] {
        for (kind, environ) in [("declared", declared(length)), ("chunked", chunked(length))] {
            let wrap = |app| BodyLimit::new(app).limit(10);
            let answer = between(counting(), wrap, environ).unwrap();
            let found = (answer.status.code(), answer.text());
            assert_eq!(found, (status, text.to_owned()), "{kind} {length}");
        }
    }
}

#[test]
fn two_mebibytes_are_the_default() {
    let app = BodyLimit::new(counting());
    for (length, status) in [(2 << 20, 200), ((2 << 20) + 1, 413)] {
        assert_eq!(run(&app, declared(length)).unwrap().status.code(), status);
        assert_eq!(run(&app, chunked(length)).unwrap().status.code(), status);
    }
}

#[test]
fn what_is_declared_too_large_the_application_never_sees() {
    for value in ["11", "18446744073709551616", "99999999999999999999999999"] {
        let app = BodyLimit::new(application_fn(|_, _| panic!("called"))).limit(10);
        let environ = EnvironBuilder::new("POST", "/").header("Content-Length", value);
        assert_eq!(
            run(&app, environ.build()).unwrap().status.code(),
            413,
            "{value}"
        );
    }
    // As is a body at hand that a layer has put there without a field.
    let app = BodyLimit::new(application_fn(|_, _| panic!("called"))).limit(10);
    let mut environ = EnvironBuilder::new("POST", "/").build();
    environ.set_input("eleven byte");
    assert_eq!(run(&app, environ).unwrap().status.code(), 413);
}

#[test]
fn what_is_no_number_is_no_length() {
    for value in ["", "x", "-1", "+11", "1 1"] {
        let app = BodyLimit::new(counting()).limit(10);
        let environ = EnvironBuilder::new("POST", "/").header("Content-Length", value);
        assert_eq!(run(&app, environ.build()).unwrap().text(), "0", "{value}");
    }
}

#[test]
fn an_application_that_reads_no_further_is_not_refused() {
    let reading = |count| {
        BodyLimit::new(application_fn(move |environ, start_response| {
            let mut part = vec![0; count];
            environ.input().read_exact(&mut part)?;
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            Ok(Body::from("enough"))
        }))
        .limit(10)
    };
    assert_eq!(run(&reading(10), chunked(100)).unwrap().text(), "enough");
    assert_eq!(run(&reading(11), chunked(100)).unwrap().status.code(), 413);
}

#[test]
fn the_error_says_what_it_is_and_comes_again() {
    let app = application_fn(|environ, start_response| {
        for _ in 0..2 {
            let error = environ.input().read_all().unwrap_err();
            let error = error.downcast::<InputError>().unwrap().into_inner();
            let error = error.downcast::<BodyLimitError>().unwrap();
            assert_eq!(error.limit(), 10);
            assert_eq!(error.to_string(), "the body is longer than 10 bytes");
        }
        start_response.start(StatusLine::BAD_REQUEST, [("Content-Type", "text/plain")])?;
        Ok(Body::from("the application's own answer"))
    });
    let answer = run(&BodyLimit::new(app).limit(10), chunked(11)).unwrap();
    assert_eq!(answer.status, StatusLine::BAD_REQUEST);
    assert_eq!(answer.text(), "the application's own answer");
}

#[test]
fn a_response_that_was_begun_is_replaced_and_one_that_was_sent_is_not() {
    let starting = |writes: bool| {
        BodyLimit::new(application_fn(move |environ, start_response| {
            start_response.start(StatusLine::OK, [("X-Lost", "1")])?;
            if writes {
                start_response.write(b"some")?;
            }
            environ.input().read_all()?;
            Ok(Body::empty())
        }))
        .limit(10)
    };
    let answer = run(&starting(false), chunked(11)).unwrap();
    assert_eq!(answer.status.code(), 413);
    assert_eq!(answer.header("X-Lost"), None);
    let error = run(&starting(true), chunked(11)).unwrap_err();
    assert_eq!(error.fault(), Fault::Client);
}

/// As frameworks do that trap whatever a handler raises.
fn trapping(status: &'static str, writes: bool) -> impl Application {
    application_fn(move |environ, start_response| {
        let read = environ.input().read_all();
        start_response.start(StatusLine::parse(status)?, [("X-Read", "1")])?;
        if writes {
            start_response.write(b"some")?;
        }
        Ok(Body::from(if read.is_ok() { "read" } else { "trapped" }))
    })
}

#[test]
fn a_failure_that_was_trapped_is_the_clients_all_the_same() {
    for (status, length, writes, wanted) in [
        ("500 Internal Server Error", 11, false, 413),
        ("503 Service Unavailable", 11, false, 413),
        ("500 Internal Server Error", 11, true, 500),
        ("500 Internal Server Error", 10, false, 500),
        ("422 Unprocessable Content", 11, false, 422),
        ("200 OK", 11, false, 200),
    ] {
        let app = BodyLimit::new(trapping(status, writes)).limit(10);
        let answer = run(&app, chunked(length)).unwrap();
        assert_eq!(answer.status.code(), wanted, "{status} {length} {writes}");
        assert_eq!(answer.header("X-Read").is_some(), wanted != 413);
    }
}

#[test]
fn what_else_went_wrong_is_for_the_log() {
    let app = BodyLimit::new(application_fn(|environ, _| {
        let _ = environ.input().read_all();
        Err(crate::failure())
    }));
    let answer = run(&app.limit(10), chunked(11)).unwrap();
    assert_eq!(answer.status.code(), 413);
    assert!(answer.errors.contains("failed on purpose"), "{answer:?}");
}

#[test]
fn other_failures_stay_what_they_are() {
    let app = BodyLimit::new(application_fn(|_, _| Err(crate::failure()))).limit(10);
    let error = run(&app, chunked(11)).unwrap_err();
    assert!(matches!(error, ApplicationError::Raised(_)));
}

/// Rack's CVE-2025-61919: a body of unknown length was read whole, however long it was.
#[test]
fn no_more_is_taken_from_the_client_than_the_limit_and_one_byte() {
    struct Endless(Arc<AtomicUsize>);
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            buffer.fill(b'x');
            self.0.fetch_add(buffer.len(), Ordering::SeqCst);
            Ok(buffer.len())
        }
    }
    let taken = Arc::new(AtomicUsize::new(0));
    let input = Input::from_reader(Endless(taken.clone()), None);
    let environ = EnvironBuilder::new("POST", "/").body(input).build();
    let app = BodyLimit::new(counting()).limit(100_000);
    assert_eq!(run(&app, environ).unwrap().status.code(), 413);
    // Those who read little at a time have the stream read ahead, by one buffer.
    let taken = taken.load(Ordering::SeqCst);
    assert!((100_001..100_001 + 16 * 1024).contains(&taken), "{taken}");
}
