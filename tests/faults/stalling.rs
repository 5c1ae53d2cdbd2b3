//! Clients that stall, by the hundred: fresh requests are answered, and when they have left nothing is left of them.

use super::{Base, MODES, begin, others_are_answered, serve};

/// How many stall at once, in each phase of a request.
const MANY: usize = 200;

/// What a busy machine may start, and far fewer than stall.
const THREADS: usize = 64;

/// What they have sent when they stall.
const BEGUN: [&str; 6] = [
    "",
    "GET / HTTP/1.1\r\nHo",
    "POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
    "POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nA\r\nabc",
    "POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n",
    "GET /small HTTP/1.1\r\nHost: a\r\n\r\nGET /small HTTP/1.1\r\nHo",
];

#[test]
fn writers_hold_up_nobody() {
    for options in MODES {
        let server = serve("leaving.py", options);
        let (base, mut known) = (Base::of(&server), server.connect());
        let mut stalled = Vec::new();
        for begun in BEGUN {
            for _ in 0..MANY {
                let mut connection = server.connect();
                connection.send(begun);
                stalled.push(connection);
            }
            others_are_answered(&server, &mut known, "/others");
        }
        assert!(server.process().threads() <= base.threads + THREADS);
        drop((stalled, known));
        base.is_back(&server, THREADS);
    }
}

#[test]
fn readers_hold_up_nobody() {
    for options in MODES {
        let server = serve("leaving.py", options);
        let (base, mut known) = (Base::of(&server), server.connect());
        let mut stalled = Vec::new();
        for target in ["/large", "/file", "/filelike", "/endless", "/slices"] {
            for _ in 0..MANY / 4 {
                let mut connection = begin(&server, target);
                connection.wait_for(b"\r\n\r\n"); // its answer has begun
                stalled.push(connection);
            }
            others_are_answered(&server, &mut known, "/others");
        }
        assert!(server.process().threads() <= base.threads + THREADS);
        drop((stalled, known));
        base.is_back(&server, THREADS);
    }
}

/// `write()` has nobody to hand a block back to: it waits for its client, on a thread of the application.
#[test]
fn readers_of_what_is_written_hold_no_more_than_their_threads() {
    let server = serve("leaving.py", &["--threads", "12"]);
    let (base, mut known) = (Base::of(&server), server.connect());
    let stalled: Vec<_> = (0..10).map(|_| begin(&server, "/write")).collect();
    others_are_answered(&server, &mut known, "/others");
    drop((stalled, known));
    base.is_back(&server, 12);
}
