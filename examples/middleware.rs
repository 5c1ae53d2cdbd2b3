//! Middleware, ready-made and one's own, stacked around an application. Run `cargo run --example middleware`,
//! then `curl -i localhost:8000` and `curl -i localhost:8000/broken`.
//!
//! Middleware is an application to the server and a server to the application. `Stamp` shows both faces: it wraps the
//! application, and it wraps the `start_response` that it hands on. `ServiceBuilder` reads from the outside in: a
//! request passes the first layer first, its response passes it last.

use tower::ServiceBuilder;
use wsgi_core::{
    Application, ApplicationError, Body, EarlyHints, EarlyHintsError, Environ, ExcInfo, Headers,
    Layer, StartResponse, StartResponseError, StatusLine, WriteError,
};
use wsgi_middleware::{AccessLogLayer, ContentLengthLayer, RecoverLayer, ResponseHeaderLayer};
use wsgi_server::Server;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let server = Server::builder().bind(address).build(app()?)?;
    println!("serving at {}", server.addresses().join(", "));
    Ok(server.run()?)
}

fn app() -> Result<impl Application, Box<dyn std::error::Error>> {
    let nosniff = ResponseHeaderLayer::default().set("X-Content-Type-Options", "nosniff")?;
    Ok(ServiceBuilder::new()
        .layer(AccessLogLayer::default())
        .layer(nosniff)
        .layer(RecoverLayer::default())
        .layer(ContentLengthLayer::default())
        .layer(StampLayer)
        .service(hello))
}

fn hello(
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    assert_ne!(
        environ.path_info(),
        b"/broken",
        "a bug, which `Recover` turns into a 500"
    );
    start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
    Ok(Body::from("Hello, World!\n"))
}

/// Tells in a header field which part of the path the application saw.
#[derive(Clone, Debug)]
struct Stamp<A>(A);

/// Wraps applications in [`Stamp`].
#[derive(Clone, Copy, Debug)]
struct StampLayer;

impl<A> Layer<A> for StampLayer {
    type Service = Stamp<A>;

    fn layer(&self, app: A) -> Stamp<A> {
        Stamp(app)
    }
}

/// The face that the server sees.
impl<A: Application> Application for Stamp<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let path = environ.path_info().escape_ascii().to_string();
        self.0.call(
            environ,
            &mut Stamping {
                path,
                start_response,
            },
        )
    }
}

/// The face that the application sees.
struct Stamping<'s> {
    path: String,
    start_response: &'s mut dyn StartResponse,
}

impl StartResponse for Stamping<'_> {
    fn start_response(
        &mut self,
        status: StatusLine,
        mut headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        headers.try_append("X-Path", &self.path)?;
        self.start_response
            .start_response(status, headers, exc_info)
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        self.start_response.write(block)
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        self.start_response.early_hints(hints)
    }
}

#[cfg(test)]
mod tests {
    use wsgi_core::testing;

    use super::*;

    #[test]
    fn each_layer_adds_its_part() {
        let answer = testing::get(&app().unwrap(), "/here");
        assert_eq!(answer.header("X-Path"), Some("/here"));
        assert_eq!(answer.header("Content-Length"), Some("14"));
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
        assert!(
            answer.errors.contains("\"GET /here HTTP/1.1\" 200 14"),
            "{}",
            answer.errors
        );
    }

    #[test]
    fn a_panic_becomes_a_500_and_a_line_in_the_log() {
        let answer = testing::get(&app().unwrap(), "/broken");
        assert_eq!(answer.status.code(), 500);
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
        assert!(
            answer.errors.contains("\"GET /broken HTTP/1.1\" 500"),
            "{}",
            answer.errors
        );
    }
}
