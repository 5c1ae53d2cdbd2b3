//! The `start_response` of an outer Python server, for Rust applications.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::exception::{PyException, exc_info_tuple};
use super::header_list;
use crate::{
    EarlyHints, EarlyHintsError, ExcInfo, Headers, StartResponse, StartResponseError, StatusLine,
    WriteError,
};

/// Passes everything to the server's own callables; what those raise comes back as it is.
pub(super) struct OuterStartResponse<'py> {
    start_response: Bound<'py, PyAny>,
    write: Option<Bound<'py, PyAny>>,
    environ: Bound<'py, PyDict>,
}

impl<'py> OuterStartResponse<'py> {
    pub(super) const fn new(
        start_response: Bound<'py, PyAny>,
        environ: Bound<'py, PyDict>,
    ) -> Self {
        Self {
            start_response,
            write: None,
            environ,
        }
    }

    /// Whether the server has accepted a status.
    pub(super) const fn is_started(&self) -> bool {
        self.write.is_some()
    }
}

impl StartResponse for OuterStartResponse<'_> {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        let py = self.start_response.py();
        let call = || {
            let (status, headers) = header_list::to_python(py, &status, &headers)?;
            match exc_info {
                None => self.start_response.call1((status, headers)),
                Some(exc_info) => {
                    let exc_info = exc_info_tuple(py, exc_info)?;
                    self.start_response.call1((status, headers, exc_info))
                }
            }
        };
        match call() {
            Ok(write) => {
                self.write = Some(write);
                Ok(())
            }
            Err(error) => Err(StartResponseError::Other(Box::new(PyException::new(error)))),
        }
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        let write = self.write.as_ref().ok_or(WriteError::NotStarted)?;
        match write.call1((PyBytes::new(write.py(), block),)) {
            Ok(_) => Ok(()),
            Err(error) => Err(WriteError::Other(Box::new(PyException::new(error)))),
        }
    }

    /// By the outer server's `wsgi.early_hints`, if it has one.
    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        let py = self.environ.py();
        let send = || match self.environ.get_item(intern!(py, "wsgi.early_hints"))? {
            Some(callable) => callable
                .call1((header_list::list(py, hints.headers())?,))
                .map(drop),
            None => Ok(()),
        };
        send().map_err(|error| EarlyHintsError::Other(Box::new(PyException::new(error))))
    }
}
