//! The engine over real sockets, with applications of Rust: called inline, and on threads of the pool.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Duration;

use wsgi_core::{
    Application, ApplicationError, Blocks, Body, FileWrapper, StatusLine, application_fn,
};
use wsgi_server::{Handle, Server, Timeouts};

/// A server on a port of its own; stopped when dropped.
struct Running {
    address: String,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn start(threads: usize, app: impl Application + 'static) -> Self {
        Self::with(threads, Timeouts::default(), app)
    }

    fn with(threads: usize, timeouts: Timeouts, app: impl Application + 'static) -> Self {
        let builder = Server::builder()
            .bind("127.0.0.1:0")
            .threads(threads)
            .timeouts(timeouts);
        let server = builder.build(app).unwrap();
        let address = server.addresses()[0]
            .trim_start_matches("http://")
            .to_owned();
        let handle = server.handle();
        let thread = Some(thread::spawn(move || server.run().unwrap()));
        Self {
            address,
            handle,
            thread,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream
    }

    /// Sends, then reads until the server closes.
    fn exchange(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        read_all(&mut stream)
    }

    fn join(mut self) {
        self.thread.take().unwrap().join().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.abort();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read_all(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    String::from_utf8_lossy(&all).into_owned()
}

/// Reads up to and including `end`.
fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut all = Vec::new();
    let mut byte = [0];
    while !all.ends_with(end.as_bytes()) {
        assert_eq!(
            stream.read(&mut byte).unwrap(),
            1,
            "the end came before {end:?}: {all:?}"
        );
        all.push(byte[0]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

fn last(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
}

/// Answers the path.
fn echo_path() -> impl Application + 'static {
    application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from(environ.path_info().to_vec()))
    })
}

const MODES: [usize; 2] = [1, 4];

#[test]
fn pipelined_requests_are_answered_in_order() {
    for threads in MODES {
        let server = Running::start(threads, echo_path());
        let requests: String =
            (0..200).map(|i| get(&format!("/{i}."))).collect::<String>() + &last("/end.");
        let answers = server.exchange(&requests);
        let bodies: Vec<&str> = answers
            .split("\r\n\r\n")
            .skip(1)
            .map(|part| part.split('.').next().unwrap())
            .collect();
        let expected: Vec<String> = (0..200)
            .map(|i| format!("/{i}"))
            .chain(["/end".to_owned()])
            .collect();
        assert_eq!(bodies, expected, "{threads} threads");
    }
}

#[test]
fn a_client_that_closed_its_side_gets_all_answers() {
    for threads in MODES {
        let server = Running::start(threads, echo_path());
        let mut stream = server.connect();
        stream
            .write_all((get("/a") + &get("/b") + "GET /half HTTP/1.1\r\nHo").as_bytes())
            .unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let answers = read_all(&mut stream);
        assert!(
            answers.contains("/a") && answers.contains("/b") && !answers.contains("/half"),
            "{answers}"
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_client_that_closed_its_side_in_the_middle_of_a_head_is_let_go_at_once() {
    for threads in MODES {
        let server = Running::start(threads, echo_path());
        let mut stream = server.connect();
        stream.write_all(get("/a").as_bytes()).unwrap();
        read_until(&mut stream, "\r\n\r\n/a");
        // Corked, data and end travel in one segment, so that one event tells of both.
        rustix::net::sockopt::set_tcp_cork(&stream, true).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHo").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(read_all(&mut stream), "");
    }
}

#[test]
fn bodies_arrive_whole_small_large_and_chunked() {
    for threads in MODES {
        let app = application_fn(|environ, start_response| {
            let body = environ.input().read_all()?;
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            let sum: u64 = body.iter().map(|&byte| u64::from(byte)).sum();
            Ok(Body::from(format!("{} {sum}", body.len())))
        });
        let server = Running::start(threads, app);
        for size in [0usize, 5, 100_000, 3_000_000] {
            let body = "a".repeat(size);
            let expected = format!("\r\n\r\n{size} {}", size * usize::from(b'a'));
            let plain = format!(
                "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n{body}"
            );
            assert!(
                server.exchange(&plain).ends_with(&expected),
                "{size} by length"
            );
            let chunk = if size == 0 {
                String::new()
            } else {
                format!("{size:x}\r\n{body}\r\n")
            };
            let chunked = format!(
                "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}0\r\n\r\n"
            );
            assert!(
                server.exchange(&chunked).ends_with(&expected),
                "{size} chunked"
            );
        }
    }
}

#[test]
fn the_client_is_told_to_continue_before_it_sends_its_body() {
    for threads in MODES {
        let app = application_fn(|environ, start_response| {
            let body = environ.input().read_all()?;
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            Ok(Body::from(body))
        });
        let server = Running::start(threads, app);
        let mut stream = server.connect();
        let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        assert_eq!(
            read_until(&mut stream, "\r\n\r\n"),
            "HTTP/1.1 100 Continue\r\n\r\n"
        );
        stream.write_all(b"hello").unwrap();
        assert!(read_all(&mut stream).ends_with("hello"));
    }
}

/// Blocks that wait for a permission each, and tell when they are closed and by which thread.
struct Gated {
    permits: Receiver<&'static str>,
    block: &'static str,
    threads: Arc<Mutex<Vec<ThreadId>>>,
    closed: Sender<()>,
}

impl Blocks for Gated {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        self.threads.lock().unwrap().push(thread::current().id());
        match self.permits.recv() {
            Ok(block) => {
                self.block = block;
                Ok(Some(self.block.as_bytes()))
            }
            Err(_) => Ok(None),
        }
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        self.threads.lock().unwrap().push(thread::current().id());
        self.closed.send(()).unwrap();
        Ok(())
    }
}

#[test]
fn a_block_reaches_the_client_before_the_next_one_is_made() {
    for threads in MODES {
        let (permit, permits) = channel();
        let (closed, is_closed) = channel();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let gated = Gated {
            permits,
            block: "",
            threads: seen.clone(),
            closed,
        };
        let once = Mutex::new(Some(gated));
        let app = application_fn(move |_, start_response| {
            let gated = once.lock().unwrap().take().unwrap();
            gated.threads.lock().unwrap().push(thread::current().id());
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            Ok(Body::from_blocks(gated))
        });
        let server = Running::start(threads, app);
        let mut stream = server.connect();
        stream.write_all(last("/").as_bytes()).unwrap();
        for block in ["one", "two", "three"] {
            permit.send(block).unwrap();
            read_until(&mut stream, &format!("{block}\r\n"));
        }
        drop(permit);
        is_closed.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(read_all(&mut stream).ends_with("0\r\n\r\n"));
        let mut seen = seen.lock().unwrap().clone();
        assert_eq!(seen.len(), 1 + 4 + 1, "the call, four steps, close()");
        seen.dedup();
        assert_eq!(seen.len(), 1, "all on one thread");
    }
}

/// Endless blocks; tells when they are closed.
struct Endless {
    block: Vec<u8>,
    made: Arc<AtomicUsize>,
    closed: Sender<usize>,
}

impl Blocks for Endless {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        self.made.fetch_add(1, Ordering::SeqCst);
        Ok(Some(&self.block))
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        let _ = self.closed.send(self.made.load(Ordering::SeqCst));
        Ok(())
    }
}

#[test]
fn a_client_that_does_not_read_stops_the_body_and_nobody_else_and_its_leaving_closes_it() {
    for threads in MODES {
        let (closed, is_closed) = channel();
        let app = application_fn(move |environ, start_response| {
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            if environ.path_info() == b"/endless" {
                let made = Arc::new(AtomicUsize::new(0));
                return Ok(Body::from_blocks(Endless {
                    block: vec![b'x'; 65536],
                    made,
                    closed: closed.clone(),
                }));
            }
            Ok(Body::from("fresh"))
        });
        let server = Running::start(threads, app);
        let stalled: Vec<TcpStream> = (0..20)
            .map(|_| {
                let mut stream = server.connect();
                stream.write_all(get("/endless").as_bytes()).unwrap();
                read_until(&mut stream, "\r\n\r\n"); // its response has begun
                stream
            })
            .collect();
        assert!(
            server.exchange(&last("/")).ends_with("fresh"),
            "{threads} threads"
        );
        drop(stalled);
        for _ in 0..20 {
            let made = is_closed.recv_timeout(Duration::from_secs(20)).unwrap();
            assert!(
                made < 10_000,
                "the body ran on without its client: {made} blocks"
            );
        }
    }
}

#[test]
fn a_slow_reader_gets_a_long_body_whole_in_every_form() {
    let content: Vec<u8> = (0..5_000_000u32).map(|i| b'a' + (i % 23) as u8).collect();
    let expected = String::from_utf8(content.clone()).unwrap();
    for threads in MODES {
        let content = content.clone();
        let app = application_fn(move |environ, start_response| {
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            match environ.path_info() {
                b"/full" => Ok(Body::from(content.clone())),
                b"/file" => {
                    let mut file = tempfile::tempfile()?;
                    file.write_all(&content)?;
                    std::io::Seek::rewind(&mut file)?;
                    Ok(FileWrapper::new(file)?.into())
                }
                b"/write" => {
                    for block in content.chunks(70_000) {
                        start_response.write(block)?;
                    }
                    Ok(Body::empty())
                }
                _ => {
                    let blocks: Vec<Vec<u8>> = content.chunks(70_000).map(<[u8]>::to_vec).collect();
                    Ok(Body::from_blocks_iter(blocks))
                }
            }
        });
        let server = Running::start(threads, app);
        for path in ["/full", "/file", "/blocks", "/write"] {
            let mut stream = server.connect();
            stream
                .write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes())
                .unwrap();
            read_until(&mut stream, "\r\n\r\n");
            // Another client is served to its end first: by then this one has filled all buffers.
            if path != "/write" || threads > 1 {
                assert!(
                    server
                        .exchange("GET /full HTTP/1.0\r\n\r\n")
                        .ends_with(&expected)
                );
            }
            assert!(
                read_all(&mut stream) == expected,
                "{path}, {threads} threads"
            );
        }
    }
}

#[test]
fn the_next_pipelined_answer_waits_for_the_end_of_a_large_one() {
    let app = application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(if environ.path_info() == b"/large" {
            Body::from(vec![b'x'; 1 << 20])
        } else {
            Body::from("small")
        })
    });
    let server = Running::start(1, app);
    let answers = server.exchange(&(get("/large") + &get("/small") + &last("/large")));
    let bodies: Vec<usize> = answers
        .split("HTTP/1.1 200 OK")
        .skip(1)
        .map(|one| one.split("\r\n\r\n").nth(1).unwrap().len())
        .collect();
    assert_eq!(bodies, [1 << 20, 5, 1 << 20]);
}

