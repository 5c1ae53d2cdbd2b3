//! A call that blocks holds up nobody else, without any setting.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use wsgi_core::{Application, ApplicationError, Blocks, Body, StatusLine, application_fn};
use wsgi_server::{Interpreter, Server, ServerBuilder};

use super::client::{Client, get, last, read_until};
use super::gates::{Gates, name};
use super::kit::{DEADLINE, Running};

/// Blocks calls `rounds` times, `blocked` at once; others are answered meanwhile, then they are.
fn others_are_answered(server: &Running, gates: &Gates, rounds: usize, paths: &[String]) {
    let [mut known] = server.clients();
    for round in 0..rounds {
        let paths: Vec<String> = paths.iter().map(|path| format!("{path}{round}")).collect();
        let mut waiting: Vec<Client> = paths
            .iter()
            .map(|path| {
                let mut client = server.client();
                client.send(path);
                client
            })
            .collect();
        gates.wait_for((round + 1) * paths.len());
        for _ in 0..3 {
            assert_eq!(known.get("/known").body, "/known");
            assert_eq!(server.client().get("/new").body, "/new");
        }
        for (client, path) in waiting.iter_mut().zip(&paths).rev() {
            gates.open(path);
            assert_eq!(client.answer().body, *path);
            assert_eq!(
                client.get("/again").body,
                "/again",
                "its connection goes on"
            );
        }
    }
}

#[test]
fn blocked_calls_hold_up_nobody_else() {
    for blocked in [1, 2, 10] {
        let gates = Gates::new();
        let server = Running::start(gates.app());
        let differing: Vec<_> = (0..blocked)
            .map(|i| format!("/wait/{}/", name(i)))
            .collect();
        others_are_answered(&server, &gates, 10, &differing);
    }
}

#[test]
fn blocked_calls_of_one_path_hold_up_nobody_else() {
    for blocked in [1, 2, 10] {
        let gates = Gates::new();
        let server = Running::start(gates.app());
        let alike: Vec<_> = (0..blocked).map(|i| format!("/wait/{i}/")).collect();
        others_are_answered(&server, &gates, 10, &alike);
    }
}

/// One below the default number of threads; in one event loop, as each has its share of them.
#[test]
fn all_threads_but_one_may_be_blocked() {
    let gates = Gates::new();
    let server = Running::with(|builder| builder.loops(1), gates.app());
    let paths: Vec<_> = (0..63).map(|i| format!("/wait/{}/", name(i))).collect();
    others_are_answered(&server, &gates, 2, &paths);
    assert_eq!(gates.most(), 63);
}

#[test]
fn at_the_cap_requests_wait_and_are_answered_in_their_order() {
    let gates = Gates::new();
    let set = |builder: ServerBuilder| builder.threads(4).loops(1).queue_limit(4);
    let server = Running::with(set, gates.app());
    let mut clients: [Client; 8] = server.clients();
    let [mut refused] = server.clients();
    let paths: [String; 8] = std::array::from_fn(|i| format!("/wait/{}", name(i)));
    for (client, path) in clients.iter_mut().zip(&paths).take(4) {
        client.send(path);
    }
    gates.wait_for(4);
    for (client, path) in clients.iter_mut().zip(&paths).skip(4) {
        client.send(path);
    }
    assert_eq!(refused.get("/refused").status, 503); // so that the others are in the queue
    for ended in 0..8 {
        gates.open(&paths[ended]);
        assert_eq!(clients[ended].answer().body, paths[ended]);
        let there = (4 + ended + 1).min(8);
        assert_eq!(gates.wait_for(there)[4..], paths[4..there]);
    }
    assert_eq!(gates.most(), 4, "calls at the same time");
}

/// No interpreter, but one who lets a test hold the leader between its look at the sockets and the calls.
#[derive(Clone)]
struct Holder {
    armed: Arc<AtomicBool>,
    held: Sender<()>,
    gates: Arc<Gates>,
}

