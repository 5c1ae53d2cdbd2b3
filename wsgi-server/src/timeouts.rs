//! How long clients may take.

use std::time::Duration;

/// How long clients may take, and how long a graceful stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Between two requests of a connection. Default 75 s: longer than the 60 s that load balancers keep theirs, so
    /// that none of them sends a request into a connection that is just being closed.
    pub keep_alive: Duration,
    /// From the first byte of a head to its last. Default 30 s.
    pub head: Duration,
    /// Between two pieces of a request's body. Default 30 s.
    pub body: Duration,
    /// How long a client may take nothing of its response. Default 60 s.
    pub write: Duration,
    /// How long a client may go on sending after the connection was closed on our side. Default 2 s.
    pub linger: Duration,
    /// How long a graceful stop waits for requests in flight. Default 30 s.
    pub graceful: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            keep_alive: Duration::from_secs(75),
            head: Duration::from_secs(30),
            body: Duration::from_secs(30),
            write: Duration::from_secs(60),
            linger: Duration::from_secs(2),
            graceful: Duration::from_secs(30),
        }
    }
}
