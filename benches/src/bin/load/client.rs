//! One connection: a request goes out, its response comes in, whole.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

/// One connection.
#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    pub(crate) group: usize,
    /// Which of the group's paths was asked for last, and when.
    pub(crate) path: usize,
    pub(crate) begun: Instant,
    /// Responses so far.
    pub(crate) answered: u64,
    /// What waits until the connection is there.
    unsent: Vec<u8>,
    received: Vec<u8>,
    /// Known once the head of the response is there.
    expected: Option<Response>,
}

/// What the head of a response says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Whether the server closes the connection behind it.
    pub(crate) closes: bool,
    /// In bytes, the head included.
    length: usize,
}

impl Client {
    /// Begins to connect; the first request follows when the connection is there.
    pub(crate) fn connect(
        address: SocketAddr,
        group: usize,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        Ok(Self {
            stream: open(address, registry, token)?,
            group,
            path: 0,
            begun: Instant::now(),
            answered: 0,
            unsent: Vec::new(),
            received: Vec::with_capacity(16 * 1024),
            expected: None,
        })
    }

    /// Begins anew, on a connection of its own.
    pub(crate) fn reconnect(
        &mut self,
        address: SocketAddr,
        registry: &Registry,
        token: Token,
    ) -> io::Result<()> {
        registry.deregister(&mut self.stream)?;
        self.stream = open(address, registry, token)?;
        self.received.clear();
        self.expected = None;
        Ok(())
    }

    /// Sends a request, as soon as the connection is there. Its time begins now.
    pub(crate) fn ask(&mut self, (index, path): (usize, &str), host: SocketAddr) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        (self.path, self.begun) = (index, Instant::now());
        self.unsent.clear();
        self.unsent.extend_from_slice(request.as_bytes());
        self.send();
    }

    /// Sends what has not gone out. What fails here fails when the response is waited for.
    pub(crate) fn send(&mut self) {
        if !self.unsent.is_empty()
            && let Ok(count) = self.stream.write(&self.unsent)
        {
            self.unsent.drain(..count);
        }
    }

    /// Takes in what has arrived; `None` while the response is incomplete.
    pub(crate) fn receive(&mut self) -> io::Result<Option<Response>> {
        let mut block = [0; 64 * 1024];
        loop {
            let count = match self.stream.read(&mut block) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error),
            };
            self.received.extend_from_slice(&block[..count]);
            if self.expected.is_none() {
                self.expected = response(&self.received)?;
            }
            if let Some(response) = self.expected
                && self.received.len() >= response.length
            {
                self.received.clear();
                return Ok(self.expected.take());
            }
            if count < block.len() {
                return Ok(None); // edge-triggered: the rest is told
            }
        }
    }
}

fn open(address: SocketAddr, registry: &Registry, token: Token) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
    Ok(stream)
}

/// The response that begins here; `None` while its head is incomplete.
fn response(received: &[u8]) -> io::Result<Option<Response>> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut fields);
    let parsed = head.parse(received).map_err(io::Error::other)?;
    let httparse::Status::Complete(end) = parsed else {
        return Ok(None);
    };
    let value = |name: &str| {
        let mut fields = head.headers.iter();
        let field = fields.find(|field| field.name.eq_ignore_ascii_case(name))?;
        str::from_utf8(field.value).ok()
    };
    let length: Option<usize> = value("content-length").and_then(|length| length.parse().ok());
    let length = length.ok_or_else(|| io::Error::other("a response without Content-Length"))?;
    Ok(Some(Response {
        status: head.code.unwrap_or(0),
        closes: value("connection").is_some_and(|option| option.eq_ignore_ascii_case("close")),
        length: end + length,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_ends_where_its_length_says() {
        let bytes = b"HTTP/1.1 204 No Content\r\ncontent-LENGTH: 3\r\n\r\nabc";
        let expected = Response {
            status: 204,
            closes: false,
            length: bytes.len(),
        };
        assert_eq!(response(bytes).unwrap(), Some(expected));
        assert_eq!(response(&bytes[..30]).unwrap(), None);
        assert!(response(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }

    #[test]
    fn a_server_that_closes_says_so() {
        let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n";
        assert!(response(bytes).unwrap().unwrap().closes);
    }
}
