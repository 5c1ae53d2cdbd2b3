//! The bytes of a connection that came in and were not used yet.

use std::io::{self, Read};

/// Bytes that came in and were not used yet.
#[derive(Debug, Default)]
pub(crate) struct Received {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

/// What an attempt to read came to.
pub(crate) enum Fill {
    /// Something came; `drained` when that was all for now.
    Some {
        drained: bool,
    },
    WouldBlock,
    Ended,
}

impl Received {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(crate) fn consume(&mut self, count: usize) {
        self.start += count;
        debug_assert!(self.start <= self.end, "no more than was there");
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Reads once. A read that leaves room has emptied the socket: the next byte makes a new edge.
    pub(crate) fn fill(&mut self, stream: &mut impl Read) -> io::Result<Fill> {
        const LEAST: usize = 16 * 1024;
        if self.start > 0 && self.bytes.len() - self.end < LEAST / 2 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.bytes.len() - self.end < LEAST / 2 {
            // Grown bytes are set to zero once, then written over again and again.
            self.bytes.resize((self.bytes.len() * 2).max(LEAST), 0);
        }
        loop {
            let room = &mut self.bytes[self.end..];
            match stream.read(room) {
                Ok(0) => return Ok(Fill::Ended),
                Ok(count) => {
                    let drained = count < room.len();
                    self.end += count;
                    return Ok(Fill::Some { drained });
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Fill::WouldBlock);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
