//! Where the server meets Python: the interpreter around its threads, and the module `wsgi_rs._native`.
//!
//! A server of one's own around a Python application needs [`PythonInterpreter`]:
//!
//! ```no_run
//! use wsgi_core::python::{Target, interpreter};
//! use wsgi_server::{Server, extension::PythonInterpreter};
//!
//! interpreter::initialize()?;
//! let app = "shop.wsgi:application".parse::<Target>()?.load()?;
//! Server::builder().interpreter(PythonInterpreter::default()).build(app)?.run()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The module is what the wheel consists of; it needs the feature `cli` too.

#[cfg(feature = "cli")]
mod embedded;
mod fork;
mod interpreter;
#[cfg(feature = "cli")]
pub(crate) mod logging;
#[cfg(feature = "cli")]
mod middleware;
#[cfg(feature = "cli")]
mod module;
#[cfg(feature = "cli")]
mod options;
#[cfg(feature = "cli")]
mod router;
#[cfg(feature = "cli")]
pub(crate) mod routes;
#[cfg(feature = "cli")]
mod routing;
#[cfg(feature = "cli")]
mod server;
#[cfg(feature = "cli")]
mod signals;
#[cfg(feature = "cli")]
mod validate;

#[cfg(feature = "cli")]
pub(crate) use embedded::Embedded;
pub use interpreter::PythonInterpreter;
