//! Attaching once for many calls, and not at all where none of them is Python's.
#![allow(
    unsafe_code,
    reason = "PyO3 attaches for the time of a closure, but the first call of a batch attaches for the rest of it"
)]

use std::cell::Cell;

use pyo3::{Python, ffi};

use super::finalization::outlasted;

thread_local! {
    static BATCH: Cell<State> = const { Cell::new(State::None) };
    static LIFE: Cell<Life> = const { Cell::new(Life::Unknown) };
}

/// What is known of the thread, apart from its batches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    /// Its state of the interpreter ends with each batch.
    Unknown,
    /// It has many batches before it, none of which was Python's so far.
    Fresh,
    /// Its state of the interpreter has been made, and is kept for the next batch.
    Kept,
}

#[derive(Clone, Copy)]
enum State {
    /// There is no batch: each call attaches for itself.
    None,
    /// No call of this batch was Python's so far.
    Detached,
    /// Attached by the first that was, until the end.
    Attached(ffi::PyGILState_STATE),
}

/// Runs the life of a thread that has many batches to run.
///
/// What the interpreter keeps for each thread is made at the first batch that needs it, not anew for each; and not before,
/// so that a thread can be of use while another one holds the interpreter.
pub fn batches(life: impl FnOnce()) {
    let _end = EndOfLife(LIFE.replace(Life::Fresh));
    life();
}

struct EndOfLife(Life);

impl Drop for EndOfLife {
    fn drop(&mut self) {
        if LIFE.replace(self.0) == Life::Kept {
            // Not where the interpreter has ended: all that it kept has ended with it.
            outlasted(|| {
                Python::try_attach(|_| {
                    let state = ffi::PyGILState_STATE::PyGILState_LOCKED;
                    // SAFETY: gives back the one that `attach_for_batch` has kept, on the same thread; attached it
                    // was then, and stays until the outer one, which is given back last, ends the thread's state.
                    unsafe { ffi::PyGILState_Release(state) };
                });
            });
        }
    }
}

/// Runs work that may call applications of both languages.
///
/// The thread attaches when the first Python application is called, and stays attached to the end of the work, so that
/// the others cost no attaching and need not wait for the interpreter again. Work that calls none never touches
/// it. For servers; called on a thread that is not attached.
pub fn batch(work: impl FnOnce()) {
    let _end = End(BATCH.replace(State::Detached));
    work();
}

/// Whether this thread is attached by its batch.
pub fn is_attached_by_batch() -> bool {
    matches!(BATCH.get(), State::Attached(_))
}

/// A Python application is about to be called.
pub(super) fn attach_for_batch() {
    if let State::Detached = BATCH.get() {
        // SAFETY: Python runs, for there is an application of it; `End` gives the state back on this thread.
        let state = unsafe { ffi::PyGILState_Ensure() };
        BATCH.set(State::Attached(state));
        if LIFE.get() == Life::Fresh && matches!(state, ffi::PyGILState_STATE::PyGILState_UNLOCKED)
        {
            // SAFETY: as above; this one is given back by `EndOfLife`. They nest by number alone.
            unsafe { ffi::PyGILState_Ensure() };
            LIFE.set(Life::Kept);
        }
    }
}

struct End(State);

impl Drop for End {
    fn drop(&mut self) {
        if let State::Attached(state) = BATCH.replace(self.0) {
            // SAFETY: the state is that of this thread's `PyGILState_Ensure`, and all that attached since has
            // detached again, for that happens in closures.
            unsafe { ffi::PyGILState_Release(state) };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use pyo3::prelude::*;

    use super::*;

    /// Whether what a first batch leaves in a `threading.local` is there in a second.
    fn is_kept(local: &Py<PyAny>) -> bool {
        let mut kept = false;
        for _ in 0..2 {
            batch(|| {
                attach_for_batch();
                Python::attach(|py| {
                    kept = local.bind(py).hasattr("value").unwrap();
                    local.bind(py).setattr("value", 1).unwrap();
                });
            });
        }
        kept
    }

    #[test]
    fn the_state_of_a_thread_is_kept_for_its_life() {
        Python::initialize();
        let local = Python::attach(|py| {
            let local = py.import("threading")?.getattr("local")?.call0()?;
            PyResult::Ok(local.unbind())
        });
        let local = &local.unwrap();
        thread::scope(|scope| {
            let kept = |life: fn(&mut dyn FnMut())| {
                let mut kept = false;
                let run = move || {
                    life(&mut || kept = is_kept(local));
                    (kept, is_kept(local))
                };
                scope.spawn(run).join().unwrap()
            };
            assert_eq!(kept(|work| batches(work)), (true, false));
            assert_eq!(kept(|work| work()), (false, false));
        });
    }

    #[test]
    fn a_thread_begins_its_life_while_another_one_holds_the_interpreter() {
        Python::initialize();
        Python::attach(|_| {
            let life = || batches(|| batch(|| assert!(!is_attached_by_batch())));
            thread::spawn(life).join().unwrap();
        });
    }
}
