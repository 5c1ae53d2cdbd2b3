//! Lines of requests that no layer sees.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use wsgi_core::Headers;

use super::format::AccessLogFormat;
use super::pattern::{Captured, Outcome};

/// What a server knows of a request that it answered itself; see [`AccessLogger`](super::AccessLogger).
///
/// Nothing in it is trusted: the bytes may be whatever a client sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccessRecord<'r> {
    /// When the request came. Default: now.
    pub time: SystemTime,
    /// The client's address; none on a unix socket.
    pub remote_addr: Option<IpAddr>,
    /// What stood in the place of the method; empty when nothing did.
    pub method: &'r [u8],
    /// What stood in the place of the target, percent-encoded; empty when nothing did.
    pub target: &'r [u8],
    /// What stood in the place of the version; empty when nothing did.
    pub protocol: &'r [u8],
    /// The header fields, when known.
    pub headers: Option<&'r Headers>,
    /// The status that the client was sent.
    pub status: u16,
    /// Size of the body in bytes.
    pub body_bytes: u64,
    /// How long it took, when known.
    pub duration: Option<Duration>,
    /// Why the request was refused.
    pub refused: Option<&'r str>,
}

impl<'r> AccessRecord<'r> {
    /// Of a request that was refused just now; nothing else is known of it.
    pub fn refused(status: u16, reason: &'r str) -> Self {
        Self {
            time: SystemTime::now(),
            remote_addr: None,
            method: b"",
            target: b"",
            protocol: b"",
            headers: None,
            status,
            body_bytes: 0,
            duration: None,
            refused: Some(reason),
        }
    }

    /// Gives its line, with a line feed, to `output`.
    pub(super) fn write(&self, format: &AccessLogFormat, output: impl FnOnce(&[u8])) {
        let outcome = Outcome {
            time: self.time,
            status: self.status,
            body_bytes: self.body_bytes,
            duration: self.duration,
            timing: None,
            refused: self.refused,
            suppressed: 0,
        };
        let pattern = format.pattern();
        let mut captured = Captured::default();
        pattern.enter(self, &mut captured);
        output(pattern.line(&mut captured, Some(self), &outcome));
        captured.give_back();
    }
}
