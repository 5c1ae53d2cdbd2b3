//! What is on its way to a client: bytes, then perhaps a large block or a part of a file.

use std::fs::File;
use std::io::{self, IoSlice};

use bytes::{Buf, Bytes};
use wsgi_core::Completion;

use crate::completions::Completions;
use crate::stream::Stream;

/// Bytes that are still to be sent, in order: the buffer, then the tail.
#[derive(Debug, Default)]
pub(crate) struct Output {
    /// Heads and small blocks, encoded one behind the other.
    pub(crate) buffer: Vec<u8>,
    sent: usize,
    /// How many bytes the client has taken in all; each that is sent counts.
    taken: u64,
    tail: Tail,
    completions: Completions,
}

/// What follows the buffer without having been copied into it.
#[derive(Debug, Default)]
enum Tail {
    #[default]
    None,
    Block(Bytes),
    File {
        file: File,
        offset: u64,
        remaining: u64,
    },
}

/// What one system call is given at most. Systems take no more than 2 GiB at once, which must not pass for a client
/// that has no room.
const AT_ONCE: usize = 1 << 30;

/// What became of an attempt to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flush {
    /// Everything is out.
    Done,
    /// The client takes no more for now.
    Blocked,
}

impl Output {
    /// How many bytes are still to be sent.
    pub(crate) fn pending(&self) -> u64 {
        let tail = match &self.tail {
            Tail::None => 0,
            Tail::Block(block) => block.len() as u64,
            Tail::File { remaining, .. } => *remaining,
        };
        (self.buffer.len() - self.sent) as u64 + tail
    }

    /// How many bytes the system has taken for the client, ever.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// Whether something stands behind the buffer, so that nothing can be added before it is sent.
    pub(crate) fn must_go_first(&self) -> bool {
        !matches!(self.tail, Tail::None)
    }

    /// Puts a block behind the buffer without copying it. Nothing else may stand there yet.
    pub(crate) fn push_block(&mut self, block: Bytes) {
        debug_assert!(matches!(self.tail, Tail::None), "one tail at a time");
        self.tail = Tail::Block(block);
    }

    /// Puts a part of a file behind the buffer. Nothing else may stand there yet.
    pub(crate) fn push_file(&mut self, file: File, offset: u64, length: u64) {
        debug_assert!(matches!(self.tail, Tail::None), "one tail at a time");
        self.tail = Tail::File {
            file,
            offset,
            remaining: length,
        };
    }

    /// Ends a response whose last byte was put here, as soon as that is out.
    pub(crate) fn push_completion(&mut self, completion: Completion) {
        self.completions.push(completion, self.pending());
    }

    /// Sends until all is out or the client takes no more.
    ///
    /// # Errors
    /// The client is gone, or a file became shorter while it was sent: what was promised cannot be kept.
    pub(crate) fn flush(&mut self, stream: &Stream) -> io::Result<Flush> {
        while self.pending() > 0 {
            let before = self.pending();
            let sent = self.send_some(stream);
            if !self.completions.is_empty() {
                self.completions.sent(before - self.pending());
            }
            let is_full = match sent {
                Ok(sent) => sent == Sent::Full,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => false,
                Err(error) => return Err(error),
            };
            if is_full {
                self.forget_sent();
                return Ok(Flush::Blocked);
            }
        }
        if !self.completions.is_empty() {
            self.completions.sent(0); // what was sent aside may have been the last of it
        }
        self.buffer.clear();
        self.sent = 0;
        self.tail = Tail::None;
        Ok(Flush::Done)
    }

    /// Sends from the buffer, once, for a thread that is in the application.
    pub(crate) fn send_buffer(&mut self, stream: &Stream) -> io::Result<()> {
        let unsent = &self.buffer[self.sent..];
        if !unsent.is_empty() {
            let part = &unsent[..unsent.len().min(AT_ONCE)];
            let count = stream.send(part)?;
            self.sent += count;
            self.taken += count as u64;
            self.completions.sent_aside(count as u64);
        }
        Ok(())
    }

    /// A client that always leaves something behind must not make the buffer hold all that it ever took. Moves fewer
    /// bytes than were sent since the last time.
    fn forget_sent(&mut self) {
        if self.sent > self.buffer.len() / 2 {
            self.buffer.drain(..self.sent);
            self.sent = 0;
        }
    }

    fn send_some(&mut self, stream: &Stream) -> io::Result<Sent> {
        let unsent = &self.buffer[self.sent..];
        match &mut self.tail {
            Tail::Block(block) if !block.is_empty() => {
                let part = &block[..block.len().min(AT_ONCE)];
                let wanted = unsent.len() + part.len();
                let count = stream.send_vectored(&[IoSlice::new(unsent), IoSlice::new(part)])?;
                self.taken += count as u64;
                let of_buffer = count.min(unsent.len());
                self.sent += of_buffer;
                block.advance(count - of_buffer);
                Sent::of(count, wanted)
            }
            Tail::File {
                file,
                offset,
                remaining,
            } if unsent.is_empty() => {
                let wanted = usize::try_from(*remaining)
                    .unwrap_or(usize::MAX)
                    .min(AT_ONCE);
                let count = send_file(stream, file, offset, wanted)?;
                if count == 0 {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "the file became shorter",
                    ));
                }
                *remaining -= count as u64;
                self.taken += count as u64;
                // Fewer than wanted may be for the file's sake, so nothing is known of the client.
                Ok(Sent::Some)
            }
            _ => {
                let part = &unsent[..unsent.len().min(AT_ONCE)];
                // Alone, the head of a file would be a segment that wakes the client for nothing.
                let count = match self.tail {
                    Tail::File { .. } => stream.send_ahead(part)?,
                    _ => stream.send(part)?,
                };
                let sent = Sent::of(count, part.len());
                self.sent += count;
                self.taken += count as u64;
                sent
            }
        }
    }
}

