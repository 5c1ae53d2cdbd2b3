//! Requests whose clients have left before their turn.

use std::net::Shutdown;
use std::time::{Duration, Instant};

use wsgi_server::ServerBuilder;

use super::client::Client;
use super::gates::Gates;
use super::kit::Running;

/// Two threads, both blocked, and one more client whose request is in the queue.
fn queued(
    set: impl FnOnce(ServerBuilder) -> ServerBuilder,
) -> (std::sync::Arc<Gates>, Running, [Client; 2], Client) {
    let gates = Gates::new();
    let set = |builder: ServerBuilder| set(builder.threads(2).loops(1).queue_limit(1));
    let server = Running::with(set, gates.app());
    let mut blocked = server.clients();
    for (client, path) in blocked.iter_mut().zip(["/wait/a", "/wait/b"]) {
        client.send(path);
    }
    gates.wait_for(2);
    let (mut waiting, mut refused) = (server.client(), server.client());
    waiting.send("/wait/queued");
    refused.send("/refused");
    assert_eq!(refused.answer().status, 503); // so that the other one is in the queue
    (gates, server, blocked, waiting)
}

/// Who came, once all that waited have had their turn.
fn all_arrived(gates: &Gates, server: &Running, blocked: &mut [Client; 2]) -> Vec<String> {
    gates.open_all();
    for client in blocked {
        assert_eq!(client.answer().status, 200);
    }
    assert_eq!(server.client().get("/wait/last").status, 200);
    gates.arrived()
}

#[test]
fn a_request_in_the_queue_is_not_run_when_its_client_has_left() {
    for leave in [Client::reset as fn(Client), drop] {
        let (gates, server, mut blocked, waiting) = queued(|builder| builder);
        leave(waiting);
        let arrived = all_arrived(&gates, &server, &mut blocked);
        assert_eq!(arrived, ["/wait/a", "/wait/b", "/wait/last"]);
    }
}

#[test]
fn a_client_that_sends_no_more_has_left_unless_it_is_said_otherwise() {
    for answers in [false, true] {
        let (gates, server, mut blocked, mut waiting) =
            queued(|builder| builder.answer_half_closed(answers));
        waiting.stream().shutdown(Shutdown::Write).unwrap();
        let arrived = all_arrived(&gates, &server, &mut blocked);
        assert_eq!(arrived.contains(&"/wait/queued".to_owned()), answers);
        if answers {
            assert_eq!(waiting.answer().body, "/wait/queued");
        }
        assert!(waiting.is_closed());
    }
}

#[test]
fn a_request_that_need_not_wait_is_run_for_a_client_that_sends_no_more() {
    let gates = Gates::new();
    for threads in [1, 2] {
        let server = Running::threads(threads, gates.app());
        let mut client = server.client();
        client.send("/at-once");
        client.stream().shutdown(Shutdown::Write).unwrap();
        assert_eq!(client.answer().body, "/at-once");
    }
}

#[test]
fn with_one_thread_a_request_that_came_long_ago_is_not_run_when_its_client_has_left() {
    let gates = Gates::new();
    let server = Running::threads(1, gates.app());
    let [mut known, mut blocked] = server.clients();
    blocked.send("/wait/a");
    gates.wait_for(1);
    known.send("/wait/known");
    drop(known);
    let mut new = server.client();
    new.send("/wait/new");
    drop(new);
    // "Long ago" is a second; until that is over others are served, elsewhere.
    let (began, elsewhere) = (Instant::now(), Running::start(Gates::new().app()));
    while began.elapsed() < Duration::from_millis(1100) {
        assert_eq!(elsewhere.client().get("/").status, 200);
    }
    gates.open_all();
    assert_eq!(blocked.answer().body, "/wait/a");
    assert_eq!(server.client().get("/wait/last").status, 200);
    assert_eq!(gates.arrived(), ["/wait/a", "/wait/last"]);
}
