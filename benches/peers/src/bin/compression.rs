//! A compressed answer of JSON from our middleware and from tower-http's, by the same encoders at the same level, without a
//! socket: `compression ours|tower-http gzip|deflate|br|zstd LEVEL SIZE ROUNDS` prints bytes and microseconds an answer.
//! `compression page - 0 SIZE 0` prints the page. On a busy machine count instructions: `valgrind --tool=callgrind`, less
//! those of no rounds.

use std::convert::Infallible;
use std::env;
use std::io::{self, Write};
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Service, ServiceBuilder, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use wsgi_core::testing::{EnvironBuilder, Recorder};
use wsgi_core::{Application, ApplicationError, Body, StatusLine, application_fn};
use wsgi_middleware::{Coding, Compress};
use wsgi_peers::rows;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [who, coding, level, size, rounds] = &arguments[..] else {
        return Err("arguments: ours|tower-http|page CODING LEVEL SIZE ROUNDS".into());
    };
    let (level, rounds) = (level.parse()?, rounds.parse()?);
    let page = rows(size.parse()?);
    let start = Instant::now();
    let sent = match &**who {
        "ours" => ours(page, coding, level, rounds)?,
        "tower-http" => tower_http(page, coding, level, rounds)?,
        _ => return Ok(io::stdout().write_all(&page)?),
    };
    let micros = start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds.max(1));
    println!("{who} {coding} {level} {size}: {sent} bytes, {micros:.1} us");
    Ok(())
}

fn ours(page: Bytes, coding: &str, level: u32, rounds: u32) -> Result<usize, Failure> {
    let app = application_fn(move |_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "application/json")])?;
        Ok::<_, ApplicationError>(Body::from(page.clone()))
    });
    let known = Coding::from_token(coding).ok_or("no such coding")?;
    let app = Compress::new(app).level(known, level)?;
    let mut sent = 0;
    for _ in 0..rounds {
        let request = EnvironBuilder::get("/").header("Accept-Encoding", coding);
        let mut body = app.call(&mut request.build(), &mut Recorder::default())?;
        sent = 0;
        while let Some(block) = body.next_block()? {
            sent += block.len();
        }
        body.close()?;
    }
    Ok(sent)
}

fn tower_http(page: Bytes, coding: &str, level: u32, rounds: u32) -> Result<usize, Failure> {
    let level = CompressionLevel::Precise(level.try_into()?);
    let service = service_fn(move |_: Request<Full<Bytes>>| {
        let response = Response::builder().header("Content-Type", "application/json");
        let response = response.body(Full::new(page.clone()));
        async { Ok::<_, Infallible>(response.expect("the field is well formed")) }
    });
    let layer = CompressionLayer::new().quality(level);
    let mut app = ServiceBuilder::new().layer(layer).service(service);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut sent = 0;
    for _ in 0..rounds {
        let request = Request::builder().header("Accept-Encoding", coding);
        let request = request.body(Full::new(Bytes::new()))?;
        sent = runtime.block_on(async {
            let mut body = app.call(request).await?.into_body();
            let mut sent = 0;
            while let Some(frame) = body.frame().await {
                sent += frame?.into_data().map_or(0, |block| block.len());
            }
            Ok::<_, Failure>(sent)
        })?;
    }
    Ok(sent)
}
