//! The floor under every server: `floor 127.0.0.1:8000`. One thread, one receive and one send for what has arrived, a
//! ready answer, nothing read but the blank lines. What a server costs beyond this is its own.

use std::io::{self, ErrorKind, Read, Write};

use memchr::memmem;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nDate: Fri, 20 Nov 2026 00:00:00 GMT\r\nServer: wsgi-rs/0.1\r\n\
    Content-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";

/// The token of the listener; those of connections are their places in the list.
const LISTENER: Token = Token(usize::MAX);

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or("127.0.0.1:8000").parse();
    let mut listener = TcpListener::bind(address.map_err(io::Error::other)?)?;
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(256));
    let mut connections: Vec<Option<TcpStream>> = Vec::new();
    let (mut received, mut answers) = (vec![0; 64 * 1024], Vec::new());
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            outcome => outcome?,
        }
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((stream, _)) = listener.accept() {
                    connections.push(Some(stream));
                    let token = Token(connections.len() - 1);
                    if let Some(Some(stream)) = connections.last_mut() {
                        stream.set_nodelay(true)?;
                        poll.registry()
                            .register(stream, token, Interest::READABLE)?;
                    }
                }
            } else if let Some(slot) = connections.get_mut(event.token().0)
                && let Some(stream) = slot
                && answer(stream, &mut received, &mut answers).is_err()
            {
                *slot = None;
            }
        }
    }
}

/// Answers what has arrived; an error when the connection is over.
fn answer(stream: &mut TcpStream, received: &mut [u8], answers: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let count = match stream.read(received) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        answers.clear();
        for _ in memmem::find_iter(&received[..count], b"\r\n\r\n") {
            answers.extend_from_slice(ANSWER);
        }
        stream.write_all(answers)?;
        if count < received.len() {
            return Ok(()); // edge-triggered: what arrives later is told again
        }
    }
}
