//! Ports and unix sockets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

use wsgi_core::{Body, StatusLine, application_fn};
use wsgi_server::Server;

use super::client::{last, read_all};

#[test]
fn a_unix_socket_and_a_port_serve_the_same_application() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let unix = format!("unix:{}", path.display());
    let app = application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from(format!(
            "{:?}",
            environ.connection().remote_addr
        )))
    });
    let server = Server::builder()
        .bind("127.0.0.1:0")
        .bind(&unix)
        .build(app)
        .unwrap();
    let addresses = server.addresses();
    assert_eq!(addresses[1], unix);
    let handle = server.handle();
    let thread = thread::spawn(move || server.run().unwrap());
    let mut stream = std::os::unix::net::UnixStream::connect(&path).unwrap();
    stream.write_all(last("/").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("None"), "{answer}");
    let mut stream = TcpStream::connect(addresses[0].trim_start_matches("http://")).unwrap();
    stream.write_all(last("/").as_bytes()).unwrap();
    assert!(read_all(&mut stream).ends_with("Some(127.0.0.1)"));
    handle.shutdown();
    thread.join().unwrap();
    assert!(!path.exists(), "the socket's file goes with the server");
}
