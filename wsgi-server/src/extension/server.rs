//! `wsgi_rs.Server` and `wsgi_rs.serve`: our server from within a Python program.

use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use pyo3::exceptions::{PyOSError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;
use tracing_subscriber::filter::LevelFilter;
use wsgi_core::python;

use super::middleware::AccessLog;
use super::signals::{End, Signals, Stop, wakes};
use crate::command::{limits, log_to_stderr, note_refusals, python as python_with, with_causes};
use crate::server::THREADS;
use crate::{Handle, ServerError, Timeouts};

/// Serve a WSGI application until the server is told to stop; see `Server` for the options.
#[pyfunction]
#[pyo3(signature = (app, bind = None, *, threads = THREADS, head_limit = None, body_limit = None, keep_alive = None, graceful_timeout = None, queue_limit = None, queue_timeout = None, switch_interval = None, ledger = false))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
pub(super) fn serve(
    app: &Bound<'_, PyAny>,
    bind: Option<&Bound<'_, PyAny>>,
    threads: usize,
    head_limit: Option<u64>,
    body_limit: Option<u64>,
    keep_alive: Option<f64>,
    graceful_timeout: Option<f64>,
    queue_limit: Option<usize>,
    queue_timeout: Option<f64>,
    switch_interval: Option<f64>,
    ledger: bool,
) -> PyResult<()> {
    Server::new(
        app,
        bind,
        threads,
        head_limit,
        body_limit,
        keep_alive,
        graceful_timeout,
        queue_limit,
        queue_timeout,
        switch_interval,
        ledger,
    )?
    .run(app.py())
}

/// A server that is bound to its addresses.
///
/// `bind` is an address or several: `host:port`, `:port`, `[::1]:port`, `unix:path`; port 0 takes a free one. `threads`
/// is how many threads may be in the application at once; they are started when calls take long. Where all are busy, no more
/// than `queue_limit` requests wait, for `queue_timeout` at most; others are answered with 503. `switch_interval` is
/// `sys.setswitchinterval` while the server runs (0: left alone). Limits are bytes, times are seconds.
/// Where `app` is an `AccessLog`, requests that the server refuses are in it, too.
/// `ledger` notes where the time of each request goes, for `AccessLog(timing=True)` and `ServerTiming`.
#[pyclass(module = "wsgi_rs", frozen)]
#[derive(Debug)]
pub(super) struct Server {
    server: Mutex<Option<crate::Server>>,
    handle: Handle,
    addresses: Vec<String>,
}

#[pymethods]
impl Server {
    #[new]
    #[pyo3(signature = (app, bind = None, *, threads = THREADS, head_limit = None, body_limit = None, keep_alive = None, graceful_timeout = None, queue_limit = None, queue_timeout = None, switch_interval = None, ledger = false))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn new(
        app: &Bound<'_, PyAny>,
        bind: Option<&Bound<'_, PyAny>>,
        threads: usize,
        head_limit: Option<u64>,
        body_limit: Option<u64>,
        keep_alive: Option<f64>,
        graceful_timeout: Option<f64>,
        queue_limit: Option<usize>,
        queue_timeout: Option<f64>,
        switch_interval: Option<f64>,
        ledger: bool,
    ) -> PyResult<Self> {
        if threads == 0 {
            return Err(PyValueError::new_err("threads must be at least 1"));
        }
        let timeouts = Timeouts::default();
        let timeouts = Timeouts {
            keep_alive: seconds("keep_alive", keep_alive, timeouts.keep_alive)?,
            graceful: seconds("graceful_timeout", graceful_timeout, timeouts.graceful)?,
            ..timeouts
        };
        let access_log = app.cast::<AccessLog>().map(|log| log.get().logger());
        let app = python::application(app)?;
        let mut builder = crate::Server::builder()
            .threads(threads)
            .limits(limits(head_limit, body_limit))
            .timeouts(timeouts)
            .ledger(ledger)
            .interpreter(python_with(optional("switch_interval", switch_interval)?));
        if let Ok(logger) = access_log {
            builder = builder.on_refusal(note_refusals(logger));
        }
        if let Some(requests) = queue_limit {
            builder = builder.queue_limit(requests);
        }
        if let Some(age) = optional("queue_timeout", queue_timeout)? {
            builder = builder.queue_timeout(age);
        }
        for address in bind.map(addresses).transpose()?.unwrap_or_default() {
            builder = builder.bind(address);
        }
        let server = builder.build(app).map_err(to_python)?;
        Ok(Self {
            handle: server.handle(),
            addresses: server.addresses(),
            server: Mutex::new(Some(server)),
        })
    }

    /// Where it listens, with the port that 0 became: `["http://127.0.0.1:8000"]`.
    #[getter]
    fn addresses(&self) -> Vec<String> {
        self.addresses.clone()
    }

    /// Serve until told to stop, by `shutdown()`, `abort()` or a signal. Can be called once.
    ///
    /// The application is called on other threads. Called on the main thread, signal handlers of the program go on
    /// working; when one raises, as that of Ctrl-C does, the server stops gracefully and what was raised is raised here.
    /// So does SIGTERM, quietly, unless the program handles it. A second one ends this call at once; an application
    /// that is being called then goes on by itself.
    fn run(&self, py: Python<'_>) -> PyResult<()> {
        let server = self.server.lock().ok().and_then(|mut server| server.take());
        let server = server.ok_or_else(|| {
            PyRuntimeError::new_err("run() was called before; make another Server to serve again")
        })?;
        log_to_stderr(LevelFilter::WARN);
        let threading = py.import("threading")?;
        let here = threading.call_method0("current_thread")?;
        if here.is(threading.call_method0("main_thread")?) {
            return self.run_with_signals(py, server);
        }
        // Nothing but `shutdown` and `abort` can reach other threads, so this one can be the server's.
        py.detach(|| server.run()).map_err(to_python)
    }

    /// Stop gracefully, from any thread: requests in flight are answered.
    fn shutdown(&self) {
        self.handle.shutdown();
    }

    /// Stop at once, from any thread: requests in flight are cut off.
    fn abort(&self) {
        self.handle.abort();
    }

    fn __repr__(&self) -> String {
        format!("<wsgi_rs.Server at {}>", self.addresses.join(", "))
    }
}

