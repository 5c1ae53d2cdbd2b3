//! What an event loop lends to its connections while it moves them on.

use std::io;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wsgi_core::environ;

use super::active::Active;
use crate::body_memory::BodyMemory;
use crate::protocol::Limits;
use crate::refused::Refusals;
use crate::stream::Stream;
use crate::timeouts::Timeouts;

/// What one read takes at most: whole requests, many small pipelined ones, and large bodies in few system calls.
const SCRATCH: usize = 64 * 1024;

/// So many sets of request memory wait for the next request. As many as are in use at once in a busy loop; the one
/// put back last, whose memory is still in the processor's caches, is taken first.
const SPARE: usize = 32;

/// One event loop's: the buffer that all its connections read into, memory for requests, and the rules.
#[derive(Debug)]
pub(crate) struct Workbench {
    pub(super) scratch: Box<[u8]>,
    pub(super) limits: Limits,
    pub(super) timeouts: Timeouts,
    /// What request bodies hold, those of other loops of this server included.
    pub(super) bodies: Arc<BodyMemory>,
    #[expect(
        clippy::vec_box,
        reason = "they move between here and connections, as pointers"
    )]
    spare: Vec<Box<Active>>,
    /// Whom to tell of refused requests.
    refusals: Arc<Refusals>,
    /// Whether the time of each request is noted.
    pub(super) keeps_ledgers: bool,
    /// How long the thread waited for the interpreter since it looked at the sockets; only for ledgers.
    pub(crate) waited: Duration,
}

/// What an attempt to read came to.
pub(super) enum Fill {
    /// So many bytes are at the front of the scratch buffer.
    Some(usize),
    WouldBlock,
    Ended,
}

impl Workbench {
    pub(crate) fn new(limits: Limits, timeouts: Timeouts) -> Self {
        Self {
            scratch: vec![0; SCRATCH].into(),
            limits,
            timeouts,
            bodies: Arc::default(),
            spare: Vec::new(),
            refusals: Arc::default(),
            keeps_ledgers: false,
            waited: Duration::ZERO,
        }
    }

    /// Notes where the time of each request goes.
    pub(crate) fn keeping_ledgers(mut self, keeps: bool) -> Self {
        self.keeps_ledgers = keeps;
        self
    }

    /// Tells of refused requests.
    pub(crate) fn telling(mut self, refusals: &Arc<Refusals>) -> Self {
        self.refusals = refusals.clone();
        self
    }

    /// The thread is attached, and looked at the sockets then.
    pub(crate) fn attached(&mut self, looked: Instant) {
        if self.keeps_ledgers {
            self.waited = looked.elapsed();
        }
    }

    /// Counts request bodies together with those of other loops of the same server.
    pub(crate) fn sharing(mut self, bodies: &Arc<BodyMemory>) -> Self {
        self.bodies = bodies.clone();
        self
    }

    /// Reads once. A read that leaves room has emptied the socket: the next byte makes a new edge.
    pub(super) fn fill(&mut self, stream: &Stream) -> io::Result<Fill> {
        loop {
            return match stream.receive(&mut self.scratch) {
                Ok(0) => Ok(Fill::Ended),
                Ok(count) => Ok(Fill::Some(count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Fill::WouldBlock),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
        }
    }

    /// Memory for a request of this peer, which moves into its environ.
    pub(super) fn take(&mut self, peer: &mut environ::Connection) -> Box<Active> {
        let new = || Box::new(Active::new(self.refusals.clone()));
        let mut active = self.spare.pop().unwrap_or_else(new);
        mem::swap(active.peer_mut(), peer);
        active
    }

    /// Takes the memory back, and the peer out of it, when nothing of its connection is in it any more.
    pub(super) fn put(&mut self, mut active: Box<Active>, peer: &mut environ::Connection) {
        mem::swap(active.peer_mut(), peer);
        if self.spare.len() < SPARE && active.is_worth_keeping() {
            active.begin_anew();
            self.spare.push(active);
        }
    }

    #[cfg(test)]
    pub(super) fn spare(&self) -> usize {
        self.spare.len()
    }
}
