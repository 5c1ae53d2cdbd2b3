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
    received: Vec<u8>,
    /// Bytes of the response, known once its head is there.
    expected: Option<(usize, u16)>,
}

/// How much of a response is there.
pub(crate) enum Arrival {
    Partial,
    Whole { status: u16 },
}

impl Client {
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

    /// Sends a request. One that the socket does not take fails when the response is waited for.
    pub(crate) fn ask(&mut self, (index, path): (usize, &str), host: SocketAddr) -> io::Result<()> {
        let mut request = [0; 512];
        let mut rest = &mut request[..];
        write!(rest, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")?;
        let length = 512 - rest.len();
        (self.path, self.begun) = (index, Instant::now());
        match self.stream.write_all(&request[..length]) {
            Err(error) if error.kind() == ErrorKind::InvalidInput => Err(error),
            _ => Ok(()),
        }
    }

    /// Takes in what has arrived.
    pub(crate) fn receive(&mut self) -> io::Result<Arrival> {
        let mut block = [0; 64 * 1024];
        loop {
            let count = match self.stream.read(&mut block) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Arrival::Partial),
                Err(error) => return Err(error),
            };
            self.received.extend_from_slice(&block[..count]);
            if self.expected.is_none() {
                self.expected = response_length(&self.received)?;
            }
            if let Some((length, status)) = self.expected
                && self.received.len() >= length
            {
                self.received.clear();
                self.expected = None;
                return Ok(Arrival::Whole { status });
            }
            if count < block.len() {
                return Ok(Arrival::Partial); // edge-triggered: the rest is told
            }
        }
    }
}

fn open(address: SocketAddr, registry: &Registry, token: Token) -> io::Result<TcpStream> {
    let stream = std::net::TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_nonblocking(true)?;
    let mut stream = TcpStream::from_std(stream);
    registry.register(&mut stream, token, Interest::READABLE)?;
    Ok(stream)
}

/// Bytes of the response that begins here, and its status; `None` while its head is incomplete.
fn response_length(received: &[u8]) -> io::Result<Option<(usize, u16)>> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut fields);
    let parsed = head.parse(received).map_err(io::Error::other)?;
    let httparse::Status::Complete(end) = parsed else {
        return Ok(None);
    };
    let length = head.headers.iter().find_map(|field| {
        let named = field.name.eq_ignore_ascii_case("content-length");
        named.then(|| str::from_utf8(field.value).ok()?.parse::<usize>().ok())?
    });
    let length = length.ok_or_else(|| io::Error::other("a response without Content-Length"))?;
    Ok(Some((end + length, head.code.unwrap_or(0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_ends_where_its_length_says() {
        let response = b"HTTP/1.1 204 No Content\r\ncontent-LENGTH: 3\r\n\r\nabc";
        assert_eq!(
            response_length(response).unwrap(),
            Some((response.len(), 204))
        );
        assert_eq!(response_length(&response[..30]).unwrap(), None);
        assert!(response_length(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
