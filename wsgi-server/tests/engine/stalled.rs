//! Clients that stall hold no thread.

use std::io::Write;
use std::time::Duration;

use wsgi_core::{Body, StatusLine, application_fn};
use wsgi_server::Timeouts;

use super::client::{read_all, read_until};
use super::kit::{Running, echo_path};

/// How many clients stall at once, in each phase of a request.
const MANY: usize = 300;

/// A process may have few open files by default, and each client is two of them here.
fn allow_open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}

#[test]
fn stalled_heads_bodies_and_readers_hold_no_thread() {
    allow_open_files();
    let app = application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(match environ.path_info() {
            b"/blocks" => Body::from_blocks_iter(std::iter::repeat_n(vec![b'x'; 1 << 16], 256)),
            b"/full" => Body::from(vec![b'x'; 16 << 20]),
            _ => Body::from("fresh"),
        })
    });
    let server = Running::with(|builder| builder.loops(1), app);
    let mut known = server.client();
    let mut stalled = Vec::new();
    for begun in [
        "GET / HTTP/1.1\r\nHo",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nA\r\nabc",
        "GET /blocks HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        for _ in 0..MANY {
            let mut stream = server.connect();
            stream.write_all(begun.as_bytes()).unwrap();
            if begun.starts_with("GET /blocks") {
                read_until(&mut stream, "\r\n\r\n"); // its response has begun
            }
            stalled.push(stream);
        }
        for _ in 0..20 {
            assert_eq!(known.get("/").body, "fresh", "{begun:?}");
            assert_eq!(server.client().get("/").body, "fresh", "{begun:?}");
        }
    }
    // One leads. On a busy machine a call may outlast a tick, and is succeeded.
    let most = server.census.most();
    assert!(most < 16, "{most} threads for {} clients", stalled.len());
}

#[test]
fn clients_that_take_too_long_are_told_or_let_go() {
    let short = Duration::from_millis(50);
    let timeouts = Timeouts {
        keep_alive: short,
        head: short,
        body: short,
        ..Timeouts::default()
    };
    let server = Running::with(|builder| builder.threads(1).timeouts(timeouts), echo_path());
    assert_eq!(
        read_all(&mut server.connect()),
        "",
        "a connection that sends nothing"
    );
    assert!(
        server
            .exchange("GET / HTTP/1.1\r\nHo")
            .starts_with("HTTP/1.1 408 "),
        "an unfinished head"
    );
    let body = server.exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    assert!(
        body.starts_with("HTTP/1.1 408 "),
        "an unfinished body: {body}"
    );
}
