//! Why a request is refused, and what its sender is told.

use std::time::Duration;

use http::{Method, StatusCode};
use thiserror::Error;

use super::response_head;

/// Why a request cannot be served. The connection must be closed after it: where the next request would begin
/// is not known, or not to be trusted.
///
/// As text it is meant for logs: it says what was wrong and quotes what came, escaped and cut short. The client
/// is told the status alone ([`encode`](Refusal::encode)).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// RFC 9110 §9.1 "Methods": a request begins with a token.
    #[error("byte {byte:#04x} cannot begin a request; this port speaks HTTP/1.1")]
    NotHttp {
        /// The first byte that came.
        byte: u8,
    },
    /// RFC 9112 §2.2 "Message Parsing": a TLS record is no HTTP message.
    #[error("a TLS handshake came to a plain HTTP port; the client should use http://")]
    TlsHandshake,
    /// RFC 9112 §2.2 "Message Parsing": lines end in CR LF. A lone LF is a smuggler's tool.
    #[error("a line ends in LF without CR, at the end of {near:?}")]
    BareLineFeed {
        /// The line up to the LF, as far as it is known.
        near: String,
    },
    /// RFC 9112 §2.2 "Message Parsing": a CR must be followed by LF.
    #[error("CR is not followed by LF, at the end of {near:?}")]
    BareCarriageReturn {
        /// The line up to the byte behind the CR, as far as it is known.
        near: String,
    },
    /// RFC 9112 §3 "Request Line": method, target and version, single spaces between them.
    #[error("request line {line:?} is not of the form \"METHOD target HTTP/1.1\"")]
    RequestLine {
        /// The line.
        line: String,
    },
    /// RFC 9112 §3 "Request Line": a longer line than the server wishes to read.
    #[error("the request line is longer than {limit} bytes")]
    RequestLineTooLong {
        /// [`Limits::request_line`](super::Limits::request_line).
        limit: usize,
    },
    /// RFC 9112 §3 "Request Line": a method longer than any that there is.
    #[error("the method is longer than {limit} bytes")]
    MethodTooLong {
        /// [`Limits::request_line`](super::Limits::request_line).
        limit: usize,
    },
    /// RFC 9110 §9.1 "Methods": a method is a token.
    #[error("method {method:?} is no token")]
    Method {
        /// The method.
        method: String,
    },
    /// RFC 9110 §9.3.6 "CONNECT": an origin server makes no tunnels.
    #[error("CONNECT is not implemented; this is no proxy")]
    Connect,
    /// RFC 9112 §2.3 "HTTP Version": `HTTP/`, digit, dot, digit.
    #[error("{version:?} is no HTTP version")]
    Version {
        /// What stood in its place.
        version: String,
    },
    /// RFC 9110 §2.5 "Protocol Version": another major version.
    #[error("version {version:?} is not spoken here; use HTTP/1.1")]
    VersionNotSupported {
        /// The version.
        version: String,
    },
    /// RFC 9112 §3.2 "Request Target": not one of its four forms, or not the one that suits the method.
    #[error("target {target:?} suits no form of request target; use a path such as \"/a\"")]
    TargetForm {
        /// The target.
        target: String,
    },
    /// RFC 9112 §3.2 "Request Target": a byte that has no place in a target.
    #[error("byte {byte:#04x} in target {target:?}; percent-encode it")]
    TargetByte {
        /// The byte.
        byte: u8,
        /// The target.
        target: String,
    },
    /// RFC 9110 §7.4 "Rejecting Misdirected Requests": a resource of `https` is served over a secured connection alone.
    #[error("target {target:?} is of https, and the connection is not")]
    Misdirected {
        /// The target.
        target: String,
    },
    /// RFC 9112 §5 "Field Syntax": name, colon, value.
    #[error("a field line is malformed ({what}), near {near:?}")]
    Field {
        /// What is wrong.
        what: &'static str,
        /// The beginning of the line, as far as it is known.
        near: String,
    },
    /// RFC 9110 §5.4 "Field Limits": more fields than the server wishes to read.
    #[error("there are more than {limit} header fields")]
    TooManyFields {
        /// [`Limits::fields`](super::Limits::fields).
        limit: usize,
    },
    /// RFC 9110 §5.4 "Field Limits": a longer field than the server wishes to read.
    #[error("field {name:?} is longer than {limit} bytes")]
    FieldTooLarge {
        /// [`Limits::field_size`](super::Limits::field_size).
        limit: usize,
        /// The field's name.
        name: String,
    },
    /// RFC 9110 §5.4 "Field Limits": a longer head than the server wishes to read.
    #[error("the head is longer than {limit} bytes")]
    HeadTooLarge {
        /// [`Limits::head`](super::Limits::head).
        limit: usize,
    },
    /// RFC 9112 §3.2 "Request Target": HTTP/1.1 requests have a `Host` field.
    #[error("an HTTP/1.1 request came without Host")]
    HostMissing,
    /// RFC 9112 §3.2 "Request Target": more than one `Host` field.
    #[error("Host came more than once, at last as {value:?}")]
    HostRepeated {
        /// The last value.
        value: String,
    },
    /// RFC 9110 §7.2 "Host and :authority": host and port, no user, no path.
    #[error("{host:?} is no host with an optional port")]
    Host {
        /// The value.
        host: String,
    },
    /// RFC 9110 §8.6 "Content-Length": one decimal number.
    #[error("Content-Length {value:?} is no number of bytes")]
    ContentLength {
        /// The value.
        value: String,
    },
    /// RFC 9112 §6.3 "Message Body Length": two lengths, be they equal.
    #[error("Content-Length came more than once, at last as {value:?}")]
    ContentLengthRepeated {
        /// The last value.
        value: String,
    },
    /// RFC 9112 §6.1 "Transfer-Encoding": both framings at once is how requests are smuggled.
    #[error(
        "both Content-Length {content_length:?} and Transfer-Encoding {transfer_encoding:?} came"
    )]
    TwoFramings {
        /// The value of the one.
        content_length: String,
        /// The value of the other.
        transfer_encoding: String,
    },
    /// RFC 9112 §6.1 "Transfer-Encoding": HTTP/1.0 has no transfer codings.
    #[error("Transfer-Encoding {value:?} came with HTTP/1.0")]
    TransferEncodingInHttp10 {
        /// The value.
        value: String,
    },
    /// RFC 9112 §6.3 "Message Body Length": `chunked` is the last coding, and there once.
    #[error("Transfer-Encoding {value:?} is not a single \"chunked\"")]
    TransferEncoding {
        /// The value.
        value: String,
    },
    /// RFC 9112 §11.2 "Request Smuggling": one field with a list, or several, is what parsers disagree about.
    #[error("Transfer-Encoding came more than once, at last as {value:?}")]
    TransferEncodingRepeated {
        /// The last value.
        value: String,
    },
    /// RFC 9112 §6.1 "Transfer-Encoding": a coding that is not implemented.
    #[error("Transfer-Encoding {value:?} is not implemented; use \"chunked\" alone")]
    TransferEncodingNotImplemented {
        /// The value.
        value: String,
    },
    /// RFC 9110 §10.1.1 "Expect": an expectation that cannot be met.
    #[error("expectation {value:?} cannot be met")]
    Expectation {
        /// The value.
        value: String,
    },
    /// RFC 9110 §15.5.14 "413 Content Too Large".
    #[error("the body is longer than {limit} bytes")]
    BodyTooLarge {
        /// [`Limits::body`](super::Limits::body).
        limit: u64,
    },
    /// RFC 9112 §7.1 "Chunked Transfer Coding": a chunk begins with its size, hexadecimal.
    #[error("byte {byte:#04x} stands in the size of a chunk")]
    ChunkSize {
        /// The byte.
        byte: u8,
    },
    /// RFC 9112 §7.1 "Chunked Transfer Coding": a recipient must not let the size overflow.
    #[error("the size of a chunk has more than 16 digits")]
    ChunkSizeTooLong,
    /// RFC 9112 §7.1.1 "Chunk Extensions": text behind a semicolon.
    #[error("byte {byte:#04x} stands in the extension of a chunk where it must not")]
    ChunkExtension {
        /// The byte.
        byte: u8,
    },
    /// RFC 9112 §7.1.1 "Chunk Extensions": their total length is to be bounded.
    #[error("the extensions of chunks are longer than {limit} bytes")]
    ChunkExtensionsTooLarge {
        /// [`Limits::chunk_extensions`](super::Limits::chunk_extensions).
        limit: usize,
    },
    /// RFC 9112 §7.1 "Chunked Transfer Coding": data of a chunk ends where its size says, with CR LF.
    #[error("byte {byte:#04x} stands where the line end behind a chunk should be")]
    ChunkEnd {
        /// The byte.
        byte: u8,
    },
    /// RFC 9112 §7.1.2 "Chunked Trailer Section": trailers are field lines.
    #[error("byte {byte:#04x} stands in the trailer section where it must not")]
    Trailer {
        /// The byte.
        byte: u8,
    },
    /// RFC 9110 §5.4 "Field Limits", for the trailer section.
    #[error("the trailer section is longer than {limit} bytes")]
    TrailersTooLarge {
        /// [`Limits::trailers`](super::Limits::trailers).
        limit: usize,
    },
    /// RFC 9110 §15.5.9 "408 Request Timeout": for servers that wait no longer.
    #[error("the request did not arrive in time")]
    Timeout,
    /// RFC 9110 §15.6.5 "504 Gateway Timeout": for servers that wait no longer for the application.
    #[error("the application did not begin to answer within {} seconds", limit.as_secs_f64())]
    Deadline {
        /// How long it had.
        limit: Duration,
    },
    /// RFC 9110 §15.6.4 "503 Service Unavailable": for servers that keep large bodies in files.
    #[error("there is no room to keep the body in")]
    NoRoom,
}

