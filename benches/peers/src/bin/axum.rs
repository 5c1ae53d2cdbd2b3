//! axum as its manual has it, on tokio's runtime of one thread.

use axum::Router;
use axum::http::header::{CONTENT_TYPE, SERVER};
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let hello = || async {
        let headers = [(CONTENT_TYPE, "text/plain"), (SERVER, "axum")];
        (headers, "Hello, World!")
    };
    let listener = TcpListener::bind(wsgi_peers::address()).await?;
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true); // an option it can live without
    });
    axum::serve(listener, Router::new().route("/", get(hello))).await
}
