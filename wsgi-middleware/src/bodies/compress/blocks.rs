//! A body that is encoded block by block.

use wsgi_core::{ApplicationError, Blocks, Body};

use super::encoder::Then;
use super::pool::Pooled;

/// Gives a block for a block, and the end of the stream with the last one where the body tells which that is.
pub(super) struct CompressedBlocks {
    /// Taken at the close.
    body: Option<Body>,
    /// Until the stream has ended.
    encoder: Option<Pooled>,
    /// Behind each block but the last.
    then: Then,
    output: Vec<u8>,
}

impl CompressedBlocks {
    /// The encoder has begun its stream.
    pub(super) fn new(body: Body, encoder: Pooled, then: Then) -> Self {
        Self {
            body: Some(body),
            encoder: Some(encoder),
            then,
            output: Vec::new(),
        }
    }

    /// Ends the stream and gives the encoder back.
    fn end(&mut self) -> Result<(), ApplicationError> {
        match self.encoder.take() {
            Some(mut encoder) => Ok(encoder.encode(&[], Then::End, &mut self.output)?),
            None => Ok(()),
        }
    }
}

impl Blocks for CompressedBlocks {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        let Some(body) = &mut self.body else {
            return Ok(None);
        };
        self.output.clear();
        let block = body.next_block()?;
        let Some(encoder) = &mut self.encoder else {
            return match block {
                Some(block) if !block.is_empty() => Err(ApplicationError::Misuse(format!(
                    "the body gave {} bytes more than its length",
                    block.len()
                ))),
                // Its end, or nothing yet.
                other => Ok(other.map(|_| &[][..])),
            };
        };
        match block {
            Some([]) => {}
            Some(block) => {
                encoder.encode(block, self.then, &mut self.output)?;
                if body.length() == Some(0) {
                    self.end()?;
                }
            }
            None => {
                self.end()?;
                return Ok((!self.output.is_empty()).then_some(&self.output));
            }
        }
        Ok(Some(&self.output))
    }

    fn length(&self) -> Option<u64> {
        match (&self.encoder, &self.body) {
            (Some(_), Some(_)) => None,
            _ => Some(0),
        }
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        self.encoder = None;
        match self.body.take() {
            Some(body) => body.close(),
            None => Ok(()),
        }
    }
}
