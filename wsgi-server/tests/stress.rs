//! Many requests over many hand-overs: each is answered once, by its own answer, wholly on one thread.
//!
//! Calls return at once, sleep, or stream, by the number of the request; clients pipeline, send in parts, close their
//! side, read slowly, or leave. `WSGI_STRESS_REQUESTS` sets how many requests there are; `RUSTFLAGS="--cfg wsgi_stress"`
//! has the threads of the engine wait at random wherever they hand over.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

use std::cell::Cell;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};
use tracing::span;
use wsgi_core::{Application, ApplicationError, Blocks, Body, Environ, StartResponse, StatusLine};
use wsgi_server::Server;

/// How many requests there are, unless the environment says otherwise.
const REQUESTS: u64 = 100_000;

/// Clients at once.
const CLIENTS: usize = 16;

/// Requests that a client sends in one go, at most.
const PIPELINED: u64 = 64;

/// Threads and event loops of the servers, which share the requests: few, so that the cap is reached, and many.
const SERVERS: [(usize, usize); 4] = [(2, 1), (4, 1), (6, 2), (64, 1)];

#[test]
fn every_request_is_answered_once_by_its_own_answer_on_one_thread() {
    let wanted = std::env::var("WSGI_STRESS_REQUESTS").map(|count| count.parse().unwrap());
    let requests = wanted.unwrap_or(REQUESTS) / SERVERS.len() as u64;
    let successions = count_successions();
    for (threads, loops) in SERVERS {
        let before = successions.load(Ordering::Relaxed);
        let began = Instant::now();
        let ledger = Arc::new(Ledger::new(requests));
        serve(threads, loops, &ledger);
        ledger.check();
        println!(
            "{threads} threads, {loops} loops: {requests} requests, {} streamed, {} takeovers, {} threads used, {:.1?}",
            ledger.closed.load(Ordering::Relaxed),
            successions.load(Ordering::Relaxed) - before,
            ledger.threads.load(Ordering::Relaxed),
            began.elapsed(),
        );
    }
    assert!(
        successions.load(Ordering::Relaxed) > 0,
        "no call was slow enough to tell anything"
    );
}

fn serve(threads: usize, loops: usize, ledger: &Arc<Ledger>) {
    let builder = Server::builder().bind("127.0.0.1:0").threads(threads);
    // Half of the clients close their side at once, and read the answer all the same.
    let builder = builder.loops(loops).answer_half_closed(true);
    let server = builder.build(Echo(ledger.clone())).unwrap();
    let address = server.addresses()[0].trim_start_matches("http://").parse();
    let address = address.unwrap();
    let handle = server.handle();
    thread::scope(|scope| {
        let server = scope.spawn(|| server.run().unwrap());
        let clients: Vec<_> = (0..CLIENTS)
            .map(|seed| scope.spawn(move || client(address, seed as u64, ledger)))
            .collect();
        let failed = clients.into_iter().filter_map(|client| client.join().err());
        let failed: Vec<_> = failed.collect();
        handle.shutdown();
        server.join().unwrap();
        if let Some(panic) = failed.into_iter().next() {
            std::panic::resume_unwind(panic);
        }
    });
}

// ---------------------------------------------------------------------------------------------- what must have happened

const CALLED: u8 = 1;
const CLOSED: u8 = 1 << 3;
/// The client left without reading the answer.
const LEFT: u8 = 1 << 6;

/// What became of each request.
struct Ledger {
    next: AtomicU64,
    entries: Vec<AtomicU8>,
    /// A step of a body, or its end, on another thread than its call.
    strayed: AtomicBool,
    closed: AtomicUsize,
    threads: AtomicUsize,
}

impl Ledger {
    fn new(requests: u64) -> Self {
        Self {
            next: AtomicU64::new(0),
            entries: (0..requests).map(|_| AtomicU8::new(0)).collect(),
            strayed: AtomicBool::new(false),
            closed: AtomicUsize::new(0),
            threads: AtomicUsize::new(0),
        }
    }

    /// Numbers that nobody else has.
    fn take(&self, count: u64) -> Range<u64> {
        let first = self.next.fetch_add(count, Ordering::Relaxed);
        let end = self.entries.len() as u64;
        first.min(end)..(first + count).min(end)
    }

    fn note(&self, number: u64, what: u8) {
        self.entries[number as usize].fetch_add(what, Ordering::Relaxed);
    }

