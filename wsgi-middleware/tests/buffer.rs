use std::io::{self, Read, Seek, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wsgi_core::testing::{Answer, EnvironBuilder, Recorder, TrackedBody, run};
use wsgi_core::{
    Application, ApplicationError, Body, Environ, Fault, FileWrapper, Input, StatusLine,
    application_fn,
};
use wsgi_middleware::Buffer;

use crate::answering;
use crate::between_validators::{between, judged};

fn text(length: usize) -> Vec<u8> {
    (0..length).map(|at| b'a' + (at % 26) as u8).collect()
}

fn chunked(length: usize) -> Environ {
    let input = Input::from_reader(io::Cursor::new(text(length)), None);
    let request = EnvironBuilder::new("POST", "/").header("Transfer-Encoding", "chunked");
    request.body(input).build()
}

fn declared(length: usize) -> Environ {
    EnvironBuilder::post("/", text(length)).build()
}

/// Reads the body twice, and gives it back with the length that it was told.
fn echo(
    environ: &mut Environ,
    start_response: &mut dyn wsgi_core::StartResponse,
) -> Result<Body, ApplicationError> {
    let told = environ
        .headers()
        .get_str("Content-Length")
        .unwrap_or("none")
        .to_owned();
    let coding = environ.headers().contains("Transfer-Encoding");
    assert!(!coding || told == "none");
    let first = environ.input().read_all()?;
    if environ.input().is_rewindable() {
        environ.input().rewind()?;
        assert_eq!(
            environ.input().read_line(Some(3))?,
            first[..3.min(first.len())]
        );
        environ.input().rewind()?;
        assert_eq!(environ.input().remaining(), Some(first.len() as u64));
        assert_eq!(environ.input().read_all()?, first);
    }
    start_response.start(
        StatusLine::OK,
        [("Content-Type", "text/plain"), ("X-Told", &told)],
    )?;
    Ok(Body::from(first))
}

#[test]
fn requests_come_whole_with_their_length_and_can_be_read_again() {
    // In memory, at its border, in a file.
    for length in [1, 99, 100, 101, 300_000] {
        for environ in [chunked(length), declared(length)] {
            let wrap = |app| Buffer::new(app).request_memory(100);
            let answer = between(echo, wrap, environ).unwrap();
            assert_eq!(answer.header("X-Told"), Some(&*length.to_string()));
            assert_eq!(answer.body(), text(length));
        }
    }
    let answer = run(&Buffer::new(echo), EnvironBuilder::get("/").build()).unwrap();
    assert_eq!(
        (answer.header("X-Told"), answer.body()),
        (Some("none"), Vec::new())
    );
    let answer = run(&Buffer::new(echo), chunked(0)).unwrap();
    assert_eq!(
        (answer.header("X-Told"), answer.body()),
        (Some("none"), Vec::new())
    );
    let plain = Buffer::new(echo).request(false);
    assert_eq!(
        run(&plain, chunked(5)).unwrap().header("X-Told"),
        Some("none")
    );
}

#[test]
fn requests_beyond_the_limit_are_refused() {
    for (memory, limit) in [(100, 50), (50, 100), (100, 100)] {
        for (length, status) in [(limit, 200), (limit + 1, 413), (limit * 1000, 413)] {
            for environ in [chunked(length), declared(length)] {
                let wrap = |app| {
                    Buffer::new(app)
                        .request_memory(memory)
                        .request_limit(limit as u64)
                };
                let answer = between(echo, wrap, environ).unwrap();
                assert_eq!(answer.status.code(), status, "{memory} {limit} {length}");
            }
        }
    }
    let app = Buffer::new(application_fn(|_, _| panic!("called"))).request_limit(10);
    let environ = EnvironBuilder::new("POST", "/").header("Content-Length", "11");
    let mut environ = environ.build();
    environ.set_input(Input::from_reader(Unreadable, Some(11)));
    assert_eq!(run(&app, environ).unwrap().status.code(), 413);
}

struct Unreadable;

impl Read for Unreadable {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

#[test]
fn a_body_that_ends_early_is_the_clients_fault_and_the_application_never_sees_it() {
    let app = Buffer::new(application_fn(|_, _| panic!("called")));
    let environ = |input| {
        let request = EnvironBuilder::new("POST", "/").header("Content-Length", "10");
        let mut environ = request.build();
        environ.set_input(input);
        environ
    };
    let left = environ(Input::from_reader(Unreadable, Some(10)));
    assert_eq!(run(&app, left).unwrap_err().fault(), Fault::Client);
    let short = environ(Input::from_reader(&b"five!"[..], Some(10)));
    assert_eq!(run(&app, short).unwrap_err().fault(), Fault::Client);
}

/// Answers with blocks that are put together, which breaks one rule of PEP 3333, on request, and no other.
fn at_once(app: impl Application, limit: usize) -> Answer {
    let wrap = |app| Buffer::new(app).response(true).response_limit(limit);
    let (answer, found) = judged(app, wrap, EnvironBuilder::get("/").build());
    assert_eq!(found, ["middleware.returns-at-once"]);
    answer.unwrap()
}

#[test]
fn responses_pass_unless_it_is_asked_for() {
    let app = answering(|| TrackedBody::new(["one", "two"]).body());
    let answer = between(app, Buffer::new, EnvironBuilder::get("/").build()).unwrap();
    assert_eq!(answer.blocks, [b"one", b"two"]);
}

#[test]
fn blocks_are_put_together() {
    let tracked = TrackedBody::new(["one", "", "two"]);
    let inner = tracked.clone();
    let app = answering(move || inner.body());
    let answer = at_once(app, 1 << 20);
    assert_eq!(answer.blocks, [b"onetwo"]);
    assert_eq!(answer.header("Content-Length"), Some("6"));
    assert_eq!(tracked.log(), ["next", "next", "next", "next", "close"]);
}

#[test]
fn a_body_that_was_put_together_is_closed_before_it_goes_out() {
    let tracked = TrackedBody::new(["one", "two"]);
    let inner = tracked.clone();
    let app = Buffer::new(answering(move || inner.body())).response(true);
    let mut environ = EnvironBuilder::get("/").build();
    let body = app.call(&mut environ, &mut Recorder::default()).unwrap();
    assert_eq!(body.as_full(), Some(&b"onetwo"[..]));
    assert_eq!(tracked.closed(), 1);
}

#[test]
fn beyond_the_limit_the_rest_follows_block_by_block() {
    for (limit, blocks) in [
        (9, &["onetwosix"][..]),
        (8, &["onetwosix"]),
        (5, &["onetwo", "six"]),
        (2, &["one", "two", "six"]),
        (0, &["one", "two", "six"]),
    ] {
        let tracked = TrackedBody::new(["one", "two", "six"]);
        let inner = tracked.clone();
        let app = answering(move || inner.body());
        let answer = at_once(app, limit);
        let wanted: Vec<&[u8]> = blocks.iter().map(|block| block.as_bytes()).collect();
        assert_eq!(answer.blocks, wanted, "{limit}");
        let length = (limit == 9).then_some("9");
        assert_eq!(answer.header("Content-Length"), length, "{limit}");
        assert_eq!(tracked.closed(), 1, "{limit}");
    }
}

#[test]
fn what_is_not_to_be_waited_for_passes() {
    let passes = |name: &'static str, value: &'static str| {
        let tracked = TrackedBody::new(["one", "two"]);
        let app = Buffer::new(application_fn(move |_, start_response| {
            start_response.start(StatusLine::OK, [(name, value)])?;
            Ok(tracked.body())
        }))
        .response(true);
        let answer = run(&app, EnvironBuilder::get("/").build()).unwrap();
        answer.blocks.len() == 2 && answer.header("Content-Length").is_none()
    };
    assert!(passes("Content-Type", "text/event-stream"));
    assert!(passes("Content-Type", "Text/Event-Stream; charset=utf-8"));
    assert!(passes("X-Accel-Buffering", "no"));
    assert!(!passes("X-Accel-Buffering", "yes"));
    assert!(!passes("Content-Type", "text/plain"));
}

#[test]
fn files_and_what_is_written_pass() {
    let app = Buffer::new(answering(|| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        file.rewind().unwrap();
        Body::from(FileWrapper::new(file).unwrap())
    }))
    .response(true);
    let mut environ = EnvironBuilder::get("/").build();
    let mut body = app.call(&mut environ, &mut Recorder::default()).unwrap();
    assert_eq!(body.file().unwrap().length, 10);
    let app = Buffer::new(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        start_response.write(b"one")?;
        Ok(TrackedBody::new(["two", "six"]).body())
    }))
    .response(true);
    let answer = run(&app, EnvironBuilder::get("/").build()).unwrap();
    assert_eq!(answer.written, [b"one"]);
    assert_eq!(answer.blocks, [b"two", b"six"]);
    assert_eq!(answer.header("Content-Length"), None);
}

