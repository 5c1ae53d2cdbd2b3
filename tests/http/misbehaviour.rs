//! What an application does wrong never harms the next request of its connection. One application each in
//! `tests/apps`.

use wsgi_tests::Response;

use super::{serve, serve_with};

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

/// The one response that a client gets which sent two requests at once, if the connection then closed.
fn only_response_to_two_requests(app: &str) -> Response {
    let server = serve(app);
    let mut connection = server.connect();
    connection.send([REQUEST, REQUEST].concat());
    let response = connection.response();
    assert!(
        connection.is_closed(),
        "the connection goes on after {response:?}"
    );
    response
}

/// A `500` that tells the client nothing, and `wsgi.errors` this.
fn is_a_500(app: &str, told: &str) {
    let mut server = serve(app);
    let response = server.get("/");
    assert_eq!(response.status, 500, "{app}");
    assert!(response.is_complete);
    let body = String::from_utf8_lossy(&response.body).into_owned();
    assert!(
        !body.contains("secret") && !body.contains("Traceback"),
        "{app}: {body}"
    );
    server.wait_for_line(told);
    // It is still there for others.
    assert_eq!(server.get("/").status, 500);
}

#[test]
fn a_body_shorter_than_promised_closes_the_connection() {
    let response = only_response_to_two_requests("too_short.py");
    assert_eq!((response.text(), response.is_complete), ("short", false));
}

#[test]
fn a_body_longer_than_promised_is_cut() {
    let server = serve("too_long.py");
    let mut connection = server.connect();
    let response = connection.request(REQUEST);
    assert_eq!((response.text(), response.is_complete), ("HTTP/", true));
    connection.finish_sending();
    assert!(connection.is_closed(), "the surplus was sent as well");
}

#[test]
fn a_failure_after_the_first_block_leaves_the_body_unterminated() {
    let response = only_response_to_two_requests("raises_later.py");
    assert_eq!((response.text(), response.is_complete), ("begun", false));
}

#[test]
fn a_failure_at_once_is_a_500_with_the_traceback_in_the_log() {
    is_a_500(
        "raises_at_once.py",
        "RuntimeError: the secret of the application",
    );
}

#[test]
fn an_application_that_exits_does_not_end_the_server() {
    is_a_500("exits.py", "SystemExit: 3");
}

#[test]
fn a_response_that_never_began_is_a_500() {
    is_a_500("never_starts.py", "start_response");
}

#[test]
fn start_response_twice_is_a_500() {
    is_a_500("starts_twice.py", "start_response");
}

#[test]
fn a_line_break_in_a_header_is_a_500() {
    is_a_500("splits_header.py", "X-Input");
}

#[test]
fn a_hop_by_hop_header_is_a_500() {
    is_a_500("sets_hop_by_hop.py", "Transfer-Encoding");
}

#[test]
fn two_lengths_are_a_500() {
    is_a_500("two_lengths.py", "Content-Length");
}

#[test]
fn text_where_bytes_belong_is_a_500() {
    is_a_500("text_block.py", "bytes");
}

#[test]
fn the_validator_finds_what_the_server_would_bear() {
    let mut server = serve_with("body_where_none_belongs.py", &["--check"]);
    assert_eq!(server.get("/204").body, b"");
    server.wait_for_line("[body.forbidden]");
}
