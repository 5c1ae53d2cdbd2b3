//! Requests whose answer does not begin in time.
//!
//! The time is so short that it is over soon; what is tested waits for the 504 of a request, not for the time.

use std::io::Write;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use wsgi_core::{
    Application, ApplicationError, Blocks, Body, StatusLine, WriteError, application_fn,
};
use wsgi_server::{ServerBuilder, Timeouts};

use super::client::{Client, get, read_all, read_until};
use super::gates::Gates;
use super::kit::{DEADLINE, Running};

const LIMIT: Duration = Duration::from_millis(250);

fn limited(builder: ServerBuilder) -> ServerBuilder {
    builder.threads(2).loops(1).request_timeout(Some(LIMIT))
}

fn gets_504(client: &mut Client) {
    let answer = client.answer();
    assert_eq!(answer.status, 504, "{answer:?}");
    assert_eq!(answer.body, "Gateway Timeout\n");
    assert_eq!(answer.field("Connection"), "close");
    assert!(client.is_closed());
}

#[test]
fn a_client_gets_504_at_its_deadline_and_wedged_threads_are_replaced() {
    let gates = Gates::new();
    let server = Running::with(limited, gates.app());
    // Twice as many as there may be threads: the first two are replaced.
    let [mut a, mut b] = server.clients();
    for (client, path) in [(&mut a, "/wait/a"), (&mut b, "/wait/b")] {
        client.send(path);
        gets_504(client);
    }
    assert_eq!(server.client().get("/others").body, "/others");
    let [mut c, mut d] = server.clients();
    for (client, path) in [(&mut c, "/wait/c"), (&mut d, "/wait/d")] {
        client.send(path);
        gets_504(client);
    }
    assert_eq!(gates.most(), 4, "the two that were replaced, and two more");
    // An application that always hangs shall not take all memory.
    assert_eq!(server.client().get("/missed").status, 503);
    gates.open_all();
    // They count again when they are back; the first requests may be too early for that.
    while server.client().get("/back").status == 503 {}
    for _ in 0..20 {
        assert_eq!(server.client().get("/wait/later").body, "/wait/later");
    }
    assert!(
        server.census.most() <= 2 * 2 + 2,
        "{}",
        server.census.most()
    );
}

#[test]
fn answers_to_earlier_requests_come_first() {
    let gates = Gates::new();
    let server = Running::with(limited, gates.app());
    let mut client = server.client();
    let requests = ["/one", "/two", "/wait/three", "/four"].map(get).concat();
    client.stream().write_all(requests.as_bytes()).unwrap();
    assert_eq!(client.answer().body, "/one");
    assert_eq!(client.answer().body, "/two");
    gets_504(&mut client);
    gates.open_all();
    // The thread answers to nobody, and what stood behind the request is never run.
    assert_eq!(server.client().get("/wait/later").body, "/wait/later");
    assert_eq!(gates.arrived(), ["/wait/three", "/wait/later"]);
}

#[test]
fn the_answer_to_head_has_no_body() {
    let gates = Gates::new();
    let server = Running::with(limited, gates.app());
    let mut stream = server.connect();
    stream
        .write_all(b"HEAD /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    let answer = read_all(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 504 "), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    gates.open_all();
}

/// Waits for the gate between its two blocks.
struct Halting(Arc<Gates>, usize);

impl Blocks for Halting {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        self.1 += 1;
        match self.1 {
            1 => Ok(Some(b"first")),
            2 => {
                self.0.pass("/halt");
                Ok(Some(b"second"))
            }
            _ => Ok(None),
        }
    }
}

#[test]
fn a_response_that_has_begun_may_take_longer() {
    let gates = Gates::new();
    let (waits, halts) = (gates.app(), gates.clone());
    let app = application_fn(move |environ, start_response| {
        if environ.path_info() != b"/halt" {
            return waits.call(environ, start_response);
        }
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from_blocks(Halting(halts.clone(), 0)))
    });
    let server = Running::with(limited, app);
    let mut stream = server.connect();
    stream.write_all(get("/halt").as_bytes()).unwrap();
    read_until(&mut stream, "first\r\n");
    gates.wait_for(1);
    // One that came later is over its time, so this one is.
    let mut later = server.client();
    later.send("/wait");
    gets_504(&mut later);
    gates.open_all();
    read_until(&mut stream, "second\r\n0\r\n\r\n");
    stream.write_all(get("/again").as_bytes()).unwrap();
    read_until(&mut stream, "/again");
}

/// Tells that it is closed, and how many blocks were taken.
struct Late(usize, Sender<usize>);

impl Blocks for Late {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        self.0 += 1;
        Ok((self.0 < 100).then_some(b"late"))
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        self.1.send(self.0).unwrap();
        Ok(())
    }
}

#[test]
fn who_comes_too_late_is_told_as_if_the_client_had_left() {
    let gates = Gates::new();
    let (closed, is_closed) = channel();
    let (written, is_written) = channel();
    let (closed, written) = (Mutex::new(closed), Mutex::new(written));
    let waits = gates.clone();
    let app = application_fn(move |environ, start_response| {
        let path = String::from_utf8_lossy(environ.path_info()).into_owned();
        waits.pass(&path);
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        if path == "/write" {
            let outcome = start_response.write(b"late");
            written.lock().unwrap().send(outcome.is_err()).unwrap();
            assert!(matches!(outcome, Err(WriteError::Disconnected)));
        }
        Ok(Body::from_blocks(Late(0, closed.lock().unwrap().clone())))
    });
    let server = Running::with(limited, app);
    for path in ["/write", "/blocks"] {
        let mut client = server.client();
        client.send(path);
        gets_504(&mut client);
        gates.open(path);
        let taken = is_closed.recv_timeout(DEADLINE).unwrap();
        assert!(taken <= 1, "{path}: {taken} blocks were taken");
    }
    assert!(is_written.recv_timeout(DEADLINE).unwrap());
}

