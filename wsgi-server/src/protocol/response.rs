//! The framing guard: one response, whose bytes are always framed as its head says.

mod early_hints;

use std::io::Write;
use std::time::SystemTime;

use http::Version;
use wsgi_core::{ExcInfo, Headers, StartResponseError, StatusLine, WriteError};

use super::response_head::{self, Payload, Persistence, ResponseHead};
use super::{CloseReason, Ending};

/// Turns what an application does into the bytes of one response.
///
/// Whatever the order of the calls and whatever the application claims, what comes out is one well-formed
/// response, or a visibly truncated one after which the connection is to be closed. The head goes out with the
/// first byte of the body, so that an error handler can still replace it; head and first block are appended to
/// the same buffer, so that they leave in one send.
///
/// # Examples
/// ```
/// use http::Version;
/// use wsgi_core::{Headers, StatusLine};
/// use wsgi_server::protocol::{CloseReason, Ending, ResponseWriter};
///
/// let mut response = ResponseWriter::new(false, Version::HTTP_11, true);
/// let mut out = Vec::new();
/// response.start(StatusLine::OK, Headers::try_from_pairs([("Content-Length", "5")])?, None)?;
/// response.write(b"hell", None, &mut out)?;
/// let short = CloseReason::TooShort { length: 5, sent: 4 };
/// assert_eq!(response.finish(None, &mut out), Ending::Close(Some(short)));
/// # Ok::<(), wsgi_core::ApplicationError>(())
/// ```
///
/// # Specification
/// [PEP 3333, The `start_response()` Callable](https://peps.python.org/pep-3333/#the-start-response-callable) and
/// [Handling the `Content-Length` Header](https://peps.python.org/pep-3333/#handling-the-content-length-header);
/// RFC 9112 §6 "Message Body", §9.3 "Persistence"
#[derive(Debug)]
pub struct ResponseWriter {
    is_head: bool,
    version: Version,
    keep_alive: bool,
    now: Option<SystemTime>,
    response: Option<ResponseHead>,
    /// Whether `start` was called, and be it in vain.
    called: bool,
    state: State,
    /// Bytes of the body that went out.
    sent: u64,
    /// What the application did that keeps the connection from being used again.
    fault: Option<CloseReason>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Nothing went out.
    Unsent,
    /// The head went out.
    Sent {
        payload: Payload,
        /// Whether the line end behind the last chunk is still owed: its data was the caller's to send.
        chunk_open: bool,
    },
    /// All went out that ever will.
    Ended { status: Option<u16>, ending: Ending },
}

impl ResponseWriter {
    /// For the answer to one request: whether its method is HEAD, its version, and whether its connection may
    /// persist as far as the client is concerned.
    pub fn new(method_is_head: bool, version: Version, keep_alive: bool) -> Self {
        Self {
            is_head: method_is_head,
            version,
            keep_alive,
            now: None,
            response: None,
            called: false,
            state: State::Unsent,
            sent: 0,
            fault: None,
        }
    }

    /// Dates the response by this time rather than by a look at the clock: for a server that has just looked,
    /// and for tests.
    #[must_use]
    pub fn at(mut self, now: SystemTime) -> Self {
        self.now = Some(now);
        self
    }

    /// From now on the connection will not persist: the head, if it is still to go out, says so.
    pub fn close_after(&mut self) {
        self.keep_alive = false;
    }

    /// What `start_response` does: stores status and headers, to be sent with the first byte of the body.
    ///
    /// # Errors
    /// [`StartResponseError::Twice`] on a second call without `exc_info`, also when the first one was refused;
    /// [`StartResponseError::HeadersSent`] once the head has gone out; [`StartResponseError::Status`] for 1xx; [`StartResponseError::Header`] for a
    /// hop-by-hop header, and for a `Content-Length` that is malformed or given twice. What was stored stays.
    pub fn start(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        match exc_info {
            Some(trapped) if self.head_sent() => {
                return Err(StartResponseError::HeadersSent(trapped));
            }
            None if self.head_sent() || self.called => return Err(StartResponseError::Twice),
            _ => {}
        }
        self.called = true;
        self.response = Some(ResponseHead::new(status, headers)?);
        Ok(())
    }

