//! `write()` to a client that does not read holds the thread that calls it, and no other.

use std::io::Read;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use wsgi_core::{Application, Body, StatusLine, WriteError, application_fn};
use wsgi_server::Timeouts;

use super::client::{Client, read_until};
use super::kit::{DEADLINE, Running, echo_path};

/// More than a client that does not read lets the server send.
const LARGE: usize = 16 << 20;

/// `/write…` writes much, and tells how that ended; all others are of [`echo_path`].
fn writes() -> (impl Application + 'static, Receiver<Result<(), WriteError>>) {
    let (ended, has_ended) = channel();
    let others = echo_path();
    let app = application_fn(move |environ, start_response| {
        if !environ.path_info().starts_with(b"/write") {
            return others.call(environ, start_response);
        }
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        let mut written = Ok(());
        for _ in 0..LARGE >> 16 {
            written = written.and_then(|()| start_response.write(&[b'x'; 1 << 16]));
        }
        let _ = ended.send(match &written {
            Ok(()) => Ok(()),
            Err(WriteError::Disconnected) => Err(WriteError::Disconnected),
            Err(error) => panic!("{error}"),
        });
        written?;
        Ok(Body::empty())
    });
    (app, has_ended)
}

/// Clients in the middle of their responses, of which they read nothing more; others are answered meanwhile.
fn stalled(server: &Running, count: usize) -> Vec<Client> {
    let mut known = server.client();
    let stalled = (0..count)
        .map(|_| {
            let mut client = server.client();
            client.send("/write");
            read_until(client.stream(), "\r\n\r\n");
            assert_eq!(known.get("/known").body, "/known");
            client
        })
        .collect();
    for _ in 0..10 {
        assert_eq!(server.client().get("/new").body, "/new");
    }
    stalled
}

#[test]
fn whoever_writes_to_a_slow_client_holds_up_nobody_else_and_is_done_when_it_has_read() {
    let (app, has_ended) = writes();
    let server = Running::start(app);
    for mut client in stalled(&server, 10) {
        assert!(has_ended.try_recv().is_err(), "a write did not wait");
        let mut rest = Vec::new();
        let mut piece = vec![0; 1 << 16];
        while !rest.ends_with(b"\r\n0\r\n\r\n") {
            let count = client.stream().read(&mut piece).unwrap();
            assert_ne!(count, 0, "after {} bytes", rest.len());
            rest.extend_from_slice(&piece[..count]);
        }
        assert_eq!(rest.iter().filter(|byte| **byte == b'x').count(), LARGE);
        assert!(has_ended.recv_timeout(DEADLINE).unwrap().is_ok());
        assert_eq!(client.get("/again").body, "/again");
    }
}

#[test]
fn a_write_fails_when_its_client_leaves() {
    for leave in [drop as fn(Client), Client::reset] {
        let (app, has_ended) = writes();
        let server = Running::start(app);
        let clients = stalled(&server, 5);
        assert!(has_ended.try_recv().is_err(), "a write did not wait");
        clients.into_iter().for_each(leave);
        for _ in 0..5 {
            let ended = has_ended.recv_timeout(DEADLINE).unwrap();
            assert!(matches!(ended, Err(WriteError::Disconnected)), "{ended:?}");
        }
        assert_eq!(server.client().get("/after").body, "/after");
    }
}

#[test]
fn a_write_fails_when_its_client_takes_nothing_for_too_long() {
    for threads in [1, 4] {
        let (app, has_ended) = writes();
        let timeouts = Timeouts {
            write: Duration::from_millis(20),
            ..Timeouts::default()
        };
        let server = Running::with(|builder| builder.threads(threads).timeouts(timeouts), app);
        let mut client = server.client();
        client.send("/write");
        let ended = has_ended.recv_timeout(DEADLINE).unwrap();
        assert!(matches!(ended, Err(WriteError::Disconnected)), "{ended:?}");
        let mut rest = Vec::new();
        let _ = client.stream().read_to_end(&mut rest); // cut off, whether orderly or not
        assert!(!rest.ends_with(b"0\r\n\r\n"), "ended as if it were whole");
        assert_eq!(server.client().get("/after").body, "/after");
    }
}
