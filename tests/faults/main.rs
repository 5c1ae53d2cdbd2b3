//! What clients, applications and the system do wrong: the server lives, the others are answered, and nothing of it is
//! left behind.
//!
//! The built command serves real applications of Python in a process of its own, which is looked at from outside: its
//! threads, its descriptors, and an account that the applications keep of their iterables ([`Base`]). Each test goes on
//! when what it waits for has happened; nothing is timed.
#![cfg(target_os = "linux")] // what a process has in hand is told by /proc

mod deadline;
mod descriptors;
mod ending;
mod full_disk;
mod hanging;
mod leaving;
mod meddling;
mod memory;
mod nonsense;
mod queueing;
mod raising;
mod soak;
mod stalling;

use serde_json::Value;
use wsgi_tests::{Connection, Server, ServerCommand, root, settles};

/// How the command is started: as many threads as it takes, and one.
const MODES: [&[&str]; 2] = [&[], &["--threads", "1"]];

/// The command with one of the applications, and options.
fn command(app: &str, options: &[&str]) -> ServerCommand {
    let app = root().join("tests/faults/apps").join(app);
    let app = app.display().to_string();
    ServerCommand::wsgi_server()
        .args(options)
        .args([app.as_str()])
}

fn serve(app: &str, options: &[&str]) -> Server {
    command(app, options).start()
}

fn get_request(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n")
}

/// Sends a request whose answer is read later, or never.
fn begin(server: &Server, target: &str) -> Connection {
    let mut connection = server.connect();
    connection.send(get_request(target));
    connection
}

/// A fresh client, and one that was there before, are answered.
fn others_are_answered(server: &Server, known: &mut Connection, target: &str) {
    for response in [server.get(target), known.request(&get_request(target))] {
        assert_eq!((response.status, response.text()), (200, target));
    }
}

/// What a server has in hand when nothing is under way.
struct Base {
    descriptors: Vec<String>,
    threads: usize,
}

impl Base {
    /// After a request or two, so that what is made once is there. The application keeps an account.
    fn of(server: &Server) -> Self {
        let sockets = || {
            let open = server.process().descriptors();
            open.iter().filter(|open| open.contains("socket:")).count()
        };
        let before = sockets();
        for _ in 0..2 {
            assert_eq!(server.get("/account").status, 200);
        }
        settles("sockets", sockets, |&now| now <= before);
        let descriptors = server.process().descriptors();
        let threads = server.process().threads();
        Self {
            descriptors,
            threads,
        }
    }

    /// Waits until nothing is left of what was since, but for threads up to this number more, which are kept for a
    /// while. All iterables were closed once, and let go.
    fn is_back(&self, server: &Server, more_threads: usize) {
        let (process, most) = (server.process(), self.threads + more_threads);
        settles("threads", || process.threads(), |&now| now <= most);
        let sums = settles(
            "iterables",
            || server.get("/account").json(),
            |sums| sums["made"] == sums["closed"] && sums["made"] == sums["gone"],
        );
        assert_eq!(sums["closed_again"], 0, "{sums}");
        let left = |now: &Vec<String>| -> Vec<String> {
            let new = now.iter().filter(|open| !self.descriptors.contains(open));
            new.cloned().collect()
        };
        settles(
            "descriptors",
            || left(&process.descriptors()),
            Vec::is_empty,
        );
    }
}

/// How many iterables the application has made so far.
fn made(server: &Server) -> u64 {
    let sums: Value = server.get("/account").json();
    sums["made"].as_u64().expect("a number")
}
