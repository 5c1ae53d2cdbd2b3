//! HTTP/1.1 without sockets: bytes in, requests and responses out.
//!
//! For those who write a server of their own, and for the engine of this crate. Nothing here reads, writes,
//! waits or starts anything, so all of it can be tested with byte strings.
//!
//! | step | item |
//! |---|---|
//! | request head → [`Environ`](wsgi_core::Environ) | [`HeadReader`], or [`parse_head`] for a buffer that is not kept |
//! | request body | [`BodyDecoder`] |
//! | `Expect: 100-continue` | [`RequestHead::expects_continue`], [`CONTINUE`] |
//! | a request that cannot be served | [`Refusal`] |
//! | status, headers and blocks → bytes | [`ResponseWriter`], the framing guard |
//!
//! Requests are read strictly: what RFC 9112 lets a server repair, because it once was common, is refused
//! here, since every repair is a chance for two parsers to disagree about where a request ends.
//!
//! ```
//! use wsgi_core::{Environ, Headers, StatusLine};
//! use wsgi_server::protocol::{BodyDecoder, Ending, HeadReader, Limits, ResponseWriter};
//!
//! let buffer = b"POST /hi?x=1 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello";
//! let (limits, mut environ, mut out) = (Limits::default(), Environ::new(), Vec::new());
//!
//! let head = HeadReader::new().read(buffer, &limits, &mut environ)?.expect("the head is complete");
//! let mut body = Vec::new();
//! let mut decoder = BodyDecoder::new(head.framing, &limits);
//! decoder.decode(&buffer[head.length..], &mut body)?;
//! assert!(decoder.is_complete() && body == b"hello" && environ.path_info() == b"/hi");
//!
//! let mut response = ResponseWriter::new(false, environ.version(), head.keep_alive);
//! response.start(StatusLine::OK, Headers::new(), None)?;
//! response.write(&body, Some(5), &mut out)?;
//! assert_eq!(response.finish(None, &mut out), Ending::KeepAlive);
//! assert!(out.ends_with(b"Content-Length: 5\r\n\r\nhello"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it does not do: HTTP/2, TLS, `Upgrade`, content codings, trailers for the application.
//!
//! # Specification
//! RFC 9112 "HTTP/1.1"; RFC 9110 "HTTP Semantics"; [PEP 3333](https://peps.python.org/pep-3333/)

mod character_set;
mod chunk_extension;
mod chunked;
mod connection_options;
mod content_length;
mod date;
mod ending;
mod fields;
mod framing;
mod head_end;
mod host;
mod limits;
mod refusal;
mod request_body;
mod request_head;
mod request_line;
mod response;
mod response_head;
mod target;

pub use ending::{CloseReason, Ending};
pub use framing::Framing;
pub use limits::Limits;
pub use refusal::Refusal;
pub use request_body::BodyDecoder;
pub use request_head::{HeadReader, RequestHead, parse_head};
pub use response::ResponseWriter;

/// The interim response that tells a client to go on and send its body.
///
/// To be sent when the body is first wanted, if [`RequestHead::expects_continue`] is true, no byte of the body
/// has come yet, and no byte of the final response has gone out.
///
/// # Specification
/// RFC 9110 §10.1.1 "Expect", §15.2.1 "100 Continue"
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
