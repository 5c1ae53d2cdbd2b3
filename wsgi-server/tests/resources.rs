//! A server that has ended leaves neither threads nor descriptors behind.
//!
//! What a process has is counted, so that these tests are a process of their own and take turns.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use wsgi_core::{Body, StatusLine, application_fn};
use wsgi_server::{Server, ServerBuilder};

const DEADLINE: Duration = Duration::from_secs(60);

/// One test at a time.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many threads of servers this process has.
fn threads() -> usize {
    let names = fs::read_dir("/proc/self/task").unwrap().filter_map(|task| {
        // A thread that ends meanwhile has no name any more.
        fs::read_to_string(task.ok()?.path().join("comm")).ok()
    });
    names.filter(|name| name.starts_with("wsgi-")).count()
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// A thread ends a moment after it has told so.
fn settles(what: &str, expected: usize, count: fn() -> usize) {
    let began = Instant::now();
    while count() != expected {
        assert!(
            began.elapsed() < DEADLINE,
            "{} {what} instead of {expected}",
            count()
        );
        thread::yield_now();
    }
}

struct Latch(Mutex<bool>, Condvar);

impl Latch {
    fn pass(&self) {
        let closed = self.0.lock().unwrap();
        drop(self.1.wait_while(closed, |open| !*open).unwrap());
    }

    fn open(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }
}

fn builder() -> ServerBuilder {
    Server::builder().bind("127.0.0.1:0")
}

/// A server of which ten calls are blocked, and one answer waits for its client; who stops it gets its clients, too.
fn with_blocked_calls(
    builder: ServerBuilder,
    blocked: usize,
    stop: impl FnOnce(&wsgi_server::Handle, &Latch, &Receiver<()>),
) {
    let latch = Arc::new(Latch(Mutex::new(false), Condvar::new()));
    let (entered, has_entered): (Sender<()>, _) = channel();
    let app = {
        let latch = latch.clone();
        application_fn(move |environ, start_response| {
            if environ.path_info().starts_with(b"/wait") {
                entered.send(()).unwrap();
                latch.pass();
            }
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            Ok(if environ.path_info() == b"/large" {
                Body::from_blocks_iter(std::iter::repeat_n(vec![b'x'; 1 << 16], 256))
            } else {
                Body::from("fine")
            })
        })
    };
    let server = builder.build(app).unwrap();
    let address = server.addresses()[0].clone();
    let handle = server.handle();
    let running = thread::spawn(move || server.run().unwrap());
    let begin = |path: &str| {
        let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        stream
    };
    let mut large = begin("/large");
    large.read_exact(&mut [0; 15]).unwrap(); // its response has begun
    let mut clients = Vec::new();
    for i in 0..blocked {
        // Paths of letters, for the engine takes those for one that differ in digits.
        clients.push(begin(&format!("/wait/{}", "a".repeat(i))));
        has_entered.recv_timeout(DEADLINE).unwrap();
    }
    stop(&handle, &latch, &has_entered);
    running.join().unwrap();
    latch.open();
    drop((clients, large));
}

#[test]
fn nothing_is_left_of_a_server_that_was_stopped_while_calls_were_blocked() {
    let _turn = turn();
    let before = descriptors();
    for round in 0..5 {
        for loops in [1, 2] {
            with_blocked_calls(builder().loops(loops), 10, |handle, latch, _| {
                // The large answer would be waited for.
                handle.shutdown();
                latch.open();
                handle.abort();
            });
            settles("threads", 0, threads);
            settles("descriptors", before, descriptors);
            with_blocked_calls(builder().loops(loops), 10, |handle, _, _| handle.abort());
            settles("threads", 0, threads);
            settles("descriptors", before, descriptors);
        }
        with_blocked_calls(builder().threads(1), 0, |handle, _, _| handle.abort());
        assert_eq!(
            threads(),
            0,
            "round {round}: with one thread there are no others"
        );
        settles("descriptors", before, descriptors);
    }
}

#[test]
fn nothing_is_left_of_a_server_that_never_ran() {
    let _turn = turn();
    let before = descriptors();
    for _ in 0..20 {
        let app = application_fn(|_, _| Ok(Body::empty()));
        drop(builder().loops(2).build(app).unwrap());
    }
    assert_eq!((threads(), descriptors()), (0, before));
}

#[test]
fn threads_are_started_only_when_calls_take_long() {
    let _turn = turn();
    with_blocked_calls(builder().loops(1), 10, |handle, _, _| {
        let blocked = threads();
        // Ten are blocked, and one leads unless the tenth still does. On a busy machine others may have been needed.
        assert!((10..16).contains(&blocked), "{blocked} threads");
        handle.abort();
    });
    settles("threads", 0, threads);
}
