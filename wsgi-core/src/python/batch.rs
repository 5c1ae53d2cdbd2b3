//! Attaching once for many calls, and not at all where none of them is Python's.
#![allow(
    unsafe_code,
    reason = "PyO3 attaches for the time of a closure, but the first call of a batch attaches for the rest of it"
)]

use std::cell::Cell;

use pyo3::ffi;

thread_local! {
    static BATCH: Cell<State> = const { Cell::new(State::None) };
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
        BATCH.set(State::Attached(unsafe { ffi::PyGILState_Ensure() }));
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
