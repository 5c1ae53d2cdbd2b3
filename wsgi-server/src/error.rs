//! Why a server could not be built or run.

use std::io;

use thiserror::Error;

/// Why a server could not be built or run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Not an address, or a name that stands for none.
    #[error(
        "cannot listen at {address:?}: no such address; write host:port, :port, [::1]:port or unix:path"
    )]
    Address {
        /// What was given.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The address is in use, not ours, or not permitted.
    #[error(
        "cannot listen at {address:?}; stop what listens there, or choose another address (port 0: any free one)"
    )]
    Bind {
        /// What was given.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The system's readiness API (epoll, kqueue) failed.
    #[error("the event loop failed")]
    Poll(#[source] io::Error),
}
