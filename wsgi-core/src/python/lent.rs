//! The server's `start_response` and the client, lent to Python objects for the length of one call.
#![allow(
    unsafe_code,
    reason = "Python objects have no lifetimes, so the compiler cannot check that `write` ends with the call"
)]

use std::ptr::NonNull;

use pyo3::Python;

use super::attached::Attached;
use crate::{Client, StartResponse};

/// Where a Python `write` finds the server, while the application is being called and on that thread.
///
/// Applications may keep `write` for ever and hand it to other threads; there it finds nothing. The client is found on
/// all threads, while the application is being called.
pub(super) struct Lent(Attached<Content>);

struct Content {
    slot: Slot,
    client: Option<Watched>,
}

/// Only ever followed in `client`, with the lock of the content, and gone when the call is over.
struct Watched(NonNull<Client>);

// SAFETY: it stands for a `&Client`, and that may be sent, for `Client` is `Sync`.
unsafe impl Send for Watched {}

enum Slot {
    /// Before the call, after it.
    Empty,
    Here(Server, Thread),
    /// In use further down on this stack.
    Busy(Thread),
}

/// Only ever followed on the thread that lent it.
struct Server(NonNull<dyn StartResponse>);

// SAFETY: the pointer moves between threads inside `Lent`, but `with` follows it on the lending thread only.
unsafe impl Send for Server {}

/// A running thread. Its number may come again when it has ended, but what it lent is taken back by then.
#[derive(Clone, Copy, PartialEq)]
struct Thread(usize);

impl Thread {
    /// `std::thread::current().id()` would do as well; this is one instruction.
    fn current() -> Self {
        thread_local!(static HERE: u8 = const { 0 });
        HERE.with(|here| Self(std::ptr::from_ref(here).addr()))
    }
}

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
        Self(Attached::new(Content {
            slot: Slot::Empty,
            client: None,
        }))
    }

    /// Runs `work`; as long as it runs, [`with`](Lent::with) reaches `server`, and [`client`](Lent::client) the client.
    pub(super) fn lend<R>(
        &self,
        py: Python<'_>,
        server: &mut (dyn StartResponse + '_),
        client: Option<&Client>,
        work: impl FnOnce() -> R,
    ) -> R {
        let pointer: NonNull<dyn StartResponse + '_> = NonNull::from(server);
        // SAFETY: only the lifetime changes. `TakeBack` empties the slot before `server`'s borrow ends, by
        // return or by unwinding, and aborts if someone still holds the reference then.
        let pointer: NonNull<dyn StartResponse> = unsafe { std::mem::transmute(pointer) };
        let content = Content {
            slot: Slot::Here(Server(pointer), Thread::current()),
            client: client.map(|client| Watched(NonNull::from(client))),
        };
        self.0.replace(py, content);
        let _take_back = TakeBack { lent: self, py };
        work()
    }

    /// Hands the server to `work`, if this is the thread of the running call.
    pub(super) fn with<R>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut dyn StartResponse) -> R,
    ) -> Result<R, Unreachable> {
        let here = Thread::current();
        let server = self.0.with(py, |Content { slot, .. }| {
            match std::mem::replace(slot, Slot::Busy(here)) {
                Slot::Here(server, thread) if thread == here => Ok(server),
                other => {
                    let why = match &other {
                        Slot::Empty => Unreachable::Over,
                        Slot::Busy(thread) if *thread == here => Unreachable::Busy,
                        Slot::Here(..) | Slot::Busy(_) => Unreachable::OtherThread,
                    };
                    *slot = other;
                    Err(why)
                }
            }
        })?;
        let mut give_back = GiveBack {
            lent: self,
            py,
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

    /// The client, while the application is being called, on any thread.
    pub(super) fn client(&self, py: Python<'_>) -> Option<Client> {
        self.0.with(py, |content| {
            let Watched(client) = content.client.as_ref()?;
            // SAFETY: the pointer came from a reference that `lend` keeps borrowed; before that borrow ends, `TakeBack`
            // takes the pointer out, for which it has to wait for the lock that is held here.
            Some(unsafe { client.as_ref() }.clone())
        })
    }
}

struct TakeBack<'l, 'py> {
    lent: &'l Lent,
    py: Python<'py>,
}

impl Drop for TakeBack<'_, '_> {
    fn drop(&mut self) {
        let empty = Content {
            slot: Slot::Empty,
            client: None,
        };
        if let Slot::Busy(_) = self.lent.0.replace(self.py, empty).slot {
            // Can only be when an extension switches C stacks in the middle of a `write`, and never returns to
            // the one that holds the reference: there is no sound way on.
            std::process::abort();
        }
    }
}

struct GiveBack<'l, 'py> {
    lent: &'l Lent,
    py: Python<'py>,
    server: Option<Server>,
    thread: Thread,
}

impl Drop for GiveBack<'_, '_> {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            let slot = Slot::Here(server, self.thread);
            self.lent.0.with(self.py, |content| content.slot = slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::attached::testing::{attach, elsewhere};
    use super::*;
    use crate::testing::Recorder;
    use crate::{Headers, StatusLine};

    #[test]
    fn the_server_is_reached_during_the_call_on_its_thread_and_never_else() {
        let lent = Lent::new();
        let mut recorder = Recorder::default();
        attach(|py| {
            assert_eq!(lent.with(py, |_| ()), Err(Unreachable::Over));
            lent.lend(py, &mut recorder, None, || {
                lent.with(py, |server| {
                    server
                        .start_response(StatusLine::OK, Headers::new(), None)
                        .unwrap();
                    assert_eq!(lent.with(py, |_| ()), Err(Unreachable::Busy));
                })
                .unwrap();
                lent.with(py, |server| server.write(b"x").unwrap()).unwrap();
                let found = elsewhere(py, |py| lent.with(py, |_| ()));
                assert_eq!(found, Err(Unreachable::OtherThread));
            });
            assert_eq!(lent.with(py, |_| ()), Err(Unreachable::Over));
        });
        assert_eq!(recorder.written, [b"x"]);
    }

    #[test]
    fn the_client_is_found_during_the_call_on_every_thread() {
        struct There;
        impl crate::ClientStatus for There {
            fn is_disconnected(&self) -> bool {
                false
            }
        }
        let (lent, mut recorder) = (Lent::new(), Recorder::default());
        let client = Client::new(std::sync::Arc::new(There));
        let found = |py: Python<'_>| lent.client(py).as_ref() == Some(&client);
        attach(|py| {
            assert!(!found(py));
            lent.lend(py, &mut recorder, Some(&client), || {
                assert!(found(py));
                lent.with(py, |_| assert!(found(py))).unwrap();
                assert!(elsewhere(py, found));
            });
            assert!(!found(py));
        });
    }

    #[test]
    fn a_panic_takes_the_server_back() {
        let lent = Lent::new();
        let mut recorder = Recorder::default();
        attach(|py| {
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                lent.lend(py, &mut recorder, None, || {
                    lent.with(py, |_| panic!("on purpose")).unwrap();
                });
            }))
            .unwrap_err();
            assert_eq!(lent.with(py, |_| ()), Err(Unreachable::Over));
        });
    }
}
