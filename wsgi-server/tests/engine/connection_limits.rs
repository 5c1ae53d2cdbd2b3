//! How many connections there may be.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use wsgi_server::{ConnectionLimits, Server, Timeouts};

use super::client::{Client, last, read_all, read_until};
use super::gates::{Gates, name};
use super::kit::{DEADLINE, MODES, Running, echo_path};

fn total(total: usize) -> ConnectionLimits {
    ConnectionLimits {
        total,
        ..ConnectionLimits::default()
    }
}

fn per_peer(per_peer: usize) -> ConnectionLimits {
    ConnectionLimits {
        per_peer,
        ..ConnectionLimits::default()
    }
}

#[test]
fn there_are_never_more_than_may_be_and_the_others_are_answered_when_there_is_room() {
    for loops in [1, 3] {
        let gates = Gates::new();
        let set = |builder: wsgi_server::ServerBuilder| {
            builder.loops(loops).threads(16).connections(total(3))
        };
        let server = Running::with(set, gates.app());
        let path = |number| format!("/wait/{}", name(number));
        let mut clients: Vec<_> = (0..8)
            .map(|number| {
                let mut client = server.client();
                let request = last(&path(number));
                client.stream().write_all(request.as_bytes()).unwrap();
                client
            })
            .collect();
        for opened in 0..clients.len() {
            let arrived = gates.wait_for(clients.len().min(opened + 3));
            gates.open(&arrived[opened]);
        }
        for (number, client) in clients.iter_mut().enumerate() {
            assert_eq!(client.answer().body, path(number));
        }
        assert_eq!(gates.most(), 3, "{loops} loops");
    }
}

#[test]
fn those_that_have_been_idle_for_longest_make_room_for_others() {
    for threads in MODES {
        let set = |builder: wsgi_server::ServerBuilder| {
            builder.loops(1).threads(threads).connections(total(2))
        };
        let server = Running::with(set, echo_path());
        let [mut first, mut second] = server.clients();
        let mut third = server.client();
        assert_eq!(third.get("/third").body, "/third");
        assert!(first.is_closed());
        // Used since, so that it is not the next.
        assert_eq!(second.get("/second").body, "/second");
        assert_eq!(server.client().get("/fourth").body, "/fourth");
        assert!(third.is_closed());
    }
}

#[test]
fn idle_connections_of_any_loop_make_room() {
    let gates = Gates::new();
    let set =
        |builder: wsgi_server::ServerBuilder| builder.loops(2).threads(8).connections(total(2));
    let server = Running::with(set, gates.app());
    let mut clients: [Client; 2] = server.clients();
    let is_acceptors = |client: &mut Client| client.get("/").thread().starts_with("wsgi-0-");
    if !is_acceptors(&mut clients[0]) {
        clients.reverse();
    }
    let [mut busy, mut idle] = clients;
    assert!(!is_acceptors(&mut idle), "one in each loop");
    busy.send("/wait");
    gates.wait_for(1);
    assert_eq!(server.client().get("/third").body, "/third");
    assert!(idle.is_closed());
    gates.open_all();
    assert_eq!(busy.answer().body, "/wait");
}

/// Slow heads are no idle connections; their own time has to pass.
#[test]
fn those_who_stall_make_room_when_their_time_is_over() {
    for threads in MODES {
        let timeouts = Timeouts {
            head: Duration::from_millis(50),
            linger: Duration::ZERO,
            ..Timeouts::default()
        };
        let set = |builder: wsgi_server::ServerBuilder| {
            let builder = builder.threads(threads).connections(total(2));
            builder.timeouts(timeouts)
        };
        let server = Running::with(set, echo_path());
        let mut stalled: Vec<_> = (0..4)
            .map(|_| {
                let mut stream = server.connect();
                stream.write_all(b"GET / HT").unwrap();
                stream
            })
            .collect();
        assert_eq!(server.client().get("/fresh").body, "/fresh");
        for stream in &mut stalled {
            assert!(read_until(stream, "\r\n\r\n").starts_with("HTTP/1.1 408 "));
        }
    }
}

