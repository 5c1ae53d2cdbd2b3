//! What a client does wrong is refused, with a response that says so, and ends its connection.

use super::serve;

/// Why, the request, the status.
const REFUSED: &[(&str, &str, u16)] = &[
    ("no HTTP", "hello\r\n\r\n", 400),
    (
        "unknown version",
        "GET / HTTP/2.0\r\nHost: test\r\n\r\n",
        505,
    ),
    ("no host", "GET / HTTP/1.1\r\n\r\n", 400),
    (
        "two hosts",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        400,
    ),
    (
        "space before the colon",
        "GET / HTTP/1.1\r\nHost : test\r\n\r\n",
        400,
    ),
    (
        "folded line",
        "GET / HTTP/1.1\r\nHost: test\r\nX-A: a\r\n b\r\n\r\n",
        400,
    ),
    ("bare line feed", "GET / HTTP/1.1\nHost: test\n\n", 400),
    (
        "control character",
        "GET / HTTP/1.1\r\nHost: test\r\nX-A: \0\r\n\r\n",
        400,
    ),
    (
        "two lengths",
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        400,
    ),
    (
        "signed length",
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: +1\r\n\r\na",
        400,
    ),
    (
        "length and chunks",
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    (
        "unknown coding",
        "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        501,
    ),
    (
        "chunks in HTTP/1.0",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    (
        "no chunk size",
        "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        400,
    ),
];

#[test]
fn malformed_requests_are_refused() {
    let server = serve("echo.py");
    for (why, request, status) in REFUSED {
        let mut connection = server.connect();
        connection.send(request);
        let response = connection.response();
        assert_eq!(response.status, *status, "{why}: {}", response.text());
        assert_eq!(response.header("Connection"), Some("close"), "{why}");
        assert!(connection.is_closed(), "{why}");
    }
    assert_eq!(
        server.get("/").status,
        200,
        "others are served all the same"
    );
}

/// A request; what the log says of it.
#[rustfmt::skip]
const TOLD: &[(&[u8], &str)] = &[
    (b"\x16\x03\x01\0\x2e\x01\0", r"a TLS handshake came to a plain HTTP port"),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", r#"version "HTTP/2.0" is not spoken here"#),
    (b"G\x1bT /secret HTTP/1.1\r\n\r\n", r#"method "G\u{1b}T" is no token"#),
    (b"GET /secret HTTP/1.1\nHost: a\r\n\r\n", r#"LF without CR, at the end of "GET /secret HTTP/1.1\n""#),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX-A: secret\rx\r\n\r\n", r#"not followed by LF, at the end of "X-A: secret\rx""#),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX-A: secret\0\r\n\r\n", r#"a control character in the value), near "X-A: secret\0""#),
    (b"GET / HTTP/1.1\r\nHost: a\r\nHost: secret\r\n\r\n", r#"Host came more than once, at last as "secret""#),
    (b"GET / HTTP/1.1\r\nHost: secret@a\r\n\r\n", r#""secret@a" is no host"#),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: secret\r\n\r\n",
        r#"both Content-Length "1" and Transfer-Encoding "secret" came"#),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", r#"Content-Length "+1" is no number"#),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\x1b", r"byte 0x1b stands in the size of a chunk"),
];

#[test]
fn the_log_says_why_and_who_and_the_client_learns_nothing() {
    let mut server = serve("echo.py");
    for (request, why) in TOLD {
        let mut connection = server.connect();
        connection.send(request);
        let refused = connection.response();
        assert_eq!(refused.text(), format!("{}\n", refused.reason), "{why}");
        for (_, value) in &refused.headers {
            assert!(!value.contains("secret"), "{value}");
        }
        let line = server.wait_for_line(why);
        assert!(line.contains(r#"peer="127.0.0.1""#), "{line}");
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

#[test]
fn what_exceeds_a_limit_is_refused() {
    let server = super::serve_with("echo.py", &["--body-limit", "1000"]);
    assert_eq!(
        server
            .connect()
            .request(&format!("GET /{} HTTP/1.1\r\n", "x".repeat(100_000)))
            .status,
        414
    );
    let field = format!("X-A: {}\r\n", "x".repeat(200_000));
    assert_eq!(
        server
            .connect()
            .request(&format!("GET / HTTP/1.1\r\nHost: test\r\n{field}"))
            .status,
        431
    );
    let request = "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1001\r\n\r\n";
    assert_eq!(server.connect().request(request).status, 413);
}

#[test]
fn a_client_that_leaves_early_is_forgotten() {
    let server = serve("echo.py");
    for request in [
        "",
        "GET / HT",
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nabc",
    ] {
        let mut connection = server.connect();
        connection.send(request);
        drop(connection);
    }
    assert_eq!(server.get("/").status, 200);
}
