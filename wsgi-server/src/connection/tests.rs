//! A connection over one end of a socket pair, moved on by hand.

mod ledger;
mod patience;
mod refusals;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use wsgi_core::{Application, Body, StatusLine, application_fn};

use super::*;
use crate::interpreter::Interpreter;
use crate::protocol::Limits;
use crate::timeouts::Pace;

/// A connection, its client, and what its loop would have.
struct Pair {
    connection: Connection,
    client: UnixStream,
    bench: Workbench,
    now: Instant,
}

impl Pair {
    fn new() -> Self {
        Self::with(Timeouts::default())
    }

    fn with(timeouts: Timeouts) -> Self {
        let (ours, client) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        client.set_nonblocking(true).unwrap();
        let stream = Stream::from(mio::net::UnixStream::from_std(ours));
        let now = Instant::now();
        let mut peer = environ::Connection::default();
        peer.remote_port = Some(4711);
        Self {
            connection: Connection::new(stream, peer, now, &timeouts),
            client,
            bench: Workbench::new(Limits::default(), timeouts),
            now,
        }
    }

    fn advance(&mut self) -> Need {
        self.connection.advance(&mut self.bench, self.now)
    }

    /// Sends, as an event would tell, and moves the connection on.
    fn send(&mut self, bytes: impl AsRef<[u8]>) -> Need {
        self.client.write_all(bytes.as_ref()).unwrap();
        self.connection.note(Edges {
            readable: true,
            ..Edges::default()
        });
        self.advance()
    }

    /// Moves the connection on until the application has answered all that is there.
    fn answer(&mut self, app: &dyn Application) -> Need {
        loop {
            match self.advance() {
                Need::Application => self.respond(app),
                need => return need,
            }
        }
    }

    fn respond(&mut self, app: &dyn Application) {
        let caller = Caller {
            app,
            interpreter: &(),
            pace: pace(Duration::ZERO),
            draining: false,
        };
        while self.connection.respond_by(&caller) {}
    }

    /// What reached the client, and whether that was the end.
    fn received(&mut self) -> (String, bool) {
        let mut all = Vec::new();
        let ended = self.client.read_to_end(&mut all).is_ok();
        (String::from_utf8(all).unwrap(), ended)
    }

    fn is_active(&self) -> bool {
        matches!(self.connection.state, State::Active(_))
    }
}

fn pace(grace: Duration) -> Pace {
    Pace { grace, rate: 0 }
}

/// Answers path and peer.
fn echo() -> impl Application {
    application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        let port = environ.connection().remote_port.unwrap_or(0);
        let path = String::from_utf8_lossy(environ.path_info()).into_owned();
        Ok(Body::from(format!("{path} from {port}\n")))
    })
}

#[test]
fn an_idle_connection_is_small_and_its_memory_serves_the_next_one() {
    assert!(
        size_of::<Connection>() <= 200,
        "{} bytes",
        size_of::<Connection>()
    );
    let mut pair = Pair::new();
    assert_eq!(pair.advance(), Need::Event);
    assert!(!pair.is_active() && pair.connection.is_idle());
    for _ in 0..3 {
        assert_eq!(pair.send("GET /a HTTP/1.1\r\nHo"), Need::Event);
        assert!(pair.is_active() && !pair.connection.is_idle());
        assert_eq!(pair.send("st: a\r\n\r\n"), Need::Application);
        assert_eq!(pair.connection.path(), b"/a");
        assert_eq!(pair.answer(&echo()), Need::Event);
        assert!(pair.received().0.ends_with("/a from 4711\n"));
        assert!(pair.connection.is_idle());
        assert_eq!(pair.bench.spare(), 1, "the same memory again and again");
        assert_eq!(pair.connection.peer.remote_port, Some(4711));
    }
}

#[test]
fn what_a_giant_request_needed_goes_with_it() {
    let mut pair = Pair::new();
    let field = format!("X-A: {}\r\n", "a".repeat(8000));
    let head = format!("GET /a HTTP/1.1\r\nHost: a\r\n{}\r\n", field.repeat(3));
    assert_eq!(pair.send(head), Need::Application);
    assert_eq!(pair.answer(&echo()), Need::Event);
    assert!(pair.connection.is_idle());
    assert_eq!(pair.bench.spare(), 0);
}

