//! A WSGI server: sockets, HTTP/1.1, an engine, and the command `wsgi-server`.
//!
//! ```no_run
//! use wsgi_core::{Body, StatusLine, application_fn};
//! use wsgi_server::Server;
//!
//! let app = application_fn(|_, start_response| {
//!     start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
//!     Ok(Body::from("Hello, World!\n"))
//! });
//! let server = Server::builder().bind("127.0.0.1:8000").build(app)?;
//! println!("{}", server.addresses().join(" "));
//! server.run()?;
//! # Ok::<(), wsgi_server::ServerError>(())
//! ```
//!
//! The crate has three layers, each usable without the one above it:
//!
//! | layer | what it is | where |
//! |---|---|---|
//! | protocol | bytes in, requests and responses out; no sockets | [`protocol`] |
//! | engine | event loop, connections, threads that call the application | [`Server`] |
//! | command | options, loading of Python applications, logging | feature `cli` |
//!
//! What it does not do: TLS and HTTP/2 (put a proxy in front), several processes.

mod admission;
mod body_memory;
#[cfg(feature = "cli")]
pub mod command;
mod completions;
mod connection;
mod connection_limits;
mod control;
mod engine;
mod error;
mod exchange;
#[cfg(feature = "python")]
pub mod extension;
mod interpreter;
mod listener;
mod outbox;
mod output;
mod patience;
pub mod protocol;
mod received;
mod refused;
mod request_body;
mod server;
pub mod shutdown;
mod stream;
mod timeouts;

pub use connection_limits::ConnectionLimits;
pub use control::Handle;
pub use error::ServerError;
pub use interpreter::Interpreter;
pub use refused::RefusedRequest;
pub use server::{Server, ServerBuilder};
pub use timeouts::Timeouts;
