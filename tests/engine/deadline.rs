//! Requests whose answer does not begin in time, in applications of Python.

use super::threads::folder_with_pipe;
use super::{begin, command, get, serve};

#[test]
fn the_client_gets_504_and_the_log_tells_in_which_function_the_thread_is() {
    for (target, function) in [("/wait", "wait"), ("/sleep", "sleep"), ("/spin", "spin")] {
        let mut server = serve("gates.py", &["--request-timeout", "0.25"]);
        let mut known = server.connect();
        let mut blocked = begin(&server, target);
        let response = blocked.response();
        assert_eq!(
            (response.status, response.text()),
            (504, "Gateway Timeout\n")
        );
        assert!(blocked.is_closed());
        let reason = "the application did not begin to answer within 0.25 seconds";
        let line = server.wait_for_line(reason);
        assert!(line.contains("504") && line.contains(target), "{line}");
        server.wait_for_line("another one takes its place");
        server.wait_for_line("in app");
        server.wait_for_line(&format!("in {function}"));
        assert_eq!(get(&mut known, "/others"), "/others");
        assert_eq!(get(&mut known, "/open"), "/open");
        assert_eq!(get(&mut known, "/more"), "/more");
    }
}

#[test]
fn zero_lets_the_application_take_forever() {
    let server = serve("gates.py", &["--request-timeout", "0"]);
    let mut blocked = begin(&server, "/wait");
    assert_eq!(server.get("/arrived?1").text(), "/arrived");
    assert_eq!(server.get("/open").text(), "/open");
    assert_eq!(blocked.response().text(), "/wait");
}

#[test]
fn clients_get_504_even_while_one_request_holds_the_interpreter() {
    let folder = folder_with_pipe();
    let pipe = folder.path().join("pipe");
    let command = command("gates.py", &["--request-timeout", "0.25"]);
    let mut server = command.env("PIPE", &pipe).start();
    assert_eq!(begin(&server, "/hog").response().status, 504);
    for _ in 0..3 {
        assert_eq!(begin(&server, "/other").response().status, 504);
    }
    std::fs::write(&pipe, "").expect("the application reads the pipe");
    assert_eq!(server.get("/again").text(), "/again");
    server.wait_for_line("another one takes its place");
}
