//! HTTP/1.1 as raw bytes in and out, over real sockets, between the built command and Python applications.

mod connection;
mod differential;
mod document;
mod limits;
mod listening;
mod misbehaviour;
mod property;
mod refusal;
mod request;
mod response;
mod smuggling;
mod splits;
mod stop;
mod streams;

use wsgi_tests::{Server, root};

/// The server with one of the applications in `tests/apps`.
fn serve(app: &str) -> Server {
    serve_with(app, &[])
}

/// The server with one of the applications in `tests/apps`, and options.
fn serve_with(app: &str, options: &[&str]) -> Server {
    let app = root().join("tests/apps").join(app).display().to_string();
    Server::start(options.iter().copied().chain([app.as_str()]))
}

/// A path that no other test uses, in a folder that the system cleans up.
fn scratch(name: &str) -> String {
    let path = std::env::temp_dir().join(format!("wsgi-tests-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path.display().to_string()
}
