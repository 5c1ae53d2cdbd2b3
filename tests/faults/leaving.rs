//! Clients that leave, at each point: by a reset, by closing, by ending their side.

use wsgi_tests::{Connection, Server};

use super::{Base, MODES, begin, get_request, made, others_are_answered, serve};

/// Ways to leave.
const LEAVE: [fn(Connection); 3] = [Connection::reset, drop, |mut connection| {
    connection.finish_sending();
    connection.read_to_end();
}];

const HEAD: &str = "GET /small?q HTTP/1.1\r\nHost: test\r\nX-Some: thing\r\nCookie: a=b\r\n\r\n";
const SIZED: &str =
    "POST /read HTTP/1.1\r\nHost: test\r\nContent-Length: 25\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n";
const CHUNKED: &str = "POST /read HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n\
    9;ext=\"1\"\r\nGET / HTT\r\n1\r\nP\r\n0\r\nX-Trailer: 1\r\n\r\n";

fn leave_at_each_byte(server: &Server, request: &str, leave: fn(Connection)) {
    let before = made(server);
    for offset in 0..request.len() {
        let mut connection = server.connect();
        connection.send(&request.as_bytes()[..offset]);
        leave(connection);
    }
    // RFC 9112 §8: an incomplete message is no request.
    assert_eq!(made(server), before, "an unfinished request was executed");
}

#[test]
fn before_each_byte_of_a_request() {
    for options in MODES {
        let server = serve("leaving.py", options);
        let (base, mut known) = (Base::of(&server), server.connect());
        for leave in LEAVE {
            for request in [HEAD, SIZED, CHUNKED] {
                leave_at_each_byte(&server, request, leave);
                others_are_answered(&server, &mut known, "/others");
            }
        }
        drop(known);
        base.is_back(&server, 1);
    }
}

#[test]
fn in_a_body_that_is_kept_in_a_file() {
    let server = serve("leaving.py", &[]);
    let base = Base::of(&server);
    for leave in LEAVE {
        for _ in 0..5 {
            let mut connection = server.connect();
            connection.send("POST /read HTTP/1.1\r\nHost: test\r\nContent-Length: 9000000\r\n\r\n");
            connection.send(vec![b'x'; 4_000_000]);
            leave(connection);
        }
        assert_eq!(server.post("/read", "a/b", b"body").text(), "4");
    }
    base.is_back(&server, 1);
}

#[test]
fn after_the_request_and_before_its_answer() {
    for leave in LEAVE.into_iter().take(2) {
        let server = serve("leaving.py", &["--threads", "16"]);
        let (base, mut known) = (Base::of(&server), server.connect());
        let waiting: Vec<_> = (0..10).map(|_| begin(&server, "/wait")).collect();
        assert_eq!(server.get("/arrived?10").status, 200);
        waiting.into_iter().for_each(leave);
        others_are_answered(&server, &mut known, "/others");
        assert_eq!(server.get("/open").text(), "open");
        others_are_answered(&server, &mut known, "/others");
        drop(known);
        base.is_back(&server, 16);
    }
}

/// Begins an answer, reads so many bytes of it, and leaves.
fn leave_in_answer(server: &Server, target: &str, bytes: usize, leave: fn(Connection)) {
    let mut connection = server.connect();
    connection.send(get_request(target));
    connection.wait_for(b"HTTP/1.1 200 OK\r\n");
    connection.take(bytes);
    leave(connection);
}

#[test]
fn in_the_middle_of_an_answer() {
    const ANSWERS: [&str; 7] = [
        "/small",
        "/large",
        "/file",
        "/filelike",
        "/endless",
        "/slices",
        "/write",
    ];
    for options in MODES {
        let server = serve("leaving.py", options);
        let (base, mut known) = (Base::of(&server), server.connect());
        for leave in LEAVE.into_iter().take(2) {
            for target in ANSWERS {
                for bytes in [0, 1, 60, 100_000] {
                    if (target, bytes) != ("/small", 100_000) {
                        leave_in_answer(&server, target, bytes, leave);
                    }
                }
                others_are_answered(&server, &mut known, "/others");
            }
        }
        drop(known);
        base.is_back(&server, 16);
    }
}

#[test]
fn an_application_that_writes_to_a_client_that_left_is_told() {
    let mut server = serve("leaving.py", &["--threads", "1"]);
    leave_in_answer(&server, "/write", 10, Connection::reset);
    server.wait_for_line("write failed: ");
    assert_eq!(server.get("/others").text(), "/others");
}

#[test]
fn between_pipelined_requests() {
    for options in MODES {
        let server = serve("leaving.py", options);
        let (base, mut known) = (Base::of(&server), server.connect());
        for leave in LEAVE.into_iter().take(2) {
            for answers in [0, 1, 9] {
                let mut connection = server.connect();
                let requests: Vec<_> = ["/small", "/read", "/large"]
                    .iter()
                    .cycle()
                    .take(10)
                    .map(|target| get_request(target))
                    .collect();
                connection.send(requests.concat());
                for _ in 0..answers {
                    assert_eq!(connection.response().status, 200);
                }
                leave(connection);
            }
            others_are_answered(&server, &mut known, "/others");
        }
        drop(known);
        base.is_back(&server, 16);
    }
}

/// Whoever ends only the own side is still answered.
#[test]
fn a_client_that_only_ends_its_side_gets_all_its_answers() {
    for options in MODES {
        let server = serve("leaving.py", options);
        let mut connection = server.connect();
        connection.send([HEAD, SIZED.split("GET / ").next().unwrap()].concat());
        connection.send("GET / HTTP/1.1\r\nHost: a\r\n");
        connection.send(CHUNKED);
        connection.finish_sending();
        for body in ["/small", "25", "10"] {
            let response = connection.response();
            assert_eq!((response.text(), response.is_complete), (body, true));
        }
        assert!(connection.is_closed());
    }
}
