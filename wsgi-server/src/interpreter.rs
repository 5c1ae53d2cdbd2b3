//! What a thread that calls applications does around its work and its waits.

/// The interpreter that applications need, if any.
///
/// A thread attaches once around all of its work and detaches while it waits, so that calling a Python
/// application costs no attaching, and Python's other threads run while the server has nothing to do. The
/// engine knows no Python: the bridge to an interpreter is behind this trait, and `()` is the one for
/// applications of Rust alone.
pub trait Interpreter: Send + Sync {
    /// Runs all work of a thread, attached.
    fn attach(&self, work: &mut dyn FnMut());

    /// Runs a wait, detached; called within [`attach`](Interpreter::attach). `Send` keeps what belongs to the attached
    /// thread out of it.
    fn detach(&self, wait: &mut (dyn FnMut() + Send));

    /// Calls the signal handlers that are due, on the thread of the event loop: after a wait that a signal cut
    /// short, and twice a second, for signals may reach other threads. `true` asks the server to stop gracefully.
    fn check_signals(&self) -> bool {
        false
    }
}

/// No interpreter.
impl Interpreter for () {
    fn attach(&self, work: &mut dyn FnMut()) {
        work();
    }

    fn detach(&self, wait: &mut (dyn FnMut() + Send)) {
        wait();
    }
}
