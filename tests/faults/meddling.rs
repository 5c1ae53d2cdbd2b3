//! Applications that meddle with what is not theirs: the process, the interpreter, objects of earlier requests.

use super::{Base, MODES, get_request, others_are_answered, serve};

const WITH_SECRET: &str =
    "POST /keep HTTP/1.1\r\nHost: test\r\nX-Secret: s3cr3t\r\nContent-Length: 4\r\n\r\nbody";

#[test]
fn the_server_goes_on_whatever_is_done_to_the_process() {
    // Such as `os.chdir`, `sys.modules.clear()`, closed streams: see the application.
    const WHAT: [&str; 20] = [
        "fork",
        "child_exits",
        "child_raises",
        "child_returns",
        "child_of_step",
        "inherited",
        "many_processes",
        "no_folder",
        "forget_itself",
        "environ_cleared",
        "environ_of_nonsense",
        "errors_of_nonsense",
        "interpreter",
        "no_streams",
        "forget_all",
        "remember_all",
        "log_to_nobody",
        "log_nowhere",
        "log_as_before",
        "fork",
    ];
    for options in MODES {
        let server = serve("meddling.py", options);
        let (base, mut known) = (Base::of(&server), server.connect());
        for what in WHAT {
            let response = known.request(&get_request(&format!("/meddle?{what}")));
            assert_eq!(
                (response.status, response.text()),
                (200, "/meddle"),
                "{what}"
            );
            others_are_answered(&server, &mut known, "/others");
            // Told or not: what is wrong is answered.
            let response = known.request(&get_request("/raise"));
            assert_eq!(response.status, 500, "{what}");
            let mut refused = server.connect();
            assert_eq!(refused.request("nonsense\r\n\r\n").status, 400, "{what}");
        }
        drop(known);
        base.is_back(&server, 16);
    }
}

#[test]
fn what_was_kept_of_a_request_reaches_no_other() {
    for options in MODES {
        let server = serve("meddling.py", options);
        let mut connection = server.connect();
        for keep in ["/keep", "/keep?write"] {
            for place in ["here", "thread"] {
                let request = WITH_SECRET.replacen("/keep", keep, 1);
                assert_eq!(connection.request(&request).text(), "kept");
                let response = connection.request(&get_request(&format!("/use?{place}")));
                // Its own path, its own field, its own body, which is over or not; and no way into this answer.
                let seen: Vec<_> = response.text().split(' ').collect();
                assert_eq!(seen[..2], ["/keep", "s3cr3t"], "{place}");
                assert!(["body", ""].contains(&seen[2]), "{seen:?}");
                assert_eq!(seen[3], "RuntimeError", "write() of {keep}, {place}");
                assert_eq!(
                    seen[4], "AssertionError",
                    "start_response of {keep}, {place}"
                );
                assert_eq!(response.header("X-Into"), None);
                let next = connection.request(&get_request("/next"));
                assert_eq!((next.status, next.text()), (200, "/next"));
            }
        }
    }
}

#[test]
fn a_thread_that_outlives_its_request_sees_that_request() {
    for options in MODES {
        let mut server = serve("meddling.py", options);
        let mut connection = server.connect();
        let request = WITH_SECRET.replacen("/keep", "/meddle?thread_that_stays", 1);
        assert_eq!(connection.request(&request).text(), "/meddle");
        for _ in 0..3 {
            let other = connection.request(
                &request
                    .replace("s3cr3t", "other")
                    .replace("?thread_that_stays", "?fork"),
            );
            assert_eq!(other.status, 200);
        }
        assert_eq!(server.get("/meddle?open_gate").status, 200);
        let line = server.wait_for_line("stayed and saw");
        assert!(line.starts_with("stayed and saw /meddle b'"), "{line}");
        assert!(line.ends_with("' s3cr3t"), "{line}");
    }
}

#[test]
fn another_thread_may_begin_the_answer_and_not_write_it() {
    for options in MODES {
        let server = serve("meddling.py", options);
        assert_eq!(server.get("/helped").text(), "from here, RuntimeError");
    }
}

/// Each system call may be interrupted.
#[test]
fn a_flood_of_signals_loses_nothing() {
    for options in MODES {
        let server = serve("meddling.py", options);
        let (base, mut known) = (Base::of(&server), server.connect());
        assert_eq!(server.get("/meddle?alarm").status, 200);
        for _ in 0..100 {
            others_are_answered(&server, &mut known, "/others");
            assert_eq!(
                server.post("/posted", "a/b", &[b'x'; 100_000]).text(),
                "/posted"
            );
        }
        assert_eq!(server.get("/meddle?no_alarm").status, 200);
        drop(known);
        base.is_back(&server, 16);
    }
}

/// A server that has lost its sockets serves nobody; it ends, so that its supervisor starts another.
#[test]
fn a_server_whose_descriptors_were_closed_ends() {
    for options in MODES {
        let mut server = serve("meddling.py", options);
        let mut connection = server.connect();
        connection.send(get_request("/meddle?close_all"));
        let status = server.wait();
        assert!(!status.success(), "{}", server.output());
    }
}