impl Interpreter for Holder {
    fn attach(&self, work: &mut dyn FnMut()) {
        if self.armed.swap(false, Ordering::SeqCst) {
            self.held.send(()).unwrap();
            self.gates.pass("leader");
        }
        work();
    }

    fn detach(&self, wait: &mut (dyn FnMut() + Send)) {
        wait();
    }
}

#[test]
fn what_one_look_at_the_sockets_brought_is_answered_beside_a_blocked_call() {
    let gates = Gates::new();
    let (held, is_held) = channel();
    let armed = Arc::new(AtomicBool::new(false));
    let holder = Holder {
        armed: armed.clone(),
        held,
        gates: gates.clone(),
    };
    let server = Running::with(|builder| builder.loops(1).interpreter(holder), gates.app());
    let [mut first, mut blocked, mut next] = server.clients();
    armed.store(true, Ordering::SeqCst);
    first.send("/first");
    is_held.recv_timeout(DEADLINE).unwrap();
    // The leader looks at its sockets again when it has answered the first, and finds all of these.
    blocked.send("/wait/a");
    next.send("/next");
    let mut new = server.client();
    new.send("/new");
    gates.open("leader");
    assert_eq!(first.answer().body, "/first");
    assert_eq!(next.answer().body, "/next");
    assert_eq!(new.answer().body, "/new");
    gates.open("/wait/a");
    assert_eq!(blocked.answer().body, "/wait/a");
}

#[test]
fn clients_that_came_together_are_answered_beside_the_first_ones_blocked_call() {
    let gates = Gates::new();
    let builder = Server::builder().bind("127.0.0.1:0").bind("127.0.0.1:0");
    let server = builder.build(gates.app()).unwrap();
    let addresses = server.addresses();
    // They connect before the server runs, so that one event tells of all at an address.
    let connect = |listener: usize, path: &str| {
        let address = addresses[listener].trim_start_matches("http://");
        let stream = std::net::TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut client = Client::new(stream);
        client.send(path);
        client
    };
    let mut blocked = connect(0, "/wait/a");
    let mut others: Vec<Client> = (0..20).map(|i| connect(i % 2, "/other")).collect();
    let handle = server.handle();
    let running = thread::spawn(move || server.run().unwrap());
    for other in &mut others {
        assert_eq!(other.answer().body, "/other");
    }
    gates.open("/wait/a");
    assert_eq!(blocked.answer().body, "/wait/a");
    handle.shutdown();
    running.join().unwrap();
}

#[test]
fn requests_behind_a_blocked_one_of_their_connection_wait_for_it() {
    let gates = Gates::new();
    let server = Running::start(gates.app());
    let [mut client, mut other] = server.clients();
    client.send("/wait/a");
    client.send("/behind/a");
    for arrived in [&["/wait/a"][..], &["/wait/a", "/wait/b"]] {
        assert_eq!(gates.wait_for(arrived.len()), arrived);
        // These come while the connection is with the thread that is blocked.
        client.send("/late");
        client.send("/wait/b");
        assert_eq!(other.get("/other").body, "/other");
        assert_eq!(gates.arrived(), arrived);
        gates.open(arrived[arrived.len() - 1]);
    }
    for path in [
        "/wait/a",
        "/behind/a",
        "/late",
        "/wait/b",
        "/late",
        "/wait/b",
    ] {
        assert_eq!(client.answer().body, path);
    }
}

/// PEP 3333 "Buffering and Streaming": a block may not be delayed until the application is done with something else.
#[test]
fn an_answer_is_on_its_way_before_the_next_request_of_its_connection_blocks() {
    let gates = Gates::new();
    let server = Running::start(gates.app());
    let mut stream = server.connect();
    let both = [get("/before"), get("/wait/a")].concat();
    std::io::Write::write_all(&mut stream, both.as_bytes()).unwrap();
    let mut client = Client::new(stream);
    gates.wait_for(1);
    assert_eq!(client.answer().body, "/before");
    gates.open_all();
    assert_eq!(client.answer().body, "/wait/a");
}

