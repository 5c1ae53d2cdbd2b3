//! Options, on the command line and in the environment.

use super::{folder, run, server, site};

const ECHO: &str = "\
import json
def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'application/json')])
    body = {key: value for key, value in environ.items() if isinstance(value, (str, bool))}
    return [json.dumps(body).encode()]
";

#[test]
fn help_and_version_succeed_and_wrong_options_are_the_users_fault() {
    let site = site();
    let version = run(site.path(), &["--version"]);
    assert_eq!(version.code, Some(0));
    assert_eq!(
        version.output,
        format!("wsgi-server {}\n", env!("CARGO_PKG_VERSION"))
    );
    let help = run(site.path(), &["--help"]);
    assert_eq!(help.code, Some(0));
    assert!(
        help.output.contains("[env: WSGI_SERVER_BIND=]"),
        "{}",
        help.output
    );
    let wrong = run(site.path(), &["--thread", "2"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.output.contains("'--threads'"), "{}", wrong.output);
}

#[test]
fn what_cannot_be_used_is_told() {
    const CASES: &[(&[&str], &[&str])] = &[
        (&["--bind", "nonsense"], &["\"nonsense\"", "host:port"]),
        (
            &["--bind", "unix:/not/there.sock"],
            &["\"unix:/not/there.sock\"", "No such file"],
        ),
        (
            &["--chdir", "/not/there"],
            &["--chdir", "\"/not/there\"", "No such file"],
        ),
        (
            &["--access-log", "/not/there"],
            &["--access-log", "\"/not/there\"", "No such file"],
        ),
        (&["--script-name", "shop"], &["--script-name", "\"/shop\""]),
    ];
    let site = site();
    for (arguments, parts) in CASES {
        let ended = run(site.path(), arguments);
        assert_eq!(ended.code, Some(1), "{arguments:?}: {}", ended.output);
        for part in *parts {
            assert!(
                ended.output.contains(part),
                "{arguments:?}: {part} in {}",
                ended.output
            );
        }
    }
}

#[test]
fn an_address_in_use_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let ended = run(site().path(), &["--bind", &address]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.output.contains(&format!("{address:?}")),
        "{}",
        ended.output
    );
    assert!(ended.output.contains("in use"), "{}", ended.output);
}

#[test]
fn every_option_may_come_from_the_environment_and_the_command_line_wins() {
    let site = site();
    let socket = site.path().join("app.sock");
    let bind = format!("127.0.0.1:0,unix:{}", socket.display());
    let mut command = std::process::Command::new(wsgi_tests::server_binary());
    wsgi_tests::python::environment().activate(&mut command);
    let server = wsgi_tests::ServerCommand::new(command, " ready at ")
        .env("WSGI_SERVER_APP", "hello:app")
        .env("WSGI_SERVER_BIND", bind)
        .env("WSGI_SERVER_CHDIR", site.path())
        .env("WSGI_SERVER_THREADS", "2")
        .env("WSGI_SERVER_CHECK", "yes")
        .args(["--threads", "4", "hello:other"]);
    let mut server = server.start();
    assert_eq!(server.addresses().len(), 2, "{:?}", server.addresses());
    assert!(
        server
            .wait_for_line(" ready at ")
            .ends_with("(app hello:other, up to 4 threads)")
    );
    assert_eq!(server.get("/").text(), "other");
}

#[test]
fn chdir_comes_before_everything_that_has_a_path() {
    let folder = folder(&[
        ("site/app.py", ECHO),
        ("site/lib/library.py", "from app import app as application"),
    ]);
    let server = server(folder.path())
        .args([
            "--chdir",
            "site",
            "--pythonpath",
            "lib",
            "--access-log",
            "access.log",
        ])
        .args(["library:application"])
        .start();
    assert_eq!(server.get("/here").json()["PATH_INFO"], "/here");
    assert!(folder.path().join("site/access.log").exists());
}

#[test]
fn several_pythonpaths_are_searched_in_their_order() {
    let folder = folder(&[
        ("first/one.py", &ECHO.replace("200 OK", "200 First")),
        ("second/one.py", &ECHO.replace("200 OK", "200 Second")),
        ("second/two.py", &ECHO.replace("200 OK", "200 Two")),
    ]);
    for (arguments, reason) in [
        (["--pythonpath", "first,second", "one:app"], "First"),
        (["--pythonpath", "second,first", "one:app"], "Second"),
        (["--pythonpath", "first,second", "two:app"], "Two"),
    ] {
        let server = server(folder.path()).args(arguments).start();
        assert_eq!(server.get("/").reason, reason, "{arguments:?}");
    }
}

