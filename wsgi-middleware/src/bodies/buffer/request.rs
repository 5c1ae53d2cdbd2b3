//! The body of a request, in memory or in a temporary file.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use wsgi_core::{ApplicationError, Environ, Input};

use crate::bodies::body_limit;

pub(super) enum Size {
    Fits,
    TooLarge,
}

/// Reads the body of the request to its end, and puts in its place one that is at hand.
pub(super) fn buffer(
    environ: &mut Environ,
    memory: usize,
    limit: u64,
) -> Result<Size, ApplicationError> {
    let declared = body_limit::declared_length(environ.headers());
    if declared == Some(0) || environ.input().is_empty() {
        return Ok(Size::Fits);
    }
    if declared.is_some_and(|length| length > limit) {
        return Ok(Size::TooLarge);
    }
    let mut input = environ.take_input();
    let expected = declared.or(input.remaining()).unwrap_or_default();
    let mut start = Vec::with_capacity(expected.min(memory as u64) as usize);
    let beyond = (memory as u64).saturating_add(1);
    (&mut input)
        .take(beyond.min(limit.saturating_add(1)))
        .read_to_end(&mut start)?;
    let (content, length) = match start.len() > memory {
        false => {
            let length = start.len() as u64;
            (Content::Memory(start.into()), length)
        }
        true => spill(&start, &mut input, limit)?,
    };
    if length > limit {
        return Ok(Size::TooLarge);
    }
    if let Some(declared) = declared.filter(|&declared| declared != length) {
        return Err(ApplicationError::Client(
            format!("the body has {length} bytes, and Content-Length says {declared}").into(),
        ));
    }
    if declared.is_none() && length > 0 {
        let headers = environ.headers_mut();
        headers.remove("Transfer-Encoding");
        headers.try_insert("Content-Length", length.to_string())?;
    }
    environ.set_input(Input::rewindable(move || content.input(length)));
    Ok(Size::Fits)
}

/// Writes to a file what was read, and one byte more than the limit at most.
fn spill(start: &[u8], input: &mut Input, limit: u64) -> Result<(Content, u64), ApplicationError> {
    let mut file = tempfile::tempfile()?;
    file.write_all(start)?;
    let read = start.len() as u64;
    let rest = limit.saturating_add(1).saturating_sub(read);
    let length = read + io::copy(&mut input.take(rest), &mut file)?;
    Ok((Content::File(Arc::new(file)), length))
}

enum Content {
    Memory(Bytes),
    File(Arc<File>),
}

impl Content {
    /// The body from its beginning.
    fn input(&self, length: u64) -> Input {
        match self {
            Self::Memory(bytes) => Input::from(bytes.clone()),
            Self::File(file) => {
                let (file, position) = (file.clone(), 0);
                Input::from_reader(Reader { file, position }, Some(length))
            }
        }
    }
}

/// Reads a file from a position of its own.
struct Reader {
    file: Arc<File>,
    position: u64,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}
