//! Python's `logging`, which the server's messages and the lines of its access log can be given to.
//!
//! A handler may be slow: it waits for a disk, a network, a lock. Messages therefore go through a [queue](LogQueue) to a
//! thread of their own, and where it is full they are lost, which is counted and told, rather than that a request waits.

mod queue;
mod record;

use std::io;
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyCFunction;
use tracing::{Event, Level};

use queue::{LogQueue, Put};
use record::Record;

/// So many messages wait for a handler, in about 300 bytes each.
const WAITING: usize = 1000;

/// So long the end of the server waits for what was told before.
const PATIENCE: Duration = Duration::from_secs(5);

static QUEUE: LogQueue<Record> = LogQueue::new(WAITING);

/// The process that has the thread: a fork leaves it behind.
static STARTED: Mutex<Option<u32>> = Mutex::new(None);

/// Puts an event into the queue, for the logger `wsgi_rs.server`.
pub(crate) fn tell(event: &Event<'_>) {
    put(Record::of_event(event));
}

/// Puts a line of the access log into the queue, for the logger `wsgi_rs.access`.
pub(crate) fn tell_access(line: &str) {
    put(Record::access(line.to_owned()));
}

/// Puts a line about a slow request into the queue, for the logger `wsgi_rs.slow`.
pub(crate) fn tell_slow(line: &str) {
    put(Record::slow(line.to_owned()));
}

fn put(record: Record) {
    if QUEUE.put(record) == Put::FirstLost {
        // Not a log message: it would be the next one to be lost.
        crate::command::tell("wsgi-server: Python's logging is too slow; messages to it are lost");
    }
}

/// Has the queue emptied from now on, by a thread. Before, messages wait: an application that is being loaded may set its
/// handlers up, and disable the loggers that exist by then.
pub(crate) fn start() -> io::Result<()> {
    let mut started = started();
    let here = process::id();
    if *started == Some(here) {
        return Ok(());
    }
    let thread = thread::Builder::new().name("wsgi-logging".to_owned());
    thread.spawn(hand_over)?;
    let is_first = started.replace(here).is_none();
    drop(started); // whoever waits for it may have the interpreter
    if is_first {
        Python::attach(|py| {
            if let Err(error) = start_in_forks(py) {
                error.write_unraisable(py, None);
            }
        });
    }
    Ok(())
}

fn started() -> MutexGuard<'static, Option<u32>> {
    STARTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hosts such as Gunicorn load the application before they fork.
fn start_in_forks(py: Python<'_>) -> PyResult<()> {
    let start = PyCFunction::new_closure(py, None, None, |_, _| start().map_err(PyErr::from))?;
    let arguments = pyo3::types::PyDict::new(py);
    arguments.set_item("after_in_child", start)?;
    let os = py.import("os")?;
    os.call_method("register_at_fork", (), Some(&arguments))
        .map(drop)
}

/// Waits until what was told so far has been handled, but for a few seconds at most: handlers may never come back.
///
/// The caller is not attached to the interpreter, which the handlers need.
pub(crate) fn settle() {
    if started().is_none() || QUEUE.settle(PATIENCE) {
        return;
    }
    crate::command::tell("wsgi-server: Python's logging does not come back; ending without it");
    Python::attach(|py| {
        if let Err(error) = leave_handlers(py) {
            error.write_unraisable(py, None);
        }
    });
}

/// At its end Python closes all handlers, and would wait for ever for the lock of the one that does not come back.
fn leave_handlers(py: Python<'_>) -> PyResult<()> {
    let shutdown = py.import("logging")?.getattr("shutdown")?;
    let atexit = py.import("atexit")?;
    atexit.call_method1("unregister", (shutdown,)).map(drop)
}

/// The life of the thread.
fn hand_over() {
    loop {
        let (records, lost) = QUEUE.take();
        // It is not attached while the interpreter ends.
        let handled = Python::try_attach(|py| {
            for record in &records {
                handle(py, record);
            }
            if lost > 0 {
                handle(py, &Record::server(Level::WARN, told_of_lost(lost)));
            }
        });
        if handled.is_none() {
            return;
        }
    }
}

fn told_of_lost(lost: u64) -> String {
    let messages = if lost == 1 { "message" } else { "messages" };
    format!("{lost} {messages} lost here, as handlers of Python's logging were too slow for them")
}

/// What a handler raises is told as Python tells what nobody can catch.
fn handle(py: Python<'_>, record: &Record) {
    if let Err(error) = record.handle(py) {
        error.write_unraisable(py, None);
    }
}