/// A connection from another address of this machine.
#[cfg(target_os = "linux")]
fn connect_from(host: &str, server: &Running) -> Client {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let here: SocketAddr = format!("{host}:0").parse().unwrap();
    socket.bind(&here.into()).unwrap();
    let there: SocketAddr = server.address.parse().unwrap();
    socket.connect(&there.into()).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    Client::new(stream)
}

#[test]
#[cfg(target_os = "linux")]
fn a_peer_has_so_many_connections_and_its_next_one_is_closed() {
    for threads in MODES {
        let set =
            |builder: wsgi_server::ServerBuilder| builder.threads(threads).connections(per_peer(3));
        let server = Running::with(set, echo_path());
        let mut held: [Client; 3] = server.clients();
        for _ in 0..5 {
            assert!(server.client().is_closed());
        }
        assert_eq!(connect_from("127.0.0.2", &server).get("/").body, "/");
        for client in &mut held {
            assert_eq!(client.get("/held").body, "/held");
        }
        // When one has left there is room for one.
        held[0]
            .stream()
            .write_all(last("/last").as_bytes())
            .unwrap();
        assert_eq!(held[0].answer().body, "/last");
        assert!(held[0].is_closed());
        let mut next = server.client();
        assert_eq!(next.get("/next").body, "/next");
        assert!(server.client().is_closed());
    }
}

#[test]
fn unix_sockets_have_no_limit_for_a_peer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let builder = Server::builder().bind(format!("unix:{}", path.display()));
    let server = builder.connections(per_peer(1)).build(echo_path()).unwrap();
    let handle = server.handle();
    let thread = std::thread::spawn(move || server.run().unwrap());
    let mut clients: Vec<_> = (0..5)
        .map(|_| {
            let mut stream = UnixStream::connect(&path).unwrap();
            stream.set_read_timeout(Some(DEADLINE)).unwrap();
            stream.write_all(last("/unix").as_bytes()).unwrap();
            stream
        })
        .collect();
    for stream in &mut clients {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.ends_with("\r\n\r\n/unix"), "{answer}");
    }
    handle.abort();
    thread.join().unwrap();
}

#[test]
fn the_last_request_of_a_connection_says_so_and_no_other() {
    for threads in MODES {
        let limits = ConnectionLimits {
            requests: 3,
            ..ConnectionLimits::default()
        };
        let set =
            |builder: wsgi_server::ServerBuilder| builder.threads(threads).connections(limits);
        let server = Running::with(set, echo_path());
        for _ in 0..2 {
            let mut client = server.client();
            for (path, connection) in [("/1", ""), ("/2", ""), ("/3", "close")] {
                let answer = client.get(path);
                assert_eq!(
                    (&*answer.body, answer.field("Connection")),
                    (path, connection)
                );
            }
            assert!(client.is_closed());
        }
        // Those that follow in the same packet are not run.
        let mut stream = server.connect();
        let requests: String = (1..6)
            .map(|i| super::client::get(&format!("/{i}.")))
            .collect();
        stream.write_all(requests.as_bytes()).unwrap();
        let answers = read_all(&mut stream);
        assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "{answers}");
        assert!(answers.ends_with("/3."), "{answers}");
    }
}

#[test]
fn no_connection_persists_where_none_may_be_idle() {
    for threads in MODES {
        let timeouts = Timeouts {
            keep_alive: Duration::ZERO,
            ..Timeouts::default()
        };
        let set = |builder: wsgi_server::ServerBuilder| builder.threads(threads).timeouts(timeouts);
        let server = Running::with(set, echo_path());
        let mut client = server.client();
        let answer = client.get("/only");
        assert_eq!(
            (&*answer.body, answer.field("Connection")),
            ("/only", "close")
        );
        assert!(client.is_closed());
    }
}
