//! Where the bytes of an application's body are.

use std::io;
use std::os::unix::fs::FileExt;

use bytes::Bytes;
use wsgi_core::{ApplicationError, Body, FileRegion};

use crate::common::byte_ranges::{ByteRange, ByteSource, Parts};

/// The size of a block of a file, in bytes, where a server has no way to send a region.
const BLOCK: u64 = 64 * 1024;

pub(super) enum Source {
    Memory(Memory),
    File(File),
    Stream(Stream),
}

impl Source {
    /// Of a body that has `size` bytes and of which nothing was taken.
    pub(super) fn of(mut body: Body, size: u64) -> Self {
        if let Some(bytes) = body.take_full() {
            return Self::Memory(Memory(bytes));
        }
        if body.file().is_some_and(|region| region.length == size) {
            let block = Vec::new();
            return Self::File(File { body, block });
        }
        let position = 0;
        Self::Stream(Stream { body, position })
    }

    pub(super) fn part(self, part: ByteRange) -> Body {
        match self {
            Self::Memory(Memory(bytes)) => Body::from(bytes.slice(part.within(bytes.len()))),
            Self::File(file) => Parts::one(file, part),
            Self::Stream(stream) => Parts::one(stream, part),
        }
    }

    /// Several parts: the content type of them all, their length in bytes, and the body. A body in blocks can be gone
    /// through once, and is handed back.
    pub(super) fn parts(
        self,
        parts: &[ByteRange],
        content_type: &[u8],
        size: u64,
    ) -> Result<(String, u64, Body), Body> {
        match self {
            Self::Memory(memory) => Ok(Parts::several(memory, parts, content_type, size)),
            Self::File(file) => Ok(Parts::several(file, parts, content_type, size)),
            Self::Stream(stream) => Err(stream.body),
        }
    }
}

pub(super) struct Memory(Bytes);

impl ByteSource for Memory {
    fn read(&mut self, part: ByteRange) -> Result<&[u8], ApplicationError> {
        match &self.0[part.within(self.0.len())] {
            [] => Err(too_short()),
            block => Ok(block),
        }
    }
}

/// A body that is a region of a file, and is not asked for blocks.
pub(super) struct File {
    body: Body,
    block: Vec<u8>,
}

impl ByteSource for File {
    fn read(&mut self, part: ByteRange) -> Result<&[u8], ApplicationError> {
        let Some(region) = self.body.file() else {
            return Err(too_short());
        };
        self.block.resize(part.length().min(BLOCK) as usize, 0);
        let offset = region.offset.saturating_add(part.first);
        match region.file.read_at(&mut self.block, offset)? {
            0 => Err(too_short()),
            read => Ok(&self.block[..read]),
        }
    }

    fn file(&mut self, part: ByteRange) -> Option<FileRegion<'_>> {
        let region = self.body.file()?;
        Some(FileRegion {
            file: region.file,
            offset: region.offset.saturating_add(part.first),
            length: part.length(),
        })
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        std::mem::take(&mut self.body).close()
    }
}

/// A body in blocks, of which one part is given.
pub(super) struct Stream {
    body: Body,
    /// Where the next block begins.
    position: u64,
}

impl ByteSource for Stream {
    fn read(&mut self, part: ByteRange) -> Result<&[u8], ApplicationError> {
        let Some(block) = self.body.next_block()? else {
            return Err(too_short());
        };
        let start = self.position;
        self.position += block.len() as u64;
        let at = |position: u64| (position.saturating_sub(start)).min(block.len() as u64) as usize;
        Ok(&block[at(part.first)..at(part.last.saturating_add(1))])
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        std::mem::take(&mut self.body).close()
    }
}

/// The application's fault, though as an error of input it would pass for the client's.
fn too_short() -> ApplicationError {
    ApplicationError::raised(io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "the body is shorter than it was said to be",
    ))
}
