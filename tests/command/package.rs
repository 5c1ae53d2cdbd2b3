//! The package `wsgi_rs`: the same command, and our server, router and middleware from within Python.

use std::process::Command;

use rustix::process::Signal;
use wsgi_tests::{ServerCommand, python, root, wheel};

use super::{folder, run_to_end, site};

/// Python with the package, in this folder.
fn python_in(folder: &std::path::Path) -> Command {
    wheel::install();
    let mut command = python::environment().command("python");
    command.current_dir(folder);
    command
}

#[test]
fn the_console_script_and_the_module_are_the_command() {
    let site = site();
    let module = {
        let mut command = python_in(site.path());
        command.args(["-m", "wsgi_rs"]);
        command
    };
    let mut script = python::environment().command("wsgi-server");
    script.current_dir(site.path());
    for command in [module, script] {
        let server = ServerCommand::new(command, " ready at ");
        let mut server = server.args(["-b", "127.0.0.1:0", "hello:app"]).start();
        assert_eq!(server.get("/").text(), "app");
        server.signal(Signal::INT);
        assert_eq!(server.wait().code(), Some(0), "{}", server.output());
        assert!(
            !server.output().contains("KeyboardInterrupt"),
            "{}",
            server.output()
        );
    }
}

/// Runs a test suite of this folder on the installed wheel; warnings are errors.
fn passes(suite: &str) {
    let mut command = python_in(root());
    command.args(["-W", "error", &format!("tests/command/{suite}.py")]);
    let ended = run_to_end(command);
    assert_eq!(ended.code, Some(0), "{}", ended.output);
    assert!(ended.output.contains("\nOK"), "{}", ended.output);
}

#[test]
fn router_middleware_and_server_keep_their_promises_to_python() {
    passes("package");
}

#[test]
fn numbers_are_refused_by_the_names_of_their_arguments() {
    passes("arguments");
}

#[test]
fn bodies_that_cannot_be_read_are_their_senders_fault_whatever_traps_it() {
    passes("bodies");
}

#[test]
fn composition_keeps_its_promises_to_python() {
    passes("composition");
}

#[test]
fn layers_about_identity_keep_their_promises_to_python() {
    passes("identity");
}

#[test]
fn the_middleware_of_robustness_keeps_its_promises_to_python() {
    passes("robustness");
}

#[test]
fn routing_keeps_its_promises_to_python() {
    passes("routing");
}

#[test]
fn security_keeps_its_promises_to_python() {
    passes("security");
}

/// Serves on the main thread, and says how that ended.
const SERVES: &str = "\
import sys, wsgi_rs
def app(environ, start_response):
    print('called', flush=True)
    with open('pipe') as pipe:
        body = pipe.read().encode()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [body]
server = wsgi_rs.Server(app, '127.0.0.1:0')
print('ready at', server.addresses[0], flush=True)
try:
    server.run()
    print('returned')
except KeyboardInterrupt:
    print('interrupted')
";

#[test]
fn signals_stop_a_python_programs_server_gracefully() {
    for (signal, end) in [(Signal::INT, "interrupted"), (Signal::TERM, "returned")] {
        let folder = folder(&[("serves.py", SERVES)]);
        super::signals::mkfifo(folder.path());
        let mut command = python_in(folder.path());
        command.arg("serves.py");
        let mut server = ServerCommand::new(command, "ready at ").start();
        let mut connection = server.connect();
        connection.send("GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        server.wait_for_line("called");
        server.signal(signal);
        std::fs::write(folder.path().join("pipe"), "late").expect("the application reads the pipe");
        assert_eq!(connection.response().text(), "late");
        assert_eq!(server.wait().code(), Some(0), "{}", server.output());
        server.wait_for_line(end);
    }
}

/// As `SERVES`, but the application is busy for ever, and so is the interpreter's end for a while.
const SPINS: &str = "\
import time, wsgi_rs
def app(environ, start_response):
    print('called', flush=True)
    while True:
        time.sleep(0.0005)
class Slow:
    def __del__(self):
        time.sleep(0.05)
slow = Slow()
server = wsgi_rs.Server(app, '127.0.0.1:0')
print('ready at', server.addresses[0], flush=True)
try:
    server.run()
except KeyboardInterrupt:
    print('interrupted')
";

/// Before 3.14 CPython unwinds the stack of a thread that wants to go on then; that must not end in an abort.
#[test]
fn an_application_that_outlasts_its_server_does_no_harm_to_the_programs_end() {
    ends_at_the_second_signal(&folder(&[("serves.py", SPINS)]));
}

#[test]
fn a_second_signal_ends_a_python_programs_server_at_once() {
    let folder = folder(&[("serves.py", SERVES)]);
    super::signals::mkfifo(folder.path()); // nobody ever writes to the pipe that the application reads
    ends_at_the_second_signal(&folder);
}

fn ends_at_the_second_signal(folder: &tempfile::TempDir) {
    let mut command = python_in(folder.path());
    command.arg("serves.py");
    let mut server = ServerCommand::new(command, "ready at ").start();
    let mut connection = server.connect();
    connection.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
    server.wait_for_line("called");
    server.signal(Signal::INT);
    server.signal(Signal::TERM);
    assert_eq!(server.wait().code(), Some(0), "{}", server.output());
    server.wait_for_line("interrupted");
}
