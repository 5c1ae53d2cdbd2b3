//! Applications that hang beyond the deadline of a request: its client gets 504, the log has the stack of the thread,
//! another one takes its place, and what comes back too late harms nobody.

use rustix::process::Signal;
use wsgi_tests::{Connection, Server};

use super::{Base, begin, get_request, made, others_are_answered, serve};

const THREADS: usize = 4;

/// Where a request hangs before its answer begins, and the function that the log names.
const PLACES: [(&str, &str); 4] = [
    ("/call", "in hang"),
    ("/spin", "in spin"),
    ("/first", "in steps"),
    ("/write", "in hang"),
];

/// A deadline that is over soon: what is tested waits for the 504, not for the time.
fn serve_with_deadline() -> Server {
    let threads = THREADS.to_string();
    serve(
        "hanging.py",
        &["--threads", &threads, "--request-timeout", "0.2"],
    )
}

fn gets_504(connection: &mut Connection) {
    let response = connection.response();
    assert_eq!((response.status, response.is_complete), (504, true));
    assert_eq!(response.header("Connection"), Some("close"));
    assert!(connection.is_closed());
}

#[test]
fn clients_get_504_the_log_has_the_stack_and_the_others_are_answered() {
    for (place, function) in PLACES {
        let mut server = serve_with_deadline();
        let (base, mut known) = (Base::of(&server), server.connect());
        for _ in 0..THREADS {
            gets_504(&mut begin(&server, place));
            others_are_answered(&server, &mut known, "/others");
        }
        server.wait_for_line("did not begin to answer within 0.2 seconds");
        server.wait_for_line(function);
        server.signal(Signal::USR1);
        drop(known);
        base.is_back(&server, THREADS);
        // They serve again.
        let mut known = server.connect();
        others_are_answered(&server, &mut known, "/others");
    }
}

#[test]
fn an_application_that_always_hangs_gets_no_endless_threads_and_recovers() {
    const MANY: usize = 60;
    let server = serve_with_deadline();
    let base = Base::of(&server);
    let mut hanging: Vec<_> = (0..MANY).map(|_| begin(&server, "/call")).collect();
    for connection in &mut hanging {
        let response = connection.response();
        // 503 for those that not even a replacement was there for.
        assert!([504, 503].contains(&response.status), "{response:?}");
    }
    // As many again as there may be, a leader, and one that tells a stack.
    let most = base.threads + 2 * THREADS + 2;
    let threads = server.process().threads();
    assert!(threads <= most, "{threads} threads");
    server.signal(Signal::USR1);
    drop(hanging);
    // The first ones may come before those that hung are back.
    while server.get("/back").status == 503 {}
    base.is_back(&server, THREADS);
}

#[test]
fn what_is_behind_in_the_pipeline_is_not_run() {
    let server = serve_with_deadline();
    let (base, before) = (Base::of(&server), made(&server));
    let mut connection = server.connect();
    let requests = ["/one", "/call", "/second"].map(get_request).concat();
    connection.send(requests);
    assert_eq!(connection.response().text(), "/one");
    gets_504(&mut connection);
    server.signal(Signal::USR1);
    base.is_back(&server, THREADS);
    assert_eq!(made(&server), before, "the one behind was run");
}

#[test]
fn who_has_left_by_then_leaves_nothing_behind() {
    for leave in [Connection::reset as fn(Connection), drop] {
        for (place, _) in PLACES {
            let server = serve_with_deadline();
            let (base, mut known) = (Base::of(&server), server.connect());
            let hanging: Vec<_> = (0..THREADS).map(|_| begin(&server, place)).collect();
            server.wait_for_lines("hangs", THREADS);
            hanging.into_iter().for_each(leave);
            // Asked when their time is over.
            server.wait_for_lines("did not begin to answer", THREADS);
            others_are_answered(&server, &mut known, "/others");
            server.signal(Signal::USR1);
            drop(known);
            base.is_back(&server, THREADS);
        }
    }
}

#[test]
fn an_answer_that_has_begun_may_take_longer() {
    let server = serve_with_deadline();
    let base = Base::of(&server);
    let mut begun = begin(&server, "/second");
    begun.wait_for(b"first,\r\n");
    let mut closing = begin(&server, "/close");
    let response = closing.response();
    assert_eq!((response.text(), response.is_complete), ("whole", true));
    gets_504(&mut begin(&server, "/call"));
    server.signal(Signal::USR1);
    begun.wait_for(b"second\r\n0\r\n\r\n");
    for mut connection in [begun, closing] {
        assert_eq!(connection.request(&get_request("/next")).text(), "/next");
    }
    base.is_back(&server, THREADS);
}

#[test]
fn a_stop_waits_for_none_that_has_its_504() {
    let mut server = serve_with_deadline();
    gets_504(&mut begin(&server, "/call"));
    server.signal(Signal::TERM);
    assert_eq!(server.wait().code(), Some(0), "{}", server.output());
}
