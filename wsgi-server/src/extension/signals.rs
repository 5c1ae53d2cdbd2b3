//! Python's signals while a server runs.

use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyCFunction};

use crate::Handle;

/// What signals ask of the server: gracefully at first, at once when they ask again.
#[derive(Clone)]
pub(super) struct Stop {
    handle: Handle,
    asked: Arc<AtomicUsize>,
}

impl Stop {
    pub(super) fn new(handle: Handle) -> Self {
        Self {
            handle,
            asked: Arc::default(),
        }
    }

    pub(super) fn ask(&self) {
        match self.asked.fetch_add(1, Ordering::AcqRel) {
            0 => self.handle.shutdown(),
            _ => self.handle.abort(),
        }
    }

    pub(super) fn is_urgent(&self) -> bool {
        self.asked.load(Ordering::Acquire) > 1
    }
}

/// What the main thread waits at, and what wakes it.
pub(super) fn wakes() -> io::Result<(Wakes, UnixStream)> {
    let (wakes, waker) = UnixStream::pair()?;
    waker.set_nonblocking(true)?; // `signal.set_wakeup_fd` asks for that
    Ok((Wakes(wakes), waker))
}

pub(super) struct Wakes(UnixStream);

impl Wakes {
    /// Waits for a wake. What was read, or an interruption, does not matter: each is a reason to look around.
    pub(super) fn wait(&mut self) {
        let _ = self.0.read(&mut [0; 64]);
    }
}

/// Tells when it is dropped that the server's thread ends, however it does.
pub(super) struct End {
    ended: Arc<AtomicBool>,
    waker: UnixStream,
}

impl End {
    pub(super) fn new(waker: &UnixStream) -> io::Result<Self> {
        Ok(Self {
            ended: Arc::default(),
            waker: waker.try_clone()?,
        })
    }

    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        self.ended.clone()
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        let _ = self.waker.write(&[0]); // when the pipe is full, the other side wakes anyway
    }
}

/// Python's signals, watched; dropping it gives back what was there before.
pub(super) struct Signals {
    module: Py<PyModule>,
    wakeup_fd: i32,
    /// Whether SIGTERM is ours.
    terminate: bool,
}

impl Signals {
    /// Has each signal wake the main thread, and SIGTERM stop the server where it would have ended the process.
    pub(super) fn watch(py: Python<'_>, waker: &UnixStream, stop: &Stop) -> PyResult<Self> {
        let signal = py.import("signal")?;
        let quietly = [("warn_on_full_buffer", false)].into_py_dict(py)?;
        let wakeup_fd =
            signal.call_method("set_wakeup_fd", (waker.as_raw_fd(),), Some(&quietly))?;
        let mut watch = Self {
            wakeup_fd: wakeup_fd.extract()?,
            terminate: false,
            module: signal.clone().unbind(),
        };
        let sigterm = signal.getattr("SIGTERM")?;
        let handler = signal.call_method1("getsignal", (&sigterm,))?;
        if handler.eq(signal.getattr("SIG_DFL")?)? {
            let stop = stop.clone();
            let ask = PyCFunction::new_closure(py, None, None, move |_, _| stop.ask())?;
            signal.call_method1("signal", (sigterm, ask))?;
            watch.terminate = true;
        }
        Ok(watch)
    }

    fn give_back(&self, signal: &Bound<'_, PyModule>) -> PyResult<()> {
        signal.call_method1("set_wakeup_fd", (self.wakeup_fd,))?;
        if self.terminate {
            let default = signal.getattr("SIG_DFL")?;
            signal.call_method1("signal", (signal.getattr("SIGTERM")?, default))?;
        }
        Ok(())
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        Python::attach(|py| {
            let signal = self.module.bind(py);
            if let Err(error) = self.give_back(signal) {
                error.write_unraisable(py, Some(signal));
            }
        });
    }
}
