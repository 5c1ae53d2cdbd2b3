//! What a thread leaves with the watcher to be sent, while it is in the application.
//!
//! PEP 3333 "Buffering and Streaming" lets a server send a block before it asks for the next, or "use a different
//! thread to ensure that the block continues to be transmitted while the application produces the next block". Both
//! are done: an application that takes its time has each block sent at once. Where blocks follow each other quickly, a
//! system call for each would cost more than all else, so they are gathered; and so are the answers to pipelined
//! requests. What was gathered lies in the thread's outbox while the application runs, and if it has not come back by
//! the next tick, the watcher sends it from there.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use slab::Slab;

use crate::output::Output;
use crate::stream::Stream;

/// The outboxes of a server's threads.
#[derive(Default)]
pub(crate) struct Outboxes {
    all: Mutex<Slab<Arc<Outbox>>>,
    /// How many have something in them, for a look without the lock.
    filled: AtomicUsize,
    /// Wakes the watcher.
    alarm: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

/// One thread's. It is in the application for one client at a time.
#[derive(Default)]
struct Outbox(Mutex<Option<Content>>);

struct Content {
    stream: Arc<Stream>,
    output: Output,
}

/// A thread's right to its outbox, for as long as it serves.
struct Mine {
    outboxes: Arc<Outboxes>,
    outbox: Arc<Outbox>,
    key: usize,
}

thread_local! {
    static MINE: RefCell<Option<Mine>> = const { RefCell::new(None) };
}

impl Outboxes {
    /// From now on somebody calls [`flush`](Outboxes::flush) again and again, as long as there is something in them; `alarm`
    /// wakes him for the first.
    pub(crate) fn watched_by(&self, alarm: impl Fn() + Send + Sync + 'static) {
        let _ = self.alarm.set(Box::new(alarm)); // the only time
    }

    pub(crate) fn are_empty(&self) -> bool {
        self.filled.load(Ordering::Relaxed) == 0
    }

    /// Sends what lies in them, as far as clients take it.
    pub(crate) fn flush(&self) {
        if self.are_empty() {
            return;
        }
        for (_, outbox) in self.all().iter() {
            if let Some(Content { stream, output }) = &mut *outbox.content() {
                // An error shows again when the thread itself sends.
                let _ = output.send_buffer(stream);
            }
        }
    }

    /// Takes out what a thread has laid there for this client, if it is `granted`: asked while the thread cannot take it
    /// back.
    pub(crate) fn take(
        &self,
        stream: &Arc<Stream>,
        granted: impl FnOnce() -> bool,
    ) -> Option<Output> {
        for (_, outbox) in self.all().iter() {
            let mut content = outbox.content();
            if content
                .as_ref()
                .is_some_and(|content| Arc::ptr_eq(&content.stream, stream))
            {
                let taken = content.take_if(|_| granted())?;
                self.filled.fetch_sub(1, Ordering::SeqCst);
                return Some(taken.output);
            }
        }
        None
    }

    /// Gives the calling thread an outbox, for as long as `life` lasts.
    pub(crate) fn serve(self: &Arc<Self>, life: impl FnOnce()) {
        let outbox = Arc::new(Outbox::default());
        let key = self.all().insert(outbox.clone());
        let mine = Mine {
            outboxes: self.clone(),
            outbox,
            key,
        };
        MINE.with_borrow_mut(|slot| *slot = Some(mine));
        life();
        MINE.with_borrow_mut(|slot| *slot = None);
    }

    fn all(&self) -> MutexGuard<'_, Slab<Arc<Outbox>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lays the output into this thread's outbox. `false`: it has none, as nobody watches.
pub(crate) fn fill(stream: &Arc<Stream>, output: &mut Output) -> bool {
    MINE.with_borrow(|mine| {
        let Some(mine) = mine else { return false };
        *mine.outbox.content() = Some(Content {
            stream: stream.clone(),
            output: std::mem::take(output),
        });
        mine.outboxes.filled.fetch_add(1, Ordering::SeqCst);
        if let Some(alarm) = mine.outboxes.alarm.get() {
            alarm();
        }
        true
    })
}

/// Takes the output back out of this thread's outbox, unless the event loop has taken it.
pub(crate) fn empty(output: &mut Output) {
    MINE.with_borrow(|mine| {
        let Some(mine) = mine else { return };
        if let Some(content) = mine.outbox.content().take() {
            *output = content.output;
            mine.outboxes.filled.fetch_sub(1, Ordering::SeqCst);
        }
    });
}

/// Whether this thread has an outbox.
pub(crate) fn is_here() -> bool {
    MINE.with_borrow(Option::is_some)
}

impl Outbox {
    fn content(&self) -> MutexGuard<'_, Option<Content>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Mine {
    fn drop(&mut self) {
        self.outboxes.all().remove(self.key);
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
        let stream = Arc::new(Stream::from(mio::net::UnixStream::from_std(ours)));
        let mut output = Output::default();
        output.buffer.extend_from_slice(b"one ");
        assert!(!fill(&stream, &mut output), "nobody watches");
        let outboxes = Arc::new(Outboxes::default());
        outboxes.serve(|| {
            assert!(is_here() && fill(&stream, &mut output));
            assert!(!outboxes.are_empty());
            outboxes.flush(); // as the watcher does, on its own thread
            let mut got = [0; 4];
            theirs.read_exact(&mut got).unwrap();
            assert_eq!(&got, b"one ");
            empty(&mut output);
            assert!(outboxes.are_empty() && output.pending() == 0);
            output.buffer.extend_from_slice(b"two");
            assert!(fill(&stream, &mut output));
            empty(&mut output);
            output.flush(&stream).unwrap();
        });
        drop(stream);
        let mut rest = String::new();
        theirs.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "two");
        assert!(!is_here() && outboxes.all().is_empty());
    }
}
