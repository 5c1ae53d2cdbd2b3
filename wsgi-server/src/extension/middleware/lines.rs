//! Where the lines of a log go: the keyword arguments `file` and `log_to_python`.

use std::path::PathBuf;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::command::{Lines, LogFile, LogOf};
use crate::extension::logging;

/// Where lines go.
pub(super) enum Output {
    WsgiErrors,
    Stream(Lines),
    Function(Box<dyn Fn(&str) + Send + Sync>),
}

/// The output that `file` names, with a listener beside or instead of it, and the file if it is one of ours.
pub(super) fn output(
    file: Option<&Bound<'_, PyAny>>,
    listener: Option<fn(&str)>,
) -> PyResult<(Output, Option<LogFile>)> {
    if listener.is_some() {
        logging::start()?;
    }
    let Some(file) = file else {
        let output = match listener {
            Some(_) => Output::Stream(Lines::new(None, listener)),
            None => Output::WsgiErrors,
        };
        return Ok((output, None));
    };
    if file.hasattr("write")? {
        let write = file.getattr("write")?.unbind();
        let tell = move |line: &str| {
            if let Some(listener) = listener {
                listener(line);
            }
            write_line(&write, line);
        };
        return Ok((Output::Function(Box::new(tell)), None));
    }
    let path: PathBuf = file.extract().map_err(|_| {
        PyTypeError::new_err("file must be a path or an object with a write() method")
    })?;
    let opened = LogFile::open(LogOf::Requests, &path)?;
    let lines = Lines::new(Some(opened.clone()), listener);
    Ok((Output::Stream(lines), Some(opened)))
}

fn write_line(write: &Py<PyAny>, line: &str) {
    Python::attach(|py| {
        if let Err(error) = write.call1(py, (format!("{line}\n"),)) {
            // The response is on its way; the log's trouble is not the client's.
            error.write_unraisable(py, Some(write.bind(py)));
        }
    });
}
