//! Bodies that come in blocks, and clients that take them slowly.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use wsgi_core::{ApplicationError, Blocks, Body, FileWrapper, StatusLine, application_fn};

use super::client::{get, last, read_all, read_until};
use super::kit::{DEADLINE, MODES, Running};

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
        let server = Running::threads(threads, app);
        let mut stream = server.connect();
        stream.write_all(last("/").as_bytes()).unwrap();
        for block in ["one", "two", "three"] {
            permit.send(block).unwrap();
            read_until(&mut stream, &format!("{block}\r\n"));
        }
        drop(permit);
        is_closed.recv_timeout(DEADLINE).unwrap();
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
        let server = Running::threads(threads, app);
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
            let made = is_closed.recv_timeout(DEADLINE).unwrap();
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
        let server = Running::threads(threads, app);
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
    let server = Running::threads(1, app);
    let answers = server.exchange(&(get("/large") + &get("/small") + &last("/large")));
    let bodies: Vec<usize> = answers
        .split("HTTP/1.1 200 OK")
        .skip(1)
        .map(|one| one.split("\r\n\r\n").nth(1).unwrap().len())
        .collect();
    assert_eq!(bodies, [1 << 20, 5, 1 << 20]);
}
