//! Collecting a request's body before the application is called: in memory, or in a file when it is large.

use std::fs::File;
use std::io::{self, Seek, Write};

use wsgi_core::Input;

use crate::protocol::{BodyDecoder, Refusal};

/// Bodies beyond this many bytes go into an unnamed temporary file.
const MEMORY: usize = 1 << 20;

/// The body of the request that is being received.
#[derive(Debug)]
pub(crate) struct RequestBody {
    decoder: BodyDecoder,
    memory: Vec<u8>,
    file: Option<File>,
    length: u64,
}

/// Why a body could not be collected.
#[derive(Debug)]
pub(crate) enum RequestBodyError {
    /// The client's framing is broken, or the body too large.
    Refused(Refusal),
    /// The file could not be written.
    Spill(io::Error),
}

impl RequestBody {
    pub(crate) fn new(decoder: BodyDecoder) -> Self {
        Self {
            decoder,
            memory: Vec::new(),
            file: None,
            length: 0,
        }
    }

    /// Takes what belongs to the body from the front of `input`; tells how many bytes that were.
    pub(crate) fn receive(&mut self, input: &[u8]) -> Result<usize, RequestBodyError> {
        let before = self.memory.len();
        let taken = self
            .decoder
            .decode(input, &mut self.memory)
            .map_err(RequestBodyError::Refused)?;
        self.length += (self.memory.len() - before) as u64;
        if self.memory.len() > MEMORY {
            self.spill().map_err(RequestBodyError::Spill)?;
        }
        Ok(taken)
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.decoder.is_complete()
    }

    /// The number of bytes collected so far, without their framing.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The complete body as `wsgi.input`.
    pub(crate) fn into_input(mut self) -> io::Result<Input> {
        if self.file.is_some() {
            self.spill()?;
        }
        match self.file {
            None => Ok(Input::from(self.memory)),
            Some(mut file) => {
                file.rewind()?;
                Ok(Input::from_reader(file, Some(self.length)))
            }
        }
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(tempfile::tempfile()?),
        };
        file.write_all(&self.memory)?;
        self.memory.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Framing, Limits};

    #[test]
    fn small_and_large_bodies_arrive_whole_however_they_are_cut() {
        for size in [0, 1, MEMORY, MEMORY + 1, 3 * MEMORY + 7] {
            let sent: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
            let mut body = RequestBody::new(BodyDecoder::new(
                Framing::Length(size as u64),
                &Limits::default(),
            ));
            for piece in sent.chunks(65_537) {
                assert_eq!(body.receive(piece).unwrap(), piece.len());
            }
            assert!(body.is_complete());
            assert_eq!(
                body.into_input().unwrap().read_all().unwrap(),
                sent,
                "{size} bytes"
            );
        }
    }
}
