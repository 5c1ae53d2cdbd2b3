//! Streams of bytes as clients send them, right, nearly right and wrong, and what our parser makes of them.

mod generator;
mod handmade;

use wsgi_core::Environ;
use wsgi_server::protocol::{BodyDecoder, HeadReader, Limits, Refusal, RequestHead};

pub(crate) use generator::{Random, stream};
pub(crate) use handmade::HANDMADE;

/// What was found in a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) requests: Vec<Request>,
    pub(crate) end: End,
}

/// One request, as the application would see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) version: String,
    /// Names in lower case and values, as Latin-1.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) persists: bool,
}

/// Why there are no further requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// More bytes of a head are needed.
    InHead,
    /// More bytes of a body are needed.
    InBody,
    /// The last request has the connection closed.
    Closed,
    Refused(Refusal),
}

/// Reads a stream that arrives in pieces.
#[derive(Debug, Default)]
pub(crate) struct Session {
    buffer: Vec<u8>,
    head: HeadReader,
    environ: Environ,
    body: Option<(RequestHead, BodyDecoder, Vec<u8>)>,
    requests: Vec<Request>,
    end: Option<End>,
}

impl Session {
    pub(crate) fn of<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> Seen {
        let mut session = Self::default();
        for piece in pieces {
            session.receive(piece);
        }
        let unfinished = if session.body.is_some() {
            End::InBody
        } else {
            End::InHead
        };
        Seen {
            requests: session.requests,
            end: session.end.unwrap_or(unfinished),
        }
    }

    fn receive(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
        while self.end.is_none() {
            match self.step() {
                Ok(true) => {}
                Ok(false) => return,
                Err(refusal) => self.end = Some(End::Refused(refusal)),
            }
        }
    }

    /// One head, or one body. `false` when more bytes are needed.
    fn step(&mut self) -> Result<bool, Refusal> {
        let limits = Limits::default();
        let Some((head, decoder, body)) = &mut self.body else {
            let read = self.head.read(&self.buffer, &limits, &mut self.environ)?;
            let Some(head) = read else {
                return Ok(false);
            };
            self.buffer.drain(..head.length);
            self.body = Some((head, BodyDecoder::new(head.framing, &limits), Vec::new()));
            return Ok(true);
        };
        let used = decoder.decode(&self.buffer, body)?;
        self.buffer.drain(..used);
        if !decoder.is_complete() {
            return Ok(false);
        }
        let request = Request::of(&self.environ, *head, body);
        if !request.persists {
            self.end = Some(End::Closed);
        }
        self.requests.push(request);
        self.environ.reset();
        self.body = None;
        Ok(true)
    }
}

impl Request {
    fn of(environ: &Environ, head: RequestHead, body: &[u8]) -> Self {
        let fields = environ.headers().iter();
        Self {
            method: environ.method().to_string(),
            target: latin_1(environ.target()),
            version: format!("{:?}", environ.version()).replace("HTTP/", ""),
            fields: fields
                .map(|(name, value)| (name.to_ascii_lowercase(), latin_1(value)))
                .collect(),
            body: latin_1(body),
            persists: head.keep_alive,
        }
    }
}

fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}
