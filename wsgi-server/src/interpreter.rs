//! What a thread that calls applications does around its work and its waits.

use wsgi_core::ApplicationError;

/// The interpreter that applications need, if any.
///
/// The engine knows no Python: the bridge to an interpreter is behind this trait, and `()` is the one for
/// applications of Rust alone. A thread attaches around a batch of calls, so that each call costs no attaching, and is
/// detached while it waits, so that the interpreter's other threads run while the server has nothing to do.
pub trait Interpreter: Send + Sync {
    /// Runs the server, from the first request to the last.
    fn server(&self, run: &mut dyn FnMut()) {
        run();
    }

    /// Runs the life of a thread that will call applications: sets up what the interpreter keeps for each thread,
    /// and begins detached.
    fn thread(&self, life: &mut (dyn FnMut() + Send)) {
        life();
    }

    /// Runs work that calls applications, attached; called within [`thread`](Interpreter::thread).
    fn attach(&self, work: &mut dyn FnMut());

    /// Runs a wait, detached; called within [`attach`](Interpreter::attach). `Send` keeps what belongs to the attached
    /// thread out of it.
    fn detach(&self, wait: &mut (dyn FnMut() + Send));

    /// The application has come back from a call or a step, with this error if any; called attached.
    ///
    /// An interpreter whose applications may fork ends the process here if it is the child: the clients are those of
    /// its parent, and would get two answers.
    fn came_back(&self, _error: Option<&ApplicationError>) {}

    /// What [`stack`](Interpreter::stack) knows the calling thread by; asked once, within
    /// [`thread`](Interpreter::thread), detached.
    fn thread_id(&self) -> usize {
        0
    }

    /// What a thread is doing at the moment, as lines of text for the log. `None` when that is not known.
    ///
    /// Called on a thread of its own, as it may have to wait for the interpreter.
    fn stack(&self, _thread_id: usize) -> Option<String> {
        None
    }

    /// Whether several attached threads run at the same time, so that more than one event loop pays. Default true.
    fn is_parallel(&self) -> bool {
        true
    }

    /// Calls the signal handlers that are due, on the thread that runs the server: after a wait that a signal cut
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
