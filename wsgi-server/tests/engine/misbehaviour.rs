//! Applications that fail and clients that leave harm nobody else, whichever thread they are with.

use std::sync::mpsc::{Sender, channel};

use wsgi_core::{Application, ApplicationError, Blocks, Body, StatusLine, application_fn};

use super::client::{Client, get, last, read_until};
use super::gates::{Gates, name};
use super::kit::{DEADLINE, MODES, Running};

#[test]
fn failures_and_panics_are_answered_and_the_connection_goes_on() {
    for threads in MODES {
        let app = application_fn(|environ, start_response| {
            environ.set_errors(wsgi_core::ErrorStream::captured().0);
            match environ.path_info() {
                b"/error" => return Err(ApplicationError::raised("no")),
                b"/panic" => panic!("on purpose"),
                b"/nothing" => return Ok(Body::from("no start")),
                _ => {}
            }
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            Ok(Body::from("fine"))
        });
        let server = Running::threads(threads, app);
        let answers =
            server.exchange(&(get("/error") + &get("/panic") + &get("/nothing") + &last("/")));
        let statuses: Vec<&str> = answers
            .lines()
            .filter_map(|line| line.strip_prefix("HTTP/1.1 "))
            .collect();
        let failed = "500 Internal Server Error";
        assert_eq!(statuses, [failed, failed, failed, "200 OK"], "{answers}");
    }
}

#[test]
fn failures_and_panics_beside_the_loop_are_answered_and_the_connection_goes_on() {
    let gates = Gates::new();
    let inside = gates.clone();
    let app = application_fn(move |environ, start_response| {
        environ.set_errors(wsgi_core::ErrorStream::captured().0);
        let path = String::from_utf8_lossy(environ.path_info()).into_owned();
        if path.starts_with("/wait") {
            inside.pass(&path);
        }
        assert!(!path.ends_with("/panic"), "on purpose");
        if path.ends_with("/error") {
            return Err(ApplicationError::raised("no"));
        }
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from(path))
    });
    let server = Running::start(app);
    let mut clients: [Client; 20] = server.clients();
    for round in 0..5 {
        let paths: Vec<String> = (0..20)
            .map(|i| {
                let how = ["panic", "error", "fine", "panic"][i % 4];
                format!("/wait/{}/{round}/{how}", name(i))
            })
            .collect();
        for (client, path) in clients.iter_mut().zip(&paths) {
            client.send(path);
        }
        gates.wait_for(20 * (round + 1));
        assert_eq!(server.client().get("/other").body, "/other");
        for (client, path) in clients.iter_mut().zip(&paths) {
            gates.open(path);
            let expected = if path.ends_with("fine") { 200 } else { 500 };
            assert_eq!(client.answer().status, expected, "{path}");
            assert_eq!(client.get("/again").body, "/again");
        }
    }
}

/// An endless body that tells when it is closed. It waits at its gate before the third block.
struct Endless {
    gates: std::sync::Arc<Gates>,
    path: String,
    steps: usize,
    closed: Sender<String>,
}

impl Blocks for Endless {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        self.steps += 1;
        if self.steps == 3 && self.path.starts_with("/endless/wait") {
            self.gates.pass(&self.path);
        }
        Ok(Some(&[b'x'; 1 << 16]))
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        let _ = self.closed.send(self.path.clone());
        Ok(())
    }
}

fn endless(gates: &std::sync::Arc<Gates>, closed: Sender<String>) -> impl Application + 'static {
    let (gates, others) = (gates.clone(), gates.app());
    application_fn(move |environ, start_response| {
        let path = String::from_utf8_lossy(environ.path_info()).into_owned();
        if !path.starts_with("/endless") {
            return others.call(environ, start_response);
        }
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from_blocks(Endless {
            gates: gates.clone(),
            path,
            steps: 0,
            closed: closed.clone(),
        }))
    })
}

