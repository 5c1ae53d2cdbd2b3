//! What a response leaves of its connection.

use thiserror::Error;

/// What may become of the connection after a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The next request may follow.
    KeepAlive,
    /// The connection is to be closed, with a reason where that is the application's doing.
    Close(Option<CloseReason>),
}

/// What an application did that costs it the connection.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// The body ended early; the client sees that the response is truncated.
    #[error(
        "the body has {sent} bytes, fewer than its Content-Length of {length}; correct the header"
    )]
    TooShort {
        /// The length promised.
        length: u64,
        /// How many bytes there were.
        sent: u64,
    },
    /// The body went on behind its end; the surplus was not sent.
    #[error("the body has more bytes than its Content-Length of {length}; correct the header")]
    TooLong {
        /// The length promised.
        length: u64,
    },
    /// The application failed when its response had begun.
    #[error("the application failed after its response had begun; the response is truncated")]
    Failed,
}
