//! `wsgi_rs.middleware.SlowLog`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::arguments::{numbers, seconds};
use super::lines::{Output, output};
use super::{Wrapped, exported, value_error};
use crate::command::LogFile;
use crate::extension::logging;

/// Writes one line for each request that took `threshold` seconds or longer, with where the time went.
///
/// `limit` is how many lines there may be in a minute; of further ones the next line has the number. `format`, `file` and
/// `log_to_python` are as those of `AccessLog`, but for the logger, which is `wsgi_rs.slow`, and the level, `WARNING`.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct SlowLog {
    file: Option<LogFile>,
}

#[pymethods]
impl SlowLog {
    #[new]
    #[pyo3(signature = (app, *, threshold = 1.0, limit = 60, format = None, file = None, log_to_python = false))]
    fn new(
        app: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = numbers::threshold)] threshold: f64,
        #[pyo3(from_py_with = numbers::limit)] limit: u32,
        format: Option<&str>,
        file: Option<&Bound<'_, PyAny>>,
        log_to_python: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let mut log = wsgi_middleware::SlowLog::new(app)
            .threshold(seconds("threshold", threshold)?)
            .limit(limit);
        if let Some(format) = format {
            log = log.format(format.parse().map_err(value_error)?);
        }
        let listener = log_to_python.then_some(logging::tell_slow as fn(&str));
        let (output, file) = output(file, listener)?;
        let log = match output {
            Output::WsgiErrors => log,
            Output::Stream(lines) => log.output(lines),
            Output::Function(function) => log.output_with(function),
        };
        Ok(exported(log, wrapped).add_subclass(Self { file }))
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
