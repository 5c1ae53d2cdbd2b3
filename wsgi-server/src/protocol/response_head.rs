//! The head of a response: checked when the application gives it, encoded when its body begins.

use std::io::Write;
use std::time::SystemTime;

use http::Version;
use wsgi_core::{HeaderError, Headers, StartResponseError, StatusLine, is_hop_by_hop};

use super::{content_length, date};

/// Status and headers that can be sent.
#[derive(Debug)]
pub(super) struct ResponseHead {
    pub(super) status: StatusLine,
    headers: Headers,
    /// The application's `Content-Length`.
    pub(super) content_length: Option<u64>,
    has_date: bool,
    has_server: bool,
}

/// How the end of the response's body is told to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    /// There is none, whatever the application gives.
    Stripped,
    /// So many bytes.
    Length(u64),
    /// By the last chunk.
    Chunked,
    /// By the end of the connection: HTTP/1.0 clients know no chunks.
    UntilClose,
}

/// Whether, and how, the connection's future is told to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Persistence {
    /// The connection persists, as HTTP/1.1 connections do unless somebody says otherwise.
    KeepAlive,
    /// It persists, which HTTP/1.0 clients must be told.
    SayKeepAlive,
    /// It ends.
    Close,
}

impl Persistence {
    pub(super) fn new(keep_alive: bool, version: Version) -> Self {
        match keep_alive {
            true if version >= Version::HTTP_11 => Self::KeepAlive,
            true => Self::SayKeepAlive,
            false => Self::Close,
        }
    }

    fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(match self {
            Self::KeepAlive => b"".as_slice(),
            Self::SayKeepAlive => b"Connection: keep-alive\r\n",
            Self::Close => b"Connection: close\r\n",
        });
    }
}

impl ResponseHead {
    /// Takes what the application gave, unless it must not be sent.
    pub(super) fn new(status: StatusLine, headers: Headers) -> Result<Self, StartResponseError> {
        // RFC 9110 §15.2: a 1xx announces another response, and PEP 3333 has the application give one only.
        if status.code() < 200 {
            return Err(StartResponseError::Status {
                status: status.to_string(),
            });
        }
        let (mut content_length, mut has_date, mut has_server) = (None, false, false);
        for (index, (name, value)) in headers.iter().enumerate() {
            // By length first: most names differ there from all of these.
            match name.len() {
                4 => has_date |= name.eq_ignore_ascii_case("date"),
                6 => has_server |= name.eq_ignore_ascii_case("server"),
                14 if is_content_length(name) => {
                    let length = content_length::parse(value).filter(|_| content_length.is_none());
                    content_length = Some(length.ok_or_else(|| HeaderError::ContentLength {
                        index,
                        value: String::from_utf8_lossy(value).into_owned(),
                    })?);
                }
                _ if is_hop_by_hop(name) => {
                    let name = name.to_owned();
                    return Err(HeaderError::HopByHop { index, name }.into());
                }
                _ => {}
            }
        }
        Ok(Self {
            status,
            headers,
            content_length,
            has_date,
            has_server,
        })
    }

    /// How the body ends, if `length` is its length as far as the server knows.
    ///
    /// # Specification
    /// RFC 9112 §6.3 "Message Body Length", RFC 9110 §8.6 "Content-Length"
    pub(super) fn payload(&self, is_head: bool, version: Version, length: Option<u64>) -> Payload {
        if is_head || forbids_content(&self.status) {
            return Payload::Stripped;
        }
        match self.content_length.or(length) {
            Some(length) => Payload::Length(length),
            None if version >= Version::HTTP_11 => Payload::Chunked,
            None => Payload::UntilClose,
        }
    }

    /// The `Content-Length` that the client is told. `length` is that of the body, where it is known.
    fn announced_length(&self, length: Option<u64>) -> Option<u64> {
        match self.status.code() {
            // RFC 9110 §8.6: no Content-Length with 204.
            204 => None,
            // RFC 9110 §15.3.6: 205 has no content, which a length of zero says.
            205 => Some(0),
            // RFC 9110 §15.4.5: what a 200 would have had, which the application alone knows.
            304 => self.content_length,
            _ => self.content_length.or(length),
        }
    }

    /// Appends the head: status, `Date` and `Server` unless given, the application's headers in their order,
    /// then what frames the body.
    pub(super) fn encode(
        &self,
        payload: Payload,
        length: Option<u64>,
        end: Persistence,
        now: Option<SystemTime>,
        out: &mut Vec<u8>,
    ) {
        encode_status(&self.status, out);
        date::append_fields(now, !self.has_date, !self.has_server, out);
        let announced = self.announced_length(length);
        if announced == self.content_length {
            self.headers.write_lines(out);
        } else {
            for (name, value) in self
                .headers
                .iter()
                .filter(|(name, _)| !is_content_length(name))
            {
                encode_field(name.as_bytes(), value, out);
            }
            if let Some(length) = announced {
                encode_length(length, out);
            }
        }
        if payload == Payload::Chunked {
            out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
        }
        end.encode(out);
        out.extend_from_slice(b"\r\n");
    }
}

fn is_content_length(name: &str) -> bool {
    name == "Content-Length" || name.eq_ignore_ascii_case("content-length")
}

/// Statuses whose responses have no content: 1xx, 204, 205, 304 (RFC 9110 §15).
fn forbids_content(status: &StatusLine) -> bool {
    status.forbids_body() || status.code() == 205
}

/// Appends a whole response of the server's own: the reason phrase is the body, left out for HEAD. Returns the
/// number of bytes of the body.
pub(super) fn encode_plain(
    status: &StatusLine,
    end: Persistence,
    with_body: bool,
    now: Option<SystemTime>,
    out: &mut Vec<u8>,
) -> u64 {
    let body = [status.reason(), b"\n"].concat();
    encode_status(status, out);
    date::append_fields(now, true, true, out);
    encode_field(b"Content-Type", b"text/plain; charset=utf-8", out);
    encode_length(body.len() as u64, out);
    end.encode(out);
    out.extend_from_slice(b"\r\n");
    if with_body {
        out.extend_from_slice(&body);
    }
    if with_body { body.len() as u64 } else { 0 }
}

/// Always the highest version that is spoken here, also to HTTP/1.0 clients: RFC 9110 §2.5 "Protocol Version".
fn encode_status(status: &StatusLine, out: &mut Vec<u8>) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_bytes());
    out.extend_from_slice(b"\r\n");
}

fn encode_length(length: u64, out: &mut Vec<u8>) {
    // Writing to a `Vec` cannot fail.
    let _ = write!(out, "Content-Length: {length}\r\n");
}

fn encode_field(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}
