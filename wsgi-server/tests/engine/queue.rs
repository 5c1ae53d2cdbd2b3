//! What waits for a thread, when all that there may be are in the application.

use std::time::Duration;

use wsgi_server::{ServerBuilder, Timeouts};

use super::client::Client;
use super::gates::Gates;
use super::kit::Running;

/// A server whose two threads are blocked, by clients that wait for `/wait/a` and `/wait/b`.
fn full(
    gates: &std::sync::Arc<Gates>,
    set: impl FnOnce(ServerBuilder) -> ServerBuilder,
) -> (Running, [Client; 2]) {
    let set = |builder: ServerBuilder| set(builder.threads(2).loops(1));
    let server = Running::with(set, gates.app());
    let mut blocked = server.clients();
    for (client, path) in blocked.iter_mut().zip(["/wait/a", "/wait/b"]) {
        client.send(path);
    }
    gates.wait_for(2);
    (server, blocked)
}

fn is_refused(client: &mut Client) {
    let answer = client.answer();
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.field("Retry-After"), "1");
    assert_eq!(answer.field("Connection"), "", "it stays usable");
}

#[test]
fn a_request_beyond_the_queue_limit_is_refused_and_its_connection_goes_on() {
    let gates = Gates::new();
    let mut late: Vec<Client> = Vec::new();
    let (server, blocked) = {
        let (server, blocked) = full(&gates, |builder| builder.queue_limit(1));
        late.extend((0..3).map(|_| server.client()));
        (server, blocked)
    };
    let [mut a, mut b] = blocked;
    late[0].send("/wait/third");
    late[1].send("/fourth");
    is_refused(&mut late[1]);
    // Refusals keep the order of a connection, as answers do.
    for path in ["/one", "/two", "/three"] {
        late[2].send(path);
    }
    for _ in 0..3 {
        is_refused(&mut late[2]);
    }
    gates.open("/wait/a");
    assert_eq!(a.answer().body, "/wait/a");
    assert_eq!(gates.wait_for(3)[2], "/wait/third");
    gates.open_all();
    assert_eq!(late[0].answer().body, "/wait/third");
    assert_eq!(b.answer().body, "/wait/b");
    for client in &mut late {
        assert_eq!(client.get("/again").body, "/again");
    }
    assert_eq!(server.client().get("/new").body, "/new");
}

#[test]
fn without_a_queue_requests_are_refused_only_while_all_threads_are_busy() {
    let gates = Gates::new();
    let (server, [mut a, mut b]) = full(&gates, |builder| builder.queue_limit(0));
    let mut client = server.client();
    for _ in 0..3 {
        client.send("/busy");
        is_refused(&mut client);
    }
    gates.open("/wait/a");
    assert_eq!(a.answer().body, "/wait/a");
    // Its connection comes back before its thread is free, so that the first may be too early.
    let mut answer = a.get("/free");
    while answer.status == 503 {
        answer = a.get("/free");
    }
    assert_eq!(answer.body, "/free");
    gates.open_all();
    assert_eq!(b.answer().body, "/wait/b");
}

#[test]
fn a_request_that_waited_too_long_is_refused_and_the_application_never_sees_it() {
    let gates = Gates::new();
    let age = Duration::from_millis(1);
    let (server, [mut a, mut b]) = full(&gates, |builder| builder.queue_timeout(age));
    let mut late: Vec<Client> = (0..5).map(|_| server.client()).collect();
    for client in &mut late {
        client.send("/wait/late");
    }
    for client in &mut late {
        is_refused(client);
    }
    gates.open_all();
    assert_eq!(a.answer().body, "/wait/a");
    assert_eq!(b.answer().body, "/wait/b");
    for client in &mut late {
        client.send("/again");
        let answer = client.answer();
        assert!([200, 503].contains(&answer.status), "{answer:?}"); // it may have to wait again
    }
    assert_eq!(gates.arrived(), ["/wait/a", "/wait/b"]);
}

#[test]
fn requests_that_wait_are_answered_by_a_graceful_stop() {
    let gates = Gates::new();
    let (mut server, [mut a, mut b]) = full(&gates, |builder| builder.queue_limit(3));
    let mut queued: [Client; 3] = std::array::from_fn(|_| server.client());
    for client in &mut queued {
        client.send("/wait/queued");
    }
    let mut refused = server.client();
    refused.send("/refused");
    is_refused(&mut refused); // so that the others are in the queue
    server.handle.shutdown();
    gates.open_all();
    assert_eq!(a.answer().body, "/wait/a");
    assert_eq!(b.answer().body, "/wait/b");
    for client in &mut queued {
        assert_eq!(client.answer().body, "/wait/queued");
        assert!(client.is_closed());
    }
    server.join();
}

#[test]
fn requests_that_wait_when_the_graceful_timeout_is_over_are_cut_off_unseen() {
    let gates = Gates::new();
    let timeouts = Timeouts {
        graceful: Duration::ZERO,
        ..Timeouts::default()
    };
    let (mut server, _blocked) = full(&gates, |builder| builder.queue_limit(1).timeouts(timeouts));
    let mut queued = server.client();
    let mut refused = server.client();
    queued.send("/wait/queued");
    refused.send("/refused");
    is_refused(&mut refused); // so that the other one is in the queue
    server.handle.shutdown();
    server.join();
    assert!(queued.is_closed());
    gates.open_all();
    server.census.wait_for_none();
    assert_eq!(gates.arrived().len(), 2);
}
