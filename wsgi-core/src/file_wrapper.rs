//! `wsgi.file_wrapper`: a file as a body, which servers may send by quicker means.

use std::fs::File;
use std::io::{self, Read, Seek};

use crate::{ApplicationError, Blocks, Body, FileRegion};

/// Sends a file, from its position to its end or for a given length, block by block or by `sendfile`.
///
/// # Examples
/// ```
/// use std::io::{Seek, Write};
/// use wsgi_core::{Body, FileWrapper};
///
/// let mut file = tempfile::tempfile()?;
/// file.write_all(b"0123456789")?;
/// file.seek(std::io::SeekFrom::Start(4))?;
/// let mut body = Body::from(FileWrapper::new(file)?);
/// assert_eq!(body.length(), Some(6));
/// assert_eq!(body.next_block().unwrap(), Some(&b"456789"[..]));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Specification
/// [PEP 3333, Optional Platform-Specific File
/// Handling](https://peps.python.org/pep-3333/#optional-platform-specific-file-handling)
#[derive(Debug)]
pub struct FileWrapper {
    file: File,
    offset: u64,
    remaining: u64,
    block_size: usize,
    block: Vec<u8>,
}

impl FileWrapper {
    /// The file from its current position to its end.
    ///
    /// # Errors
    /// When position or size cannot be told: the file is a pipe or the like. Send such as
    /// [`Body::from_blocks`].
    pub fn new(mut file: File) -> io::Result<Self> {
        let offset = file.stream_position()?;
        let remaining = file.metadata()?.len().saturating_sub(offset);
        Ok(Self {
            file,
            offset,
            remaining,
            block_size: 64 * 1024,
            block: Vec::new(),
        })
    }

    /// Sends at most so many bytes. Default: all.
    #[must_use]
    pub fn length(mut self, bytes: u64) -> Self {
        self.remaining = self.remaining.min(bytes);
        self
    }

    /// The size of a block, in bytes, when it goes out block by block. Default 64 KiB; at least 1.
    #[must_use]
    pub fn block_size(mut self, bytes: usize) -> Self {
        self.block_size = bytes.max(1);
        self
    }
}

impl Blocks for FileWrapper {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        let wanted = self.remaining.min(self.block_size as u64) as usize;
        if wanted == 0 {
            return Ok(None);
        }
        self.block.resize(wanted, 0);
        let read = self.file.read(&mut self.block)?;
        if read == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file became shorter while it was sent",
            )
            .into());
        }
        self.block.truncate(read);
        self.offset += read as u64;
        self.remaining -= read as u64;
        Ok(Some(&self.block))
    }

    fn length(&self) -> Option<u64> {
        Some(self.remaining)
    }

    fn file(&mut self) -> Option<FileRegion<'_>> {
        Some(FileRegion {
            file: &self.file,
            offset: self.offset,
            length: self.remaining,
        })
    }
}

impl From<FileWrapper> for Body {
    fn from(file: FileWrapper) -> Self {
        Self::from_blocks(file)
    }
}
