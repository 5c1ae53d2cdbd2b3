//! WSGI, the interface of [PEP 3333](https://peps.python.org/pep-3333/), as Rust types.
//!
//! A *server* makes an [`Environ`] and a [`StartResponse`]; an [`Application`] answers with status, headers and
//! a [`Body`]; middleware is both at once. Each role can be played by Rust or, with the feature `python`, by
//! Python. This crate is the rule book; the crates `wsgi-middleware`, `wsgi-router` and `wsgi-server` build on
//! it, and so can you.
//!
//! ```
//! use wsgi_core::{ApplicationError, Body, Environ, StartResponse, StatusLine};
//!
//! fn hello(environ: &mut Environ, start_response: &mut dyn StartResponse) -> Result<Body, ApplicationError> {
//!     start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
//!     Ok(Body::from(format!("Hello from {}\n", String::from_utf8_lossy(environ.path_info()))))
//! }
//!
//! assert_eq!(wsgi_core::testing::get(&hello, "/here").text(), "Hello from /here\n");
//! ```
//!
//! | PEP 3333 | here |
//! |---|---|
//! | application | [`Application`]: functions, closures, [`handler`]s of `http::Request` |
//! | `environ` | [`Environ`] |
//! | `start_response`, `write` | [`StartResponse`] |
//! | status string | [`StatusLine`] |
//! | header list | [`Headers`] |
//! | iterable, `close()` | [`Body`], [`Blocks`] |
//! | `wsgi.input` | [`Input`] |
//! | `wsgi.errors` | [`ErrorStream`] |
//! | `wsgi.file_wrapper` | [`FileWrapper`] |
//! | `exc_info` | [`ExcInfo`] |
//! | middleware | [`Layer`], re-exported from `tower-layer` |
//! | every MUST and SHOULD | [`validate`]: a layer that checks both its neighbours, and the table of all requirements |
//!
//! Beside the PEP stand [`EarlyHints`], the look whether the [`Client`] is still there, and what happens once a response is on its way, which no layer sees: a [`Ledger`] of where the
//! time of a request went, and hooks for its end ([`Environ::on_finished`]).
//!
//! What this crate does not do: it opens no socket, starts no thread, parses no HTTP, logs nothing.

mod application;
mod body;
mod client;
mod completion;
mod deadline;
mod early_hints;
pub mod environ;
mod error;
mod error_stream;
mod file_wrapper;
mod handler;
mod headers;
mod input;
mod ledger;
#[cfg(feature = "python")]
pub mod python;
mod routing_args;
#[cfg(feature = "python")]
mod same;
mod start_response;
mod status;
pub mod testing;
pub mod url;
pub mod validate;
mod waiting;

pub use application::{Application, application_fn};
pub use body::{Blocks, Body, FileRegion};
pub use client::{Client, ClientStatus};
pub use completion::{Completion, Finished, Outcome};
pub use deadline::{DeadlineExceeded, RequestDeadline};
pub use early_hints::{EarlyHints, EarlyHintsError};
pub use environ::{Environ, EnvironError};
pub use error::{ApplicationError, Fault};
pub use error_stream::ErrorStream;
pub use file_wrapper::FileWrapper;
pub use handler::{Handler, IntoAnswer, ScriptName, handler, respond};
pub use headers::{FieldLinesError, HeaderError, Headers, SensitiveNames, is_hop_by_hop};
pub use input::{Input, InputError};
pub use ledger::{Ledger, Mark};
pub use routing_args::RoutingArgs;
pub use start_response::{ExcInfo, StartResponse, StartResponseError, WriteError};
pub use status::{StatusLine, StatusLineError};
pub use tower_layer::Layer;
pub use waiting::waiting;
