//! The kit is trusted by all other suites, so its own judgement is tested first.

use std::io::Write;
use std::net::TcpListener;

use wsgi_tests::{Connection, Framing, ServerCommand, python};

/// What a client reads from a peer that sends these bytes and hangs up.
fn connection_with(bytes: &'static [u8]) -> Connection {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound").to_string();
    let connection = Connection::open(&address);
    let (mut peer, _) = listener.accept().expect("the client connected");
    peer.write_all(bytes).expect("the client reads");
    connection
}

#[test]
fn a_response_is_read_to_its_end_and_no_further() {
    let mut connection = connection_with(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab\
          HTTP/1.1 200 Fine So\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ncde\r\n0\r\n\r\n\
          HTTP/1.1 204 No Content\r\n\r\n\
          HTTP/1.0 200 OK\r\nX-A:  b \r\n\r\nrest",
    );
    let first = connection.response();
    assert_eq!(
        (first.framing, first.text(), first.is_complete),
        (Framing::Length(2), "ab", true)
    );
    let second = connection.response();
    assert_eq!(
        (second.framing, second.text(), second.is_complete),
        (Framing::Chunked, "cde", true)
    );
    assert_eq!(second.reason, "Fine So");
    assert_eq!(connection.response().framing, Framing::NoBody);
    let last = connection.response();
    assert_eq!(
        (last.framing, last.text(), last.header("x-a")),
        (Framing::Close, "rest", Some("b"))
    );
    assert!(connection.is_closed());
}

#[test]
fn a_truncated_body_is_noticed() {
    let short = connection_with(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab").response();
    assert_eq!((short.text(), short.is_complete), ("ab", false));
    let unterminated = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n";
    let unterminated = connection_with(unterminated).response();
    assert_eq!(
        (unterminated.text(), unterminated.is_complete),
        ("ab", false)
    );
}

#[test]
#[should_panic(expected = "two framings")]
fn two_framings_are_refused() {
    connection_with(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
        .response();
}

#[test]
fn the_environment_has_the_pinned_packages() {
    let mut command = python::environment().command("python");
    command.args([
        "-c",
        "import flask, django, bottle, pyramid, falcon, gunicorn, waitress, cheroot, pkg_resources",
    ]);
    assert!(command.status().unwrap().success());
}

#[test]
fn a_server_is_ready_when_it_says_so_and_gone_when_dropped() {
    let mut command = python::environment().command("python");
    command.args(["-m", "http.server", "--bind", "127.0.0.1", "0"]);
    let server = ServerCommand::new(command, "Serving HTTP on").start();
    let address = server.addresses()[0].clone();
    assert_eq!(server.get("/").status, 200);
    drop(server);
    let address = address.trim_start_matches("http://");
    assert!(
        std::net::TcpStream::connect(address).is_err(),
        "{address} still answers"
    );
}
