//! Where a panic happened: known to the panic hook alone, for the frames are gone when it is caught.

use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::panic;
use std::sync::Once;

thread_local! {
    /// How many layers are around what the thread runs.
    static WATCHED: Cell<usize> = const { Cell::new(0) };
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Has panics looked at from now on, before the hook that is there reports them.
pub(super) fn watch() {
    static ONCE: Once = Once::new();
    if std::thread::panicking() {
        return; // no hook can be set meanwhile
    }
    ONCE.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if WATCHED.try_with(Cell::get).is_ok_and(|watched| watched > 0) {
                let place = info.location().map(|place| format!("at {place}\n"));
                let trace = format!(
                    "{}{}",
                    place.unwrap_or_default(),
                    Backtrace::force_capture()
                );
                // A panic within this very lock has no trace of its own.
                let _ =
                    LAST.try_with(|last| last.try_borrow_mut().map(|mut last| *last = Some(trace)));
            }
            report(info);
        }));
    });
}

/// Runs `call`; with it comes where its last panic was.
pub(super) fn watched<T>(call: impl FnOnce() -> T) -> (T, Option<String>) {
    WATCHED.set(WATCHED.get() + 1);
    let outer = LAST.take();
    let done = call(); // whose panics are caught
    let last = LAST.replace(outer);
    WATCHED.set(WATCHED.get() - 1);
    (done, last)
}
