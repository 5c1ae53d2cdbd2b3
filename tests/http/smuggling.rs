//! RFC 9112 §11.2 "Request Smuggling": a request that hides in another one, or behind one that was refused, is never
//! executed.

use super::{serve, serve_with};

/// It stands where only a server with a wrong idea of the framing looks for a request.
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

/// Field lines and body of a POST to `/seen`, and what it gets. `HIDDEN` stands for the request, `LENGTH` and `SIZE` for
/// its length, decimal and hexadecimal.
#[rustfmt::skip]
const POSTS: &[(&str, &str, u16)] = &[
    // By length alone.
    ("Content-Length: LENGTH", "HIDDEN", 200),
    ("content-length:LENGTH", "HIDDEN", 200),
    ("Content-Length: 000000000000000000000000LENGTH", "HIDDEN", 200),
    ("Content-Length: +LENGTH", "HIDDEN", 400),
    ("Content-Length: -LENGTH", "HIDDEN", 400),
    ("Content-Length: 0x0", "HIDDEN", 400),
    ("Content-Length: 0_0", "HIDDEN", 400),
    ("Content-Length: 0 0", "HIDDEN", 400),
    ("Content-Length: 0, LENGTH", "HIDDEN", 400),
    ("Content-Length: 0\r\nContent-Length: LENGTH", "HIDDEN", 400),
    ("Content-Length: LENGTH\r\nContent-Length: LENGTH", "HIDDEN", 400),
    ("Content-Length: 18446744073709551616", "HIDDEN", 400),
    ("Content-Length:", "HIDDEN", 400),
    ("Content-Length : 0", "HIDDEN", 400),
    ("Content-Length:\r\n 0", "HIDDEN", 400),
    ("Content_Length: 0\r\nContent-Length: LENGTH", "HIDDEN", 200),
    // By both framings.
    ("Content-Length: 99\r\nTransfer-Encoding: chunked", "0\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: chunked\r\nContent-Length: 4", "SIZE\r\nHIDDEN\r\n0\r\n\r\n", 400),
    ("Transfer-Encoding: xchunked\r\nContent-Length: 5", "0\r\n\r\nHIDDEN", 400),
    ("Transfer_Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n", 200),
    // By codings that not everybody takes for chunked.
    ("Transfer-Encoding: xchunked", "0\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: chunked, identity", "0\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: identity, chunked", "0\r\n\r\nHIDDEN", 501),
    ("Transfer-Encoding: gzip, chunked", "0\r\n\r\nHIDDEN", 501),
    ("Transfer-Encoding: chunked, chunked", "0\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", "0\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: chunked,", "0\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: ,chunked", "0\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: \u{b}chunked", "0\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding : chunked", "0\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding:\r\n chunked", "0\r\n\r\nHIDDEN", 400),
    ("X-A: a\r\n Transfer-Encoding: chunked", "0\r\n\r\nHIDDEN", 400),
    ("X-A: a\rTransfer-Encoding: chunked", "0\r\n\r\nHIDDEN", 400),
    ("X-A: a\nTransfer-Encoding: chunked", "0\r\n\r\nHIDDEN", 400),
    ("X-A: a\r\rHIDDEN", "", 400),
    ("X-A: a\n\nHIDDEN", "", 400),
    // By chunks.
    ("Transfer-Encoding: \tchunked\t", "SIZE\r\nHIDDEN\r\n0\r\n\r\n", 200),
    ("Transfer-Encoding: CHUNKED", "SIZE;a=\"b;\\\"\"\r\nHIDDEN\r\n000\r\nContent-Length: 9\r\n\r\n", 200),
    ("Transfer-Encoding: chunked", "10000000000000000\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: chunked", "ffffffffffffffff\r\n\r\nHIDDEN", 413),
    ("Transfer-Encoding: chunked", "+0\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: chunked", "0x0\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: chunked", "0_\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: chunked", "0 \r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: chunked", "\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: chunked", "1\r\nZXX0\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: chunked", "1\r\nZ\n0\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: chunked", "0\n\nHIDDEN", 400),
    ("Transfer-Encoding: chunked", "0\r\n\nHIDDEN", 400),
    ("Transfer-Encoding: chunked", "0\r\n\r\rHIDDEN", 400),
    ("Transfer-Encoding: chunked", "SIZE;\nHIDDEN\r\n0\r\n\r\n", 400),
    ("Transfer-Encoding: chunked", "SIZE;a=\"\r\nHIDDEN\r\n0\r\n\r\n", 400),
    ("Transfer-Encoding: chunked", "0\r\nno colon\r\n\r\nHIDDEN", 400),
    ("Transfer-Encoding: chunked", "0\r\nX-A: a\r\n b\r\n\r\nHIDDEN", 400),
    // By an upgrade that does not take place, and by the end of the connection.
    ("Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: LENGTH", "HIDDEN", 200),
    ("Connection: close\r\nContent-Length: 0", "HIDDEN", 200),
    ("Connection: x, Close", "HIDDEN", 200),
];

#[test]
fn no_request_in_the_body_of_another_is_executed() {
    let server = serve_with("echo.py", &["--access-log", "-"]);
    let length = HIDDEN.len();
    for (fields, body, status) in POSTS {
        let message = format!("POST /seen HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n{body}");
        let message = message
            .replace("HIDDEN", HIDDEN)
            .replace("LENGTH", &length.to_string())
            .replace("SIZE", &format!("{length:x}"));
        let mut connection = server.connect();
        connection.send(&message);
        assert_eq!(connection.response().status, *status, "{message:?}");
        connection.finish_sending();
        let rest = connection.read_to_end();
        assert!(rest.is_empty(), "{message:?}: {}", rest.escape_ascii());
    }
    // Nor was one executed whose answer was not sent: the access log would have it by now.
    server.get("/last");
    server.wait_for_lines("GET /last", 1);
    assert_eq!(server.count_lines("/hidden"), 0, "{}", server.output());
}

#[test]
fn a_body_belongs_to_its_request_whatever_the_method() {
    let server = serve("echo.py");
    for method in ["GET", "DELETE", "OPTIONS", "TRACE", "BREW"] {
        let mut connection = server.connect();
        let length = HIDDEN.len();
        let head =
            format!("{method} /seen HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
        connection.send([&*head, HIDDEN, HIDDEN].concat());
        let first = connection.response_to(method).json();
        assert_eq!(
            (&first["REQUEST_METHOD"], &first["body"]),
            (&method.into(), &HIDDEN.into())
        );
        assert_eq!(
            connection.response().json()["PATH_INFO"],
            "/hidden",
            "it stood behind the body, too"
        );
    }
}

#[test]
fn a_refusal_in_the_middle_leaves_the_answers_before_it_and_ends_all_behind_it() {
    let server = serve("echo.py");
    let good = "GET /good HTTP/1.1\r\nHost: a\r\n\r\n";
    for bad in [
        "GET /bad HTTP/1.1\r\n\r\n",
        "G(T /bad",
        "POST /bad HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx",
    ] {
        let mut connection = server.connect();
        connection.send([good, good, bad, HIDDEN].concat());
        for _ in 0..2 {
            assert_eq!(connection.response().json()["PATH_INFO"], "/good");
        }
        let refused = connection.response();
        assert_eq!(
            (refused.status, refused.header("Connection")),
            (400, Some("close")),
            "{bad:?}"
        );
        assert_eq!(
            refused.text(),
            "Bad Request\n",
            "nothing of what came is shown"
        );
        assert!(connection.is_closed());
    }
}