impl Refusal {
    /// The status that the client gets.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::Deadline { .. } => StatusCode::GATEWAY_TIMEOUT,
            Self::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RequestLineTooLong { .. } => StatusCode::URI_TOO_LONG,
            Self::Expectation { .. } => StatusCode::EXPECTATION_FAILED,
            Self::TooManyFields { .. }
            | Self::FieldTooLarge { .. }
            | Self::HeadTooLarge { .. }
            | Self::TrailersTooLarge { .. } => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Misdirected { .. } => StatusCode::MISDIRECTED_REQUEST,
            Self::Connect
            | Self::MethodTooLong { .. }
            | Self::TransferEncodingNotImplemented { .. } => StatusCode::NOT_IMPLEMENTED,
            Self::VersionNotSupported { .. } => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// Appends a whole response to `out`: the status, its name as the body, `Connection: close`.
    ///
    /// The reason stays out of it: it may quote what others sent over the connection, and is for the log.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.encode_for(&Method::GET, out);
    }

    /// As [`encode`](Refusal::encode), for a request whose method is known: the response to HEAD has no body.
    ///
    /// # Specification
    /// RFC 9110 §9.3.2 "HEAD"
    pub fn encode_for(&self, method: &Method, out: &mut Vec<u8>) {
        let (end, with_body) = (response_head::Persistence::Close, method != Method::HEAD);
        response_head::encode_plain(&self.status().into(), end, with_body, None, out);
    }
}

