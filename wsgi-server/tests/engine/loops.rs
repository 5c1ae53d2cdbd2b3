//! Several event loops share the connections.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;

use super::client::{Client, get, last};
use super::gates::{Gates, name};
use super::kit::{Running, echo_path};

/// The loop of a thread `wsgi-<loop>-<seat>`.
fn event_loop(thread: &str) -> &str {
    thread.split('-').nth(1).unwrap()
}

#[test]
fn connections_are_shared_out_evenly_and_stay_where_they_are() {
    let gates = Gates::new();
    let server = Running::with(|builder| builder.loops(2).threads(8), gates.app());
    let mut clients: [Client; 20] = server.clients();
    let mut shares = BTreeMap::<String, usize>::new();
    for client in &mut clients {
        let place = event_loop(client.get("/").thread()).to_owned();
        for _ in 0..10 {
            assert_eq!(event_loop(client.get("/").thread()), place);
        }
        *shares.entry(place).or_default() += 1;
    }
    let expected = [("0".to_owned(), 10), ("1".to_owned(), 10)];
    assert_eq!(shares, expected.into());
}

#[test]
fn pipelined_requests_are_answered_in_their_order_in_every_loop() {
    let server = Running::with(|builder| builder.loops(2).threads(8), echo_path());
    let server = Arc::new(server);
    let clients: Vec<_> = (0..8)
        .map(|client| {
            let server = server.clone();
            thread::spawn(move || {
                let paths: Vec<String> = (0..300).map(|i| format!("/{client}/{i}.")).collect();
                let requests: String = paths.iter().map(|path| get(path)).collect();
                let answers = server.exchange(&(requests + &last("/end.")));
                let bodies = answers.split("\r\n\r\n").skip(1);
                let bodies: Vec<_> = bodies.map(|body| body.split('.').next().unwrap()).collect();
                let sent: Vec<_> = paths
                    .iter()
                    .map(|path| path.trim_end_matches('.'))
                    .collect();
                assert_eq!(bodies[..300], sent);
                assert_eq!(bodies[300..], ["/end"]);
            })
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
}

#[test]
fn blocked_calls_hold_up_neither_loop() {
    let gates = Gates::new();
    let server = Running::with(|builder| builder.loops(2).threads(8), gates.app());
    let [mut one, mut other] = server.clients();
    let mut blocked: [Client; 6] = server.clients(); // three in each, which may have four
    for (i, client) in blocked.iter_mut().enumerate() {
        client.send(&format!("/wait/{}", name(i)));
    }
    gates.wait_for(6);
    assert_ne!(
        event_loop(one.get("/").thread()),
        event_loop(other.get("/").thread())
    );
    assert_eq!(server.client().get("/new").body, "/new");
    gates.open_all();
    for (i, client) in blocked.iter_mut().enumerate() {
        assert_eq!(client.answer().body, format!("/wait/{}", name(i)));
    }
}

#[test]
fn a_stop_ends_all_loops() {
    for graceful in [true, false] {
        let gates = Gates::new();
        let mut server = Running::with(|builder| builder.loops(2).threads(8), gates.app());
        let mut blocked: [Client; 4] = server.clients();
        let mut idle: [Client; 4] = server.clients();
        for (i, client) in blocked.iter_mut().enumerate() {
            client.send(&format!("/wait/{}", name(i)));
        }
        gates.wait_for(4);
        if graceful {
            server.handle.shutdown();
            gates.open_all();
            for client in &mut blocked {
                assert!(client.answer().body.starts_with("/wait/"));
                assert!(client.is_closed());
            }
        } else {
            server.handle.abort();
        }
        server.join();
        for client in &mut idle {
            assert!(client.is_closed());
        }
        gates.open_all();
        server.census.wait_for_none();
    }
}