#[test]
fn clients_that_leave_in_any_phase_harm_nobody_and_their_bodies_are_closed() {
    for leave in [drop as fn(Client), Client::reset] {
        let gates = Gates::new();
        let (closed, is_closed) = channel();
        let server = Running::with(
            |builder| builder.loops(1).threads(16),
            endless(&gates, closed),
        );
        let clients = |path: &str| -> Vec<Client> {
            let connect = |i| {
                let mut client = server.client();
                client.send(&path.replace("{}", &name(i)));
                client
            };
            (0..5).map(connect).collect()
        };
        let in_the_call = clients("/wait/{}");
        gates.wait_for(5);
        let mut in_a_step = clients("/endless/wait/{}");
        gates.wait_for(10);
        let mut at_rest = clients("/endless/{}");
        for client in in_a_step.iter_mut().chain(&mut at_rest) {
            read_until(client.stream(), "\r\n\r\n");
        }
        let others_are_answered = || assert_eq!(server.client().get("/other").body, "/other");
        others_are_answered();
        at_rest.into_iter().for_each(leave);
        for _ in 0..5 {
            let path = is_closed.recv_timeout(DEADLINE).unwrap();
            assert!(!path.starts_with("/endless/wait"), "{path}");
        }
        others_are_answered();
        in_a_step.into_iter().chain(in_the_call).for_each(leave);
        others_are_answered();
        assert!(is_closed.try_recv().is_err(), "closed in mid-step");
        gates.open_all();
        for _ in 0..5 {
            let path = is_closed.recv_timeout(DEADLINE).unwrap();
            assert!(path.starts_with("/endless/wait"), "{path}");
        }
        others_are_answered();
    }
}

#[test]
fn a_client_that_leaves_while_its_request_waits_for_a_thread_harms_nobody() {
    for leave in [drop as fn(Client), Client::reset] {
        let gates = Gates::new();
        let server = Running::with(
            |builder| builder.threads(2).loops(1).queue_limit(3),
            gates.app(),
        );
        let mut blocked: [Client; 2] = server.clients();
        let mut queued: [Client; 3] = server.clients();
        let mut refused = server.clients::<1>();
        for (i, client) in blocked.iter_mut().chain(&mut queued).enumerate() {
            client.send(&format!("/wait/{}", name(i)));
            gates.wait_for((i + 1).min(2));
        }
        assert_eq!(refused[0].get("/refused").status, 503); // the others wait
        queued.into_iter().for_each(leave);
        gates.open_all();
        for client in &mut blocked {
            assert_eq!(client.answer().status, 200);
        }
        assert_eq!(server.client().get("/wait/last").status, 200);
        assert_eq!(
            gates.arrived()[2..],
            ["/wait/last"],
            "nobody waits for the others"
        );
        assert_eq!(refused[0].get("/again").body, "/again");
    }
}

/// The memory of a request is used again for the next one, whoever's that is.
#[test]
fn nothing_of_a_request_whose_client_left_in_the_middle_is_seen_by_the_next() {
    const BEGUN: [&str; 4] = [
        "GET /secret HTTP/1.1\r\nHost: a\r\nX-Secret: 1\r\n",
        "POST /secret HTTP/1.1\r\nHost: a\r\nX-Secret: 1\r\nContent-Length: 10\r\n\r\nabc",
        "POST /secret HTTP/1.1\r\nHost: a\r\nX-Secret: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "POST /secret HTTP/1.1\r\nHost: a\r\nX-Secret: 1\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n",
    ];
    let app = application_fn(|environ, start_response| {
        let seen = environ.var("HTTP_X_SECRET").is_some() || environ.method() != "GET";
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from(format!("{seen} {:?}", environ.input())))
    });
    let server = Running::threads(1, app);
    let fresh = server.client().get("/").body;
    for begun in BEGUN {
        let mut stream = server.connect();
        std::io::Write::write_all(&mut stream, begun.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        super::client::read_all(&mut stream); // to the end: the server has let go of it
        let answer = server.client().get("/");
        assert_eq!((answer.status, &answer.body), (200, &fresh), "{begun:?}");
    }
}
