//! Blocks of a streamed response that are on their way while the application makes the next one.
//!
//! PEP 3333 "Buffering and Streaming" lets a server send a block before it asks for the next, or "use a different
//! thread to ensure that the block continues to be transmitted while the application produces the next block". Both
//! are done here: an application that takes its time has each block sent at once. Where blocks follow each
//! other quickly, a system call for each would cost more than all else, so they are gathered: before the
//! application is asked for the next one, they are laid into an outbox, and from there the watcher sends them at its next
//! tick if the application has not come back by then.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use slab::Slab;

use crate::listener::Stream;
use crate::output::Output;

/// All outboxes of a server; the watcher empties them at each tick.
#[derive(Default)]
pub(crate) struct Outboxes {
    open: Mutex<Slab<Arc<Outbox>>>,
    /// How many there are, for a look without the lock.
    count: AtomicUsize,
    /// Wakes the watcher. There is none as long as nobody watches, and then nothing is gathered.
    alarm: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

/// What one application thread leaves with the watcher while it is in the application.
struct Outbox {
    socket: OwnedFd,
    /// Empty unless the application makes a block.
    content: Mutex<Option<Output>>,
}

/// A response whose blocks are gathered.
pub(crate) struct Gathering<'o> {
    outboxes: &'o Outboxes,
    key: usize,
    outbox: Arc<Outbox>,
}

impl Outboxes {
    /// From now on somebody calls [`flush`](Outboxes::flush) again and again, as long as there are outboxes. `alarm` wakes
    /// him when there is a first one.
    pub(crate) fn watched_by(&self, alarm: impl Fn() + Send + Sync + 'static) {
        let _ = self.alarm.set(Box::new(alarm)); // the only time
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Relaxed) == 0
    }

    /// Sends what lies in the outboxes, as far as clients take it.
    pub(crate) fn flush(&self) {
        if self.is_empty() {
            return;
        }
        for (_, outbox) in self.open().iter() {
            if let Some(output) = &mut *outbox.content() {
                // An error shows again when the application's thread sends.
                let _ = output.send_buffer(outbox.socket.as_fd());
            }
        }
    }

    /// Begins to gather for this client, if somebody watches.
    pub(crate) fn gather(&self, stream: &Stream) -> Option<Gathering<'_>> {
        let alarm = self.alarm.get()?;
        let outbox = Arc::new(Outbox {
            socket: stream.as_fd().try_clone_to_owned().ok()?,
            content: Mutex::new(None),
        });
        let key = self.open().insert(outbox.clone());
        self.count.fetch_add(1, Ordering::SeqCst);
        alarm();
        Some(Gathering {
            outboxes: self,
            key,
            outbox,
        })
    }

    fn open(&self) -> MutexGuard<'_, Slab<Arc<Outbox>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gathering<'_> {
    /// Runs the application; what is in the output may be sent meanwhile.
    pub(crate) fn during<R>(&self, output: &mut Output, application: impl FnOnce() -> R) -> R {
        *self.outbox.content() = Some(std::mem::take(output));
        let result = application();
        if let Some(back) = self.outbox.content().take() {
            *output = back;
        }
        result
    }
}

impl Drop for Gathering<'_> {
    fn drop(&mut self) {
        self.outboxes.count.fetch_sub(1, Ordering::SeqCst);
        self.outboxes.open().remove(self.key);
    }
}

impl Outbox {
    fn content(&self) -> MutexGuard<'_, Option<Output>> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Gathering<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gathering").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Outboxes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outboxes").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_was_gathered_is_sent_while_the_application_runs_and_never_twice() {
        let (ours, mut theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let mut stream = Stream::Unix(mio::net::UnixStream::from_std(ours));
        let outboxes = Outboxes::default();
        assert!(outboxes.gather(&stream).is_none(), "nobody watches");
        outboxes.watched_by(|| {});
        let gathering = outboxes.gather(&stream).unwrap();
        let mut output = Output::default();
        output.buffer.extend_from_slice(b"one ");
        let got = gathering.during(&mut output, || {
            outboxes.flush(); // as the watcher does, on its own thread
            let mut got = [0; 4];
            theirs.read_exact(&mut got).unwrap();
            got
        });
        assert_eq!((&got, output.pending()), (b"one ", 0));
        output.buffer.extend_from_slice(b"two");
        gathering.during(&mut output, || {});
        output.flush(&mut stream).unwrap();
        drop((gathering, stream));
        assert!(outboxes.is_empty());
        let mut rest = String::new();
        theirs.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "two");
    }
}
