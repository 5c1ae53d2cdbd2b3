//! What the server tells of requests that it answered itself.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use http::{StatusCode, Version};
use wsgi_core::{Environ, Headers};

/// So many bytes are told of the line of a request whose head was refused.
const MOST_OF_LINE: usize = 2048;

/// So many of them stand in the server's own log.
const MOST_SHOWN: usize = 200;

/// A request that never reached the application, as the server refused it: malformed, too large, too late, or more than
/// it had time for. See [`ServerBuilder::on_refusal`](crate::ServerBuilder::on_refusal).
///
/// The bytes of the request line are those that the client sent, whatever they are: escape them before they come near
/// a log or a terminal.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RefusedRequest<'r> {
    /// The client's address; none on a unix socket. A proxy's own where there is one, for nobody has looked at what it
    /// says of its clients.
    pub remote_addr: Option<IpAddr>,
    /// The client's port, when known.
    pub remote_port: Option<u16>,
    /// What stood in the place of the method; empty when nothing did.
    pub method: &'r [u8],
    /// What stood in the place of the target; empty when nothing did. Together with method and version 2048 bytes at most
    /// where the head was refused, else as long as the limits of the server let it be.
    pub target: &'r [u8],
    /// What stood in the place of the version, such as `HTTP/1.1`; empty when nothing did.
    pub version: &'r [u8],
    /// The header fields, where the head itself was in order.
    pub headers: Option<&'r Headers>,
    /// What the client was told.
    pub status: StatusCode,
    /// How many bytes of body it got with it.
    pub body_bytes: u64,
    /// Why, in one line without control characters; what it quotes of the request is escaped and cut short. Nothing of it
    /// went to the client.
    pub reason: &'r str,
    /// How long the request was under way, when known.
    pub duration: Option<Duration>,
}

impl<'r> RefusedRequest<'r> {
    /// Of an unknown client; nothing is known of the request.
    pub(crate) fn new(status: StatusCode, reason: &'r str) -> Self {
        Self {
            remote_addr: None,
            remote_port: None,
            method: b"",
            target: b"",
            version: b"",
            headers: None,
            status,
            body_bytes: status.canonical_reason().unwrap_or_default().len() as u64 + 1,
            reason,
            duration: None,
        }
    }

    /// The client's address.
    pub(crate) fn peer(mut self, environ: &Environ) -> Self {
        self.remote_addr = environ.connection().remote_addr;
        self.remote_port = environ.connection().remote_port;
        self
    }

    /// A request whose head was in order.
    pub(crate) fn request(mut self, environ: &'r Environ) -> Self {
        self.method = environ.method().as_str().as_bytes();
        self.target = environ.target();
        self.version = match environ.version() {
            Version::HTTP_10 => b"HTTP/1.0",
            _ => b"HTTP/1.1",
        };
        self.headers = Some(environ.headers());
        self.without_body_for_head()
    }

    /// What came of a request whose head was not: the line is taken apart at its first and last space.
    pub(crate) fn head(mut self, received: &'r [u8]) -> Self {
        let is_line_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let start = received.iter().position(|byte| !is_line_end(byte));
        let line = &received[start.unwrap_or(received.len())..];
        let line = &line[..line.len().min(MOST_OF_LINE)];
        let end = line.iter().position(is_line_end).unwrap_or(line.len());
        let (method, rest) = split_at_space(&line[..end], line[..end].iter().position(is_space));
        self.method = method;
        (self.target, self.version) = match rest.iter().rposition(is_space) {
            Some(space) if rest[space + 1..].starts_with(b"HTTP/") => {
                split_at_space(rest, Some(space))
            }
            _ => (rest, &b""[..]),
        };
        self.without_body_for_head()
    }

    /// Tells the server's own log.
    pub(crate) fn log(&self) {
        let peer = match self.remote_addr {
            Some(address) => address.to_string(),
            None => "unix socket".to_owned(),
        };
        let (status, reason, request) = (self.status.as_u16(), self.reason, self.shown());
        // Behind all else, as it is not in quotes: those would be escaped once more.
        tracing::warn!(peer, status, %request, "request refused: {reason}");
    }