#[test]
fn the_script_name_moves_out_of_the_path() {
    let folder = folder(&[("echo.py", ECHO)]);
    let server = server(folder.path())
        .args(["--script-name", "/shop", "echo:app"])
        .start();
    let seen = server.get("/shop/cart").json();
    assert_eq!(
        (&seen["SCRIPT_NAME"], &seen["PATH_INFO"]),
        (&"/shop".into(), &"/cart".into())
    );
    assert_eq!(server.get("/elsewhere").status, 404);
}

#[test]
fn the_access_log_goes_to_a_file_or_to_standard_output() {
    let folder = folder(&[("echo.py", ECHO)]);
    let mut to_output = server(folder.path())
        .args(["--access-log", "-", "echo:app"])
        .start();
    to_output.get("/one");
    assert!(
        to_output
            .wait_for_line("\"GET /one HTTP/1.1\" 200 ")
            .starts_with("127.0.0.1 - - [")
    );
    let mut to_file = server(folder.path())
        .args([
            "--access-log",
            "access.log",
            "--access-log-format",
            "json",
            "echo:app",
        ])
        .start();
    to_file.get("/two");
    to_file.signal(rustix::process::Signal::TERM);
    to_file.wait();
    let log = std::fs::read_to_string(folder.path().join("access.log")).expect("it was written");
    let line: serde_json::Value = serde_json::from_str(&log).expect("one JSON object");
    assert_eq!(
        (&line["target"], &line["status"]),
        (&"/two".into(), &200.into())
    );
}

#[test]
fn times_are_told_to_the_log_and_to_the_client() {
    let folder = folder(&[("echo.py", ECHO)]);
    for threads in ["1", "4"] {
        let mut server = server(folder.path())
            .args(["--threads", threads, "--access-log", "-"])
            .args(["--access-log-timing", "--server-timing=asked", "echo:app"])
            .start();
        assert_eq!(server.get("/one").header("Server-Timing"), None);
        let asking = "GET /two HTTP/1.1\r\nHost: a\r\nPrefer: server-timing\r\n\r\n";
        let answer = server.connect().request(asking);
        let told = answer.header("Server-Timing").expect("it was asked for");
        for metric in ["parse", "queue", "interpreter", "app"] {
            assert!(told.contains(&format!("{metric};dur=")), "{told}");
        }
        let line = server.wait_for_line("GET /one ");
        let (_, times) = line.split_once("\" parse=").expect("times behind all else");
        for name in "queue interpreter app stream drain first_byte total".split(' ') {
            let (_, time) = times.split_once(&format!(" {name}=")).expect(name);
            let is_known = time.starts_with(|c: char| c.is_ascii_digit());
            assert!(is_known, "{name} in {line}");
        }
    }
}

#[test]
fn check_names_the_rules_that_an_application_breaks() {
    let app = "\
def app(environ, start_response):
    start_response('200 OK', [])
    return [b'of an unknown type']
";
    let folder = folder(&[("app.py", app)]);
    let mut server = server(folder.path()).args(["--check", "app:app"]).start();
    server.get("/");
    server.wait_for_line("content-type.missing");
}

#[test]
fn a_limit_that_is_passed_refuses_the_request() {
    let folder = folder(&[("echo.py", ECHO)]);
    let server = server(folder.path())
        .args(["--body-limit", "1k", "--head-limit", "128k", "echo:app"])
        .start();
    assert_eq!(server.post("/", "text/plain", &[b'x'; 1024]).status, 200);
    assert_eq!(server.post("/", "text/plain", &[b'x'; 1025]).status, 413);
    assert_eq!(
        server.get(&format!("/?{}", "x".repeat(100_000))).status,
        200
    );
}

#[test]
fn the_log_level_silences_the_log_but_not_the_ready_line() {
    let site = site();
    let mut server = server(site.path())
        .args(["--log-level", "off", "hello:app"])
        .start();
    server.signal(rustix::process::Signal::TERM);
    assert_eq!(server.wait().code(), Some(0));
    assert_eq!(server.output().lines().count(), 1, "{}", server.output());
}