#[test]
fn as_many_requests_as_threads_are_in_the_application_at_once() {
    let barrier = Arc::new(Barrier::new(4));
    let inside = barrier.clone();
    let app = application_fn(move |environ, start_response| {
        inside.wait(); // passes only when four are here
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from(environ.connection().multithread.to_string()))
    });
    let server = Arc::new(Running::start(4, app));
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let server = server.clone();
            thread::spawn(move || server.exchange(&last("/")))
        })
        .collect();
    for client in clients {
        assert!(client.join().unwrap().ends_with("true"));
    }
}

#[test]
fn failures_and_panics_are_answered_and_the_connection_goes_on() {
    for threads in MODES {
        let app = application_fn(|environ, start_response| {
            environ.set_errors(wsgi_core::ErrorStream::captured().0);
            match environ.path_info() {
                b"/error" => return Err(ApplicationError::raised("no")),
                b"/panic" => panic!("on purpose"),
                b"/nothing" => return Ok(Body::from("no start")),
                _ => {}
            }
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            Ok(Body::from("fine"))
        });
        let server = Running::start(threads, app);
        let answers =
            server.exchange(&(get("/error") + &get("/panic") + &get("/nothing") + &last("/")));
        let statuses: Vec<&str> = answers
            .lines()
            .filter_map(|line| line.strip_prefix("HTTP/1.1 "))
            .collect();
        let failed = "500 Internal Server Error";
        assert_eq!(statuses, [failed, failed, failed, "200 OK"], "{answers}");
    }
}

