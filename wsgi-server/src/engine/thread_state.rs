//! What a thread is doing, as the system sees it.

use std::sync::atomic::{AtomicI32, Ordering};

/// A thread of this process, by the system's number.
#[derive(Debug, Default)]
pub(super) struct ThreadState(AtomicI32);

impl ThreadState {
    /// From now on it is about the calling thread.
    pub(super) fn set_here(&self) {
        #[cfg(target_os = "linux")]
        self.0.store(
            rustix::thread::gettid().as_raw_nonzero().get(),
            Ordering::Relaxed,
        );
    }

    /// Whether the thread runs, or would if it had a processor; `false` when it waits for something, and where the
    /// system does not tell.
    pub(super) fn is_running(&self) -> bool {
        // proc_pid_stat(5): number, name in parentheses, state.
        let path = format!("/proc/self/task/{}/stat", self.0.load(Ordering::Relaxed));
        std::fs::read(path).is_ok_and(|stat| {
            let name_end = stat.iter().rposition(|&byte| byte == b')');
            name_end.and_then(|end| stat.get(end + 2)) == Some(&b'R')
        })
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::{Arc, mpsc};

    use super::*;

    #[test]
    fn a_thread_that_waits_is_told_from_one_that_runs() {
        let state = Arc::new(ThreadState::default());
        assert!(!state.is_running(), "no such thread");
        state.set_here();
        assert!(state.is_running());
        let (sender, receiver) = mpsc::channel::<()>();
        let other = state.clone();
        let waiter = std::thread::spawn(move || {
            other.set_here();
            receiver.recv()
        });
        // It begins to wait some time.
        while state.0.load(Ordering::Relaxed) == rustix::thread::gettid().as_raw_nonzero().get()
            || state.is_running()
        {
            std::thread::yield_now();
        }
        drop(sender);
        waiter.join().unwrap().unwrap_err();
    }
}
