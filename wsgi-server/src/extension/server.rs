//! `wsgi_rs.Server` and `wsgi_rs.serve`: our server from within a Python program.

use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::thread;

use pyo3::exceptions::{PyOSError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use wsgi_core::python;

use super::middleware::AccessLog;
use super::options::{LogKeywords, Settings, documentation};
use super::signals::{End, Signals, Stop, wakes};
use crate::command::{note_refusals, with_causes};
use crate::{Handle, ServerError};

/// Serve a WSGI application until the server is told to stop; see `Server` for the options.
#[pyfunction]
#[pyo3(signature = (app, bind = None, **options))]
pub(super) fn serve(
    app: &Bound<'_, PyAny>,
    bind: Option<&Bound<'_, PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<()> {
    let settings = Settings::parse("serve()", options)?;
    Server::bind(app, bind, &settings)?.run(app.py())
}

/// A server that is bound to its addresses.
#[pyclass(module = "wsgi_rs", frozen)]
#[derive(Debug)]
pub(super) struct Server {
    server: Mutex<Option<crate::Server>>,
    handle: Handle,
    addresses: Vec<String>,
    log: LogKeywords,
}

#[pymethods]
impl Server {
    #[new]
    #[pyo3(signature = (app, bind = None, **options))]
    fn new(
        app: &Bound<'_, PyAny>,
        bind: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        Self::bind(app, bind, &Settings::parse("Server()", options)?)
    }

    /// What `help()` shows.
    #[classattr]
    fn __doc__() -> String {
        format!(
            "A server that is bound to its addresses.\n\n`bind` is an address or several: `host:port`, `:port`, \
             `[::1]:port`, `unix:path`; port 0 takes a free\none; the default is `127.0.0.1:8000`. Where `app` is an \
             `AccessLog`, requests that the server refuses are in it, too.\n\nOptions, `None` standing for the \
             default of each:\n\n{}",
            documentation()
        )
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
        self.log.install()?;
        let threading = py.import("threading")?;
        let here = threading.call_method0("current_thread")?;
        if here.is(threading.call_method0("main_thread")?) {
            let outcome = self.run_with_signals(py, server);
            self.log.settle(py);
            return outcome;
        }
        // Nothing but `shutdown` and `abort` can reach other threads, so this one can be the server's.
        let outcome = py.detach(|| server.run()).map_err(to_python);
        self.log.settle(py);
        outcome
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
    fn bind(
        app: &Bound<'_, PyAny>,
        bind: Option<&Bound<'_, PyAny>>,
        settings: &Settings,
    ) -> PyResult<Self> {
        let access_log = app.cast::<AccessLog>().map(|log| log.get().logger());
        let app = python::application(app)?;
        let mut builder = settings.apply(crate::Server::builder());
        if let Ok(logger) = access_log {
            builder = builder.on_refusal(note_refusals(logger));
        }
        for address in bind.map(addresses).transpose()?.unwrap_or_default() {
            builder = builder.bind(address);
        }
        let server = builder.build(settings.wrap(app)).map_err(to_python)?;
        Ok(Self {
            handle: server.handle(),
            addresses: server.addresses(),
            log: settings.log,
            server: Mutex::new(Some(server)),
        })
    }

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

/// Wrong addresses are `ValueError`s, what the system refuses is an `OSError`.
fn to_python(error: ServerError) -> PyErr {
    let text = with_causes(&error);
    match error {
        ServerError::Address { .. } => PyValueError::new_err(text),
        _ => PyOSError::new_err(text),
    }
}
