//! What the engine promises to applications of Python, in the built command and in a Python program.
//!
//! No test waits by the clock: a request is blocked until another one, or a signal, opens its gate, and that happens
//! only after what is to happen meanwhile has happened.

mod affinity;
mod blocking;
mod deadline;
mod environ;
mod recursion;
mod signals;
mod threads;

use std::path::PathBuf;

use wsgi_tests::{Connection, Server, ServerCommand, root};

/// Where the applications lie.
fn apps() -> PathBuf {
    root().join("tests/engine/apps")
}

/// The command with one of the applications, and options.
fn command(app: &str, options: &[&str]) -> ServerCommand {
    let app = apps().join(app).display().to_string();
    ServerCommand::wsgi_server()
        .args(options)
        .args([app.as_str()])
}

fn serve(app: &str, options: &[&str]) -> Server {
    command(app, options).start()
}

/// Sends a request, whose answer is read later.
fn begin(server: &Server, target: &str) -> Connection {
    let mut connection = server.connect();
    connection.send(format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n"));
    connection
}

/// One request of a connection that goes on.
fn get(connection: &mut Connection, target: &str) -> String {
    let response = connection.request(&format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n"));
    assert_eq!(response.status, 200, "{target}");
    response.text().to_owned()
}
