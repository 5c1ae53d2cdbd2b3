//! RFC 9110 and RFC 9112 §6: what a response looks like.

use wsgi_tests::Framing;

use super::serve;

#[test]
fn a_body_of_unknown_length_is_chunked() {
    let server = serve("blocks.py");
    let mut connection = server.connect();
    for _ in 0..2 {
        let response = connection.request("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
        assert_eq!(
            (response.framing, response.text()),
            (Framing::Chunked, "one,two")
        );
        assert!(response.is_complete);
    }
}

#[test]
fn http_1_0_gets_no_chunks() {
    let server = serve("blocks.py");
    let response = server
        .connect()
        .request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_eq!(
        (response.framing, response.text()),
        (Framing::Close, "one,two")
    );
}

#[test]
fn status_and_reason_are_the_applications() {
    let response = serve("blocks.py").get("/");
    assert_eq!(
        (
            response.version.as_str(),
            response.status,
            response.reason.as_str()
        ),
        ("HTTP/1.1", 200, "Fine")
    );
}

#[test]
fn date_and_server_are_there_once() {
    let response = serve("blocks.py").get("/");
    let date = response
        .header("Date")
        .expect("RFC 9110 §6.6.1: an origin server with a clock sends Date");
    assert!(
        date.len() == 29 && date.ends_with(" GMT"),
        "no IMF-fixdate: {date}"
    );
    assert!(
        response
            .header("Server")
            .is_some_and(|server| server.starts_with("wsgi-rs/"))
    );
}

#[test]
fn head_gets_the_head_of_get_and_the_connection_stays_usable() {
    let server = serve("echo.py");
    let mut connection = server.connect();
    let get = connection.request("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
    let head = connection.request("HEAD / HTTP/1.1\r\nHost: test\r\n\r\n");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert!(head.header("Content-Length").is_some());
    assert_eq!(head.header("Content-Type"), get.header("Content-Type"));
    let next = connection.request("GET /next HTTP/1.1\r\nHost: test\r\n\r\n");
    assert_eq!(next.json()["PATH_INFO"], "/next");
}

#[test]
fn a_status_without_body_gets_none_and_the_connection_stays_usable() {
    let server = serve("body_where_none_belongs.py");
    let mut connection = server.connect();
    for status in [204, 304] {
        let response = connection.request(&format!("GET /{status} HTTP/1.1\r\nHost: test\r\n\r\n"));
        assert_eq!(
            (response.status, response.framing),
            (status, Framing::NoBody)
        );
        assert_eq!(response.header("Transfer-Encoding"), None);
    }
    let next = connection.request("GET /200 HTTP/1.1\r\nHost: test\r\n\r\n");
    assert_eq!(next.text(), "a body that nobody asked for");
}
