//! A WSGI application of Rust, served by one thread, without Python.

use wsgi_core::{Body, StatusLine, application_fn};
use wsgi_server::Server;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hello = application_fn(|_, start_response| {
        let headers = [("Content-Type", "text/plain"), ("Content-Length", "13")];
        start_response.start(StatusLine::OK, headers)?;
        Ok(Body::from("Hello, World!"))
    });
    let server = Server::builder().bind(wsgi_peers::address()).threads(1);
    Ok(server.build(hello)?.run()?)
}
