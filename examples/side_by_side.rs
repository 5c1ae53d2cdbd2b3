//! Flask, Django and a Rust application side by side, in one process, under one router. Run
//! `pip install flask django` in an active virtual environment, then `cargo run --example side_by_side`, then
//! `curl localhost:8000/flask/` and the same with `/django/` and `/rust/`.
//!
//! A Python application is an `Application` like any other. A mount moves its prefix from `PATH_INFO` to `SCRIPT_NAME`,
//! which is how frameworks know where they are and how to link to themselves. What only Rust answers never touches
//! the interpreter.

use std::path::Path;

use wsgi_core::python::{Target, interpreter};
use wsgi_core::{Application, Input, handler};
use wsgi_router::{Router, get};
use wsgi_server::{Server, extension::PythonInterpreter};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    interpreter::initialize()?;
    let builder = Server::builder()
        .bind(address)
        .threads(4)
        .interpreter(PythonInterpreter::default());
    let server = builder.build(app()?)?;
    println!("serving at {}", server.addresses().join(", "));
    Ok(server.run()?)
}

fn app() -> Result<impl Application, Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
    let load = |file: &str| Target::parse(&folder.join(file).to_string_lossy())?.load();
    let index = handler(|_| "try /flask/, /django/ and /rust/\n");
    let rust =
        handler(|request: http::Request<Input>| format!("Hello from Rust at {}\n", request.uri()));
    let router = Router::builder()
        .route("/", get(index))
        .mount("/flask", load("flask_app.py")?)
        .mount("/django", load("django_app.py")?)
        .mount("/rust", rust);
    Ok(router.build()?)
}
