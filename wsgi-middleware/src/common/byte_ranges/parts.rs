//! The parts that were asked for as a body: one by itself, several as `multipart/byteranges`.

use std::hash::{BuildHasher, RandomState};

use wsgi_core::{ApplicationError, Blocks, Body, FileRegion};

use super::ByteRange;

/// Where the bytes of a representation are.
pub(crate) trait ByteSource: Send {
    /// A block from the beginning of a part, no longer than that; empty while there is nothing yet.
    fn read(&mut self, part: ByteRange) -> Result<&[u8], ApplicationError>;

    /// The part as a region of a file, where it is one.
    fn file(&mut self, part: ByteRange) -> Option<FileRegion<'_>> {
        let _ = part;
        None
    }

    /// Called once, when the body is closed.
    fn close(&mut self) -> Result<(), ApplicationError> {
        Ok(())
    }
}

/// Parts of a representation, with the heads between them.
pub(crate) struct Parts<S> {
    source: S,
    pieces: std::vec::IntoIter<Piece>,
    /// What is left of the piece that has been begun.
    current: Piece,
    /// What is left of all, in bytes.
    remaining: u64,
    /// The text that is lent out.
    text: Vec<u8>,
}

enum Piece {
    Text(Vec<u8>),
    Part(ByteRange),
    Nothing,
}

impl Piece {
    fn length(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Part(part) => part.length(),
            Self::Nothing => 0,
        }
    }
}

impl<S: ByteSource + 'static> Parts<S> {
    /// One part.
    pub(crate) fn one(source: S, part: ByteRange) -> Body {
        Body::from_blocks(Self {
            source,
            pieces: Vec::new().into_iter(),
            current: Piece::Part(part),
            remaining: part.length(),
            text: Vec::new(),
        })
    }

    /// Several parts of a representation of `size` bytes and this content type: the content type of them all, their
    /// length in bytes, and the body.
    ///
    /// # Specification
    /// RFC 9110 §14.6 "Media Type multipart/byteranges"
    pub(crate) fn several(
        source: S,
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
            if !content_type.is_empty() {
                head.extend_from_slice(b"Content-Type: ");
                head.extend_from_slice(content_type);
                head.extend_from_slice(b"\r\n");
            }
            let range = part.content_range(size);
            head.extend_from_slice(format!("Content-Range: {range}\r\n\r\n").as_bytes());
            pieces.extend([Piece::Text(head), Piece::Part(part)]);
        }
        pieces.push(Piece::Text(format!("\r\n--{boundary}--\r\n").into_bytes()));
        let length = pieces.iter().map(Piece::length).sum();
        let body = Body::from_blocks(Self {
            source,
            pieces: pieces.into_iter(),
            current: Piece::Nothing,
            remaining: length,
            text: Vec::new(),
        });
        let content_type = format!("multipart/byteranges; boundary={boundary}");
        (content_type, length, body)
    }
}

/// A string that stands in no representation: who makes those cannot know it.
fn boundary() -> String {
    let half = || RandomState::new().hash_one("boundary");
    format!("{:016x}{:016x}", half(), half())
}

impl<S: ByteSource> Blocks for Parts<S> {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        while self.current.length() == 0 {
            match self.pieces.next() {
                Some(piece) => self.current = piece,
                None => return Ok(None),
            }
        }
        let (block, rest) = match std::mem::replace(&mut self.current, Piece::Nothing) {
            Piece::Text(text) => {
                self.text = text;
                (&*self.text, Piece::Nothing)
            }
            Piece::Part(part) => {
                let block = self.source.read(part)?;
                let first = part.first + block.len() as u64;
                let rest = (first <= part.last).then_some(ByteRange { first, ..part });
                (block, rest.map_or(Piece::Nothing, Piece::Part))
            }
            Piece::Nothing => (&[][..], Piece::Nothing),
        };
        self.current = rest;
        self.remaining = self.remaining.saturating_sub(block.len() as u64);
        Ok(Some(block))
    }

    fn length(&self) -> Option<u64> {
        Some(self.remaining)
    }

    fn file(&mut self) -> Option<FileRegion<'_>> {
        match self.current {
            Piece::Part(part) if self.pieces.len() == 0 => self.source.file(part),
            _ => None,
        }
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        self.source.close()
    }
}