#[test]
fn a_graceful_stop_answers_what_is_in_flight_and_closes_what_is_idle() {
    for threads in MODES {
        let (entered, has_entered) = channel();
        let (permit, permits) = channel::<()>();
        let permits = Mutex::new(permits);
        let app = application_fn(move |_, start_response| {
            entered.send(()).unwrap();
            permits.lock().unwrap().recv().unwrap();
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            Ok(Body::from("answered"))
        });
        let server = Running::start(threads, app);
        let mut idle = server.connect();
        let mut busy = server.connect();
        busy.write_all(get("/").as_bytes()).unwrap();
        has_entered.recv().unwrap();
        server.handle.shutdown();
        permit.send(()).unwrap();
        let answer = read_all(&mut busy);
        assert!(answer.ends_with("answered"), "{answer}");
        assert_eq!(read_all(&mut idle), "");
        server.join();
    }
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
    let server = Running::with(1, timeouts, echo_path());
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

#[test]
fn a_unix_socket_and_a_port_serve_the_same_application() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let unix = format!("unix:{}", path.display());
    let app = application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from(format!(
            "{:?}",
            environ.connection().remote_addr
        )))
    });
    let server = Server::builder()
        .bind("127.0.0.1:0")
        .bind(&unix)
        .build(app)
        .unwrap();
    let addresses = server.addresses();
    assert_eq!(addresses[1], unix);
    let handle = server.handle();
    let thread = thread::spawn(move || server.run().unwrap());
    let mut stream = std::os::unix::net::UnixStream::connect(&path).unwrap();
    stream.write_all(last("/").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("None"), "{answer}");
    let mut stream = TcpStream::connect(addresses[0].trim_start_matches("http://")).unwrap();
    stream.write_all(last("/").as_bytes()).unwrap();
    assert!(read_all(&mut stream).ends_with("Some(127.0.0.1)"));
    handle.shutdown();
    thread.join().unwrap();
    assert!(!path.exists(), "the socket's file goes with the server");
}

#[test]
fn signal_handlers_of_the_interpreter_are_called_whichever_thread_a_signal_reached() {
    /// Asks to stop when it is looked at.
    struct Asked;
    impl wsgi_server::Interpreter for Asked {
        fn attach(&self, work: &mut dyn FnMut()) {
            work();
        }
        fn detach(&self, wait: &mut (dyn FnMut() + Send)) {
            wait();
        }
        fn check_signals(&self) -> bool {
            true
        }
    }
    for threads in MODES {
        let builder = Server::builder().bind("127.0.0.1:0").threads(threads);
        let server = builder.interpreter(Asked).build(echo_path()).unwrap();
        server.run().unwrap(); // ends by itself
    }
}