    /// Appends a block of the body, behind the head if that has not gone out. An empty block does nothing.
    ///
    /// `length` is the length of the whole body, if that is known; it counts when the head goes out and the
    /// application gave no `Content-Length`. A block for HEAD, 204, 205 or 304 makes the head go out alone.
    ///
    /// # Errors
    /// [`WriteError::NotStarted`] before [`start`](ResponseWriter::start); [`WriteError::BeyondContentLength`],
    /// the part up to the length having been appended; [`WriteError::Other`] after the end.
    pub fn write(
        &mut self,
        block: &[u8],
        length: Option<u64>,
        out: &mut Vec<u8>,
    ) -> Result<(), WriteError> {
        let given = block.len() as u64;
        let (fits, promised) = self.admit(given, length, out)?;
        // `fits` is at most the block's length, so it is a `usize`.
        out.extend_from_slice(&block[..fits as usize]);
        self.close_chunk(out);
        match promised {
            Some(length) if fits < given => Err(WriteError::BeyondContentLength {
                length,
                surplus: given - fits,
            }),
            _ => Ok(()),
        }
    }

    /// As [`write`](ResponseWriter::write), for `length` bytes that the caller sends itself, right behind what is in `out` (as
    /// `sendfile` does). Returns how many of them to send: fewer than `length` where they would exceed the
    /// `Content-Length`, none for HEAD, 204, 205 and 304.
    ///
    /// # Errors
    /// [`WriteError::NotStarted`], and [`WriteError::Other`] after the end.
    pub fn write_raw(
        &mut self,
        length: u64,
        total: Option<u64>,
        out: &mut Vec<u8>,
    ) -> Result<u64, WriteError> {
        Ok(self.admit(length, total, out)?.0)
    }

    /// Ends the response, for the body has ended: appends the head if it is still unsent, the last chunk where
    /// there are chunks. Without [`start`](ResponseWriter::start) it does what [`fail`](ResponseWriter::fail) does.
    ///
    /// `length` is the length of the whole body, if that is known: what HEAD tells of a body that was not read.
    pub fn finish(&mut self, length: Option<u64>, out: &mut Vec<u8>) -> Ending {
        if let State::Ended { ending, .. } = self.state {
            return ending;
        }
        if !self.is_started() {
            return self.fail(out);
        }
        if !self.head_sent() {
            // There was no byte of a body, so its length is 0 unless it was not looked at, as for HEAD.
            let length = if self.is_head {
                length
            } else {
                Some(length.unwrap_or(0))
            };
            self.send_head(0, length, out);
        }
        self.close_chunk(out);
        if let State::Sent { payload, .. } = self.state {
            match payload {
                Payload::Chunked => out.extend_from_slice(b"0\r\n\r\n"),
                Payload::Length(length) if self.sent < length => {
                    let sent = self.sent;
                    self.fault = Some(CloseReason::TooShort { length, sent });
                }
                Payload::Length(_) | Payload::UntilClose | Payload::Stripped => {}
            }
        }
        let ending = match self.fault {
            None if self.keep_alive => Ending::KeepAlive,
            fault => Ending::Close(fault),
        };
        self.end(ending)
    }

    /// Ends the response, for the application has failed: appends a whole `500 Internal Server Error` if nothing
    /// went out, and nothing otherwise, so that the truncation shows.
    pub fn fail(&mut self, out: &mut Vec<u8>) -> Ending {
        match self.state {
            State::Ended { ending, .. } => ending,
            State::Sent { .. } => {
                let reason = self.fault.unwrap_or(CloseReason::Failed);
                self.end(Ending::Close(Some(reason)))
            }
            State::Unsent => {
                let status = StatusLine::INTERNAL_SERVER_ERROR;
                let connection = Persistence::new(self.keep_alive, self.version);
                self.sent =
                    response_head::encode_plain(&status, connection, !self.is_head, self.now, out);
                let ending = if self.keep_alive {
                    Ending::KeepAlive
                } else {
                    Ending::Close(None)
                };
                self.response = None;
                self.state = State::Ended {
                    status: Some(status.code()),
                    ending,
                };
                ending
            }
        }
    }

