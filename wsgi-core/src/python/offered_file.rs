//! A file that a Rust application sends, for the outer server's `wsgi.file_wrapper`.

use std::os::fd::AsRawFd;

use pyo3::exceptions::PyOSError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::blocks::PyBody;
use crate::Body;

/// The size of a block, in bytes, for servers that have no way to send a file as such.
const BLOCK: usize = 64 * 1024;

/// An open file, and the wrapper that the outer server has for it.
pub(super) struct Offer<'py> {
    wrapper: Bound<'py, PyAny>,
    file: Bound<'py, PyAny>,
    length: u64,
}

impl<'py> Offer<'py> {
    /// If the body is a whole file, the server has a wrapper, and the file can be opened once more.
    ///
    /// Once more, because servers read the position of a descriptor, and move it. A whole one, because uWSGI sends all of
    /// a file wherever its position is.
    pub(super) fn of(environ: &Bound<'py, PyDict>, body: &mut Body) -> Option<Self> {
        let region = body.file()?;
        let size = region.file.metadata().ok()?.len();
        if region.offset != 0 || region.length != size {
            return None;
        }
        let py = environ.py();
        // What fails here is told by the blocks, which are read instead.
        let wrapper = environ.get_item(intern!(py, "wsgi.file_wrapper"));
        let wrapper = wrapper.ok().flatten().filter(Bound::is_callable)?;
        let path = format!("/proc/self/fd/{}", region.file.as_raw_fd());
        let open = py.import(intern!(py, "io")).ok()?.getattr("FileIO").ok()?;
        Some(Self {
            wrapper,
            file: open.call1((path, "rb")).ok()?,
            length: size,
        })
    }

    /// What the server is given instead of the blocks. It closes the body.
    pub(super) fn accepted(self, body: Body) -> PyResult<Bound<'py, PyAny>> {
        let file = OfferedFile {
            file: self.file.unbind(),
            length: self.length,
            body: PyBody::new(body),
        };
        let file = Bound::new(self.wrapper.py(), file)?;
        self.wrapper.call1((file, BLOCK))
    }
}

/// The file-like object: a file of its own, and the body that is closed with it.
#[pyclass(frozen, module = "wsgi_rs", name = "File")]
struct OfferedFile {
    /// An `io.FileIO`.
    file: Py<PyAny>,
    /// As many bytes as there were; what a file has grown by is no part of the response.
    length: u64,
    body: PyBody,
}

/// The `io.FileIO` of such an object, for our own `wsgi.file_wrapper` below a middleware of Python.
pub(super) fn opened<'f, 'py>(filelike: &'f Bound<'py, PyAny>) -> Option<&'f Bound<'py, PyAny>> {
    let offered = filelike.cast_exact::<OfferedFile>().ok()?;
    Some(offered.get().file.bind(filelike.py()))
}

#[pymethods]
impl OfferedFile {
    fn fileno<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.file.bind(py).call_method0(intern!(py, "fileno"))
    }

    fn tell<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.file.bind(py).call_method0(intern!(py, "tell"))
    }

    #[pyo3(signature = (offset, whence = 0))]
    fn seek<'py>(&self, py: Python<'py>, offset: i64, whence: i32) -> PyResult<Bound<'py, PyAny>> {
        let file = self.file.bind(py);
        file.call_method1(intern!(py, "seek"), (offset, whence))
    }

    #[pyo3(signature = (size = -1))]
    fn read<'py>(&self, py: Python<'py>, size: i64) -> PyResult<Bound<'py, PyBytes>> {
        let left = self.length.saturating_sub(self.tell(py)?.extract()?);
        let wanted = u64::try_from(size).unwrap_or(left).min(left);
        let file = self.file.bind(py);
        let block = file.call_method1(intern!(py, "read"), (wanted,))?;
        let block = block.cast_into::<PyBytes>()?;
        if wanted > 0 && block.as_bytes().is_empty() {
            let message = "the file became shorter while it was sent";
            return Err(PyOSError::new_err(message));
        }
        Ok(block)
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let closed = self.file.bind(py).call_method0(intern!(py, "close"));
        self.body.close()?;
        closed.map(drop)
    }
}