#[test]
fn as_many_requests_as_threads_are_in_the_application_at_once() {
    let barrier = Arc::new(Barrier::new(4));
    let inside = barrier.clone();
    let app = application_fn(move |environ, start_response| {
        inside.wait(); // passes only when four are here
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from(environ.connection().multithread.to_string()))
    });
    let server = Arc::new(Running::with(|builder| builder.threads(4).loops(1), app));
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let server = server.clone();
            thread::spawn(move || server.exchange(&last("/")))
        })
        .collect();
    for client in clients {
        assert!(client.join().unwrap().ends_with("true"));
    }
}

/// PEP 3333 "`environ` Variables": `wsgi.multithread`.
#[test]
fn an_environ_says_whether_there_may_be_other_threads() {
    for threads in [None, Some(1), Some(2)] {
        let app = application_fn(|environ, start_response| {
            let text = environ.connection().multithread.to_string();
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            Ok(Body::from(text))
        });
        let server = match threads {
            None => Running::start(app),
            Some(threads) => Running::threads(threads, app),
        };
        let expected = (threads != Some(1)).to_string();
        assert_eq!(server.client().get("/").body, expected, "{threads:?}");
    }
}

/// With one thread the application is called on the thread that runs the server, which other threads never are.
#[test]
fn one_thread_is_the_callers_own() {
    let called = Arc::new(Mutex::new(Vec::new()));
    let seen = called.clone();
    let app = application_fn(move |_, start_response| {
        seen.lock().unwrap().push(thread::current().id());
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::empty())
    });
    let server = Server::builder().bind("127.0.0.1:0").threads(1).build(app);
    let server = server.unwrap();
    let (address, handle) = (server.addresses()[0].clone(), server.handle());
    let running = thread::spawn(move || {
        server.run().unwrap();
        thread::current().id()
    });
    let stream = std::net::TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    let mut client = Client::new(stream);
    for _ in 0..3 {
        assert_eq!(client.get("/").status, 200);
    }
    handle.shutdown();
    let runner = running.join().unwrap();
    assert_eq!(*called.lock().unwrap(), [runner; 3]);
}

/// A large body that waits at a gate for its end.
struct LateStep(usize, Arc<Gates>);

impl Blocks for LateStep {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        if self.0 == 0 {
            self.1.pass("/wait/late");
            return Ok(None);
        }
        self.0 -= 1;
        Ok(Some(&[b'x'; 1 << 16]))
    }
}

#[test]
fn an_answer_that_goes_on_and_blocks_while_all_threads_are_busy_holds_up_nobody_else() {
    let gates = Gates::new();
    let (inside, others) = (gates.clone(), gates.app());
    let app = application_fn(move |environ, start_response| {
        if environ.path_info() != b"/late" {
            return others.call(environ, start_response);
        }
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from_blocks(LateStep(256, inside.clone())))
    });
    // A thread may be free a little later than its answer is read; the queue has room for that.
    let set = |builder: ServerBuilder| builder.threads(2).loops(1).queue_limit(1);
    let mut server = Running::with(set, app);
    let [mut first, mut second, mut third, mut fourth] = server.clients();
    first.send("/wait/0");
    gates.wait_for(1);
    assert_eq!(second.get("/").status, 200); // so that its leader has been succeeded, and the path is a slow one
    gates.open("/wait/0");
    assert_eq!(first.answer().status, 200);
    let mut late = server.client();
    late.send("/late");
    read_until(late.stream(), "\r\n\r\n");
    first.send("/wait/1");
    second.send("/wait/2");
    gates.wait_for(3);
    let mut taken = 0;
    while taken < 256 << 16 {
        let mut piece = vec![0; 1 << 16];
        let count = std::io::Read::read(late.stream(), &mut piece).unwrap();
        taken += piece[..count].iter().filter(|byte| **byte == b'x').count();
    }
    gates.wait_for(4); // its last step
    third.send("/queued");
    assert_eq!(fourth.get("/refused").status, 503);
    server.handle.abort();
    server.join();
    gates.open_all();
}
