//! What only a server on a real socket shows, beyond the tests beside the engine.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wsgi_core::validate::Validator;
use wsgi_core::{Application, ApplicationError, Body, ErrorStream, StatusLine, application_fn};
use wsgi_server::{Handle, Server, ServerBuilder};

use crate::kit::TEXT;

/// A server on a port of its own; stopped when dropped.
struct Running {
    address: String,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn start(app: impl Application + 'static) -> Self {
        Self::build(Server::builder(), app)
    }

    fn build(builder: ServerBuilder, app: impl Application + 'static) -> Self {
        let server = builder.bind("127.0.0.1:0").build(app).unwrap();
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

    /// Sends a request that asks for the connection to be closed, and reads all of the answer.
    fn exchange(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        String::from_utf8_lossy(&all).into_owned()
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

const LAST: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// "The Server/Gateway Side": "invokes the application callable once for each request"
#[test]
fn one_request_is_one_call() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let server = Running::start(Validator::new(application_fn(move |_, start_response| {
        count.fetch_add(1, Ordering::SeqCst);
        start_response.start(StatusLine::OK, [TEXT])?;
        Ok("hi".into())
    })));
    for expected in 1..=3 {
        assert!(server.exchange(LAST).ends_with("\r\n\r\nhi"));
        assert_eq!(calls.load(Ordering::SeqCst), expected);
    }
}

/// "Specification Details": what the server hands to an application and takes from it is what the PEP says, as
/// the validator sees it, for requests with and without bodies.
#[test]
fn the_server_passes_the_validator() {
    let found = Arc::new(Mutex::new(Vec::new()));
    let sink = found.clone();
    let app = application_fn(|environ, start_response| {
        let body = environ.input().read_all()?;
        start_response.start(StatusLine::OK, [TEXT])?;
        start_response.write(b"got ")?;
        Ok(Body::from_blocks_iter([body]))
    });
    let validator = Validator::new(app)
        .on_violation(move |violation| sink.lock().unwrap().push(violation.to_string()));
    let server = Running::start(validator);
    for request in [
        "GET /caf%C3%A9?q=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody",
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "HEAD / HTTP/1.0\r\n\r\n",
    ] {
        let answer = server.exchange(request);
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\n"),
            "{request}: {answer}"
        );
    }
    assert_eq!(*found.lock().unwrap(), [""; 0]);
}

/// "The `write()` Callable": "before write() returns, it must guarantee that the passed-in bytestring was either
/// completely sent to the client, or that it is buffered for transmission while the application proceeds onward"
#[test]
fn what_is_written_is_sent_before_the_application_returns() {
    let (seen, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let server = Running::start(application_fn(move |_, start_response| {
        start_response.start(StatusLine::OK, [TEXT])?;
        start_response.write(b"first")?;
        // The application goes on only when the client has what was written.
        let waited = wait.lock().unwrap().recv_timeout(Duration::from_secs(20));
        waited.map_err(ApplicationError::raised)?;
        Ok("second".into())
    }));
    let mut stream = server.connect();
    stream.write_all(LAST.as_bytes()).unwrap();
    let mut got = Vec::new();
    let mut byte = [0];
    while !got.ends_with(b"first") {
        assert_eq!(
            stream.read(&mut byte).unwrap(),
            1,
            "{:?}",
            String::from_utf8_lossy(&got)
        );
        got.extend(byte);
    }
    seen.send(()).unwrap();
    stream.read_to_end(&mut got).unwrap();
    assert!(String::from_utf8_lossy(&got).contains("second"));
}

/// "Error Handling": "Servers should trap and log any exception that aborts an application"
#[test]
fn an_application_that_fails_is_reported_and_answered_with_500() {
    let (report, answer) = failing(|| Err(ApplicationError::raised("out of paper")));
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(!answer.contains("out of paper"), "{answer}");
    assert!(report.contains("out of paper"), "{report}");
}

/// "or the iteration of its return value": what was sent stays, and the end is visibly not reached.
#[test]
fn a_body_that_fails_is_reported_and_ends_the_connection() {
    let (report, answer) = failing(|| {
        let blocks = [Ok("begun"), Err(ApplicationError::raised("out of paper"))];
        Ok(Body::from_fallible_blocks(blocks))
    });
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("begun\r\n"),
        "{answer}"
    );
    assert!(report.contains("out of paper"), "{report}");
}

/// What goes to `wsgi.errors`, and to the client, of an application that begins well.
fn failing(
    body: impl Fn() -> Result<Body, ApplicationError> + Send + Sync + 'static,
) -> (String, String) {
    let (errors, written) = ErrorStream::captured();
    let app = application_fn(move |environ, start_response| {
        environ.set_errors(errors.clone());
        start_response.start(StatusLine::OK, [TEXT])?;
        body()
    });
    let answer = Running::start(app).exchange(LAST);
    let report = String::from_utf8_lossy(&written.lock().unwrap()).into_owned();
    (report, answer)
}

/// "Thread Support": "should also provide the option of running an application in a single-threaded fashion"
#[test]
fn one_thread_is_one_call_at_a_time() {
    let running = AtomicUsize::new(0);
    let app = application_fn(move |environ, start_response| {
        let others = running.fetch_add(1, Ordering::SeqCst);
        let flag = environ.connection().multithread;
        thread::yield_now();
        running.fetch_sub(1, Ordering::SeqCst);
        start_response.start(StatusLine::OK, [TEXT])?;
        Ok(format!("{others} others, multithread {flag}").into())
    });
    let server = Running::build(Server::builder().threads(1), app);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| server.exchange(LAST)))
            .collect();
        for client in clients {
            let answer = client.join().unwrap();
            assert!(
                answer.ends_with("\r\n\r\n0 others, multithread false"),
                "{answer}"
            );
        }
    });
}
