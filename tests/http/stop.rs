//! SIGTERM and SIGINT: requests in flight are answered, idle connections closed, exit code 0.

use rustix::process::Signal;

use super::{scratch, serve, serve_with};

#[test]
fn an_idle_server_ends_at_once() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = serve("echo.py");
        let mut idle = server.connect();
        assert_eq!(
            idle.request("GET / HTTP/1.1\r\nHost: test\r\n\r\n").status,
            200
        );
        server.signal(signal);
        assert_eq!(server.wait().code(), Some(0), "{}", server.output());
        assert!(idle.is_closed());
    }
}

#[test]
fn a_request_in_flight_is_answered() {
    for threads in ["1", "2"] {
        let pipe = scratch(&format!("stop-{threads}.pipe"));
        let mut server = serve_with("waits.py", &["--threads", threads]);
        let mut connection = server.connect();
        connection.send(format!("GET /?{pipe} HTTP/1.1\r\nHost: test\r\n\r\n"));
        connection.wait_for(b"first,");
        server.signal(Signal::TERM);
        std::fs::write(&pipe, "second").expect("the application reads the pipe");
        let rest = String::from_utf8(connection.read_to_end()).expect("text");
        assert!(
            rest.contains("second") && rest.ends_with("0\r\n\r\n"),
            "{rest:?}"
        );
        assert_eq!(server.wait().code(), Some(0), "{}", server.output());
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let pipe = scratch("stop-second.pipe");
    let mut server = serve_with("waits.py", &["--threads", "2"]);
    let mut connection = server.connect();
    connection.send(format!("GET /?{pipe} HTTP/1.1\r\nHost: test\r\n\r\n"));
    connection.wait_for(b"first,");
    server.signal(Signal::TERM);
    server.signal(Signal::INT);
    assert_ne!(server.wait().code(), Some(0), "the request was cut off");
}