/// What one system call came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    /// There may be room for more.
    Some,
    /// The client took a part and has no room for the rest: asking again would be in vain, and the next room makes an
    /// edge (epoll(7), "I/O space is exhausted").
    Full,
}

impl Sent {
    fn of(count: usize, wanted: usize) -> io::Result<Self> {
        match count {
            0 => Err(io::ErrorKind::WriteZero.into()),
            _ if count < wanted => Ok(Self::Full),
            _ => Ok(Self::Some),
        }
    }
}

/// Sends from the file without taking its bytes through this process; moves `offset`.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn send_file(stream: &Stream, file: &File, offset: &mut u64, count: usize) -> io::Result<usize> {
    Ok(rustix::fs::sendfile(stream, file, Some(offset), count)?)
}

/// Sends from the file by way of a buffer; moves `offset`.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn send_file(stream: &Stream, file: &File, offset: &mut u64, count: usize) -> io::Result<usize> {
    use std::os::unix::fs::FileExt;
    let mut block = vec![0; count.min(64 * 1024)];
    let read = file.read_at(&mut block, *offset)?;
    let sent = stream.send(&block[..read])?;
    *offset += sent as u64;
    Ok(sent)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    fn pair() -> (Stream, std::os::unix::net::UnixStream) {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        (Stream::from(mio::net::UnixStream::from_std(ours)), theirs)
    }

    /// Flushes while another thread reads; what that got.
    fn carried(mut output: Output) -> Vec<u8> {
        let (stream, mut theirs) = pair();
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            theirs.read_to_end(&mut all).unwrap();
            all
        });
        while output.flush(&stream).unwrap() == Flush::Blocked {
            let mut wait = [rustix::event::PollFd::new(
                &stream,
                rustix::event::PollFlags::OUT,
            )];
            rustix::event::poll(&mut wait, None).unwrap();
        }
        assert_eq!(output.pending(), 0);
        drop(stream);
        reader.join().unwrap()
    }

    #[test]
    fn a_large_block_follows_the_buffer_whole() {
        let block: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
        let mut output = Output {
            buffer: b"head ".to_vec(),
            ..Output::default()
        };
        output.push_block(block.clone().into());
        assert_eq!(output.pending(), 5 + 3_000_000);
        let got = carried(output);
        assert!(got.starts_with(b"head ") && got[5..] == block[..]);
    }

    #[test]
    fn a_client_that_always_lags_behind_costs_no_more_memory_for_it() {
        let (stream, mut theirs) = pair();
        let (mut output, mut taken) = (Output::default(), vec![0; 100_000]);
        while output.flush(&stream).unwrap() == Flush::Done {
            output.buffer.extend_from_slice(&[b'x'; 100_000]); // until the system takes no more
        }
        for _ in 0..100 {
            output.buffer.extend_from_slice(&[b'x'; 100_000]);
            theirs.read_exact(&mut taken).unwrap();
            assert_eq!(output.flush(&stream).unwrap(), Flush::Blocked);
        }
        let held = output.buffer.capacity();
        assert!(held < 1_000_000, "{held} of {} bytes", 100 * 100_000);
    }

    #[test]
    fn a_part_of_a_file_follows_the_buffer() {
        let mut file = tempfile::tempfile().unwrap();
        let content: Vec<u8> = (0..1_000_000u32).map(|i| (i % 253) as u8).collect();
        file.write_all(&content).unwrap();
        let mut output = Output {
            buffer: b"head ".to_vec(),
            ..Output::default()
        };
        output.push_file(file, 1000, 900_000);
        let got = carried(output);
        assert!(got.starts_with(b"head ") && got[5..] == content[1000..901_000]);
    }

    #[test]
    fn a_file_that_became_shorter_is_an_error_and_no_endless_loop() {
        let mut output = Output::default();
        output.push_file(tempfile::tempfile().unwrap(), 0, 10);
        let (stream, _theirs) = pair();
        assert_eq!(
            output.flush(&stream).unwrap_err().kind(),
            io::ErrorKind::UnexpectedEof
        );
    }

    #[test]
    fn a_client_that_is_gone_is_an_error() {
        let mut output = Output {
            buffer: b"x".to_vec(),
            ..Output::default()
        };
        let (stream, theirs) = pair();
        drop(theirs);
        assert_eq!(
            output.flush(&stream).unwrap_err().kind(),
            io::ErrorKind::BrokenPipe
        );
    }
}
