//! RFC 9112 §9: persistent connections and pipelining.

use super::serve;

const GET: &str = "GET /first HTTP/1.1\r\nHost: test\r\n\r\n";

#[test]
fn a_connection_serves_one_request_after_another() {
    let server = serve("echo.py");
    let mut connection = server.connect();
    for path in ["/a", "/b", "/c"] {
        let response = connection.request(&format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n"));
        assert_eq!(
            (response.status, &response.json()["PATH_INFO"]),
            (200, &path.into())
        );
        assert_eq!(response.header("Connection"), None);
    }
}

#[test]
fn the_client_may_close_the_connection() {
    let server = serve("echo.py");
    let mut connection = server.connect();
    let response = connection.request("GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    assert_eq!(response.header("Connection"), Some("close"));
    assert!(connection.is_closed());
}

#[test]
fn http_1_0_closes_unless_it_asks_to_keep() {
    let server = serve("echo.py");
    let mut connection = server.connect();
    assert_eq!(connection.request("GET / HTTP/1.0\r\n\r\n").status, 200);
    assert!(connection.is_closed());

    let mut connection = server.connect();
    for _ in 0..2 {
        let response = connection.request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        assert_eq!(response.header("Connection"), Some("keep-alive"));
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    for threads in ["1", "4"] {
        let server = super::serve_with("echo.py", &["--threads", threads]);
        let mut connection = server.connect();
        let second = "POST /second HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody";
        let third = "GET /third HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
        connection.send([GET, second, third].concat());
        for (path, body) in [("/first", ""), ("/second", "body"), ("/third", "")] {
            let seen = connection.response().json();
            assert_eq!(
                (&seen["PATH_INFO"], &seen["body"]),
                (&path.into(), &body.into())
            );
        }
        assert!(connection.is_closed());
    }
}

#[test]
fn a_body_that_nobody_read_is_not_taken_for_a_request() {
    let server = serve("ignores_input.py");
    let mut connection = server.connect();
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: test\r\n\r\n";
    let length = smuggled.len();
    connection.send(format!(
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n\r\n{smuggled}"
    ));
    assert_eq!(connection.response().text(), "answered");
    // Either the body was skipped or the connection ends; another response must not come from within it.
    connection.finish_sending();
    assert!(connection.is_closed());
}

#[test]
fn a_request_may_come_byte_by_byte() {
    let server = serve("echo.py");
    let mut connection = server.connect();
    for byte in b"POST /slow HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n" {
        connection.send([*byte]);
    }
    let seen = connection.response().json();
    assert_eq!(
        (&seen["PATH_INFO"], &seen["body"]),
        (&"/slow".into(), &"ab".into())
    );
}
