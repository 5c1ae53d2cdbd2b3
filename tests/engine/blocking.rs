//! Requests that are blocked hold up no others, without any setting.

use super::{begin, get, serve};

/// Blocks so many requests at once, for a few rounds; others are answered meanwhile, then they are.
fn others_are_answered(target: &str, count: usize) {
    let server = serve("gates.py", &[]);
    let mut known = server.connect();
    for _ in 0..5 {
        assert_eq!(get(&mut known, "/close"), "/close");
        let mut blocked: Vec<_> = (0..count).map(|_| begin(&server, target)).collect();
        assert_eq!(server.get(&format!("/arrived?{count}")).text(), "/arrived");
        for _ in 0..5 {
            assert_eq!(get(&mut known, "/known"), "/known");
            assert_eq!(server.get("/new").text(), "/new");
        }
        assert_eq!(get(&mut known, "/open"), "/open");
        for connection in &mut blocked {
            assert_eq!(connection.response().text(), target);
            assert_eq!(get(connection, "/again"), "/again");
        }
    }
}

#[test]
fn requests_that_wait_for_an_event_hold_up_no_others() {
    others_are_answered("/wait", 1);
    others_are_answered("/wait", 40);
}

#[test]
fn requests_that_sleep_hold_up_no_others() {
    others_are_answered("/sleep", 1);
    others_are_answered("/sleep", 40);
}

#[test]
fn requests_that_compute_without_end_hold_up_no_others() {
    others_are_answered("/spin", 1);
    others_are_answered("/spin", 3);
}

#[test]
fn all_threads_but_one_may_be_blocked() {
    others_are_answered("/wait", 62); // one more asks whether they have arrived
}
