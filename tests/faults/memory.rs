//! Little memory: bodies of requests never need much of it, and an application that asks for more than there is fails
//! alone.

use rustix::process::{Resource, Signal};

use wsgi_tests::{Server, python};

use super::{Base, begin, get_request, others_are_answered, serve};

const BODY: usize = 150 << 20;

#[test]
fn large_bodies_need_little_memory_and_who_reads_them_at_once_fails_alone() {
    let mut server = serve("leaving.py", &["--threads", "1"]);
    let (base, mut known, process) = (Base::of(&server), server.connect(), server.process());
    let address_space = process.address_space();
    process.limit(Resource::As, Some(address_space + (64 << 20)));
    for (target, status) in [("/ignored", 200), ("/pieces", 200), ("/read", 500)] {
        let mut connection = server.connect();
        connection.send(format!(
            "POST {target} HTTP/1.1\r\nHost: test\r\nContent-Length: {BODY}\r\n\r\n"
        ));
        let piece = vec![b'x'; 1 << 20];
        (0..BODY / piece.len()).for_each(|_| connection.send(&piece));
        assert_eq!(connection.response().status, status, "{target}");
        assert_eq!(connection.request(&get_request("/next")).text(), "/next");
        others_are_answered(&server, &mut known, "/others");
    }
    server.wait_for_line("MemoryError");
    process.limit(Resource::As, None);
    drop(known);
    base.is_back(&server, 0);
}

/// Heaps of their own would keep the largest bodies that each thread has ever seen; the GNU C library reserves 64 MiB of
/// addresses for each.
#[test]
fn threads_that_take_turns_have_one_heap() {
    const THREADS: usize = 16;
    if python::environment().version().ends_with('t') {
        return; // these threads run side by side
    }
    let server = serve("leaving.py", &[]);
    let (base, process) = (Base::of(&server), server.process());
    let before = process.address_space();
    let mut waiting: Vec<_> = (0..THREADS).map(|_| begin(&server, "/wait")).collect();
    assert_eq!(server.get(&format!("/arrived?{THREADS}")).status, 200);
    let grown = (process.address_space() - before) >> 20;
    // Their stacks are 8 MiB each.
    assert!(grown < (THREADS as u64 + 4) * 16, "by {grown} MiB");
    assert_eq!(server.get("/open").status, 200);
    for connection in &mut waiting {
        assert_eq!(connection.response().text(), "waited");
    }
    drop(waiting);
    base.is_back(&server, THREADS);
}

/// Small things that go wrong, each on a connection of its own.
const WRONG: [fn(&Server); 8] = [
    |server| assert_eq!(server.get("/before/ValueError").status, 500),
    |server| assert_eq!(server.get("/close/SystemExit").status, 200),
    |server| assert!(!server.get("/second/KeyError").is_complete),
    |server| assert_eq!(server.connect().request("nonsense\r\n\r\n").status, 400),
    |server| {
        let mut connection = server.connect();
        connection.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nhalf");
        connection.reset();
    },
    |server| {
        let mut connection = server.connect();
        connection.send("GET / HTTP/1.1\r\nHost:");
        connection.reset();
    },
    |server| begin(server, "/others").reset(),
    |server| {
        let mut connection = begin(server, "/last/ValueError");
        connection.wait_for(b"begun");
        connection.reset();
    },
];

fn repeat(server: &Server, wrong: fn(&Server), times: usize) {
    for time in 0..times {
        wrong(server);
        if time % 10 == 0 {
            // So that the server has seen those before, and never has many of them at once.
            assert_eq!(server.get("/others").status, 200);
        }
    }
}

#[test]
fn what_went_wrong_takes_no_memory_afterwards() {
    const WARM: usize = 200;
    const TIMES: usize = 1000;
    // Each thread that is started meanwhile has a stack.
    for threads in ["1", "4"] {
        let server = serve("raising.py", &["--threads", threads]);
        let base = Base::of(&server);
        for wrong in WRONG {
            repeat(&server, wrong, WARM);
            base.is_back(&server, 4);
            let before = server.process().resident();
            repeat(&server, wrong, TIMES);
            base.is_back(&server, 4);
            let grown = server.process().resident().saturating_sub(before);
            // A connection that is not forgotten has more than 1 KiB.
            assert!(grown < TIMES as u64 * 1024, "by {grown} bytes");
        }
    }
}

#[test]
fn a_server_that_gets_no_more_threads_goes_on_with_those_that_it_has() {
    let mut server = serve("hanging.py", &[]);
    let (base, process) = (Base::of(&server), server.process());
    // Less than the stack of a thread.
    let most = process.address_space() + (4 << 20);
    process.limit(Resource::As, Some(most));
    let mut hanging: Vec<_> = (0..4).map(|_| begin(&server, "/call")).collect();
    server.wait_for_line("cannot start a thread");
    hanging.push(begin(&server, "/others"));
    server.signal(Signal::USR1);
    for connection in &mut hanging {
        assert_eq!(connection.response().status, 200);
        assert_eq!(connection.request(&get_request("/next")).text(), "/next");
    }
    process.limit(Resource::As, None);
    drop(hanging);
    base.is_back(&server, 4);
}
