//! The bytes of a file on their way out: from memory or from the file.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use bytes::Bytes;
use wsgi_core::{ApplicationError, Body, FileRegion};

use crate::common::byte_ranges::{ByteRange, ByteSource, Parts};

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
            Self::Memory(bytes) => Ok(Body::from(bytes.slice(part.within(bytes.len())))),
            Self::File(file) if part.length() <= SMALL => {
                let mut bytes = vec![0; part.length() as usize];
                file.read_exact_at(&mut bytes, part.first)?;
                Ok(Body::from(bytes))
            }
            Self::File(_) => Ok(Parts::one(Source::new(self), part)),
        }
    }

    /// Several parts: the content type of them all, their length in bytes, and the body.
    pub(super) fn parts(
        self,
        parts: &[ByteRange],
        content_type: &[u8],
        size: u64,
    ) -> (String, u64, Body) {
        Parts::several(Source::new(self), parts, content_type, size)
    }
}

struct Source {
    content: Content,
    block: Vec<u8>,
}

impl Source {
    const fn new(content: Content) -> Self {
        let block = Vec::new();
        Self { content, block }
    }
}

impl ByteSource for Source {
    fn read(&mut self, part: ByteRange) -> Result<&[u8], ApplicationError> {
        let block = match &self.content {
            Content::Memory(bytes) => &bytes[part.within(bytes.len())],
            Content::File(file) => {
                self.block.resize(part.length().min(BLOCK) as usize, 0);
                let read = file.read_at(&mut self.block, part.first)?;
                &self.block[..read]
            }
        };
        if block.is_empty() {
            return Err(ApplicationError::Io(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file became shorter while it was sent",
            )));
        }
        Ok(block)
    }

    fn file(&mut self, part: ByteRange) -> Option<FileRegion<'_>> {
        match &self.content {
            Content::File(file) => Some(FileRegion {
                file,
                offset: part.first,
                length: part.length(),
            }),
            Content::Memory(_) => None,
        }
    }
}
