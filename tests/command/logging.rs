//! What the command writes about requests and about itself, where, and what of it Python's `logging` gets.

use std::fs;
use std::path::Path;

use rustix::process::Signal;
use serde_json::Value;
use wsgi_tests::{Server, settles};

use super::signals::mkfifo;
use super::{folder, run, server};

/// Answers at once, but for `/wait`: then when the pipe is written to.
const APP: &str = "\
def app(environ, start_response):
    if environ['PATH_INFO'] == '/wait':
        print('waiting', flush=True)
        open('pipe').close()
    start_response('200 OK', [('Content-Type', 'text/plain'), ('X-Answer', '4 2')])
    return [b'hello']
";

/// Gives what `logging` tells to `emit`, and has the application besides.
fn with_handler(emit: &str) -> String {
    format!(
        "\
import logging
class Handler(logging.Handler):
    def emit(self, record):
        text = f'{{record.name}} {{record.levelname}} {{record.getMessage()}}'
{emit}
logging.getLogger('wsgi_rs').addHandler(Handler())
logging.getLogger('wsgi_rs').setLevel(logging.INFO)
{APP}"
    )
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn end(server: &mut Server) {
    server.signal(Signal::TERM);
    assert_eq!(server.wait().code(), Some(0), "{}", server.output());
}

#[test]
fn the_access_log_has_gunicorns_atoms() {
    let folder = folder(&[("app.py", APP)]);
    let format =
        r#"%(h)s %(m)s %(U)s "%(q)s" %(H)s %(s)s %(B)s "%(a)s" %({x-many}i)s "%({x-answer}o)s""#;
    let mut server = server(folder.path())
        .args(["--access-log", "access.log", "--access-log-format", format])
        .args(["app:app"])
        .start();
    let request =
        "GET /caf%C3%A9?a=b%20c HTTP/1.1\r\nHost: a\r\nUser-Agent: \"me\"\r\nX-Many: 1\r\n\r\n";
    assert_eq!(server.connect().request(request).status, 200);
    end(&mut server);
    assert_eq!(
        read(&folder.path().join("access.log")),
        "127.0.0.1 GET /caf\\xC3\\xA9 \"a=b%20c\" HTTP/1.1 200 5 \"\\x22me\\x22\" 1 \"4 2\"\n"
    );
}

/// The first two columns of the table.
#[test]
fn each_atom_of_the_page_is_known() {
    let page = fs::read_to_string(wsgi_tests::root().join("docs/logging.md")).expect("the page");
    let (_, table) = page.split_once("| Gunicorn | Apache |").expect("a table");
    let (table, _) = table.split_once("\n\n").expect("its end");
    let rows = table.lines().skip(2).map(|row| row.split(" | ").take(2));
    let mut count = 0;
    for atom in rows.flatten().flat_map(|cell| cell.split('`')) {
        if atom.contains('%') {
            count += 1;
            let format = atom.parse::<wsgi_middleware::AccessLogFormat>();
            assert!(format.is_ok(), "{format:?}");
        }
    }
    assert_eq!(count, 54);
}

#[test]
fn a_format_that_is_none_is_refused_at_the_start() {
    let site = super::site();
    for (format, parts) in [
        (
            "%(h)s %(nothing)s",
            ["\"%(nothing)s\" at character 7 is unknown", "%(h)s %(l)s"],
        ),
        (
            "pretty",
            ["\"pretty\" is unknown", "common, combined, json"],
        ),
    ] {
        let ended = run(site.path(), &["--access-log-format", format, "hello:app"]);
        assert_eq!(ended.code, Some(2), "{}", ended.output);
        let output = ended
            .output
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        for part in parts {
            assert!(output.contains(part), "{part} in {output}");
        }
    }
}

#[test]
fn requests_that_are_refused_are_in_the_access_log_with_the_reason() {
    const CASES: &[(&str, &str)] = &[
        (
            "G@T /\x1b[2Ja\" HTTP/1.1\r\n\r\n",
            r#""G@T /\x1B[2Ja\x22 HTTP/1.1" 400 12 refused="method \x22G@T\x22 is no token""#,
        ),
        (
            "PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n",
            r#""PUT /a HTTP/1.1" 413 18 refused=""#,
        ),
        (
            "GET /LONG HTTP/1.1\r\nHost: a\r\n\r\n",
            r#"" 414 13 refused=""#,
        ),
        (
            "GET /a HTTP/1.1\r\nHost: a\r\nX: LONG\r\n\r\n",
            r#""GET /a HTTP/1.1" 431 32 refused=""#,
        ),
        (
            "GET /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            r#""GET /a HTTP/1.1" 501 16 refused=""#,
        ),
        (
            "GET /a HTTP/2.0\r\nHost: a\r\n\r\n",
            r#""GET /a HTTP/2.0" 505 27 refused="version \x22HTTP/2.0\x22 is not spoken here"#,
        ),
    ];
    let folder = folder(&[("app.py", APP)]);
    let mut server = server(folder.path())
        .args(["--body-limit", "1k", "--access-log", "access.log"])
        .args(["--access-log-format", r#"%(h)s "%(r)s" %(s)s %(B)s"#])
        .args(["app:app"])
        .start();
    for (request, _) in CASES {
        let mut connection = server.connect();
        connection.send(request.replace("LONG", &"x".repeat(100_000)));
        connection.read_to_end();
    }
    end(&mut server);
    let log = read(&folder.path().join("access.log"));
    assert_eq!(log.lines().count(), CASES.len(), "{log}");
    for (line, (_, expected)) in log.lines().zip(CASES) {
        assert!(line.starts_with("127.0.0.1 \""), "{line}");
        assert!(line.contains(expected), "{expected} in {line}");
    }
    // The server's own log has them, too, and no byte of theirs as it came.
    let output = server.output();
    assert_eq!(
        server.count_lines("request refused"),
        CASES.len(),
        "{output}"
    );
    assert!(
        output.contains(r#"peer="127.0.0.1" status=400 request=G@T /\x1b[2Ja\" HTTP/1.1"#),
        "{output}"
    );
    assert!(!output.contains('\x1b'), "{output}");
}

#[test]
fn requests_that_wait_too_long_are_in_the_access_log_with_the_reason() {
    for (option, blocked, expected) in [
        (["--queue-limit", "0"], 2, r#""GET /late HTTP/1.1" 503 "#),
        (["--request-timeout", "0.1"], 1, r#""GET /wait" 504 "#), // of the version nothing is known any more
    ] {
        let folder = folder(&[("app.py", APP)]);
        mkfifo(folder.path());
        let mut server = server(folder.path())
            .args(["--threads", "2", "--access-log", "access.log"])
            .args(option)
            .args(["app:app"])
            .start();
        let mut clients: Vec<_> = (0..blocked).map(|_| server.connect()).collect();
        for client in &mut clients {
            client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        server.wait_for_lines("waiting", blocked);
        let mut late = server.connect();
        late.send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
        let log = folder.path().join("access.log");
        let is_told = |text: &String| text.contains(expected) && text.contains(" refused=\"");
        settles(expected, || read(&log), is_told);
        fs::write(folder.path().join("pipe"), "").expect("the application reads the pipe");
        end(&mut server);
    }
}

#[test]
fn messages_are_text_or_json_or_not_there() {
    let folder = folder(&[("app.py", APP)]);
    for format in ["text", "json", "none"] {
        let file = folder.path().join(format);
        let mut server = server(folder.path())
            .args(["--log-format", format, "--log-file", format, "app:app"])
            .start();
        let mut connection = server.connect();
        connection.send("G@T /\r\n\r\n");
        connection.read_to_end();
        end(&mut server);
        let log = read(&file);
        match format {
            "text" => {
                let line = "WARN wsgi_server::refused: request refused: method \"G@T\" is no token \
                            peer=\"127.0.0.1\" status=400 request=G@T /\n";
                let line = line.replace("method \"G@T\" is no token", "");
                let (head, tail) = line.split_once("  ").expect("two parts");
                assert!(log.contains(head) && log.contains(tail), "{log}");
            }
            "json" => {
                let lines = log
                    .lines()
                    .map(|line| serde_json::from_str(line).expect("JSON"));
                let refused = lines.into_iter().find(|line: &Value| line["status"] == 400);
                let refused = refused.expect("one tells of the refusal");
                assert_eq!(
                    (&refused["level"], &refused["peer"], &refused["request"]),
                    (&"WARN".into(), &"127.0.0.1".into(), &"G@T /".into())
                );
            }
            _ => assert_eq!(log, ""),
        }
        assert_eq!(server.output().lines().count(), 1, "{}", server.output());
    }
}

#[test]
fn sigusr1_opens_the_logs_anew() {
    let folder = folder(&[("app.py", APP)]);
    let path = |name: &str| folder.path().join(name);
    let mut server = server(folder.path())
        .args(["--access-log", "access.log", "--log-file", "server.log"])
        .args(["--access-log-format", "%U", "app:app"])
        .start();
    server.get("/before");
    for name in ["access.log", "server.log"] {
        fs::rename(path(name), path(&format!("{name}.1"))).expect("it is there");
    }
    server.signal(Signal::USR1);
    // The last that is done, and so told to the new one.
    let is_told = |text: &String| text.contains("opened anew");
    settles("reopening", || read(&path("server.log")), is_told);
    server.get("/after");
    end(&mut server);
    assert_eq!(read(&path("access.log.1")), "/before\n");
    assert_eq!(read(&path("access.log")), "/after\n");
}

/// A signal that would end the process, be there files or not.
#[test]
fn sigusr1_harms_no_server_without_logs() {
    let folder = folder(&[("app.py", APP)]);
    let mut server = server(folder.path()).args(["app:app"]).start();
    server.signal(Signal::USR1);
    assert_eq!(server.get("/").status, 200);
    end(&mut server);
}

/// `/dev/full` is a disk without room.
#[test]
fn logs_without_room_are_told_once_and_harm_nobody() {
    let folder = folder(&[("app.py", APP)]);
    let mut server = server(folder.path())
        .args([
            "--access-log",
            "/dev/full",
            "--log-file",
            "/dev/full",
            "app:app",
        ])
        .start();
    for _ in 0..3 {
        assert_eq!(server.get("/").text(), "hello");
        let mut connection = server.connect();
        connection.send("G@T /\r\n\r\n");
        connection.read_to_end();
    }
    end(&mut server);
    // That of the access log went to the other one.
    assert_eq!(
        server.count_lines("cannot be written"),
        1,
        "{}",
        server.output()
    );
    assert!(
        server.output().contains("No space left"),
        "{}",
        server.output()
    );
}

#[test]
fn python_is_told_of_messages_and_requests_until_the_end() {
    let app = with_handler("        print('told', text, flush=True)");
    let folder = folder(&[("app.py", &app)]);
    let mut server = server(folder.path())
        .args(["--log-to-python", "--log-format", "none"])
        .args([
            "--access-log-format",
            r#"%(m)s %(U)s %(s)s 100%%"#,
            "app:app",
        ])
        .start();
    server.get("/here");
    server.wait_for_line("told wsgi_rs.access INFO GET /here 200 100%");
    let mut connection = server.connect();
    connection.send("G@T /\r\n\r\n");
    let refused = server.wait_for_line("told wsgi_rs.server WARNING request refused: ");
    assert!(
        refused.ends_with(r#" peer="127.0.0.1" status=400 request=G@T /"#),
        "{refused}"
    );
    server.wait_for_line("told wsgi_rs.access INFO G@T / 400 100% refused=");
    end(&mut server);
    assert_eq!(server.count_lines("told wsgi_rs.server INFO stopping"), 1);
}

/// The handler waits until the pipe is written to, and holds up neither requests nor, for long, the messages' own number.
#[test]
fn a_handler_that_blocks_holds_up_no_request_and_what_is_lost_is_told() {
    let app =
        with_handler("        print('handling', text, flush=True)\n        open('pipe').close()");
    let folder = folder(&[("app.py", &app)]);
    mkfifo(folder.path());
    let mut server = server(folder.path())
        .args(["--log-to-python=server", "--log-format", "none", "app:app"])
        .start();
    let refuse = || {
        let mut connection = server.connect();
        connection.send("G@T /\r\n\r\n");
        connection.read_to_end();
    };
    refuse();
    settles(
        "handling",
        || server.count_lines("handling"),
        |&lines| lines == 1,
    );
    for _ in 0..1010 {
        refuse();
    }
    assert_eq!(
        server.count_lines("messages to it are lost"),
        1,
        "{}",
        server.output()
    );
    assert_eq!(server.get("/").text(), "hello");
    assert_eq!(server.count_lines("handling"), 1);
    // From now on the pipe lets everybody through.
    let pipe = folder.path().join("pipe");
    let pipe = fs::File::options().read(true).write(true).open(pipe);
    let _pipe = pipe.expect("it was made");
    server.wait_for_line("wsgi_rs.server WARNING 10 messages lost here");
    assert_eq!(server.count_lines("handling"), 1002);
    end(&mut server);
}

/// Python waits at its end for the lock that such a handler has.
#[test]
fn a_handler_that_never_comes_back_holds_up_no_end() {
    let app = with_handler("        import threading; threading.Event().wait()");
    let folder = folder(&[("app.py", &app)]);
    let mut server = server(folder.path())
        .args(["--log-to-python", "app:app"])
        .start();
    assert_eq!(server.get("/").text(), "hello");
    end(&mut server);
    assert_eq!(server.count_lines("ending without it"), 1);
}

#[test]
fn a_handler_that_raises_is_told_and_harms_nobody() {
    let app = with_handler("        raise ValueError('on purpose')");
    let folder = folder(&[("app.py", &app)]);
    let mut server = server(folder.path())
        .args(["--log-to-python=access", "app:app"])
        .start();
    for _ in 0..2 {
        assert_eq!(server.get("/").text(), "hello");
    }
    server.wait_for_lines("ValueError: on purpose", 2);
    end(&mut server);
}
