//! Each example as its first lines say, in a process of its own. What needs no socket is tested beside the example.

mod pages;

use wsgi_tests::{Server, ServerCommand, root};

#[test]
fn hello_greets() {
    let server = ServerCommand::example("hello").start();
    assert_eq!(server.get("/you").text(), "Hello, you!\n");
}

#[test]
fn hello_in_python_does_the_same() {
    let python = Server::start([root().join("examples/python/hello.py")]);
    let rust = ServerCommand::example("hello").start();
    for path in ["/", "/you", "/Zo%C3%AB"] {
        assert_eq!(python.get(path).text(), rust.get(path).text());
    }
}

#[test]
fn middleware_stacks() {
    let mut server = ServerCommand::example("middleware").start();
    let response = server.get("/here");
    assert_eq!(
        (response.header("Content-Length"), response.header("X-Path")),
        (Some("14"), Some("/here"))
    );
    assert_eq!(server.get("/broken").status, 500);
    server.wait_for_line("\"GET /broken HTTP/1.1\" 500");
}

#[test]
fn a_framework_of_ones_own_keeps_a_guest_book() {
    let server = ServerCommand::example("framework").start();
    let signed = server.post(
        "/",
        "application/x-www-form-urlencoded",
        b"name=Ada&text=1+%3C+2",
    );
    assert_eq!((signed.status, signed.header("Location")), (303, Some("/")));
    assert!(server.get("/").text().contains("<b>Ada</b>: 1 &lt; 2"));
}

#[test]
fn a_server_of_ones_own_serves() {
    let server = ServerCommand::example("server").start();
    // A request that is none, and one that ends too early, harm nobody.
    for bytes in ["\r\n\r\n", "GET / HTTP/1.0\r\nContent-Length: many\r\n\r\n"] {
        let mut connection = server.connect();
        connection.send(bytes);
        assert!(connection.is_closed());
    }
    let response = server.connect().request("GET /here?q HTTP/1.0\r\n\r\n");
    assert_eq!(response.text(), "Hello from /here?q\n");
}

#[test]
fn typed_routes_link_to_one_another_beside_python() {
    let server = ServerCommand::example("routes").start();
    let list = server.get("/");
    let list = list.text();
    let first = list.lines().next().expect("there are entries");
    assert_eq!(server.get(first).text(), "a/b of /2024/\n");
    assert_eq!(server.get("/python/Ada").text(), "Hello, Ada!\n");
}

#[test]
fn flask_django_and_rust_live_side_by_side() {
    let server = ServerCommand::example("side_by_side").start();
    assert_eq!(
        server.get("/flask/").text(),
        "Flask at /flask, greet somebody at /flask/hello/you\n"
    );
    assert_eq!(
        server.get("/django/").text(),
        "Django at /django, greet somebody at /django/hello/you\n"
    );
    assert_eq!(
        server.get("/flask/hello/Ada").text(),
        "Hello, Ada, from Flask!\n"
    );
    assert_eq!(
        server.get("/django/hello/Ada").text(),
        "Hello, Ada, from Django!\n"
    );
    assert_eq!(
        server.get("/rust/any/where").text(),
        "Hello from Rust at /any/where\n"
    );
    assert_eq!(server.get("/nowhere").status, 404);
}
