//! One request's call, every step of its body and its close happen on one thread.

use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, ThreadId};
use std::time::Duration;

use wsgi_core::{Application, ApplicationError, Blocks, Body, StatusLine, application_fn};
use wsgi_server::Timeouts;

use super::client::{Client, read_all, read_until};
use super::gates::{Gates, name};
use super::kit::{DEADLINE, Running};

/// More than a client that does not read lets the server send.
const LARGE: usize = 16 << 20;

/// What a response's body told when it was closed.
#[derive(Debug)]
struct Closed {
    path: String,
    steps: usize,
    threads: Vec<ThreadId>,
}

impl Closed {
    fn is_on_one_thread(&self) -> bool {
        self.threads.iter().all(|thread| *thread == self.threads[0])
    }
}

/// A body that waits at a gate before each block, and remembers which threads it saw.
struct Traced {
    path: String,
    block: Vec<u8>,
    left: usize,
    steps: usize,
    threads: Vec<ThreadId>,
    gates: Arc<Gates>,
    closed: Sender<Closed>,
}

impl Blocks for Traced {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        self.threads.push(thread::current().id());
        if self.path.starts_with("/step") {
            self.gates.pass(&format!("{}/{}", self.path, self.steps));
        }
        assert!(
            self.steps < 2 || !self.path.ends_with("panic"),
            "on purpose"
        );
        self.steps += 1;
        self.left = self.left.saturating_sub(1);
        Ok((self.left > 0).then_some(&self.block))
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        self.threads.push(thread::current().id());
        let _ = self.closed.send(Closed {
            path: self.path.clone(),
            steps: self.steps,
            threads: std::mem::take(&mut self.threads),
        });
        Ok(())
    }
}

/// `/step…` has three blocks and waits before each, `/large…` has many; all others are of [`Gates::app`].
fn traced(gates: &Arc<Gates>) -> (impl Application + 'static, Receiver<Closed>) {
    let (closed, is_closed) = channel();
    let (gates, app) = (gates.clone(), gates.app());
    let app = application_fn(move |environ, start_response| {
        let path = String::from_utf8_lossy(environ.path_info()).into_owned();
        let (block, blocks) = match &path {
            step if step.starts_with("/step") => (b"block".to_vec(), 3),
            large if large.starts_with("/large") => (vec![b'x'; 1 << 16], LARGE >> 16),
            _ => return app.call(environ, start_response),
        };
        let thread = thread::current();
        let headers = [
            ("Content-Type", "text/plain"),
            ("X-Thread", thread.name().unwrap_or_default()),
        ];
        start_response.start(StatusLine::OK, headers)?;
        Ok(Body::from_blocks(Traced {
            path,
            block,
            left: blocks + 1,
            steps: 0,
            threads: vec![thread.id()],
            gates: gates.clone(),
            closed: closed.clone(),
        }))
    });
    (app, is_closed)
}

/// A client in the middle of a large response, of which it reads nothing more; and the thread that answers it.
fn stalled(server: &Running, path: &str) -> (Client, String) {
    let mut client = server.client();
    client.send(path);
    let head = read_until(client.stream(), "\r\n\r\n");
    let line = head
        .lines()
        .find_map(|line| line.strip_prefix("X-Thread: "));
    (client, line.unwrap().to_owned())
}

#[test]
fn steps_that_block_stay_on_the_thread_of_the_call() {
    for threads in [None, Some(1)] {
        let gates = Gates::new();
        let (app, is_closed) = traced(&gates);
        let set = |builder: wsgi_server::ServerBuilder| match threads {
            Some(threads) => builder.threads(threads),
            None => builder,
        };
        let server = Running::with(set, app);
        // Alone there is nobody who could go on meanwhile.
        let at_once = if threads == Some(1) { 1 } else { 8 };
        let paths: Vec<String> = (0..at_once).map(|i| format!("/step/{}", name(i))).collect();
        let mut clients: Vec<Client> = paths
            .iter()
            .map(|path| {
                let mut client = server.client();
                client.send(path);
                client
            })
            .collect();
        for step in 0..4 {
            gates.wait_for((step + 1) * at_once);
            if threads.is_none() {
                assert_eq!(server.client().get("/other").body, "/other");
            }
            for path in &paths {
                gates.open(&format!("{path}/{step}"));
            }
        }
        for client in &mut clients {
            read_until(client.stream(), "\r\n0\r\n\r\n");
            let closed = is_closed.recv_timeout(DEADLINE).unwrap();
            assert_eq!((closed.steps, closed.threads.len()), (4, 6), "{closed:?}");
            assert!(closed.is_on_one_thread(), "{closed:?}");
        }
    }
}

