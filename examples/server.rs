//! A server of one's own on `wsgi-core` alone: the server's side of PEP 3333 in under a hundred lines of code. Run
//! `cargo run --example server`, then `curl -i localhost:8000`. It answers one request of HTTP/1.0 at a time;
//! what it takes to serve the open internet is in the crate `wsgi-server`.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::mem::take;
use std::net::TcpListener;

use wsgi_core::{Application, Environ, ExcInfo, Headers, Input};
use wsgi_core::{StartResponse, StartResponseError, StatusLine, WriteError, handler};

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1);
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:8000"))?;
    println!("serving at http://{}", listener.local_addr()?);
    loop {
        let (client, _) = listener.accept()?;
        // What one client or one application does wrong ends that connection, never the server.
        let served = (|| serve(&app(), read_request(client.try_clone()?)?, client))();
        served.unwrap_or_else(|error| eprintln!("{error}"));
    }
}

fn app() -> impl Application {
    handler(|request: http::Request<Input>| format!("Hello from {}\n", request.uri()))
}

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Method, target and header fields become the environ, the body becomes `wsgi.input`.
fn read_request(client: impl Read + Send + 'static) -> Outcome<Environ> {
    let mut client = BufReader::new(client);
    let lines = client.by_ref().take(65536).lines().map_while(Result::ok);
    let mut lines = lines.take_while(|line| !line.is_empty());
    let request_line = lines.next().unwrap_or_default();
    let mut words = request_line.split(' ');
    let request = http::Request::builder().method(words.next().unwrap_or_default());
    let mut request = request.uri(words.next().unwrap_or_default());
    for field in lines {
        let (name, value) = field.split_once(':').unwrap_or_default();
        request = request.header(name, value.trim());
    }
    let mut environ = Environ::from(request.body(Input::empty())?);
    let length = environ.headers().get_str("Content-Length");
    let length = length.unwrap_or("0").parse()?;
    environ.set_input(Input::from_reader(client.take(length), Some(length)));
    Ok(environ)
}

/// Answers one request, with a `500` if the application fails before anything was sent.
fn serve(app: &impl Application, mut environ: Environ, out: impl Write) -> Outcome {
    let mut response = Response {
        out,
        has_body: environ.method() != http::Method::HEAD,
        head: None,
    };
    let outcome = response.run(app, &mut environ);
    if outcome.is_err() && response.head != Some(Vec::new()) {
        write!(response.out, "HTTP/1.0 500 Internal Server Error\r\n\r\n")?;
    }
    outcome
}

/// What the application is given as `start_response`: it keeps the head until the first block is there.
struct Response<W> {
    out: W,
    has_body: bool,
    head: Option<Vec<u8>>, // `None` before `start_response`, empty once it has gone out
}

impl<W: Write> Response<W> {
    fn run(&mut self, app: &impl Application, environ: &mut Environ) -> Outcome {
        let mut body = app.call(environ, self)?; // is closed by being dropped, should the rest fail
        while let Some(block) = body.next_block()? {
            self.write(block)?;
        }
        self.send(b"")?; // the head, when there was no block at all
        Ok(body.close()?)
    }

    fn send(&mut self, block: &[u8]) -> Result<(), WriteError> {
        let mut bytes = take(self.head.as_mut().ok_or(WriteError::NotStarted)?);
        bytes.extend_from_slice(if self.has_body { block } else { b"" });
        self.out.write_all(&bytes).or(Err(WriteError::Disconnected))
    }
}

impl<W: Write> StartResponse for Response<W> {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        match (&self.head, exc_info) {
            (Some(_), None) => Err(StartResponseError::Twice),
            (Some(head), Some(e)) if head.is_empty() => Err(StartResponseError::HeadersSent(e)),
            _ => {
                let mut head = [b"HTTP/1.0 ", status.as_bytes()].concat();
                for (name, value) in headers.iter() {
                    head.extend([b"\r\n", name.as_bytes(), b": ", value].concat());
                }
                self.head = Some([&head[..], b"\r\n\r\n"].concat());
                Ok(())
            }
        }
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        match block {
            [] => Ok(()), // "nothing yet": the application may still replace the head
            _ => self.send(block),
        }
    }
}

#[cfg(test)]
mod tests {
    use wsgi_core::ApplicationError;

    use super::*;

    fn answer(app: &impl Application, request: &'static str) -> String {
        let mut out = Vec::new();
        let environ = read_request(request.as_bytes()).expect("a well-formed request");
        let _ = serve(app, environ, &mut out); // how it went is seen in the answer
        String::from_utf8(out).expect("the tests send text")
    }

    #[test]
    fn a_request_is_answered() {
        let got = answer(&app(), "GET /a?b HTTP/1.0\r\nHost: h\r\n\r\n");
        assert!(got.starts_with("HTTP/1.0 200 OK\r\n"), "{got}");
        assert!(got.ends_with("\r\n\r\nHello from /a?b\n"), "{got}");
    }

    #[test]
    fn the_body_ends_where_its_length_says() {
        let echo = handler(|request: http::Request<Input>| request.into_body().read_all());
        let got = answer(&echo, "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabcdef");
        assert!(got.ends_with("\r\n\r\nabc"), "{got}");
    }

    #[test]
    fn head_has_no_body_and_a_failure_is_a_500() {
        let got = answer(&app(), "HEAD / HTTP/1.0\r\n\r\n");
        assert!(
            got.starts_with("HTTP/1.0 200 OK\r\n") && got.ends_with("\r\n\r\n"),
            "{got}"
        );
        let fails = handler(|_| Err::<&str, _>(ApplicationError::raised("on purpose")));
        assert!(answer(&fails, "GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 500 "));
    }
}
