//! All the stages, in the order in which a request meets them.

mod encode;
mod environ;
mod middleware;
mod parse;
mod python;
mod router;

use wsgi_core::{Application, Body, StatusLine, application_fn};

use crate::Stage;

/// What the least of clients sends.
const THREE_FIELDS: &[u8] =
    b"GET / HTTP/1.1\r\nHost: localhost:8000\r\nUser-Agent: benchmark/1.0\r\nAccept: */*\r\n\r\n";

/// What a browser sends.
const EIGHT_FIELDS: &[u8] = b"GET /items?q=wsgi&page=2 HTTP/1.1\r\n\
    Host: www.example.com\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n\
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
    Accept-Language: en-US,en;q=0.5\r\n\
    Accept-Encoding: gzip, deflate, br\r\n\
    Cookie: session=abcdefghijklmnopqrstuvwxyz0123456789\r\n\
    X-Forwarded-For: 10.0.0.1\r\n\
    Upgrade-Insecure-Requests: 1\r\n\r\n";

/// All the stages. Python must run, and the thread be attached ([`python::attached`](crate::python::attached)).
///
/// # Panics
/// When an application cannot be loaded.
pub fn all() -> Vec<Stage> {
    [
        parse::stages(),
        environ::stages(),
        python::stages(),
        encode::stages(),
        router::stages(),
        middleware::stages(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The smallest useful answer, by Rust.
fn hello() -> impl Application + Clone + 'static {
    application_fn(|_, start_response| {
        let headers = [("Content-Type", "text/plain"), ("Content-Length", "13")];
        start_response.start(StatusLine::OK, headers)?;
        Ok(Body::from("Hello, World!"))
    })
}
