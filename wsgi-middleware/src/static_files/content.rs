//! The bytes of a file on their way out: from memory, from the file, in one part or in several.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::unix::fs::FileExt;

use bytes::Bytes;
use wsgi_core::{ApplicationError, Blocks, Body, FileRegion};

use super::range::ByteRange;

/// Parts up to this size, in bytes, are read at once: one system call takes less than what a server needs to send a
/// region of a file beside the head.
const SMALL: u64 = 32 * 1024;

/// The size of a block, in bytes, where a server has no way to send a region of a file.
const BLOCK: u64 = 64 * 1024;

/// Where the bytes of a representation are.
pub(super) enum Content {
    Memory(Bytes),
    File(File),
}

impl Content {
    /// These bytes. Fails when the file has become shorter since it was looked at and they are to be read at once.
    pub(super) fn part(self, part: ByteRange) -> io::Result<Body> {
        match self {
            Self::Memory(bytes) => Ok(Body::from(slice(&bytes, part))),
            Self::File(file) if part.length() <= SMALL => {
                let mut bytes = vec![0; part.length() as usize];
                file.read_exact_at(&mut bytes, part.first)?;
                Ok(Body::from(bytes))
            }
            Self::File(file) => Ok(Body::from_blocks(FilePart::new(file, part))),
        }
    }

    /// Several parts as `multipart/byteranges`: its content type, its length in bytes, and the body.
    ///
    /// # Specification
    /// RFC 9110 §14.6 "Media Type multipart/byteranges"
    pub(super) fn parts(
        self,
        parts: &[ByteRange],
        content_type: &[u8],
        size: u64,
    ) -> (String, u64, Body) {
        let boundary = boundary();
        let mut pieces = Vec::with_capacity(parts.len() * 2 + 1);
        let mut begin = format!("--{boundary}\r\n");
        for &part in parts {
            let mut head =
                std::mem::replace(&mut begin, format!("\r\n--{boundary}\r\n")).into_bytes();
            head.extend_from_slice(b"Content-Type: ");
            head.extend_from_slice(content_type);
            let range = part.content_range(size);
            head.extend_from_slice(format!("\r\nContent-Range: {range}\r\n\r\n").as_bytes());
            pieces.extend([Piece::Text(head), Piece::Part(part)]);
        }
        pieces.push(Piece::Text(format!("\r\n--{boundary}--\r\n").into_bytes()));
        let length = pieces.iter().map(Piece::length).sum();
        let content_type = format!("multipart/byteranges; boundary={boundary}");
        let multipart = Multipart {
            content: self,
            pieces: pieces.into_iter(),
            current: Piece::Text(Vec::new()),
            remaining: length,
            block: Vec::new(),
        };
        (content_type, length, Body::from_blocks(multipart))
    }

    /// Fills `block` with up to 64 KiB of a part.
    fn read(&self, part: ByteRange, block: &mut Vec<u8>) -> Result<(), ApplicationError> {
        match self {
            Self::Memory(bytes) => {
                block.clear();
                block.extend_from_slice(&slice(bytes, part));
            }
            Self::File(file) => {
                block.resize(part.length().min(BLOCK) as usize, 0);
                let read = file.read_at(block, part.first)?;
                block.truncate(read);
            }
        }
        if block.is_empty() {
            return Err(ApplicationError::Io(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file became shorter while it was sent",
            )));
        }
        Ok(())
    }
}

/// Part of what is in memory, without a copy; empty where there is no such part.
fn slice(bytes: &Bytes, part: ByteRange) -> Bytes {
    let at = |position: u64| {
        usize::try_from(position)
            .unwrap_or(usize::MAX)
            .min(bytes.len())
    };
    bytes.slice(at(part.first)..at(part.last.saturating_add(1)))
}

/// A string that stands in no file: who writes files cannot know it.
fn boundary() -> String {
    let half = || RandomState::new().hash_one("boundary");
    format!("{:016x}{:016x}", half(), half())
}

/// One part of a file, which a server may send as a region.
struct FilePart {
    content: Content,
    first: u64,
    remaining: u64,
    block: Vec<u8>,
}

impl FilePart {
    fn new(file: File, part: ByteRange) -> Self {
        Self {
            content: Content::File(file),
            first: part.first,
            remaining: part.length(),
            block: Vec::new(),
        }
    }
}

impl Blocks for FilePart {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        if self.remaining == 0 {
            return Ok(None);
        }
        let last = self.first + self.remaining - 1;
        let first = self.first;
        self.content
            .read(ByteRange { first, last }, &mut self.block)?;
        self.first += self.block.len() as u64;
        self.remaining -= self.block.len() as u64;
        Ok(Some(&self.block))
    }

    fn length(&self) -> Option<u64> {
        Some(self.remaining)
    }

    fn file(&mut self) -> Option<FileRegion<'_>> {
        let Content::File(file) = &self.content else {
            return None;
        };
        Some(FileRegion {
            file,
            offset: self.first,
            length: self.remaining,
        })
    }
}

enum Piece {
    Text(Vec<u8>),
    Part(ByteRange),
}

impl Piece {
    fn length(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Part(part) => part.length(),
        }
    }
}

/// Parts of a file with the heads between them.
struct Multipart {
    content: Content,
    pieces: std::vec::IntoIter<Piece>,
    /// What is left of the piece that has been begun.
    current: Piece,
    remaining: u64,
    block: Vec<u8>,
}

impl Blocks for Multipart {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        while self.current.length() == 0 {
            match self.pieces.next() {
                Some(piece) => self.current = piece,
                None => return Ok(None),
            }
        }
        match std::mem::replace(&mut self.current, Piece::Text(Vec::new())) {
            Piece::Text(text) => self.block = text,
            Piece::Part(part) => {
                self.content.read(part, &mut self.block)?;
                let first = part.first + self.block.len() as u64;
                if first <= part.last {
                    self.current = Piece::Part(ByteRange { first, ..part });
                }
            }
        }
        self.remaining -= self.block.len() as u64;
        Ok(Some(&self.block))
    }

    fn length(&self) -> Option<u64> {
        Some(self.remaining)
    }
}
