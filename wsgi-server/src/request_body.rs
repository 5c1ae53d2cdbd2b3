//! Collecting a request's body before the application is called: in memory, or in a file when it is large.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use wsgi_core::Input;

use crate::body_memory::{BodyMemory, Share};
use crate::patience::Patience;
use crate::protocol::{BodyDecoder, Refusal};
use crate::timeouts::Pace;

/// Bodies beyond this many bytes go into an unnamed temporary file.
const MEMORY: usize = 1 << 20;

/// Bodies up to this many bytes stay in memory even when the bodies of all connections together hold too much of it;
/// and what goes into a file goes there in pieces of about this size.
const SMALL: usize = 64 * 1024;

/// The body of the request that is being received.
#[derive(Debug)]
pub(crate) struct RequestBody {
    decoder: BodyDecoder,
    memory: Vec<u8>,
    /// What `memory` holds of the memory of all bodies.
    share: Share,
    file: Option<File>,
    length: u64,
    patience: Patience,
}

/// A complete body in memory, counted until its last reader has let go of it.
struct Held {
    bytes: Vec<u8>,
    _share: Share,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
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
    pub(crate) fn new(decoder: BodyDecoder, bodies: Arc<BodyMemory>) -> Self {
        Self {
            decoder,
            memory: Vec::new(),
            share: Share::new(bodies),
            file: None,
            length: 0,
            patience: Patience::default(),
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
        let has_room = self.share.set(self.memory.capacity());
        let bound = if has_room && self.file.is_none() {
            MEMORY
        } else {
            SMALL
        };
        if self.memory.len() > bound {
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

    /// The client is to send more: when it has had time enough.
    pub(crate) fn deadline(&mut self, pace: Pace, now: Instant) -> Instant {
        self.patience.deadline(self.length, pace, now)
    }

    /// The client cannot send more for now.
    pub(crate) fn pause(&mut self, now: Instant) {
        self.patience.pause(now);
    }

    /// The complete body as `wsgi.input`.
    pub(crate) fn into_input(mut self) -> io::Result<Input> {
        if self.file.is_some() {
            self.spill()?;
        }
        match self.file {
            None => Ok(Input::from(Bytes::from_owner(Held {
                bytes: self.memory,
                _share: self.share,
            }))),
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
        self.memory.shrink_to(SMALL);
        self.share.set(self.memory.capacity());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Framing, Limits};

    fn body(size: usize, bodies: &Arc<BodyMemory>) -> RequestBody {
        let decoder = BodyDecoder::new(Framing::Length(size as u64), &Limits::default());
        RequestBody::new(decoder, bodies.clone())
    }

    #[test]
    fn small_and_large_bodies_arrive_whole_however_they_are_cut() {
        // With room for all, and with room for none.
        for limit in [usize::MAX, 0] {
            let bodies = Arc::new(BodyMemory::new(limit));
            for size in [0, 1, SMALL, SMALL + 1, MEMORY, MEMORY + 1, 3 * MEMORY + 7] {
                let sent: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
                let mut body = body(size, &bodies);
                for piece in sent.chunks(65_537) {
                    assert_eq!(body.receive(piece).unwrap(), piece.len());
                }
                assert!(body.is_complete());
                let is_large = size > if limit == 0 { SMALL } else { MEMORY };
                assert_eq!(body.file.is_some(), is_large, "{size} bytes");
                let got = body.into_input().unwrap().read_all().unwrap();
                assert!(got == sent, "{size} bytes");
            }
            assert_eq!(bodies.used(), 0);
        }
    }

    #[test]
    fn what_a_body_holds_is_counted_until_its_last_reader_lets_go() {
        let bodies = Arc::new(BodyMemory::default());
        let mut small = body(1000, &bodies);
        small.receive(&[b'x'; 900]).unwrap();
        assert!((900..2000).contains(&bodies.used()), "{}", bodies.used());
        small.receive(&[b'x'; 100]).unwrap();
        let input = small.into_input().unwrap();
        assert!((1000..2000).contains(&bodies.used()), "{}", bodies.used());
        drop(input);
        assert_eq!(bodies.used(), 0);
        // A large one holds no more than a piece once it is in its file, and nothing when it is complete.
        let mut large = body(3 * MEMORY, &bodies);
        for piece in 1..=3 * MEMORY / SMALL {
            large.receive(&[b'x'; SMALL]).unwrap();
            assert!(piece <= MEMORY / SMALL || bodies.used() <= 4 * SMALL);
        }
        let input = large.into_input().unwrap();
        assert_eq!(bodies.used(), 0);
        drop(input);
        // So does one that was given up.
        let mut unfinished = body(1000, &bodies);
        unfinished.receive(b"x").unwrap();
        drop(unfinished);
        assert_eq!(bodies.used(), 0);
    }

    #[test]
    fn bodies_that_find_no_room_go_into_files() {
        let bodies = Arc::new(BodyMemory::new(4 * MEMORY));
        let mut held: Vec<_> = (0..100).map(|_| body(MEMORY, &bodies)).collect();
        for _ in 0..MEMORY / SMALL {
            for body in &mut held {
                body.receive(&[b'x'; SMALL]).unwrap();
            }
        }
        assert!(held.iter().all(RequestBody::is_complete));
        let bound = 4 * MEMORY + 100 * 4 * SMALL;
        assert!(bodies.used() <= bound, "{} bytes held", bodies.used());
    }
}