#[test]
fn those_that_still_wait_for_a_thread_then_get_503_and_are_never_seen() {
    let gates = Gates::new();
    // The first of each holds its thread with an answer that has begun.
    let halts = gates.clone();
    let app = application_fn(move |environ, start_response| {
        if environ.path_info() == b"/seen" {
            halts.pass("/seen");
        }
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from_blocks(Halting(halts.clone(), 0)))
    });
    let server = Running::with(limited, app);
    let mut holding: [_; 2] = std::array::from_fn(|_| server.connect());
    for stream in &mut holding {
        stream.write_all(get("/halt").as_bytes()).unwrap();
        read_until(stream, "first\r\n");
    }
    gates.wait_for(2);
    let mut waiting = server.client();
    waiting.send("/seen");
    let answer = waiting.answer();
    assert_eq!((answer.status, answer.field("Retry-After")), (503, "1"));
    gates.open_all();
    for stream in &mut holding {
        read_until(stream, "second\r\n0\r\n\r\n");
    }
    assert_eq!(gates.arrived(), ["/halt", "/halt"]);
}

#[test]
fn a_graceful_stop_waits_for_no_thread_that_answers_nobody() {
    let gates = Gates::new();
    let timeouts = Timeouts {
        graceful: 10 * DEADLINE,
        ..Timeouts::default()
    };
    let set = |builder| limited(builder).timeouts(timeouts);
    let mut server = Running::with(set, gates.app());
    let mut client = server.client();
    client.send("/wait");
    gets_504(&mut client);
    server.handle.shutdown();
    server.join();
    gates.open_all();
    server.census.wait_for_none();
}

#[test]
fn a_thread_that_is_too_late_harms_no_graceful_stop() {
    let gates = Gates::new();
    let halts = gates.clone();
    let (waited, has_waited) = channel();
    let waited = Mutex::new(waited);
    let app = application_fn(move |environ, start_response| {
        if environ.path_info() == b"/wait" {
            halts.pass("/wait");
            waited.lock().unwrap().send(()).unwrap();
        }
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from_blocks(Halting(halts.clone(), 0)))
    });
    let mut server = Running::with(limited, app);
    let mut halting = server.connect();
    halting.write_all(get("/halt").as_bytes()).unwrap();
    read_until(&mut halting, "first\r\n");
    let mut client = server.client();
    client.send("/wait");
    gets_504(&mut client);
    server.handle.shutdown();
    // Nobody listens any more, so the loop has let go who may go.
    while std::net::TcpStream::connect(&server.address).is_ok() {}
    gates.open("/wait");
    has_waited.recv_timeout(DEADLINE).unwrap();
    gates.open_all();
    read_until(&mut halting, "second\r\n0\r\n\r\n");
    server.join();
    server.census.wait_for_none();
}

#[test]
fn it_is_told_like_every_refusal() {
    let gates = Gates::new();
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let set = |builder: ServerBuilder| {
        limited(builder).on_refusal(move |refused| {
            let of = [refused.method, refused.target].map(|bytes| bytes.to_vec());
            let whence = (refused.remote_addr, refused.remote_port);
            let what = (refused.status.as_u16(), refused.reason.to_owned());
            tell.lock().unwrap().send((of, whence, what)).unwrap();
        })
    };
    let server = Running::with(set, gates.app());
    let mut client = server.client();
    let address = client.stream().local_addr().unwrap();
    client.send("/wait");
    gets_504(&mut client);
    let ([method, target], whence, (status, reason)) = told.recv_timeout(DEADLINE).unwrap();
    assert_eq!((&method[..], &target[..]), (&b"GET"[..], &b"/wait"[..]));
    assert_eq!(whence, (Some(address.ip()), Some(address.port())));
    assert_eq!(status, 504);
    assert_eq!(
        reason,
        "the application did not begin to answer within 0.25 seconds"
    );
    gates.open_all();
}

/// What a layer asks for is asked of one request: the next one of the connection has as long as it likes.
#[test]
fn a_layer_may_ask_for_an_answer_by_a_time() {
    let gates = Gates::new();
    let inner = gates.app();
    let app = application_fn(
        move |environ: &mut wsgi_core::Environ, start_response: &mut _| {
            let client = environ.client();
            if environ.path_info() != b"/wait/unhurried" {
                let deadline = std::time::Instant::now() + LIMIT;
                client.expect("the server tells").answer_by(deadline);
            }
            inner.call(environ, start_response)
        },
    );
    let unlimited = |builder: ServerBuilder| builder.threads(2).loops(1).request_timeout(None);
    let server = Running::with(unlimited, app);
    let [mut hurried, mut unhurried] = server.clients();
    assert_eq!(unhurried.get("/first").body, "/first");
    unhurried.send("/wait/unhurried");
    hurried.send("/wait/hurried");
    gets_504(&mut hurried);
    gates.open_all();
    assert_eq!(unhurried.answer().body, "/wait/unhurried");
}
