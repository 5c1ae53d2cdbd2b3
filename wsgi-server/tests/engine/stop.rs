//! How a server ends.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::channel;

use wsgi_core::{Body, StatusLine, application_fn};
use wsgi_server::Server;

use super::client::{Client, get, read_all};
use super::gates::{Gates, name};
use super::kit::{MODES, Running, echo_path};

#[test]
fn a_graceful_stop_answers_what_is_in_flight_and_closes_what_is_idle() {
    for threads in MODES {
        let (entered, has_entered) = channel();
        let (permit, permits) = channel::<()>();
        let permits = Mutex::new(permits);
        let app = application_fn(move |_, start_response| {
            entered.send(()).unwrap();
            permits.lock().unwrap().recv().unwrap();
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            Ok(Body::from("answered"))
        });
        let mut server = Running::threads(threads, app);
        let mut idle = server.connect();
        let mut busy = server.connect();
        busy.write_all(get("/").as_bytes()).unwrap();
        has_entered.recv().unwrap();
        server.handle.shutdown();
        permit.send(()).unwrap();
        let answer = read_all(&mut busy);
        assert!(answer.ends_with("answered"), "{answer}");
        assert_eq!(read_all(&mut idle), "");
        server.join();
    }
}

#[test]
fn a_graceful_stop_waits_for_all_that_are_blocked() {
    let gates = Gates::new();
    let mut server = Running::start(gates.app());
    let [mut idle] = server.clients();
    let mut blocked: [Client; 10] = server.clients();
    for (i, client) in blocked.iter_mut().enumerate() {
        client.send(&format!("/wait/{}", name(i)));
    }
    gates.wait_for(10);
    server.handle.shutdown();
    assert!(idle.is_closed(), "while the others are still blocked");
    for (i, client) in blocked.iter_mut().enumerate() {
        let path = format!("/wait/{}", name(i));
        gates.open(&path);
        assert_eq!(client.answer().body, path);
        assert!(client.is_closed());
    }
    server.join();
    server.census.wait_for_none();
    assert!(TcpStream::connect(&server.address).is_err());
}

#[test]
fn an_abort_waits_for_nobody() {
    let gates = Gates::new();
    let mut server = Running::start(gates.app());
    let [mut idle] = server.clients();
    let mut blocked: [Client; 10] = server.clients();
    for (i, client) in blocked.iter_mut().enumerate() {
        client.send(&format!("/wait/{}", name(i)));
    }
    gates.wait_for(10);
    server.handle.abort();
    server.join(); // although nobody can go on
    assert!(idle.is_closed());
    assert!(TcpStream::connect(&server.address).is_err());
    gates.open_all();
    server.census.wait_for_none();
}

#[test]
fn an_abort_hastens_a_graceful_stop() {
    let gates = Gates::new();
    let mut server = Running::start(gates.app());
    let [mut idle, mut blocked] = server.clients();
    blocked.send("/wait/a");
    gates.wait_for(1);
    server.handle.shutdown();
    assert!(idle.is_closed());
    server.handle.abort();
    server.join();
    gates.open_all();
    server.census.wait_for_none();
}

#[test]
fn a_server_that_was_stopped_before_it_ran_ends_at_once() {
    for threads in MODES {
        for graceful in [true, false] {
            let builder = Server::builder().bind("127.0.0.1:0").threads(threads);
            let server = builder.build(echo_path()).unwrap();
            if graceful {
                server.handle().shutdown();
            } else {
                server.handle().abort();
            }
            server.run().unwrap();
        }
    }
}

#[test]
fn signal_handlers_of_the_interpreter_are_called_whichever_thread_a_signal_reached() {
    /// Asks to stop when it is looked at.
    struct Asked;
    impl wsgi_server::Interpreter for Asked {
        fn attach(&self, work: &mut dyn FnMut()) {
            work();
        }
        fn detach(&self, wait: &mut (dyn FnMut() + Send)) {
            wait();
        }
        fn check_signals(&self) -> bool {
            true
        }
    }
    for threads in MODES {
        let builder = Server::builder().bind("127.0.0.1:0").threads(threads);
        let server = builder.interpreter(Asked).build(echo_path()).unwrap();
        server.run().unwrap(); // ends by itself
    }
}
