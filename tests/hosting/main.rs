//! What we export, hosted by the servers of others: the same questions to each of them.

use wsgi_tests::{Server, ServerCommand, python, root, wheel};

/// A module of tests for each server, so that a failure names it.
macro_rules! servers {
    ($($name:ident)*) => {
        $(
            mod $name {
                #[test]
                fn hosts_a_rust_application() {
                    super::hosts_a_rust_application(super::$name);
                }

                #[test]
                fn hosts_rust_middleware_around_python() {
                    super::hosts_rust_middleware_around_python(super::$name);
                }

                #[test]
                fn hosts_the_router() {
                    super::hosts_the_router(super::$name);
                }

                #[test]
                fn hosts_static_files() {
                    super::hosts_static_files(super::$name);
                }

                #[test]
                fn passes_every_kind_of_body() {
                    super::passes_every_kind_of_body(super::$name);
                }

                #[test]
                fn survives_a_failure() {
                    super::survives_a_failure(super::$name);
                }
            }
        )*
    };
}

servers! { cheroot gunicorn uwsgi waitress wsgiref }

/// A command of the environment in which our wheel and the hosted example are installed.
fn host(program: &str, arguments: &[&str], ready: &'static str) -> Server {
    wheel::install();
    wheel::install_hosted_example();
    let command = ServerCommand::new(python::environment().command(program), ready);
    command
        .args(arguments)
        .current_dir(root().join("tests/hosting/apps"))
        .env("STATIC_ROOT", root())
        .start()
}

fn cheroot() -> Server {
    host("python", &["host_cheroot.py"], "serving at ")
}

fn gunicorn() -> Server {
    let arguments = [
        "--bind=127.0.0.1:0",
        "--worker-class=gthread",
        "--threads=4",
        "hosted_app:app",
    ];
    host("gunicorn", &arguments, "Listening at: ")
}

fn uwsgi() -> Server {
    let environment = format!("--virtualenv={}", python::environment().folder().display());
    let mut arguments = vec![
        "--http-socket=127.0.0.1:0",
        "--need-app",
        "--module=hosted_app:app",
        &environment,
    ];
    // Without a GIL no thread of uWSGI 2.0.31 but its first can call any application: it changes the tuple of
    // arguments in place, which CPython refuses to other threads than the tuple's own.
    if !python::environment().version().ends_with('t') {
        arguments.extend(["--enable-threads", "--threads=4"]);
    }
    host("uwsgi", &arguments, " bound to TCP address ")
}

fn waitress() -> Server {
    host(
        "waitress-serve",
        &[
            "--listen=127.0.0.1:0",
            "--no-clear-untrusted-proxy-headers", // they are for our own ProxyFix to judge
            "hosted_app:app",
        ],
        "Serving on ",
    )
}

fn wsgiref() -> Server {
    host("python", &["host_wsgiref.py"], "serving at ")
}

fn hosts_a_rust_application(start: fn() -> Server) {
    let server = start();
    assert_eq!(
        server.get("/rust/greet/Zo%C3%AB").text(),
        "Hello, Zo\u{eb}, from Rust!\n"
    );
    let body = "0123456789abcdef".repeat(64 * 1024); // 1 MiB
    let echoed = server.post("/rust/echo", "text/plain", body.as_bytes());
    assert_eq!((echoed.status, echoed.text() == body), (200, true));
    assert_eq!(echoed.header("Content-Length"), Some("1048576"));
}

