//! may_minihttp, the leanest of the TechEmpower benchmarks, with one worker; it writes `Server` and `Date` itself.

use std::io;

use may_minihttp::{HttpServer, HttpService, Request, Response};

#[derive(Clone)]
struct Hello;

impl HttpService for Hello {
    fn call(&mut self, _: Request, response: &mut Response) -> io::Result<()> {
        response.header("Content-Type: text/plain");
        response.body("Hello, World!");
        Ok(())
    }
}

fn main() -> io::Result<()> {
    may::config().set_workers(1);
    let server = HttpServer(Hello).start(wsgi_peers::address())?;
    server
        .join()
        .expect("the accepting coroutine does not panic");
    Ok(())
}