/// Nothing has gone out yet, so that another layer can answer `500`.
#[test]
fn a_failure_in_the_middle_is_one_of_the_call() {
    let tracked = TrackedBody::new(["one", "two"]).fail_at(1);
    let inner = tracked.clone();
    let app = Buffer::new(answering(move || inner.body())).response(true);
    let mut recorder = Recorder::default();
    let failed = app.call(&mut EnvironBuilder::get("/").build(), &mut recorder);
    assert_eq!(
        failed.unwrap_err().to_string(),
        "the body failed on purpose"
    );
    assert!(recorder.started.is_none());
    assert_eq!(tracked.closed(), 1);
}

#[test]
fn no_more_is_taken_from_the_client_than_the_limit_and_one_byte() {
    struct Endless(Arc<AtomicUsize>);
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.fetch_add(buffer.len(), Ordering::SeqCst);
            Ok(buffer.len())
        }
    }
    for memory in [1000, 1_000_000] {
        let taken = Arc::new(AtomicUsize::new(0));
        let input = Input::from_reader(Endless(taken.clone()), None);
        let environ = EnvironBuilder::new("POST", "/").body(input).build();
        let app = Buffer::new(echo)
            .request_memory(memory)
            .request_limit(100_000);
        assert_eq!(run(&app, environ).unwrap().status.code(), 413);
        let taken = taken.load(Ordering::SeqCst);
        assert!((100_001..100_001 + 64 * 1024).contains(&taken), "{taken}");
    }
}