#[test]
fn a_body_that_waits_for_its_reader_goes_on_where_it_began_whoever_leads_by_then() {
    let gates = Gates::new();
    let (app, is_closed) = traced(&gates);
    let server = Running::with(|builder| builder.loops(1).threads(16), app);
    let mut was_led_by_another = false;
    for round in 0..10 {
        let (mut large, began_on) = stalled(&server, &format!("/large/{round}"));
        // The leader is blocked, so that another one leads by now, and again.
        let waits = ["first", "second"].map(|which| format!("/wait/{which}/{}", name(round)));
        let mut waiting: [Client; 2] = server.clients();
        for (client, (count, path)) in waiting.iter_mut().zip(waits.iter().enumerate()) {
            client.send(path);
            gates.wait_for(2 * round + count + 1);
        }
        was_led_by_another |= server.client().get("/").thread() != began_on;
        for (client, path) in waiting.iter_mut().zip(&waits) {
            gates.open(path);
            assert_eq!(client.answer().body, *path);
        }
        let mut rest = Vec::new();
        large.stream().shutdown(std::net::Shutdown::Write).unwrap();
        large.stream().read_to_end(&mut rest).unwrap();
        let sent = rest.iter().filter(|byte| **byte == b'x').count();
        assert_eq!(sent, LARGE, "round {round}");
        let closed = is_closed.recv_timeout(DEADLINE).unwrap();
        assert_eq!(closed.steps, (LARGE >> 16) + 1);
        assert!(closed.is_on_one_thread(), "{closed:?}");
    }
    assert!(was_led_by_another, "never in {} rounds", 10);
}

/// What ends a server before its answers have ended.
type Stop = fn(&Running);

fn stops() -> [(&'static str, Stop); 2] {
    [
        ("abort", |server| server.handle.abort()),
        ("past the graceful timeout", |server| {
            server.handle.shutdown()
        }),
    ]
}

fn at_once() -> Timeouts {
    Timeouts {
        graceful: Duration::ZERO,
        ..Timeouts::default()
    }
}

#[test]
fn bodies_that_wait_for_their_readers_are_closed_at_the_end_where_they_began() {
    for threads in [1, 16] {
        for (how, stop) in stops() {
            let gates = Gates::new();
            let (app, is_closed) = traced(&gates);
            let set = |builder: wsgi_server::ServerBuilder| {
                builder.loops(1).threads(threads).timeouts(at_once())
            };
            let mut server = Running::with(set, app);
            let mut stalled: Vec<_> = (0..4)
                .map(|i| {
                    let (client, _) = stalled(&server, &format!("/large/{i}"));
                    if threads > 1 {
                        // The next one begins on another thread.
                        let path = format!("/wait/{}", name(i));
                        let mut waiting = server.client();
                        waiting.send(&path);
                        gates.wait_for(i + 1);
                        server.client().get("/");
                        gates.open(&path);
                        assert_eq!(waiting.answer().body, path);
                    }
                    client
                })
                .collect();
            stop(&server);
            server.join();
            server.census.wait_for_none();
            let closed: Vec<Closed> = is_closed.try_iter().collect();
            assert_eq!(closed.len(), stalled.len(), "{how}, {threads} threads");
            for closed in &closed {
                assert!(closed.is_on_one_thread(), "{how}: {closed:?}");
            }
            for client in &mut stalled {
                let mut rest = Vec::new();
                let _ = client.stream().read_to_end(&mut rest); // cut off, whether orderly or not
                assert!(rest.len() < LARGE, "{how}");
            }
        }
    }
}

#[test]
fn a_body_that_blocks_when_the_server_ends_is_closed_where_it_is() {
    for (how, stop) in stops() {
        let gates = Gates::new();
        let (app, is_closed) = traced(&gates);
        let mut server = Running::with(|builder| builder.timeouts(at_once()), app);
        let mut client = server.client();
        client.send("/step/a");
        gates.wait_for(1);
        gates.open("/step/a/0");
        read_until(client.stream(), "block\r\n");
        gates.wait_for(2); // in the second step
        stop(&server);
        server.join();
        assert!(is_closed.try_recv().is_err(), "{how}: closed in mid-step");
        gates.open_all();
        let closed = is_closed.recv_timeout(DEADLINE).unwrap();
        assert!(closed.is_on_one_thread(), "{how}: {closed:?}");
        assert_eq!(closed.path, "/step/a");
        server.census.wait_for_none();
    }
}

#[test]
fn a_step_that_panics_beside_the_loop_is_followed_by_the_close_on_its_thread() {
    let gates = Gates::new();
    let (app, is_closed) = traced(&gates);
    let server = Running::start(app);
    let mut client = server.client();
    client.send("/step/panic");
    for step in 0..3 {
        gates.wait_for(step + 1);
        assert_eq!(server.client().get("/other").body, "/other");
        gates.open(&format!("/step/panic/{step}"));
    }
    let rest = read_all(client.stream());
    assert!(
        rest.contains("block") && !rest.ends_with("0\r\n\r\n"),
        "a chunked body that breaks off has no end: {rest}"
    );
    let closed = is_closed.recv_timeout(DEADLINE).unwrap();
    assert_eq!(closed.steps, 2);
    assert!(closed.is_on_one_thread(), "{closed:?}");
}
