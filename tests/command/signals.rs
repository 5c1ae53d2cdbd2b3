//! Exit codes, and what an application may still do at the end.

use rustix::process::Signal;

use super::{folder, server};

/// Says when it was called, and answers when the pipe is written to.
const WAITS: &str = "\
import signal  # where Python's own handler of SIGINT comes from

def app(environ, start_response):
    print('called', flush=True)
    with open('pipe') as pipe:
        body = pipe.read().encode()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [body]
";

pub(super) fn mkfifo(folder: &std::path::Path) {
    let path = folder.join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(
        made.is_ok_and(|status| status.success()),
        "mkfifo is part of POSIX"
    );
}

#[test]
fn a_second_signal_ends_a_stuck_application_with_the_shells_code() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let folder = folder(&[("waits.py", WAITS)]);
        mkfifo(folder.path());
        let mut server = server(folder.path()).args(["waits:app"]).start();
        let mut connection = server.connect();
        connection.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
        server.wait_for_line("called");
        server.signal(signal);
        server.wait_for_line("stopping");
        server.signal(signal);
        assert_eq!(server.wait().code(), Some(code), "{}", server.output());
    }
}

#[test]
fn a_request_that_is_being_answered_is_answered_before_the_end() {
    let folder = folder(&[("waits.py", WAITS)]);
    mkfifo(folder.path());
    let mut server = server(folder.path()).args(["waits:app"]).start();
    let mut connection = server.connect();
    connection.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
    server.wait_for_line("called");
    server.signal(Signal::INT);
    server.wait_for_line("stopping");
    std::fs::write(folder.path().join("pipe"), "late").expect("the application reads the pipe");
    let response = connection.response();
    assert_eq!((response.status, response.text()), (200, "late"));
    assert_eq!(server.wait().code(), Some(0), "{}", server.output());
}

#[test]
fn the_application_may_clean_up_and_its_output_is_not_lost() {
    let app = "\
import atexit, sys, threading
def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    sys.stdout.write('buffered\\n')
    return [b'']
done = threading.Event()
threading.Thread(target=lambda: (done.wait(), print('thread ended'))).start()
threading._register_atexit(done.set)
atexit.register(print, 'registered with atexit')
";
    let folder = folder(&[("app.py", app)]);
    let mut server = server(folder.path())
        .env("PYTHONUNBUFFERED", "")
        .args(["app:app"])
        .start();
    server.get("/");
    server.signal(Signal::TERM);
    assert_eq!(server.wait().code(), Some(0), "{}", server.output());
    for line in ["buffered", "thread ended", "registered with atexit"] {
        server.wait_for_line(line);
    }
}

#[test]
fn handlers_of_the_application_go_on_working() {
    let app = "\
import signal
def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'']
def leave(*_):
    raise SystemExit
signal.signal(signal.SIGUSR1, lambda *_: print('heard', flush=True))
signal.signal(signal.SIGUSR2, leave)
";
    let folder = folder(&[("app.py", app)]);
    let mut server = server(folder.path()).args(["app:app"]).start();
    server.signal(Signal::USR1);
    server.wait_for_line("heard");
    server.signal(Signal::USR2);
    assert_eq!(server.wait().code(), Some(0), "{}", server.output());
}
