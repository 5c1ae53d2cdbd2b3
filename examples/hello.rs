//! The smallest application and a server for it. Run `cargo run --example hello`, then
//! `curl -i localhost:8000/you`.
//!
//! The function has the shape of PEP 3333: it is given an environ and a `start_response`, begins its response with
//! status and headers, and returns the body. `app` stands apart from `main`, so that the test below needs no socket.

use wsgi_core::{ApplicationError, Body, Environ, StartResponse, StatusLine};
use wsgi_server::{Server, ServerError};

fn main() -> Result<(), ServerError> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let server = Server::builder().bind(address).build(app)?;
    println!("serving at {}", server.addresses().join(", "));
    server.run()
}

fn app(
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    let name = String::from_utf8_lossy(environ.path_info())
        .trim_matches('/')
        .to_owned();
    let name = if name.is_empty() { "World" } else { &name };
    start_response.start(
        StatusLine::OK,
        [("Content-Type", "text/plain; charset=utf-8")],
    )?;
    Ok(Body::from(format!("Hello, {name}!\n")))
}

#[cfg(test)]
mod tests {
    use wsgi_core::testing;

    use super::*;

    #[test]
    fn it_greets() {
        assert_eq!(testing::get(&app, "/").text(), "Hello, World!\n");
        assert_eq!(testing::get(&app, "/Zo%C3%AB").text(), "Hello, Zo\u{eb}!\n");
    }
}
