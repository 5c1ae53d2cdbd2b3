//! CPython as the engine's interpreter.

use std::time::Duration;

use pyo3::prelude::*;
use wsgi_core::{ApplicationError, python};

use super::fork;
use crate::Interpreter;

/// CPython's own switch interval, in seconds.
const PYTHONS: f64 = 0.005;

/// Attaches the server's threads to CPython while they call applications, and detaches them while they wait.
///
/// Python must run already: `wsgi_core::python::interpreter::initialize` sees to it, and in an extension
/// module it does. When a signal arrives while the server runs on Python's main thread, the handlers that
/// Python code has installed are called; one that raises asks the server to stop gracefully.
#[derive(Clone, Copy, Debug)]
pub struct PythonInterpreter {
    switch_interval: Option<Duration>,
}

impl Default for PythonInterpreter {
    fn default() -> Self {
        Self {
            switch_interval: Some(Duration::from_micros(500)),
        }
    }
}

impl PythonInterpreter {
    /// How long a thread that computes may keep the interpreter (the GIL) while others want it, as long as the server
    /// runs: `sys.setswitchinterval`. `None` leaves it alone.
    ///
    /// Default: 500 µs instead of Python's 5 ms, which lets short requests wait ten times as long beside one that
    /// computes. An interval that is not Python's own when the server starts was somebody's choice, and stays.
    #[must_use]
    pub fn switch_interval(mut self, interval: Option<Duration>) -> Self {
        self.switch_interval = interval;
        self
    }
}

impl Interpreter for PythonInterpreter {
    fn server(&self, run: &mut dyn FnMut()) {
        fork::watch();
        let lowered = self.switch_interval.map(Lowered::begin);
        run();
        if let Some(lowered) = lowered {
            lowered.end();
        }
    }

    fn thread(&self, life: &mut (dyn FnMut() + Send)) {
        python::batches(life);
    }

    fn attach(&self, work: &mut dyn FnMut()) {
        python::batch(work);
    }

    fn detach(&self, wait: &mut (dyn FnMut() + Send)) {
        if python::is_attached_by_batch() {
            Python::attach(|py| py.detach(wait));
        } else {
            wait();
        }
    }

    #[inline]
    fn came_back(&self, error: Option<&ApplicationError>) {
        if fork::is_child() {
            fork::end(error);
        }
    }

    fn thread_id(&self) -> usize {
        python::thread_id() as usize // which are as wide
    }

    fn stack(&self, thread_id: usize) -> Option<String> {
        python::thread_stack(thread_id as _)
    }

    /// Only a free-threaded build runs several threads at a time, and only while no extension module has brought the
    /// lock back.
    fn is_parallel(&self) -> bool {
        let gil = |py: Python<'_>| {
            let sys = py.import("sys")?;
            // Since 3.13; before, there is always one.
            sys.call_method0("_is_gil_enabled")?.is_truthy()
        };
        !Python::attach(gil).unwrap_or(true)
    }

    fn check_signals(&self) -> bool {
        Python::attach(|py| match py.check_signals() {
            Ok(()) => false,
            Err(raised) => {
                tracing::info!(%raised, "stopping, as a Python signal handler asks for it");
                true
            }
        })
    }
}

/// The switch interval as it was, and as it is while the server runs.
struct Lowered {
    before: f64,
    now: f64,
}

impl Lowered {
    fn begin(interval: Duration) -> Self {
        let (before, mut now) = (switch_interval(), interval.as_secs_f64());
        if is_same(before, PYTHONS) && now < before {
            set_switch_interval(now);
        } else {
            now = before;
        }
        Self { before, now }
    }

    fn end(self) {
        // Whoever has set another one meanwhile meant it.
        if self.now != self.before && is_same(switch_interval(), self.now) {
            set_switch_interval(self.before);
        }
    }
}

/// Python keeps whole microseconds.
fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-6
}

fn switch_interval() -> f64 {
    let get = |py: Python<'_>| {
        let interval = py.import("sys")?.call_method0("getswitchinterval")?;
        interval.extract()
    };
    Python::attach(get).unwrap_or(PYTHONS)
}

fn set_switch_interval(seconds: f64) {
    let set = |py: Python<'_>| {
        let sys = py.import("sys")?;
        sys.call_method1("setswitchinterval", (seconds,)).map(drop)
    };
    if let Err(error) = Python::attach(set) {
        tracing::warn!(%error, "cannot change Python's switch interval");
    }
}