    /// The beginning of its line, in printable ASCII.
    fn shown(&self) -> String {
        let words = [self.method, self.target, self.version].join(&b' ');
        let line = words.trim_ascii_end();
        let shown = &line[..line.len().min(MOST_SHOWN)];
        let cut = line.len() - shown.len();
        match cut {
            0 => shown.escape_ascii().to_string(),
            _ => format!("{}... ({cut} more bytes)", shown.escape_ascii()),
        }
    }

    fn without_body_for_head(mut self) -> Self {
        if self.method == b"HEAD" {
            self.body_bytes = 0;
        }
        self
    }
}

fn is_space(byte: &u8) -> bool {
    *byte == b' '
}

/// What stands before and behind the space.
fn split_at_space(line: &[u8], space: Option<usize>) -> (&[u8], &[u8]) {
    match space {
        Some(space) => (&line[..space], &line[space + 1..]),
        None => (line, b""),
    }
}

/// Whom to tell of refused requests.
#[derive(Default)]
pub(crate) struct Refusals(Option<Box<Listener>>);

type Listener = dyn Fn(&RefusedRequest<'_>) + Send + Sync;

impl Refusals {
    pub(crate) fn tell_to(listener: impl Fn(&RefusedRequest<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(listener)))
    }

    /// A listener that panics misses this one; the request is answered all the same.
    pub(crate) fn tell(&self, refused: &RefusedRequest<'_>) {
        if let Some(listener) = &self.0 {
            // The panic's message has gone where panics go.
            let _ = catch_unwind(AssertUnwindSafe(|| listener(refused)));
        }
    }
}

impl std::fmt::Debug for Refusals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "Refusals(told)",
            None => "Refusals(untold)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_refused_head_is_taken_apart_as_far_as_it_goes() {
        #[rustfmt::skip]
        const CASES: &[(&str, [&str; 3])] = &[
            ("", ["", "", ""]),
            ("\r\n\r\n", ["", "", ""]),
            ("GE", ["GE", "", ""]),
            ("GET /a", ["GET", "/a", ""]),
            ("\r\nGET /a HTTP/1.1\r\nHost: x\r\n", ["GET", "/a", "HTTP/1.1"]),
            ("GET /a b HTTP/1.1\nHost: x", ["GET", "/a b", "HTTP/1.1"]),
            ("GET  HTTP/9\r\n", ["GET", "", "HTTP/9"]),
            ("GET /HTTP/1.1\r\n", ["GET", "/HTTP/1.1", ""]),
            ("\u{16}\u{3}\u{1}", ["\u{16}\u{3}\u{1}", "", ""]),
        ];
        for (received, expected) in CASES {
            let refused =
                RefusedRequest::new(StatusCode::BAD_REQUEST, "").head(received.as_bytes());
            let parts = [refused.method, refused.target, refused.version];
            assert_eq!(parts, expected.map(str::as_bytes), "{received:?}");
        }
        let long = [b"GET /".as_slice(), &[b'x'; 9000], b" HTTP/1.1\r\n"].concat();
        let refused = RefusedRequest::new(StatusCode::URI_TOO_LONG, "").head(&long);
        assert_eq!((refused.target.len(), refused.version), (2044, &b""[..]));
    }

    #[test]
    fn the_log_shows_the_beginning_of_a_line_escaped() {
        let long = [b"GET /".as_slice(), &[b'x'; 3000]].concat();
        let cases: [(&[u8], String); 3] = [
            (b"", String::new()),
            (b"G\x1bT /\n\"\xff", r#"G\x1bT /"#.to_owned()),
            (
                &long,
                format!("GET /{}... (1848 more bytes)", "x".repeat(195)),
            ),
        ];
        for (received, expected) in cases {
            let refused = RefusedRequest::new(StatusCode::BAD_REQUEST, "").head(received);
            assert_eq!(refused.shown(), expected);
        }
    }

    #[test]
    fn a_listener_that_panics_harms_nobody() {
        let refusals = Refusals::tell_to(|_| panic!("on purpose"));
        refusals.tell(&RefusedRequest::new(StatusCode::BAD_REQUEST, ""));
    }
}
