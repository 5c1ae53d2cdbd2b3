//! Signal handlers of the application, and signals that end the server.

use rustix::process::Signal;
use wsgi_tests::{Server, ServerCommand, python, wheel};

use super::{apps, begin, get, serve};

/// The command in its forms, and a Python program that serves.
fn servers() -> Vec<(&'static str, Server)> {
    wheel::install();
    let mut program = python::environment().command("python");
    program.current_dir(apps()).arg("program.py");
    vec![
        ("by default", serve("gates.py", &[])),
        ("one thread", serve("gates.py", &["--threads", "1"])),
        (
            "a Python program",
            ServerCommand::new(program, "ready at ").start(),
        ),
    ]
}

#[test]
fn handlers_run_on_the_main_thread_while_the_server_is_idle() {
    for (form, mut server) in servers() {
        server.signal(Signal::USR1);
        let line = server.wait_for_line("heard 1");
        assert!(line.ends_with("on the main thread"), "{form}: {line}");
        assert_eq!(server.get("/").text(), "/");
        server.signal(Signal::USR1);
        server.wait_for_line("heard 2 on the main thread");
    }
}

#[test]
fn handlers_run_while_a_request_is_blocked() {
    for target in ["/wait", "/sleep", "/spin"] {
        for (form, mut server) in servers() {
            if form == "one thread" && target == "/wait" {
                continue; // CPython itself misses a signal in the moment before it begins to wait for a lock
            }
            let mut blocked = begin(&server, target);
            server.wait_for_line("blocked");
            for heard in 1..4 {
                server.signal(Signal::USR1);
                server.wait_for_line(&format!("heard {heard} on the main thread"));
            }
            server.signal(Signal::USR2); // opens the gate
            assert_eq!(blocked.response().text(), target, "{form}");
            assert_eq!(get(&mut blocked, "/again"), "/again");
        }
    }
}

#[test]
fn requests_that_are_blocked_are_answered_before_the_end() {
    for target in ["/wait", "/spin"] {
        for (form, mut server) in servers() {
            if form == "one thread" {
                continue; // the gate is opened by a second signal: see below
            }
            let mut idle = server.connect();
            assert_eq!(get(&mut idle, "/"), "/");
            let count = if target == "/spin" { 2 } else { 20 };
            let mut blocked: Vec<_> = (0..count).map(|_| begin(&server, target)).collect();
            assert_eq!(get(&mut idle, &format!("/arrived?{count}")), "/arrived");
            server.signal(Signal::TERM);
            assert!(idle.is_closed(), "{form}: while the others are blocked");
            server.signal(Signal::USR2); // handlers go on working, too
            for connection in &mut blocked {
                assert_eq!(connection.response().text(), target, "{form}");
                assert!(connection.is_closed(), "{form}");
            }
            let ended = server.wait();
            assert_eq!(ended.code(), Some(0), "{form}: {}", server.output());
        }
    }
}

/// The system gives a signal to any thread when the main thread has one already that it has not yet looked at. Python's
/// main thread, which is in the call, does not wake for those.
#[test]
#[ignore = "the thread that waits for SIGTERM does not block the signals that are for the main thread"]
fn one_thread_hears_signals_that_come_together() {
    for _ in 0..20 {
        let mut server = serve("gates.py", &["--threads", "1"]);
        let mut blocked = begin(&server, "/wait");
        server.wait_for_line("blocked");
        server.signal(Signal::TERM);
        server.signal(Signal::USR2);
        assert_eq!(blocked.response().text(), "/wait");
        assert_eq!(server.wait().code(), Some(0), "{}", server.output());
    }
}
