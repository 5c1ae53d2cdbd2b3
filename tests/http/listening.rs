//! Addresses: TCP and unix sockets, several at once.

use wsgi_tests::Connection;

use super::{scratch, serve_with};

#[test]
fn all_addresses_are_served_and_told() {
    let path = format!("unix:{}", scratch("listening.sock"));
    let server = serve_with("echo.py", &["--bind", &path, "--bind", "127.0.0.1:0"]);
    assert_eq!(server.addresses().len(), 3, "{:?}", server.addresses());
    for address in server.addresses() {
        let mut connection = Connection::open(address);
        let response = connection.request("GET /here HTTP/1.1\r\nHost: test\r\n\r\n");
        let seen = response.json();
        assert_eq!(seen["PATH_INFO"], "/here", "{address}");
        let has_peer = seen.get("REMOTE_PORT").is_some();
        assert_eq!(has_peer, address.starts_with("http"), "{address}");
    }
}

#[test]
fn the_environ_is_truthful_about_threads() {
    for (threads, multithread) in [("1", false), ("3", true)] {
        let server = serve_with("echo.py", &["--threads", threads]);
        let seen = server.get("/").json();
        assert_eq!(seen["wsgi.multithread"], multithread);
        assert_eq!(seen["wsgi.multiprocess"], false);
        assert_eq!(seen["wsgi.run_once"], false);
    }
}

#[test]
fn a_request_that_waits_does_not_hold_up_others_when_there_are_threads() {
    let pipe = scratch("threads.pipe");
    let server = serve_with("waits.py", &["--threads", "2"]);
    let mut waiting = server.connect();
    waiting.send(format!("GET /?{pipe} HTTP/1.1\r\nHost: test\r\n\r\n"));
    let other_pipe = scratch("threads-other.pipe");
    let mut other = server.connect();
    other.send(format!("GET /?{other_pipe} HTTP/1.1\r\nHost: test\r\n\r\n"));
    // Both have begun, so both are running; the later one may end first.
    waiting.wait_for(b"first,");
    other.wait_for(b"first,");
    for (pipe, connection) in [(other_pipe, &mut other), (pipe, &mut waiting)] {
        std::fs::write(pipe, "second").expect("the application reads the pipe");
        connection.wait_for(b"second");
    }
}