fn hosts_rust_middleware_around_python(start: fn() -> Server) {
    let mut server = start();
    let response = server.get("/stamped/environ?q=1");
    assert_eq!(
        (response.header("X-Stamped-By"), response.header("X-Outer")),
        (Some("Rust"), Some("yes"))
    );
    let seen = response.json();
    assert_eq!(
        (&seen["SCRIPT_NAME"], &seen["PATH_INFO"]),
        (&"/stamped".into(), &"/environ".into())
    );
    assert_eq!(
        (&seen["QUERY_STRING"], &seen["is a dict"]),
        (&"q=1".into(), &true.into())
    );
    server.wait_for_line("\"GET /stamped/environ?q=1 HTTP/1.1\" 200");

    assert_eq!(
        server.get("/flask/hello/Ada").text(),
        "Hello, Ada, at /flask/hello/Ada\n"
    );
    let echoed = server.post("/stamped/echo", "text/plain", b"body");
    assert_eq!(echoed.text(), "body");

    let request = "GET /python/environ HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\
                   X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n\r\n";
    let seen = server.connect().request(request).json();
    assert_eq!(
        (&seen["REMOTE_ADDR"], &seen["wsgi.url_scheme"]),
        (&"192.0.2.7".into(), &"https".into())
    );
}

fn hosts_the_router(start: fn() -> Server) {
    let server = start();
    assert_eq!(server.get("/users/7").text(), "7");
    assert_eq!(
        server.get("/numbers/7/1,2/%C3%A9").text(),
        "((), {'n': 7, 'p': (1, 2), 's': '\u{e9}'})"
    );
    assert_eq!(server.get("/nowhere").status, 404);
    let refused = server.post("/users/7", "text/plain", b"");
    assert_eq!(
        (refused.status, refused.header("Allow")),
        (405, Some("GET, HEAD, OPTIONS"))
    );
    let request = "HEAD /users/7 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    assert_eq!(server.connect().request(request).status, 200);
}

fn hosts_static_files(start: fn() -> Server) {
    let server = start();
    // One that is sent as bytes, and one that servers may send as a file.
    for name in ["tests/hosting/main.rs", "Cargo.lock"] {
        let ask = |method: &str, fields: &str| {
            let request = format!(
                "{method} /static/{name} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{fields}\r\n"
            );
            server.connect().request(&request)
        };
        let source = std::fs::read_to_string(root().join(name)).expect("a file");
        let whole = ask("GET", "");
        assert_eq!((whole.status, whole.text() == source), (200, true));
        let length = source.len().to_string();
        assert_eq!(whole.header("Content-Length"), Some(&*length));
        let head = ask("HEAD", "");
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("Content-Length"), Some(&*length));
        let etag = whole.header("ETag").expect("files have one");
        let unchanged = ask("GET", &format!("If-None-Match: {etag}\r\n"));
        assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
        for last in [13, source.len() - 2] {
            let part = ask("GET", &format!("Range: bytes=4-{last}\r\n"));
            assert_eq!((part.status, part.text()), (206, &source[4..=last]));
        }
    }
    assert_eq!(server.get("/static/../Cargo.toml").status, 404);
    assert_eq!(server.get("/users/7").text(), "7");
}

fn passes_every_kind_of_body(start: fn() -> Server) {
    let server = start();
    let source = root().join("tests/hosting/apps/hosted_app.py");
    let source = std::fs::read_to_string(source).expect("the application is a file");
    for (mount, closed) in [("/python", 1), ("/stamped", 2)] {
        let get = |path: &str| server.get(&format!("{mount}{path}"));
        let blocks = get("/blocks");
        assert_eq!(
            (blocks.status, blocks.reason.as_str(), blocks.text()),
            (200, "Fine", "one,two")
        );
        let closed = closed.to_string();
        assert_eq!(
            get(&format!("/closed?{closed}")).text(),
            closed,
            "close() is called exactly once"
        );
        assert_eq!(get("/write").text(), "one,two,three");
        let late = get("/late");
        assert_eq!((late.status, late.text()), (201, "late"));
        assert_eq!(get("/file").text(), source);
    }
}

fn survives_a_failure(start: fn() -> Server) {
    let mut server = start();
    for mount in ["/python", "/stamped"] {
        let broken = server.get(&format!("{mount}/broken"));
        assert_eq!(broken.status, 500);
        assert!(!String::from_utf8_lossy(&broken.body).contains("secret"));
        server.wait_for_line("RuntimeError: the secret of the application");
    }
    assert_eq!(server.get("/rust/greet/you").status, 200);
}
