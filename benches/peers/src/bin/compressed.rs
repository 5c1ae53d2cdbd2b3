//! A page of 100 KiB of JSON that a middleware compresses, on one thread: `compressed ours|tower-http HOST:PORT LEVEL`, by
//! the coding that the client accepts, at this level. Ours stands in our server, tower-http's in axum.

use std::env;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use wsgi_core::{Body, StatusLine, application_fn};
use wsgi_middleware::{Coding, Compress};
use wsgi_peers::rows;
use wsgi_server::Server;

type Failure = Box<dyn std::error::Error>;

const SIZE: usize = 100 * 1024;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [who, address, level] = &arguments[..] else {
        return Err("arguments: ours|tower-http HOST:PORT LEVEL".into());
    };
    match &**who {
        "ours" => ours(address, level.parse()?),
        _ => tower_http(address, level.parse()?),
    }
}

fn ours(address: &str, level: u32) -> Result<(), Failure> {
    let page = rows(SIZE);
    let app = application_fn(move |_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "application/json")])?;
        Ok(Body::from(page.clone()))
    });
    let app = [Coding::Gzip, Coding::Brotli, Coding::Zstandard]
        .into_iter()
        .try_fold(Compress::new(app), |app, coding| app.level(coding, level))?;
    let server = Server::builder().bind(address).threads(1);
    Ok(server.build(app)?.run()?)
}

#[tokio::main(flavor = "current_thread")]
async fn tower_http(address: &str, level: i32) -> Result<(), Failure> {
    let page = rows(SIZE);
    let page = get(move || async move { ([(CONTENT_TYPE, "application/json")], page.clone()) });
    let layer = CompressionLayer::new().quality(CompressionLevel::Precise(level));
    let listener = TcpListener::bind(address).await?;
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true); // an option it can live without
    });
    axum::serve(listener, Router::new().route("/", page).layer(layer)).await?;
    Ok(())
}
