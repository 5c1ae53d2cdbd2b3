//! RFC 9112 §3, §6, §7 and RFC 9110 §10.1.1: what a request may look like, and what the application sees of it.

use super::serve;

#[test]
fn the_target_is_split_and_decoded() {
    let server = serve("echo.py");
    let seen = server.get("/caf%C3%A9/a%2Fb//c?q=%20+x&y").json();
    assert_eq!(
        seen["PATH_INFO"], "/caf\u{c3}\u{a9}/a/b//c",
        "decoded, one byte a character"
    );
    assert_eq!(seen["QUERY_STRING"], "q=%20+x&y", "as it came");
    assert_eq!(seen["REQUEST_URI"], "/caf%C3%A9/a%2Fb//c?q=%20+x&y");
    assert_eq!(seen["SCRIPT_NAME"], "");
}

#[test]
fn script_name_is_taken_off_the_path() {
    let server = super::serve_with("echo.py", &["--script-name", "/blog"]);
    let seen = server.get("/blog/2024").json();
    assert_eq!(
        (&seen["SCRIPT_NAME"], &seen["PATH_INFO"]),
        (&"/blog".into(), &"/2024".into())
    );
}

#[test]
fn absolute_form_names_the_host() {
    let server = serve("echo.py");
    let mut connection = server.connect();
    let request = "GET http://other.example:81/a?b HTTP/1.1\r\nHost: ignored\r\n\r\n";
    let seen = connection.request(request).json();
    assert_eq!(
        (&seen["PATH_INFO"], &seen["QUERY_STRING"]),
        (&"/a".into(), &"b".into())
    );
    assert_eq!(
        seen["HTTP_HOST"], "other.example:81",
        "RFC 9112 §3.2.2: the target's host is the one that counts"
    );
}

#[test]
fn asterisk_form_is_for_options() {
    let server = serve("echo.py");
    let seen = server
        .connect()
        .request("OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n");
    assert_eq!(seen.status, 200);
    assert_eq!(
        server
            .connect()
            .request("GET * HTTP/1.1\r\nHost: test\r\n\r\n")
            .status,
        400
    );
}

#[test]
fn fields_become_variables() {
    let server = serve("echo.py");
    let seen = server.connect().request(
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Type: text/x\r\nContent-Length: 2\r\nX-Two: a\r\nX-Two: b\r\n\
         Cookie: c=1\r\nCookie: d=2\r\nX_Under: spoofed\r\n\r\nhi",
    );
    let seen = seen.json();
    for (variable, value) in [
        ("REQUEST_METHOD", "POST"),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("CONTENT_TYPE", "text/x"),
        ("CONTENT_LENGTH", "2"),
        ("HTTP_X_TWO", "a, b"),
        ("HTTP_COOKIE", "c=1; d=2"),
        ("wsgi.url_scheme", "http"),
        ("REMOTE_ADDR", "127.0.0.1"),
        ("body", "hi"),
    ] {
        assert_eq!(seen[variable], value, "{variable}");
    }
    assert_eq!(
        seen.get("HTTP_X_UNDER"),
        None,
        "it could be mistaken for X-Under"
    );
    assert_eq!(seen.get("HTTP_CONTENT_TYPE"), None);
}

#[test]
fn a_chunked_body_is_decoded() {
    let server = serve("echo.py");
    let mut connection = server.connect();
    let head = "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
    connection.send(
        [
            head,
            "3;extension=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: ignored\r\n\r\n",
        ]
        .concat(),
    );
    let seen = connection.response().json();
    assert_eq!(seen["body"], "abc0123456789");
    assert_eq!(
        seen.get("HTTP_TRAILER"),
        None,
        "a trailer is no header field"
    );
    assert_eq!(seen["wsgi.input_terminated"], true);
    // RFC 9112 §7.1.3: what has been decoded has a length, and no coding.
    assert_eq!(seen["CONTENT_LENGTH"], "13");
    assert_eq!(seen.get("HTTP_TRANSFER_ENCODING"), None);
    let next = connection
        .request("GET /next HTTP/1.1\r\nHost: test\r\n\r\n")
        .json();
    assert_eq!(next["PATH_INFO"], "/next");
}

#[test]
fn a_large_body_arrives_whole() {
    let server = serve("echo.py");
    let body = "0123456789abcdef".repeat(128 * 1024); // 2 MiB
    let seen = server.post("/", "text/plain", body.as_bytes()).json();
    assert!(seen["body"] == *body);
}

#[test]
fn a_client_that_expects_is_told_to_continue() {
    let server = serve("echo.py");
    let mut connection = server.connect();
    let head = "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
    let interim = connection.request(head);
    assert_eq!(interim.status, 100);
    connection.send("body");
    assert_eq!(connection.response().json()["body"], "body");
}

#[test]
fn an_unknown_expectation_is_refused() {
    let server = serve("echo.py");
    let request = "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: miracles\r\n\r\n";
    assert_eq!(server.connect().request(request).status, 417);
}
