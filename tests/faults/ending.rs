//! Applications that end the process: nobody can prevent that, but nothing that was cut off looks whole, and whoever
//! supervises the process is told how it ended.

use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt;

use rustix::process::Signal;
use wsgi_tests::settles;

use super::{MODES, begin, get_request, serve};

/// What the application does, and the exit code or the signal that the process ends by.
const ENDS: [(&str, Option<i32>, Option<i32>); 5] = [
    ("os._exit", Some(7), None),
    ("os._exit(0)", Some(0), None),
    ("os.abort", None, Some(6)),
    ("SIGKILL", None, Some(9)),
    ("null", None, Some(11)),
];

#[test]
fn the_process_ends_as_the_application_said_and_nothing_looks_whole() {
    for options in MODES {
        for (name, code, signal) in ENDS {
            for place in ["now", "later"] {
                let mut server = serve("ending.py", options);
                let mut idle = server.connect();
                assert_eq!(idle.request(&get_request("/idle")).text(), "/idle");
                let mut other = None;
                if options.is_empty() {
                    let other = other.insert(begin(&server, "/stream"));
                    other.wait_for(b"begun");
                }
                let mut asked = begin(&server, &format!("/{place}/{name}"));
                let status = server.wait();
                assert_eq!((status.code(), status.signal()), (code, signal), "{name}");
                let received = String::from_utf8(asked.read_to_end()).expect("text");
                match place {
                    "now" => assert_eq!(received, "", "{name}"),
                    _ => assert!(!received.contains("0\r\n\r\n"), "{name}: {received}"),
                }
                if let Some(mut other) = other {
                    // The last chunk, which would say that the answer is whole, never came.
                    assert_eq!(other.read_to_end(), b"\r\n", "{name}");
                }
                assert!(idle.is_closed());
            }
        }
    }
}

/// As a supervisor's signal does: what is under way is answered first.
#[test]
fn a_signal_that_the_application_sends_itself_stops_gracefully() {
    for options in MODES {
        let mut server = serve("ending.py", options);
        assert_eq!(server.get("/now/SIGTERM").text(), "/now/SIGTERM");
        assert_eq!(server.wait().code(), Some(0), "{}", server.output());
    }
}

#[test]
fn a_thread_that_exits_ends_itself_alone() {
    for options in MODES {
        let server = serve("ending.py", options);
        for _ in 0..3 {
            assert_eq!(server.get("/thread").text(), "/thread");
        }
    }
}

/// As under Python's own command: threads that are daemons end with the process, and others are waited for.
#[test]
fn threads_of_the_application_end_with_the_process_or_keep_it_until_a_second_signal() {
    for options in MODES {
        let mut server = serve("ending.py", options);
        assert_eq!(server.get("/daemon").text(), "/daemon");
        server.signal(Signal::TERM);
        assert_eq!(server.wait().code(), Some(0), "{}", server.output());

        let mut server = serve("ending.py", options);
        assert_eq!(server.get("/stays").text(), "/stays");
        server.signal(Signal::TERM);
        let address = server.addresses()[0]
            .trim_start_matches("http://")
            .to_owned();
        let connect = || TcpStream::connect(&address).map(drop).is_err();
        settles("the listening socket", connect, |&is_closed| is_closed);
        server.signal(Signal::TERM);
        let status = server.wait();
        assert_eq!(status.code(), Some(128 + 15), "{}", server.output());
    }
}
