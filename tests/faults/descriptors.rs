//! No descriptors left (`EMFILE`): those who are connected are answered, the others wait and are answered later, and the
//! server does not spin meanwhile.

use std::collections::HashSet;

use rustix::process::Resource;
use wsgi_tests::{Process, Server};

use super::{Base, MODES, begin, get_request, serve};

const TOLD: &str = "cannot accept a connection";

/// Lets the process have so many more descriptors than it has, and no others.
fn allow_more(process: Process, count: usize) {
    let used = process.descriptors();
    let number = |open: &String| open.split(' ').next()?.parse().ok();
    let used: HashSet<u64> = used.iter().filter_map(number).collect();
    let mut free = (0..).filter(|number| !used.contains(number));
    // The limit is the first number that it may not have.
    let first_refused = free.nth(count).expect("there are more numbers");
    process.limit(Resource::Nofile, Some(first_refused));
}

#[test]
fn those_who_are_connected_are_answered_and_the_others_wait_for_their_turn() {
    for options in MODES {
        let server = serve("leaving.py", options);
        let (base, process) = (Base::of(&server), server.process());
        allow_more(process, 10);
        let mut connected: Vec<_> = (0..10).map(|_| begin(&server, "/first")).collect();
        for connection in &mut connected {
            assert_eq!(connection.response().text(), "/first");
        }
        let mut waiting: Vec<_> = (0..20).map(|_| begin(&server, "/waited")).collect();
        server.wait_for_lines(TOLD, 1);
        const ROUNDS: usize = 200;
        let told = server.count_lines(TOLD);
        for _ in 0..ROUNDS {
            for connection in &mut connected {
                let response = connection.request(&get_request("/next"));
                assert_eq!(response.text(), "/next");
            }
        }
        // Each round is ten turns of the event loop at least; it does not try again in each.
        let tries = server.count_lines(TOLD) - told;
        assert!(tries < ROUNDS, "{tries} tries in {ROUNDS} rounds");
        drop(connected); // so that ten of the others come in, and ten others when these have left
        for connection in &mut waiting {
            assert_eq!(connection.response().text(), "/waited");
            assert_eq!(connection.request(&get_request("/again")).text(), "/again");
            connection.finish_sending();
            assert!(connection.is_closed());
        }
        process.limit(Resource::Nofile, None);
        drop(waiting);
        base.is_back(&server, 16);
    }
}

#[test]
fn a_server_that_cannot_accept_rests_between_its_tries() {
    for options in MODES {
        let server = serve("leaving.py", options);
        let (_running, process) = (Base::of(&server), server.process());
        allow_more(process, 0);
        let _waiting = begin(&server, "/");
        server.wait_for_lines(TOLD, 2);
        let (told, computed) = (server.count_lines(TOLD), process.computed());
        let began = std::time::Instant::now();
        server.wait_for_lines(TOLD, told + 2);
        // However busy the machine is: a thread that spins computes whenever it may.
        let (computed, passed) = (process.computed() - computed, began.elapsed());
        assert!(computed < passed / 4, "{computed:?} of {passed:?}");
    }
}

/// The body of one request, a file of the application, what the server needs to send that file.
#[test]
fn requests_that_find_no_descriptor_fail_alone() {
    for options in MODES {
        let mut server = serve("leaving.py", options);
        let (base, process) = (Base::of(&server), server.process());
        let mut known = server.connect();
        assert_eq!(known.request(&get_request("/known")).text(), "/known");
        for left in 0..4 {
            allow_more(process, left);
            let response = known.request(&get_request("/file"));
            match left {
                // It was the application that could not open it.
                0 => assert_eq!(response.status, 500),
                // With no second descriptor for the file its bytes are read instead.
                _ => assert_eq!((response.status, response.body.len()), (200, 32 << 20)),
            }
            assert!(response.is_complete, "{left} descriptors left");
        }
        server.wait_for_line("Too many open files");
        upload_fails_alone(&mut server, process);
        assert_eq!(known.request(&get_request("/known")).text(), "/known");
        process.limit(Resource::Nofile, None);
        drop(known);
        base.is_back(&server, 16);
    }
}

fn upload_fails_alone(server: &mut Server, process: Process) {
    process.limit(Resource::Nofile, None);
    let mut upload = server.connect();
    assert_eq!(upload.request(&get_request("/upload")).text(), "/upload");
    allow_more(process, 0);
    upload.send("POST /read HTTP/1.1\r\nHost: test\r\nContent-Length: 3000000\r\n\r\n");
    let _ = upload.try_send(vec![b'x'; 3_000_000]);
    assert_eq!(upload.response().status, 503);
    assert!(upload.is_closed());
    server.wait_for_line("cannot keep a large request body in a temporary file");
}
