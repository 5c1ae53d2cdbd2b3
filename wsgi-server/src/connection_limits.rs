//! How many connections there may be.

use rustix::process::{Resource, getrlimit};

/// How many connections there may be, and how many requests each may have.
///
/// ```
/// use wsgi_server::ConnectionLimits;
///
/// let limits = ConnectionLimits { per_peer: 100, ..ConnectionLimits::default() };
/// assert!(limits.total <= 10_000);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// At once, of all clients; at least 1. Default: three quarters of the files that the process may have open when
    /// the limits are made (`ulimit -n`), for the application needs some as well, and 10,000 at most, as each of them
    /// may hold some 64 KiB.
    ///
    /// Where there are as many, those that have been idle for longest are closed; while none is idle nobody is
    /// accepted: further clients wait in the backlog. Who is turned away there tries again by itself, sooner or later,
    /// which nobody does who was accepted and then cut off.
    pub total: usize,
    /// At once, of one address; at least 1. Further ones are accepted and closed, as their address is not known before.
    /// Default: `usize::MAX`, no limit, for behind a proxy all clients have its address, and whole offices share one.
    ///
    /// Of IPv6 addresses the first 64 bits count, which is what one host has to choose from. Unix sockets have no
    /// addresses, and no limit. It is always the address of the connection itself, whatever a proxy says of its clients.
    pub per_peer: usize,
    /// Requests of one connection; at least 1. The last response says `Connection: close`. Default: `usize::MAX`, no
    /// limit, for a connection needs no more memory with time; a limit has clients choose anew behind a load balancer
    /// that distributes connections.
    pub requests: usize,
    /// How many connections may wait to be accepted, at each address. Default 2048: at a loop's pace they are gone in a
    /// moment. Systems have a limit of their own (Linux: `net.core.somaxconn`, 4096), beyond which this has no effect.
    pub backlog: u32,
}

/// What no default exceeds.
const MOST: usize = 10_000;

impl Default for ConnectionLimits {
    fn default() -> Self {
        let files = getrlimit(Resource::Nofile).current;
        let files = files.and_then(|files| usize::try_from(files).ok());
        Self {
            total: share_of(files.unwrap_or(usize::MAX)),
            per_peer: usize::MAX,
            requests: usize::MAX,
            backlog: 2048,
        }
    }
}

/// How many of so many files may be connections.
fn share_of(files: usize) -> usize {
    (files - files / 4).clamp(1, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_application_keeps_a_quarter_of_the_files() {
        const CASES: &[(usize, usize)] = &[
            (0, 1),
            (4, 3),
            (256, 192),
            (1024, 768),
            (20_000, 10_000),
            (usize::MAX, 10_000),
        ];
        for (files, connections) in CASES {
            assert_eq!(share_of(*files), *connections, "{files} files");
        }
    }
}
