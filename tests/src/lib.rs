//! The kit that the suites of this package share: everything between a test and the outside world.
//!
//! - [`python`]: the virtual environment with the pinned packages, made once by whichever test comes first;
//! - [`wheel`]: our own Python distribution and the hosted example, built and installed there;
//! - [`Server`]: a server in a process of its own, ours or another, on a port or socket that was free;
//! - [`Process`]: what such a process has in hand, and what it may have;
//! - [`module`]: Python code inside a test;
//! - [`Connection`]: bytes out and one exactly framed [`Response`] in.
//!
//! Nothing here waits by the clock: a test goes on when the line, the byte or the exit status it waits for is
//! there, and [`DEADLINE`] only turns a hang into a failure.
//!
//! What this package does not do: it mocks nothing.

use std::time::Duration;

mod connection;
mod lock;
mod module;
mod process;
pub mod python;
mod response;
mod server;
pub mod wheel;
mod workspace;

pub use connection::Connection;
pub use module::module;
pub use process::{Process, settles};
pub use response::{Framing, Response};
pub use server::{Server, ServerCommand};
pub use workspace::{example_binary, root, server_binary, target_folder};

/// How long anything may take before a test gives up on it; far longer than it takes on a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(60);
