//! A body that is decoded as it is read.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use wsgi_core::{Input, InputError};

use super::decoder::Decoder;
use super::{DecompressError, Settings};
use crate::common::coding::Coding;

/// Output up to this size, in bytes, is not held against a body, however small it came: some are that regular.
const RATIO_FREE: u64 = 1024 * 1024;

/// What is known of a body while it is read, to those who read and to those who answer.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Bytes that came from the client.
    received: AtomicU64,
    failure: Mutex<Option<DecompressError>>,
}

impl Progress {
    /// Why the body cannot be decoded, if somebody has found that out.
    pub(super) fn failure(&self) -> Option<DecompressError> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn fail(&self, failure: DecompressError) -> io::Error {
        let mut noted = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        // The first is the cause.
        let failure = noted.get_or_insert(failure).clone();
        io::Error::new(failure.kind(), failure)
    }
}

/// The body as it comes from the client, counted.
pub(super) struct Counted {
    input: Input,
    progress: Arc<Progress>,
}

impl Counted {
    pub(super) fn new(input: Input, progress: Arc<Progress>) -> Self {
        Self { input, progress }
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Counted {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        // The `Input` that is made of this says again whose fault it is.
        self.input
            .fill_buf()
            .map_err(|error| match error.downcast::<InputError>() {
                Ok(error) => error.into_inner(),
                Err(error) => error,
            })
    }

    fn consume(&mut self, amount: usize) {
        self.input.consume(amount);
        self.progress
            .received
            .fetch_add(amount as u64, Ordering::Relaxed);
    }
}

/// One coding undone. An empty body is empty in every coding.
pub(super) struct Stage<R> {
    source: R,
    coding: Coding,
    /// Made for the first byte.
    decoder: Option<Decoder>,
    /// Whether the stream, or a member of it, has ended, and nothing of a next one was read.
    is_between: bool,
    /// In bytes, so far.
    given: u64,
    settings: Settings,
    progress: Arc<Progress>,
}

impl<R: BufRead> Stage<R> {
    pub(super) fn new(
        source: R,
        coding: Coding,
        settings: Settings,
        progress: Arc<Progress>,
    ) -> Self {
        Self {
            source,
            coding,
            decoder: None,
            is_between: true,
            given: 0,
            settings,
            progress,
        }
    }

    fn malformed(&self) -> io::Error {
        let coding = self.coding;
        self.progress.fail(DecompressError::Malformed { coding })
    }

    /// Holds each stage to the limits, for one within may swallow what another makes.
    fn check_limits(&self) -> io::Result<()> {
        if let Some(limit) = self.settings.size_limit
            && self.given > limit
        {
            return Err(self.progress.fail(DecompressError::Size { limit }));
        }
        let received = self.progress.received.load(Ordering::Relaxed);
        if let Some(limit) = self.settings.ratio_limit
            && self.given > received.saturating_mul(limit.into()).max(RATIO_FREE)
        {
            return Err(self.progress.fail(DecompressError::Ratio { limit }));
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Stage<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(failure) = self.progress.failure() {
            return Err(self.progress.fail(failure));
        }
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let input = self.source.fill_buf()?;
            let is_at_end = input.is_empty();
            if is_at_end && self.is_between {
                return Ok(0);
            }
            let decoder = match &mut self.decoder {
                Some(decoder) => decoder,
                slot => {
                    let first = input.first().copied().unwrap_or_default();
                    let decoder = Decoder::new(self.coding, self.settings.raw_deflate, first);
                    self.is_between = false;
                    slot.insert(decoder.ok_or(io::ErrorKind::OutOfMemory)?)
                }
            };
            if self.is_between && decoder.begin_again().is_err() {
                return Err(self.malformed());
            }
            self.is_between = false;
            let Ok(step) = decoder.step(input, buffer) else {
                return Err(self.malformed());
            };
            self.source.consume(step.taken);
            self.is_between = step.has_ended;
            if step.given > 0 {
                self.given += step.given as u64;
                self.check_limits()?;
                return Ok(step.given);
            }
            if is_at_end && !step.has_ended {
                let coding = self.coding;
                return Err(self.progress.fail(DecompressError::Truncated { coding }));
            }
            // A decoder with input and room that does nothing will not do anything the next time either.
            if step.taken == 0 && !step.has_ended {
                return Err(self.malformed());
            }
        }
    }
}
