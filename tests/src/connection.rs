//! A client that sends what it is told, byte by byte, and reads responses exactly.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt::set_socket_linger;

use crate::{DEADLINE, Framing, Response};

/// An open connection to a server.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    /// What was received and not yet read.
    buffer: Vec<u8>,
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Connection {
    /// Connects to `http://host:port`, `host:port` or `unix:path`.
    ///
    /// # Panics
    /// When nobody listens there.
    pub fn open(address: &str) -> Self {
        let stream = match address.strip_prefix("unix:") {
            Some(path) => UnixStream::connect(path).and_then(|stream| {
                stream.set_read_timeout(Some(DEADLINE))?;
                stream.set_write_timeout(Some(DEADLINE))?;
                Ok(Stream::Unix(stream))
            }),
            None => TcpStream::connect(address.trim_start_matches("http://")).and_then(|stream| {
                stream.set_read_timeout(Some(DEADLINE))?;
                stream.set_write_timeout(Some(DEADLINE))?;
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }),
        };
        let stream = stream.unwrap_or_else(|error| panic!("cannot connect to {address}: {error}"));
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    /// Sends these bytes as they are.
    ///
    /// # Panics
    /// When the server does not take them.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes)
            .unwrap_or_else(|error| panic!("cannot send: {error}"));
    }

    /// Sends these bytes to a server that may hang up meanwhile.
    ///
    /// # Errors
    /// When it did.
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        match &mut self.stream {
            Stream::Tcp(stream) => stream.write_all(bytes.as_ref()),
            Stream::Unix(stream) => stream.write_all(bytes.as_ref()),
        }
    }

    /// Says that nothing more will be sent.
    ///
    /// # Panics
    /// When the connection is gone.
    pub fn finish_sending(&mut self) {
        let finished = match &self.stream {
            Stream::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Stream::Unix(stream) => stream.shutdown(Shutdown::Write),
        };
        finished.unwrap_or_else(|error| panic!("cannot shut down: {error}"));
    }

    /// Leaves without a farewell: what is under way in either direction is lost, and the server gets a reset.
    ///
    /// # Panics
    /// When the system does not let it.
    pub fn reset(self) {
        let told = match &self.stream {
            Stream::Tcp(stream) => set_socket_linger(stream, Some(Duration::ZERO)),
            Stream::Unix(_) => Ok(()), // which know nothing of resets
        };
        told.unwrap_or_else(|error| panic!("cannot set SO_LINGER: {error}"));
    }

    /// Sends a request and reads its response; the method is taken from the request.
    ///
    /// # Panics
    /// As [`send`](Self::send) and [`response_to`](Self::response_to).
    pub fn request(&mut self, request: &str) -> Response {
        self.send(request);
        self.response_to(request.split(' ').next().unwrap_or("GET"))
    }

    /// Reads the response to a `GET`, or any other request that is not a `HEAD`.
    ///
    /// # Panics
    /// As [`response_to`](Self::response_to).
    pub fn response(&mut self) -> Response {
        self.response_to("GET")
    }

    /// Reads the next response, to a request of this method. An interim (1xx) response is one of its own.
    ///
    /// # Panics
    /// When the connection ends before a whole head came, or the response is malformed. A body that ends too
    /// early does not panic but is [`is_complete`](Response::is_complete)` == false`.
    pub fn response_to(&mut self, method: &str) -> Response {
        let head = self.read_until(b"\r\n\r\n").unwrap_or_else(|| {
            panic!(
                "the connection ended before a whole response head: {:?}",
                self.buffer.escape_ascii().to_string()
            )
        });
        let mut response = Response::parse_head(&head, method);
        let (body, is_complete) = match response.framing {
            Framing::NoBody => (Vec::new(), true),
            Framing::Length(length) => {
                let is_complete = self.fill_to(length);
                let available = length.min(self.buffer.len());
                (self.buffer.drain(..available).collect(), is_complete)
            }
            Framing::Chunked => self.read_chunks(),
            Framing::Close => (self.read_to_end(), true),
        };
        response.body = body;
        response.is_complete = is_complete;
        response
    }

    /// Reads until these bytes have come, and takes everything up to their end off.
    ///
    /// # Panics
    /// When the connection ends before.
    pub fn wait_for(&mut self, bytes: &[u8]) {
        if self.read_until(bytes).is_none() {
            let received = self.buffer.escape_ascii().to_string();
            panic!(
                "the connection ended before {:?}: {received:?}",
                bytes.escape_ascii().to_string()
            );
        }
    }

    /// Reads so many bytes and forgets them.
    ///
    /// # Panics
    /// When the connection ends before.
    pub fn take(&mut self, count: usize) {
        assert!(
            self.fill_to(count),
            "the connection ended before {count} bytes came"
        );
        self.buffer.drain(..count);
    }

    /// Whether the server closes the connection without sending another byte; waits until it does either.
    pub fn is_closed(&mut self) -> bool {
        !self.fill_to(1)
    }

    /// All that comes until the server closes the connection.
    pub fn read_to_end(&mut self) -> Vec<u8> {
        while self.receive() > 0 {}
        std::mem::take(&mut self.buffer)
    }

    /// RFC 9112 §7.1. Whether the last chunk came stands beside the decoded bytes.
    fn read_chunks(&mut self) -> (Vec<u8>, bool) {
        let mut body = Vec::new();
        loop {
            let Some(line) = self.read_until(b"\r\n") else {
                return (body, false);
            };
            let size = std::str::from_utf8(&line)
                .ok()
                .and_then(|size| usize::from_str_radix(size, 16).ok());
            let size = size
                .unwrap_or_else(|| panic!("no chunk size: {:?}", line.escape_ascii().to_string()));
            if !self.fill_to(size + 2) {
                body.append(&mut self.buffer);
                return (body, false);
            }
            body.extend(self.buffer.drain(..size));
            let end: Vec<u8> = self.buffer.drain(..2).collect();
            assert_eq!(end, b"\r\n", "what ends a chunk");
            if size == 0 {
                return (body, true);
            }
        }
    }

    /// What stands before this mark, taking the mark off as well; `None` when the connection ends before it.
    fn read_until(&mut self, mark: &[u8]) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = self
                .buffer
                .windows(mark.len())
                .position(|window| window == mark)
            {
                let found = self.buffer.drain(..at).collect();
                self.buffer.drain(..mark.len());
                return Some(found);
            }
            if self.receive() == 0 {
                return None;
            }
        }
    }

    fn fill_to(&mut self, length: usize) -> bool {
        while self.buffer.len() < length {
            if self.receive() == 0 {
                return false;
            }
        }
        true
    }

    /// Waits until one of these has something to read, or has ended, and tells which.
    ///
    /// # Panics
    /// When none has.
    pub fn first_to_speak(connections: &[Self]) -> usize {
        let sockets = connections.iter().map(|connection| &connection.stream);
        let mut sockets: Vec<_> = sockets
            .map(|stream| match stream {
                Stream::Tcp(stream) => PollFd::new(stream, PollFlags::IN),
                Stream::Unix(stream) => PollFd::new(stream, PollFlags::IN),
            })
            .collect();
        let deadline = Timespec::try_from(DEADLINE).expect("a minute");
        poll(&mut sockets, Some(&deadline)).expect("sockets");
        let spoke = |socket: &PollFd<'_>| !socket.revents().is_empty();
        let first = sockets.iter().position(spoke);
        first.unwrap_or_else(|| panic!("none of {} spoke within {DEADLINE:?}", sockets.len()))
    }

    /// Waits for some bytes, keeps them for what is read next, and tells how many; none at the end of the connection,
    /// orderly or not.
    ///
    /// # Panics
    /// When neither comes.
    pub fn receive(&mut self) -> usize {
        let mut piece = [0; 16 * 1024];
        let received = match &mut self.stream {
            Stream::Tcp(stream) => stream.read(&mut piece),
            Stream::Unix(stream) => stream.read(&mut piece),
        };
        match received {
            Ok(count) => {
                self.buffer.extend_from_slice(&piece[..count]);
                count
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => self.receive(),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => 0,
            Err(error) => panic!(
                "nothing more came within {DEADLINE:?} ({error}); unread: {:?}",
                self.buffer.escape_ascii().to_string()
            ),
        }
    }
}
