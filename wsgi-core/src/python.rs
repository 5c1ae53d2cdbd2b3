//! The bridge between Rust and Python, in both directions; the only place of this crate that names PyO3.
//!
//! [`PyApplication`] makes a Python WSGI callable an [`Application`](crate::Application); [`export`] makes
//! an application of Rust a WSGI callable for any Python server or middleware. Both obey PEP 3333 to the
//! letter, so layers of both languages may stand in any order.
//!
//! ```no_run
//! use wsgi_core::python::{Target, interpreter};
//!
//! interpreter::initialize()?; // not in an extension module: there Python runs already
//! let app = "blog.wsgi:application".parse::<Target>()?.load()?;
//! println!("{}", wsgi_core::testing::get(&app, "/").text());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Threads: calls work on attached and detached threads, and are quickest where the thread stays attached
//! around its work. A request's call, the iteration of its body and its `close()` belong on one thread, for
//! frameworks keep thread-locals and database connections.
//!
//! What this module does not do: it starts no thread, logs nothing, changes no process environment, and
//! never ends the interpreter. Programs that link libpython need
//! `pyo3_build_config::add_libpython_rpath_link_args()` in a build script of their own.

mod application;
mod attached;
mod batch;
mod blocks;
mod callables;
mod checked_headers;
mod client;
mod complete;
mod deadline;
mod detached;
mod environ;
mod errors;
mod exception;
mod export;
#[cfg(unix)]
mod file_blocks;
mod file_wrapper;
mod finalization;
mod header_list;
mod held;
mod input;
pub mod interpreter;
mod iterable;
mod lent;
mod look;
mod names;
#[cfg(target_os = "linux")]
mod offered_file;
mod outer;
mod panic;
mod peers;
mod routing_args;
mod source;
mod start_response;
mod target;
mod template;
mod text;
mod thread_stack;
mod version;

pub use application::{PyApplication, application};
pub use batch::{batch, batches, is_attached_by_batch};
pub(crate) use detached::detached;
pub use exception::PyException;
pub use export::{Exported, export};
pub use look::environ_dict;
pub use routing_args::RoutingObjects;
pub use target::{LoadError, Target, TargetError};
pub use thread_stack::{thread_id, thread_stack};
