//! The server's `start_response`, lent to Python objects for the length of one call.
#![allow(
    unsafe_code,
    reason = "Python objects have no lifetimes, so the compiler cannot check that `write` ends with the call"
)]

use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::StartResponse;

/// Where a Python `write` finds the server, while the application is being called and on that thread.
///
/// Applications may keep `write` for ever and hand it to other threads; there it finds nothing.
pub(super) struct Lent(Mutex<Slot>);

enum Slot {
    /// Before the call, after it.
    Empty,
    Here(Server, ThreadId),
    /// In use further down on this stack.
    Busy(ThreadId),
}

/// Only ever followed on the thread that lent it.
struct Server(NonNull<dyn StartResponse>);

// SAFETY: the pointer moves between threads inside `Lent`, but `with` follows it on the lending thread only.
unsafe impl Send for Server {}

/// Why the server is out of reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreachable {
    /// The call is over, or has not begun.
    Over,
    /// This is not the thread of the call.
    OtherThread,
    /// The server is in the middle of something, which called back.
    Busy,
}

impl Lent {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Slot::Empty))
    }

    /// Runs `work`; as long as it runs, [`with`](Lent::with) reaches `server`.
    pub(super) fn lend<R>(
        &self,
        server: &mut (dyn StartResponse + '_),
        work: impl FnOnce() -> R,
    ) -> R {
        let pointer: NonNull<dyn StartResponse + '_> = NonNull::from(server);
        // SAFETY: only the lifetime changes. `TakeBack` empties the slot before `server`'s borrow ends, by
        // return or by unwinding, and aborts if someone still holds the reference then.
        let pointer: NonNull<dyn StartResponse> = unsafe { std::mem::transmute(pointer) };
        *self.slot() = Slot::Here(Server(pointer), thread::current().id());
        let _take_back = TakeBack(self);
        work()
    }

    /// Hands the server to `work`, if this is the thread of the running call.
    pub(super) fn with<R>(
        &self,
        work: impl FnOnce(&mut dyn StartResponse) -> R,
    ) -> Result<R, Unreachable> {
        let here = thread::current().id();
        let mut slot = self.slot();
        let server = match std::mem::replace(&mut *slot, Slot::Busy(here)) {
            Slot::Here(server, thread) if thread == here => server,
            other => {
                let why = match &other {
                    Slot::Empty => Unreachable::Over,
                    Slot::Busy(thread) if *thread == here => Unreachable::Busy,
                    Slot::Here(..) | Slot::Busy(_) => Unreachable::OtherThread,
                };
                *slot = other;
                return Err(why);
            }
        };
        drop(slot);
        let mut give_back = GiveBack {
            lent: self,
            server: Some(server),
            thread: here,
        };
        let server = give_back
            .server
            .as_mut()
            .expect("only `drop` takes the server");
        // SAFETY: the pointer came from a `&mut` that `lend`, further up on this very thread's stack, keeps
        // borrowed and does not use. The slot is `Busy`, so no second reference is made meanwhile.
        let server = unsafe { server.0.as_mut() };
        Ok(work(server))
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct TakeBack<'l>(&'l Lent);

impl Drop for TakeBack<'_> {
    fn drop(&mut self) {
        let slot = std::mem::replace(&mut *self.0.slot(), Slot::Empty);
        if matches!(slot, Slot::Busy(_)) {
            // Can only be when an extension switches C stacks in the middle of a `write`, and never returns to
            // the one that holds the reference: there is no sound way on.
            std::process::abort();
        }
    }
}

struct GiveBack<'l> {
    lent: &'l Lent,
    server: Option<Server>,
    thread: ThreadId,
}

impl Drop for GiveBack<'_> {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            *self.lent.slot() = Slot::Here(server, self.thread);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Recorder;
    use crate::{Headers, StatusLine};

    #[test]
    fn the_server_is_reached_during_the_call_on_its_thread_and_never_else() {
        let lent = Lent::new();
        assert_eq!(lent.with(|_| ()), Err(Unreachable::Over));
        let mut recorder = Recorder::default();
        lent.lend(&mut recorder, || {
            lent.with(|server| {
                server
                    .start_response(StatusLine::OK, Headers::new(), None)
                    .unwrap();
                assert_eq!(lent.with(|_| ()), Err(Unreachable::Busy));
            })
            .unwrap();
            lent.with(|server| server.write(b"x").unwrap()).unwrap();
            thread::scope(|scope| {
                let other = scope.spawn(|| lent.with(|_| ()));
                assert_eq!(other.join().unwrap(), Err(Unreachable::OtherThread));
            });
        });
        assert_eq!(lent.with(|_| ()), Err(Unreachable::Over));
        assert_eq!(recorder.written, [b"x"]);
    }

    #[test]
    fn a_panic_takes_the_server_back() {
        let lent = Lent::new();
        let mut recorder = Recorder::default();
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            lent.lend(&mut recorder, || {
                lent.with(|_| panic!("on purpose")).unwrap();
            });
        }))
        .unwrap_err();
        assert_eq!(lent.with(|_| ()), Err(Unreachable::Over));
    }
}
