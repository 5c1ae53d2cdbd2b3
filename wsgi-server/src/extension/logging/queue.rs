//! Messages on their way to somebody who may be slow.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A queue in front of one who takes his time: what finds no room is counted and forgotten, so that nobody waits to put
/// something in.
#[derive(Debug)]
pub(crate) struct LogQueue<T> {
    /// How many may wait.
    limit: usize,
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    waiting: VecDeque<T>,
    /// How many found no room since some were taken.
    lost: u64,
    /// What was taken is being dealt with.
    is_busy: bool,
}

/// What became of something that was put in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Put {
    Waits,
    /// The first one for which there is no room.
    FirstLost,
    Lost,
}

impl<T> LogQueue<T> {
    pub(crate) const fn new(limit: usize) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            lost: 0,
            is_busy: false,
        };
        Self {
            limit,
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    pub(crate) fn put(&self, item: T) -> Put {
        let mut state = self.lock();
        if state.waiting.len() == self.limit {
            state.lost += 1;
            return if state.lost == 1 {
                Put::FirstLost
            } else {
                Put::Lost
            };
        }
        state.waiting.push_back(item);
        drop(state);
        self.changed.notify_all();
        Put::Waits
    }

    /// Waits until there is something, and takes all there is, with the number of those that came too late for it. Who
    /// comes back has dealt with what was taken before.
    pub(crate) fn take(&self) -> (VecDeque<T>, u64) {
        let mut state = self.lock();
        state.is_busy = false;
        self.changed.notify_all();
        let is_empty = |state: &mut State<T>| state.waiting.is_empty();
        let waited = self.changed.wait_while(state, is_empty);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_busy = true;
        (
            std::mem::take(&mut state.waiting),
            std::mem::take(&mut state.lost),
        )
    }

    /// Waits until all that was put in has been dealt with, but no longer than this. Whether it was.
    pub(crate) fn settle(&self, patience: Duration) -> bool {
        let is_open = |state: &mut State<T>| state.is_busy || !state.waiting.is_empty();
        let lock = self.lock();
        let waited = self.changed.wait_timeout_while(lock, patience, is_open);
        let (_state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        !timeout.timed_out()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn what_finds_no_room_is_counted_and_the_rest_keeps_its_order() {
        let queue = LogQueue::new(2);
        let put: Vec<_> = (0..4).map(|number| queue.put(number)).collect();
        assert_eq!(put, [Put::Waits, Put::Waits, Put::FirstLost, Put::Lost]);
        assert_eq!(queue.take(), ([0, 1].into(), 2));
        assert_eq!(queue.put(4), Put::Waits);
        assert_eq!(queue.take(), ([4].into(), 0));
    }

    #[test]
    fn settled_is_what_was_dealt_with() {
        let queue = Arc::new(LogQueue::new(2));
        queue.put("one");
        let (taken, begun) = mpsc::channel();
        let (finish, finished) = mpsc::channel::<()>();
        let taker = queue.clone();
        thread::spawn(move || {
            while !taker.take().0.is_empty() {
                taken.send(()).unwrap();
                finished.recv().unwrap();
            }
        });
        begun.recv().unwrap();
        assert!(!queue.settle(Duration::ZERO));
        finish.send(()).unwrap();
        assert!(queue.settle(Duration::from_secs(60)));
    }
}
