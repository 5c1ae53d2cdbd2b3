//! A plain file that came in `wsgi.file_wrapper`, as a body.

use std::io;
use std::os::unix::fs::FileExt;

use pyo3::prelude::*;

use super::exception::raised;
use super::file_wrapper::Region;
use super::iterable::Close;
use crate::{ApplicationError, Blocks};

/// Told to the server as a region; read here if it does not take that.
pub(super) struct FileBlocks {
    region: Region,
    block: Vec<u8>,
    close: Close,
}

impl FileBlocks {
    pub(super) const fn new(region: Region, close: Close) -> Self {
        Self {
            region,
            block: Vec::new(),
            close,
        }
    }
}

impl Blocks for FileBlocks {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        let region = &mut self.region;
        let wanted = region.length.min(64 * 1024) as usize;
        if wanted == 0 {
            return Ok(None);
        }
        let block = &mut self.block;
        block.resize(wanted, 0);
        let (file, offset) = (&region.file, region.offset);
        let read = Python::attach(|py| py.detach(|| file.read_at(block, offset)))?;
        if read == 0 {
            // The application's fault, though as an error of input it would pass for the client's.
            return Err(ApplicationError::raised(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file became shorter while it was sent",
            )));
        }
        block.truncate(read);
        region.offset += read as u64;
        region.length -= read as u64;
        Ok(Some(&self.block))
    }

    fn length(&self) -> Option<u64> {
        Some(self.region.length)
    }

    fn file(&mut self) -> Option<crate::FileRegion<'_>> {
        Some(crate::FileRegion {
            file: &self.region.file,
            offset: self.region.offset,
            length: self.region.length,
        })
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        Python::try_attach(|py| self.close.call(py).map_err(|error| raised(py, error)))
            .unwrap_or(Ok(()))
    }
}