/// The most characters that an excerpt shows.
const MOST: usize = 64;

/// What came, as Latin-1 text of at most 64 characters, to be shown by `{:?}`.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    let mut text: String = bytes.iter().take(MOST).map(|&b| char::from(b)).collect();
    if bytes.len() > MOST {
        text.push('…');
    }
    text
}

/// As [`excerpt`], of the end of what came.
pub(super) fn excerpt_of_end(bytes: &[u8]) -> String {
    let cut = bytes.len().saturating_sub(MOST);
    let start = if cut > 0 { "…" } else { "" };
    let end = bytes[cut..].iter().map(|&byte| char::from(byte));
    start.chars().chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_a_whole_response_that_closes_and_says_no_more_than_its_status() {
        let mut out = Vec::new();
        let refusal = Refusal::Method {
            method: "secret".to_owned(),
        };
        refusal.encode(&mut out);
        let text = String::from_utf8(out).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\nDate: "));
        for line in [
            "Content-Type: text/plain; charset=utf-8",
            "Content-Length: 12",
            "Connection: close",
        ] {
            assert!(head.lines().any(|found| found == line), "{line} in {head}");
        }
        assert_eq!(body, "Bad Request\n");
        let mut to_head = Vec::new();
        refusal.encode_for(&Method::HEAD, &mut to_head);
        let to_head = String::from_utf8(to_head).unwrap();
        assert!(to_head.contains("Content-Length: 12\r\n") && to_head.ends_with("\r\n\r\n"));
    }

    #[test]
    fn the_text_for_the_log_is_one_line_of_bounded_length() {
        let line = excerpt(&[b"evil\r\n\x1b[2J".as_slice(), &[b'x'; 10_000]].concat());
        let text = Refusal::RequestLine { line }.to_string();
        assert!(
            text.len() < 200 && !text.contains(char::is_control),
            "{text}"
        );
        assert!(text.contains("x…"), "{text}");
        assert!(text.contains(r"evil\r\n\u{1b}[2J"), "{text}");
        let long = [&[b'x'; 10_000], b"end\n".as_slice()].concat();
        let near = excerpt_of_end(&long);
        assert!(near.starts_with("…x") && near.ends_with("xend\n"), "{near}");
        assert_eq!(
            (near.chars().count(), &*excerpt_of_end(b"a\n")),
            (65, "a\n")
        );
    }
}