impl Server {
    /// Runs the server on a thread of its own, while the main thread waits for it and for signals.
    ///
    /// Python calls signal handlers on the main thread alone, between two steps of Python code. Were the
    /// application called there, the `KeyboardInterrupt` of Ctrl-C would strike in the middle of a request.
    fn run_with_signals(&self, py: Python<'_>, server: crate::Server) -> PyResult<()> {
        let stop = Stop::new(self.handle.clone());
        let (mut wakes, waker) = wakes()?;
        let end = End::new(&waker)?;
        let ended = end.flag();
        let _signals = Signals::watch(py, &waker, &stop)?;
        let running = thread::Builder::new()
            .name("wsgi-server".to_owned())
            .spawn(move || {
                let _end = end;
                server.run()
            })?;
        let mut raised = None;
        while !ended.load(Ordering::Acquire) {
            py.detach(|| wakes.wait());
            // A handler that raises keeps those of other signals waiting for the next look.
            while let Err(error) = py.check_signals() {
                stop.ask();
                raised = Some(error);
            }
            if stop.is_urgent() {
                // The application may be stuck: its thread is left behind.
                return raised.map_or(Ok(()), Err);
            }
        }
        let outcome = py.detach(|| running.join());
        match (raised, outcome) {
            (Some(error), _) => Err(error),
            (None, Ok(outcome)) => outcome.map_err(to_python),
            (None, Err(_)) => Err(PyRuntimeError::new_err(
                "the server's thread panicked; standard error has the message",
            )),
        }
    }
}

/// An address or several.
fn addresses(bind: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if bind.is_instance_of::<PyString>() {
        return Ok(vec![bind.extract()?]);
    }
    let refused =
        |_| PyTypeError::new_err("bind must be an address (str) or an iterable of addresses");
    let addresses = bind.try_iter().map_err(refused)?;
    addresses
        .map(|address| address?.extract::<String>().map_err(refused))
        .collect()
}

fn seconds(name: &str, given: Option<f64>, default: Duration) -> PyResult<Duration> {
    Ok(optional(name, given)?.unwrap_or(default))
}

fn optional(name: &str, given: Option<f64>) -> PyResult<Option<Duration>> {
    let parse = |given| {
        Duration::try_from_secs_f64(given).map_err(|_| {
            PyValueError::new_err(format!("{name} must be a number of seconds, not {given}"))
        })
    };
    given.map(parse).transpose()
}

/// Wrong addresses are `ValueError`s, what the system refuses is an `OSError`.
fn to_python(error: ServerError) -> PyErr {
    let text = with_causes(&error);
    match error {
        ServerError::Address { .. } => PyValueError::new_err(text),
        _ => PyOSError::new_err(text),
    }
}