    /// Whether [`start`](ResponseWriter::start) has succeeded.
    pub fn is_started(&self) -> bool {
        self.response.is_some()
    }

    /// Whether the head has gone out, so that nothing about it can change.
    pub fn head_sent(&self) -> bool {
        !matches!(self.state, State::Unsent)
    }

    /// Whether further blocks have a place in the response: false once the `Content-Length` is reached, for HEAD,
    /// 204, 205 and 304 once started, and after the end. The body need not be iterated any further then.
    pub fn wants_more(&self) -> bool {
        let payload = match (&self.state, &self.response) {
            (State::Ended { .. }, _) => return false,
            (State::Sent { payload, .. }, _) => *payload,
            (State::Unsent, None) => return true,
            (State::Unsent, Some(head)) => head.payload(self.is_head, self.version, None),
        };
        match payload {
            Payload::Stripped => false,
            Payload::Length(length) => self.sent < length,
            Payload::Chunked | Payload::UntilClose => true,
        }
    }

    /// The status that was, or would now be, sent.
    pub fn status(&self) -> Option<u16> {
        match self.state {
            State::Ended { status, .. } => status,
            _ => self.response.as_ref().map(|head| head.status.code()),
        }
    }

    /// How many bytes of the body have been appended, or handed to the caller to send; chunk framing not counted.
    pub fn body_bytes(&self) -> u64 {
        self.sent
    }

    /// Makes way for `given` bytes of body. Returns how many of them fit, and the length that was promised.
    fn admit(
        &mut self,
        given: u64,
        length: Option<u64>,
        out: &mut Vec<u8>,
    ) -> Result<(u64, Option<u64>), WriteError> {
        if given == 0 {
            return Ok((0, None));
        }
        if !self.head_sent() {
            self.send_head(given, length, out);
        }
        let State::Sent { payload, .. } = self.state else {
            return Err(self.refuse_write());
        };
        self.close_chunk(out);
        let (fits, promised) = match payload {
            Payload::Stripped => (0, None),
            Payload::Length(length) => (given.min(length - self.sent), Some(length)),
            Payload::UntilClose => (given, None),
            Payload::Chunked => {
                // Writing to a `Vec` cannot fail.
                let _ = write!(out, "{given:x}\r\n");
                self.state = State::Sent {
                    payload,
                    chunk_open: true,
                };
                (given, None)
            }
        };
        if let Some(length) = promised
            && fits < given
        {
            self.fault = Some(CloseReason::TooLong { length });
        }
        self.sent += fits;
        Ok((fits, promised))
    }

    /// Appends the head, if there is one. `given` bytes of body follow it at once.
    fn send_head(&mut self, given: u64, length: Option<u64>, out: &mut Vec<u8>) {
        let (State::Unsent, Some(head)) = (&self.state, &self.response) else {
            return;
        };
        // A body that is nowhere near is not empty for HEAD: the application may have left it out.
        let length = length.filter(|&length| length > 0 || !self.is_head);
        let payload = head.payload(self.is_head, self.version, length);
        // A mismatch that is known by now will end the connection, which the client should be told.
        if let Payload::Length(promised) = payload
            && (given > promised || length.is_some_and(|length| length != promised))
        {
            self.keep_alive = false;
        }
        self.keep_alive &= payload != Payload::UntilClose;
        let connection = Persistence::new(self.keep_alive, self.version);
        head.encode(payload, length, connection, self.now, out);
        self.state = State::Sent {
            payload,
            chunk_open: false,
        };
    }

    fn close_chunk(&mut self, out: &mut Vec<u8>) {
        if let State::Sent { chunk_open, .. } = &mut self.state
            && std::mem::take(chunk_open)
        {
            out.extend_from_slice(b"\r\n");
        }
    }

    fn refuse_write(&self) -> WriteError {
        match self.state {
            State::Ended { .. } => WriteError::Other("the response has ended".into()),
            _ => WriteError::NotStarted,
        }
    }

    fn end(&mut self, ending: Ending) -> Ending {
        let status = self.status();
        self.state = State::Ended { status, ending };
        ending
    }
}

#[cfg(test)]
mod tests;
