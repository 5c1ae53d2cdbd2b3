//! Each limit at its value, one below, and one beyond, as the command is told it.

use wsgi_tests::Server;

use super::serve_with;

/// An option with its limit, a request that has so many of what it limits, the status of one too many.
type Case = (&'static str, usize, fn(usize) -> String, u16);

const CASES: &[Case] = &[
    ("--request-line-limit", 200, with_line, 414),
    ("--field-size-limit", 300, with_field, 431),
    ("--field-count-limit", 5, with_fields, 431),
    ("--head-limit", 1000, with_head, 431),
    ("--body-limit", 1000, with_body, 413),
    ("--body-limit", 1000, with_chunks, 413),
];

fn with_line(length: usize) -> String {
    let rest = length - "GET / HTTP/1.1".len();
    format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(rest))
}

/// Name and value count, not what stands between them and behind.
fn with_field(size: usize) -> String {
    let value = "x".repeat(size - "X-A".len());
    format!("GET / HTTP/1.1\r\nHost: a\r\nX-A:   {value}  \r\n\r\n")
}

fn with_fields(count: usize) -> String {
    let others = "X-A: a\r\n".repeat(count - 1);
    format!("GET / HTTP/1.1\r\nHost: a\r\n{others}\r\n")
}

/// With all of its line ends.
fn with_head(size: usize) -> String {
    let head = |value: &str| format!("GET / HTTP/1.1\r\nHost: a\r\nX-A: {value}\r\n\r\n");
    head(&"x".repeat(size - head("").len()))
}

fn with_body(length: usize) -> String {
    let body = "x".repeat(length);
    format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// Without its framing.
fn with_chunks(length: usize) -> String {
    let chunks: String = (0..length).map(|_| "1\r\nx\r\n").collect();
    format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")
}

fn serve(option: &str, limit: usize) -> Server {
    serve_with("echo.py", &[option, &limit.to_string()])
}

#[test]
fn what_is_as_large_as_it_may_be_is_served_and_one_more_is_refused() {
    for &(option, limit, request, status) in CASES {
        let server = serve(option, limit);
        for (size, expected) in [(limit - 1, 200), (limit, 200), (limit + 1, status)] {
            let mut connection = server.connect();
            connection.send(request(size));
            let found = connection.response().status;
            assert_eq!(found, expected, "{size} with {option} {limit}");
            assert!(expected == 200 || connection.is_closed(), "{size}");
        }
    }
}

#[test]
fn limits_hold_however_their_bytes_arrive() {
    for &(option, limit, request, status) in CASES {
        let server = serve(option, limit);
        for (size, expected) in [(limit, 200), (limit + 1, status)] {
            let mut connection = server.connect();
            for byte in request(size).as_bytes() {
                if connection.try_send([*byte]).is_err() {
                    break; // refused before its end
                }
            }
            let found = connection.response().status;
            assert_eq!(found, expected, "{size} with {option} {limit}");
        }
    }
}

/// A body that is announced is refused before it is sent.
#[test]
fn nobody_is_told_to_go_on_with_a_body_that_is_too_long() {
    let server = serve("--body-limit", 1000);
    let announce = |length: usize| {
        let mut connection = server.connect();
        connection.send(format!(
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
        ));
        connection.response().status
    };
    assert_eq!((announce(1000), announce(1001)), (100, 413));
}

#[test]
fn the_log_tells_of_each_limit_that_was_passed() {
    const WORDS: &[&str] = &[
        "the request line is longer than 200 bytes",
        "field \"X-A\" is longer than 300 bytes",
        "there are more than 5 header fields",
        "the head is longer than 1000 bytes",
        "the body is longer than 1000 bytes",
    ];
    for (&(option, limit, request, _), words) in CASES.iter().zip(WORDS) {
        let mut server = serve(option, limit);
        server.connect().request(&request(limit + 1));
        server.wait_for_line(words);
    }
}

/// Times as short as they can be told; what happens at which moment is tested by a clock set by hand.
#[test]
fn clients_that_take_their_time_are_told_or_let_go() {
    const HEAD: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
    let cases: [(&[&str], &str, &str); 4] = [
        (&["--head-timeout", "0.05"], "GET / HT", "HTTP/1.1 408 "),
        (&["--body-timeout", "0.05"], HEAD, "HTTP/1.1 408 "),
        // A second for 500 bytes, a hundredth of one for five.
        (
            &["--body-timeout", "0.05", "--body-rate", "500"],
            &[HEAD, "hell"].concat(),
            "HTTP/1.1 408 ",
        ),
        (&["--keep-alive", "0.05", "--head-timeout", "0.05"], "", ""),
    ];
    for (options, sent, expected) in cases {
        let server = serve_with("echo.py", options);
        let mut connection = server.connect();
        connection.send(sent);
        let answer = String::from_utf8(connection.read_to_end()).expect("text");
        assert!(answer.starts_with(expected), "{options:?}: {answer}");
        assert_eq!(answer.is_empty(), expected.is_empty(), "{options:?}");
    }
}

#[test]
fn who_takes_nothing_of_a_response_is_let_go() {
    for threads in ["1", "4"] {
        let options = ["--write-timeout", "0.05", "--threads", threads];
        let mut server = serve_with("endless.py", &options);
        let mut connection = server.connect();
        connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        server.wait_for_line("no more blocks");
    }
}

#[test]
fn requests_and_connections_are_counted() {
    let mut server = serve_with(
        "echo.py",
        &[
            "--connection-limit-per-peer",
            "2",
            "--requests-per-connection",
            "2",
        ],
    );
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut held = server.connect();
    assert_eq!(held.request(request).header("Connection"), None);
    let mut other = server.connect();
    assert_eq!(other.request(request).status, 200);
    assert!(server.connect().is_closed(), "the third");
    server.wait_for_line("--connection-limit-per-peer");
    assert_eq!(held.request(request).header("Connection"), Some("close"));
    assert!(held.is_closed());
}

#[test]
fn the_log_tells_when_there_are_as_many_connections_as_may_be() {
    let mut server = serve_with(
        "echo.py",
        &["--connection-limit", "1", "--head-timeout", "0.05"],
    );
    let mut stalled = server.connect();
    stalled.send("GET / HT");
    let mut waiting = server.connect();
    waiting.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    server.wait_for_line("there are 1 connections, which is the limit");
    assert_eq!(stalled.response().status, 408);
    drop(stalled);
    assert_eq!(waiting.response().status, 200);
}
