//! Clients that leave while their requests wait for a thread.

use rustix::process::Signal;
use wsgi_tests::Connection;

use super::{Base, begin, made, others_are_answered, serve};

#[test]
fn their_requests_are_never_run_and_leave_nothing_behind() {
    for leave in [Connection::reset as fn(Connection), drop] {
        let server = serve("hanging.py", &["--threads", "2", "--queue-limit", "20"]);
        let (base, mut known) = (Base::of(&server), server.connect());
        let before = made(&server);
        let hanging: Vec<_> = (0..2).map(|_| begin(&server, "/call")).collect();
        server.wait_for_lines("hangs", 2);
        let mut queued: Vec<_> = (0..21).map(|_| begin(&server, "/first")).collect();
        // Which of them finds the queue full is not always the last; then all others are in it.
        let mut refused = queued.remove(Connection::first_to_speak(&queued));
        assert_eq!(refused.response().status, 503);
        drop(refused);
        let stays = queued.pop();
        queued.into_iter().for_each(leave);
        server.signal(Signal::USR1);
        for mut connection in hanging.into_iter().chain(stays) {
            assert_eq!(connection.response().status, 200);
        }
        others_are_answered(&server, &mut known, "/others");
        drop(known);
        base.is_back(&server, 2);
        assert_eq!(made(&server), before + 1, "a request was run for nobody");
    }
}