#[test]
fn the_memory_that_waits_for_requests_is_bounded() {
    let mut bench = Workbench::new(Limits::default(), Timeouts::default());
    let mut peer = environ::Connection::default();
    let taken: Vec<_> = (0..1000).map(|_| bench.take(&mut peer)).collect();
    for active in taken {
        bench.put(active, &mut peer);
    }
    assert!(bench.spare() < 100, "{}", bench.spare());
}

/// Requests of all framings, empty lines, a refusal, and what is not to be looked at behind it.
const STREAM: &str = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\
    \r\nHEAD /b HTTP/1.1\r\nHost: a\r\n\r\n\
    POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=\"\\\"\"\r\nabc\r\n0\r\nX-A: b\r\n\r\n\
    GET http://b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n\
    HEAD /e HTTP/1.1\r\nHost: a b\r\n\r\n\
    GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

/// The status lines and bodies that a client gets which sends the stream in these parts.
fn answers(parts: &[&str]) -> String {
    let mut pair = Pair::new();
    for part in parts {
        pair.send(part);
        assert_eq!(pair.answer(&echo()), Need::Event);
    }
    let (answers, _) = pair.received();
    let lines = answers.lines().filter(|line| !line.starts_with("Date: "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn requests_are_answered_alike_however_they_are_cut() {
    let whole = answers(&[STREAM]);
    let paths = ["/a", "/c", "/"].map(|path| whole.matches(&format!("\n{path} from 4711")).count());
    assert_eq!(
        (paths, whole.matches("HTTP/1.1 200 OK").count()),
        ([1; 3], 4),
        "{whole}"
    );
    assert_eq!(
        whole.matches("HTTP/1.1 400 Bad Request").count(),
        1,
        "{whole}"
    );
    assert!(whole.ends_with("Connection: close\n"), "{whole}");
    for cut in 1..STREAM.len() {
        let (start, rest) = STREAM.split_at(cut);
        assert_eq!(answers(&[start, rest]), whole, "cut at {cut}");
    }
    let bytes: Vec<_> = (0..STREAM.len()).map(|at| &STREAM[at..=at]).collect();
    assert_eq!(answers(&bytes), whole, "byte by byte");
}

#[test]
fn gathered_answers_leave_together() {
    let mut pair = Pair::new();
    assert_eq!(
        pair.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2)),
        Need::Application
    );
    pair.respond(&echo());
    assert_eq!(pair.advance(), Need::Application);
    assert_eq!(pair.received().0, "", "the second is to be answered first");
    pair.respond(&echo());
    assert_eq!(pair.advance(), Need::Event);
    assert_eq!(pair.received().0.matches("/a from").count(), 2);
}

/// RFC 9112 §9.6: lingering is for a client that may be sending still.
#[test]
fn only_a_client_that_asked_for_the_end_is_left_at_once() {
    const CASES: &[(&str, &str, Need)] = &[
        (
            "asked",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            Need::Removal,
        ),
        ("HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", Need::Removal),
        (
            "asked and went on",
            "GET / HTTP/1.0\r\n\r\nmore",
            Need::Event,
        ),
        ("refused", "GET / HTTP/1.1\r\n\r\n", Need::Event),
    ];
    for (case, request, need) in CASES {
        let mut pair = Pair::new();
        pair.send(request);
        assert_eq!(pair.answer(&echo()), *need, "{case}");
        // The last response is there in every case, the end of the stream too when it is shut down.
        assert!(pair.received().0.starts_with("HTTP/1.1 "), "{case}");
    }
    // A server that ends a connection on its own has a client that may not know.
    let mut pair = Pair::new();
    assert_eq!(
        pair.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        Need::Application
    );
    let caller = Caller {
        app: &echo(),
        interpreter: &(),
        pace: pace(Duration::ZERO),
        draining: true,
    };
    pair.connection.respond_by(&caller);
    assert_eq!(pair.advance(), Need::Event);
    assert!(pair.received().1, "told that nothing more will come");
    assert_eq!(pair.send("GET / HTTP/1.1\r\n"), Need::Event, "thrown away");
    drop(std::mem::replace(
        &mut pair.client,
        UnixStream::pair().unwrap().0,
    ));
    pair.connection.note(Edges {
        read_closed: true,
        ..Edges::default()
    });
    assert_eq!(pair.advance(), Need::Removal);
}

/// RFC 9110 §15.6.4
#[test]
fn an_overload_is_told_and_the_connection_goes_on() {
    let mut pair = Pair::new();
    assert_eq!(
        pair.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nHEAD /b HTTP/1.1\r\nHost: a\r\n\r\n"),
        Need::Application
    );
    pair.connection.refuse_overload(7);
    assert_eq!(pair.advance(), Need::Application);
    assert_eq!(pair.connection.path(), b"/b");
    pair.connection.refuse_overload(8);
    assert_eq!(pair.advance(), Need::Event);
    let (answers, _) = pair.received();
    let (first, second) = answers
        .split_once("Service Unavailable\nHTTP/1.1 ")
        .unwrap();
    assert!(
        first.starts_with("HTTP/1.1 503 Service Unavailable\r\n"),
        "{first}"
    );
    assert!(first.contains("Retry-After: 7\r\n"), "{first}");
    assert!(
        second.contains("Retry-After: 8\r\n") && second.ends_with("\r\n\r\n"),
        "{second}"
    );
    assert!(pair.connection.is_idle());
    pair.send("GET /c HTTP/1.0\r\n\r\n");
    pair.connection.refuse_overload(9);
    assert_eq!(pair.advance(), Need::Removal);
}

#[test]
fn a_client_out_of_time_is_told_within_a_request_only() {
    let mut pair = Pair::new();
    assert_eq!(pair.advance(), Need::Event);
    pair.now += Duration::from_secs(100);
    assert!(pair.connection.is_overdue(pair.now));
    pair.connection.time_out();
    assert_eq!(pair.advance(), Need::Removal);
    let mut pair = Pair::new();
    assert_eq!(pair.send("GET /a HT"), Need::Event);
    pair.connection.time_out();
    assert_eq!(pair.advance(), Need::Event);
    assert!(pair.received().0.starts_with("HTTP/1.1 408 "));
}

/// Lends its thread to the client while the application waits; counts how often.
struct Patient(Mutex<(UnixStream, usize)>);

impl Interpreter for Patient {
    fn attach(&self, work: &mut dyn FnMut()) {
        work();
    }

    fn detach(&self, wait: &mut (dyn FnMut() + Send)) {
        let (client, waits) = &mut *self.0.lock().unwrap();
        *waits += 1;
        client.read_to_end(&mut Vec::new()).unwrap_err(); // all that is there
        wait();
    }
}

#[test]
fn what_is_written_waits_for_the_client_with_the_interpreter_let_go_of() {
    const BLOCKS: usize = 100;
    let app = application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        for _ in 0..BLOCKS {
            start_response.write(&[b'x'; 100_000])?;
        }
        Ok(Body::empty())
    });
    let mut pair = Pair::new();
    pair.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let client = pair.client.try_clone().unwrap();
    let patient = Patient(Mutex::new((client, 0)));
    pair.connection.respond_by(&Caller {
        app: &app,
        interpreter: &patient,
        pace: pace(Duration::from_secs(20)),
        draining: false,
    });
    let waits = patient.0.into_inner().unwrap().1;
    assert!(
        (1..=2 * BLOCKS).contains(&waits),
        "{waits}: no busy waiting"
    );
    while pair.advance() == Need::Event && !pair.connection.is_idle() {
        pair.received();
    }
    assert!(pair.received().0.ends_with("0\r\n\r\n"));
}

#[test]
fn a_client_that_takes_nothing_of_what_is_written_is_given_up() {
    let failed = Arc::new(Mutex::new(None));
    let seen = failed.clone();
    let app = application_fn(move |environ, start_response| {
        environ.set_errors(wsgi_core::ErrorStream::captured().0);
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        for _ in 0..100 {
            if let Err(error) = start_response.write(&[b'x'; 100_000]) {
                *seen.lock().unwrap() = Some(error.to_string());
                return Err(error.into());
            }
        }
        Ok(Body::empty())
    });
    let mut pair = Pair::new();
    pair.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    pair.respond(&app); // without patience
    assert!(failed.lock().unwrap().is_some());
    assert_eq!(pair.advance(), Need::Removal);
}
