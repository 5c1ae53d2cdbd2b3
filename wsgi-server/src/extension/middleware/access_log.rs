//! `wsgi_rs.middleware.AccessLog`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};
use wsgi_middleware::AccessLogger;

use super::lines::{Output, output};
use super::{Wrapped, exported, value_error};
use crate::command::LogFile;
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
        let listener = log_to_python.then_some(logging::tell_access as fn(&str));
        let (output, opened) = output(file, listener)?;
        let log = match output {
            Output::WsgiErrors => log,
            Output::Stream(lines) => log.output(lines),
            Output::Function(function) => log.output_with(function),
        };
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