    fn check(&self) {
        assert!(!self.strayed.load(Ordering::Relaxed), "not on one thread");
        for (number, entry) in self.entries.iter().enumerate() {
            let entry = entry.load(Ordering::Relaxed);
            let (calls, closes) = (entry % CLOSED, entry % LEFT / CLOSED);
            let streamed = Manner::of(number as u64).is_streamed();
            assert!(
                calls == 1 || (calls == 0 && entry & LEFT != 0),
                "request {number} was called {calls} times"
            );
            assert_eq!(closes, calls * u8::from(streamed), "close() of {number}");
        }
    }
}

// ------------------------------------------------------------------------------------------------------ the application

/// SplitMix64: numbers that look random, the same in each run.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// How a request is answered.
enum Manner {
    AtOnce,
    AfterSleep(Duration),
    /// So many blocks of such a size, and how long the application sleeps before each.
    Streamed(usize, usize, Duration),
}

impl Manner {
    fn of(number: u64) -> Self {
        let random = mix(number);
        let time = Duration::from_micros(100 + (random >> 32) % 4900);
        match random % 4000 {
            0..=7 => Self::AfterSleep(time),
            8..=9 => Self::Streamed(3, 5, time / 4),
            10..=14 => Self::Streamed(12, 32 << 10, Duration::ZERO),
            15..=99 => Self::Streamed(1 + (random >> 32) as usize % 5, 20, Duration::ZERO),
            _ => Self::AtOnce,
        }
    }

    fn is_streamed(&self) -> bool {
        matches!(self, Self::Streamed(..))
    }

    /// The body that the request of this number is answered by.
    fn body(&self, number: u64) -> Vec<u8> {
        match *self {
            Self::Streamed(blocks, size, _) => (0..blocks)
                .flat_map(|index| block(number, index, size))
                .collect(),
            _ => number.to_string().into(),
        }
    }
}

fn block(number: u64, index: usize, size: usize) -> Vec<u8> {
    let mut block = format!("{number} {index} ").into_bytes();
    block.resize(block.len().max(size), b'.');
    block
}

/// Answers the number that the query or the body of the request is.
struct Echo(Arc<Ledger>);

impl Application for Echo {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let ledger = &self.0;
        thread_local!(static LEDGER: Cell<usize> = const { Cell::new(0) });
        if LEDGER.replace(Arc::as_ptr(ledger) as usize) != Arc::as_ptr(ledger) as usize {
            ledger.threads.fetch_add(1, Ordering::Relaxed);
        }
        let number = match environ.query_string() {
            b"" => environ.input().read_all()?.to_vec(),
            query => query.to_vec(),
        };
        let number = std::str::from_utf8(&number).unwrap().parse().unwrap();
        ledger.note(number, CALLED);
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        let manner = Manner::of(number);
        match manner {
            Manner::Streamed(blocks, size, pause) => Ok(Body::from_blocks(Stream {
                ledger: ledger.clone(),
                thread: thread::current().id(),
                number,
                indices: 0..blocks,
                size,
                pause,
                block: Vec::new(),
            })),
            Manner::AfterSleep(time) => {
                thread::sleep(time);
                Ok(Body::from(manner.body(number)))
            }
            Manner::AtOnce => Ok(Body::from(manner.body(number))),
        }
    }
}

struct Stream {
    ledger: Arc<Ledger>,
    thread: ThreadId,
    number: u64,
    indices: Range<usize>,
    size: usize,
    pause: Duration,
    block: Vec<u8>,
}

impl Stream {
    fn check_thread(&self) {
        if thread::current().id() != self.thread {
            self.ledger.strayed.store(true, Ordering::Relaxed);
        }
    }
}

