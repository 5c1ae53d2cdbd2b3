//! `wsgi_rs.middleware.AccessLog`.

use std::path::PathBuf;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};
use wsgi_middleware::AccessLogger;

use super::{Wrapped, exported, value_error};
use crate::command::{Lines, LogFile, LogOf};
use crate::extension::logging;

/// Writes one line when a response has ended.
///
/// `format` is "common", "combined", "json", or a format string of Gunicorn or Apache. `file` is a path, which is
/// appended to, or an object with `write(str)`; `log_to_python` gives the lines to the logger `wsgi_rs.access` of
/// `logging`, whose handlers a thread calls; without either they go to the request's `wsgi.errors`. `timing` ends each
/// line with where the time of the request went; `write` may then be called by any thread. A `Server` around it writes
/// requests that it refuses to the same place.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct AccessLog {
    logger: AccessLogger,
    file: Option<LogFile>,
}

#[pymethods]
impl AccessLog {
    #[new]
    #[pyo3(signature = (app, *, format = "combined", file = None, timing = false, log_to_python = false))]
    fn new(
        app: &Bound<'_, PyAny>,
        format: &str,
        file: Option<&Bound<'_, PyAny>>,
        timing: bool,
        log_to_python: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let log = wsgi_middleware::AccessLog::new(app)
            .format(format.parse().map_err(value_error)?)
            .timing(timing);
        let (listener, mut opened): (Option<fn(&str)>, _) = match log_to_python {
            true => (Some(logging::tell_access), None),
            false => (None, None),
        };
        let log = match file {
            None if log_to_python => log.output(Lines::new(None, listener)),
            None => log,
            Some(file) if file.hasattr("write")? => {
                let write = file.getattr("write")?.unbind();
                log.output_with(move |line| {
                    if let Some(listener) = listener {
                        listener(line);
                    }
                    write_line(&write, line);
                })
            }
            Some(path) => {
                let path: PathBuf = path.extract().map_err(|_| {
                    PyTypeError::new_err("file must be a path or an object with a write() method")
                })?;
                opened = Some(LogFile::open(LogOf::Requests, &path)?);
                log.output(Lines::new(opened.clone(), listener))
            }
        };
        if log_to_python {
            logging::start()?;
        }
        let (logger, file) = (log.logger(), opened);
        Ok(exported(log, wrapped).add_subclass(Self { logger, file }))
    }

    /// Open the file anew, for whoever moved it away (`logrotate`); does nothing where there is none.
    ///
    /// Where that fails, the old file goes on being written to, and the server's log tells why.
    fn reopen(&self, py: Python<'_>) {
        if let Some(file) = &self.file {
            py.detach(|| file.reopen());
        }
    }
}

impl AccessLog {
    /// For the requests that it does not see.
    pub(in crate::extension) fn logger(&self) -> AccessLogger {
        self.logger.clone()
    }
}

fn write_line(write: &Py<PyAny>, line: &str) {
    Python::attach(|py| {
        if let Err(error) = write.call1(py, (format!("{line}\n"),)) {
            // The response is on its way; the log's trouble is not the client's.
            error.write_unraisable(py, Some(write.bind(py)));
        }
    });
}
