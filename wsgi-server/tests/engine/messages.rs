//! Requests and responses as they stand on the wire.

use std::io::Write;
use std::net::Shutdown;

use wsgi_core::{Body, StatusLine, application_fn};

use super::client::{get, last, read_all, read_until};
use super::kit::{MODES, Running, echo_path};

#[test]
fn pipelined_requests_are_answered_in_order() {
    for threads in MODES {
        let server = Running::threads(threads, echo_path());
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
        let server = Running::threads(threads, echo_path());
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
        let server = Running::threads(threads, echo_path());
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
        let server = Running::threads(threads, app);
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
        let server = Running::threads(threads, app);
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