impl Blocks for Stream {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        self.check_thread();
        let Some(index) = self.indices.next() else {
            return Ok(None);
        };
        if !self.pause.is_zero() {
            thread::sleep(self.pause);
        }
        self.block = block(self.number, index, self.size);
        Ok(Some(&self.block))
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        self.check_thread();
        self.ledger.note(self.number, CLOSED);
        self.ledger.closed.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

// ------------------------------------------------------------------------------------------------------------- a client

/// Sends requests until there are no numbers left.
fn client(address: SocketAddr, seed: u64, ledger: &Ledger) {
    let mut random = mix(!seed);
    let mut connection = None;
    loop {
        random = mix(random);
        let numbers = ledger.take(1 + random % PIPELINED);
        if numbers.is_empty() {
            return;
        }
        let mut client = connection.take().unwrap_or_else(|| Client::new(address));
        let requests: Vec<u8> = numbers.clone().flat_map(request).collect();
        random = mix(random);
        match random % 256 {
            0 => {
                for number in numbers.clone() {
                    ledger.note(number, LEFT);
                }
                client.send(&requests);
                client.receive(numbers.start);
                continue; // and leaves
            }
            1..=8 => {
                client.send(&requests);
                client.stream.shutdown(Shutdown::Write).unwrap();
                numbers.for_each(|number| client.receive(number));
                client.expect_end();
                continue;
            }
            9..=32 => {
                let (some, rest) = requests.split_at((random >> 32) as usize % requests.len());
                client.send(some);
                client.send(rest);
            }
            _ => client.send(&requests),
        }
        numbers.for_each(|number| client.receive(number));
        connection = Some(client);
    }
}

fn request(number: u64) -> Vec<u8> {
    // A thousand paths, so that what was slow in one does not make the engine wary of all.
    let path = format!("{:03}", mix(!number) % 1000);
    let path: String = path
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect();
    if mix(number) >> 60 == 0 {
        let number = number.to_string();
        let length = number.len();
        format!("POST /{path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{number}")
    } else {
        format!("GET /{path}?{number} HTTP/1.1\r\nHost: a\r\n\r\n")
    }
    .into()
}

struct Client {
    stream: TcpStream,
    received: Vec<u8>,
    used: usize,
}

impl Client {
    fn new(address: SocketAddr) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        // Small, so that the server has to wait with long answers.
        socket.set_recv_buffer_size(16 << 10).unwrap();
        socket.connect(&address.into()).unwrap();
        let stream = TcpStream::from(socket);
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        Self {
            stream,
            received: Vec::new(),
            used: 0,
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Receives more. `false`: the server has closed the connection.
    fn fill(&mut self) -> bool {
        self.received.drain(..std::mem::take(&mut self.used));
        let before = self.received.len();
        self.received.resize(before + (16 << 10), 0);
        let count = self.stream.read(&mut self.received[before..]).unwrap();
        self.received.truncate(before + count);
        count > 0
    }

    /// Takes what `parse` finds the length and the value of, as soon as it is there.
    fn take<T>(&mut self, number: u64, parse: impl Fn(&[u8]) -> Option<(usize, T)>) -> T {
        loop {
            if let Some((length, value)) = parse(&self.received[self.used..]) {
                self.used += length;
                return value;
            }
            assert!(self.fill(), "the end came before the answer to {number}");
        }
    }

    /// Receives the answer to a request, and nothing else.
    fn receive(&mut self, number: u64) {
        let length = self.take(number, head);
        let body = match length {
            Some(length) => self.take(number, |bytes| exactly(bytes, length)),
            None => {
                let mut body = Vec::new();
                loop {
                    let size = self.take(number, chunk_size);
                    let chunk = self.take(number, |bytes| exactly(bytes, size + 2));
                    if size == 0 {
                        break body;
                    }
                    body.extend_from_slice(&chunk[..size]);
                }
            }
        };
        assert!(
            body == Manner::of(number).body(number),
            "{number} was answered by {:?}",
            String::from_utf8_lossy(&body[..body.len().min(100)])
        );
    }

    fn expect_end(&mut self) {
        assert!(self.used == self.received.len() && !self.fill());
    }
}

/// The head of an answer: its length, and that of the body unless it is chunked.
fn head(bytes: &[u8]) -> Option<(usize, Option<usize>)> {
    let mut fields = [httparse::EMPTY_HEADER; 8];
    let mut response = httparse::Response::new(&mut fields);
    let httparse::Status::Complete(size) = response.parse(bytes).unwrap() else {
        return None;
    };
    assert_eq!(response.code, Some(200));
    let mut fields = response.headers.iter();
    let length = fields.find(|field| field.name.eq_ignore_ascii_case("content-length"));
    let length = length.map(|field| std::str::from_utf8(field.value).unwrap().parse().unwrap());
    Some((size, length))
}

fn chunk_size(bytes: &[u8]) -> Option<(usize, usize)> {
    match httparse::parse_chunk_size(bytes).unwrap() {
        httparse::Status::Complete((length, size)) => Some((length, size as usize)),
        httparse::Status::Partial => None,
    }
}

fn exactly(bytes: &[u8], length: usize) -> Option<(usize, Vec<u8>)> {
    Some((length, bytes.get(..length)?.to_vec()))
}

// ------------------------------------------------------------------------------------------------------------ takeovers

/// Counts how often an event loop got another leader.
fn count_successions() -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    tracing::subscriber::set_global_default(Successions(count.clone())).unwrap();
    count
}

struct Successions(Arc<AtomicUsize>);

impl tracing::Subscriber for Successions {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "wsgi_server::engine::watcher"
    }
    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}
