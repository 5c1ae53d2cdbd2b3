//! `wsgi.file_wrapper`, and the region of a file that it stands for.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::text::type_name;

/// `wsgi.file_wrapper(filelike, blksize=8192)`: an iterable of the file's blocks, from its position to its end.
///
/// When an application returns it as it is, and the file is a plain one, the server may send it by quicker means.
///
/// # Specification
/// [PEP 3333, Optional Platform-Specific File
/// Handling](https://peps.python.org/pep-3333/#optional-platform-specific-file-handling)
#[pyclass(frozen, module = "wsgi_rs", name = "FileWrapper")]
pub(super) struct PyFileWrapper {
    /// The file-like object.
    #[pyo3(get)]
    filelike: Py<PyAny>,
    /// The size of a block, in bytes.
    #[pyo3(get)]
    blksize: usize,
}

#[pymethods]
impl PyFileWrapper {
    #[new]
    #[pyo3(signature = (filelike, blksize = 8192))]
    fn new(filelike: &Bound<'_, PyAny>, blksize: i64) -> PyResult<Self> {
        let py = filelike.py();
        if filelike.getattr_opt(intern!(py, "read"))?.is_none() {
            return Err(PyTypeError::new_err(format!(
                "wsgi.file_wrapper takes an object with a read() method, such as open(path, \"rb\"), not {}",
                type_name(filelike)
            )));
        }
        match usize::try_from(blksize) {
            Ok(blksize) if blksize > 0 => Ok(Self {
                filelike: filelike.clone().unbind(),
                blksize,
            }),
            _ => Err(PyValueError::new_err(
                "wsgi.file_wrapper: the block size must be at least 1 byte",
            )),
        }
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let block = self
            .filelike
            .bind(py)
            .call_method1(intern!(py, "read"), (self.blksize,))?;
        // A block of another type is passed on, for whoever checks the blocks says what to mend.
        match block.cast::<PyBytes>() {
            Ok(bytes) if bytes.as_bytes().is_empty() => Ok(None),
            Err(_) if !block.is_truthy()? => Ok(None),
            _ => Ok(Some(block)),
        }
    }

    /// Closes the file, if it can be closed.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        if let Some(close) = self.filelike.bind(py).getattr_opt(intern!(py, "close"))? {
            close.call0()?;
        }
        Ok(())
    }
}

/// A part of an open file, from the position that Python sees to its end.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct Region {
    pub(super) file: std::fs::File,
    pub(super) offset: u64,
    pub(super) length: u64,
}

#[cfg(unix)]
impl PyFileWrapper {
    /// The rest of the file as a region, when it is a plain file and `read()` would give just its bytes.
    pub(super) fn region(&self, py: Python<'_>) -> Option<Region> {
        // A Python error here means "not a plain file": the blocks are read by `read()` then, which tells it.
        self.try_region(py).ok().flatten()
    }

    fn try_region(&self, py: Python<'_>) -> PyResult<Option<Region>> {
        let file = self.filelike.bind(py);
        #[cfg(target_os = "linux")]
        let file = super::offered_file::opened(file).unwrap_or(file);
        // Other types have a `fileno()` too, and read something else than its bytes: gzip.GzipFile for one.
        let io = py.import(intern!(py, "io"))?;
        let kind = file.get_type();
        let buffered = kind.is(io.getattr(intern!(py, "BufferedReader"))?)
            || kind.is(io.getattr(intern!(py, "BufferedRandom"))?);
        let raw_type = io.getattr(intern!(py, "FileIO"))?;
        let raw = if buffered {
            file.call_method0(intern!(py, "flush"))?;
            file.getattr(intern!(py, "raw"))?
        } else {
            file.clone()
        };
        if !raw.get_type().is(&raw_type) {
            return Ok(None);
        }
        let offset: u64 = file.call_method0(intern!(py, "tell"))?.extract()?;
        // Last, so that no other thread runs between the number and its use: `tell` asks the system, which detaches.
        let fileno: std::os::fd::RawFd = raw.call_method0(intern!(py, "fileno"))?.extract()?;
        let Some(file) = duplicate(fileno) else {
            return Ok(None);
        };
        let metadata = file.metadata()?;
        Ok(metadata.is_file().then(|| Region {
            length: metadata.len().saturating_sub(offset),
            file,
            offset,
        }))
    }
}

/// A second descriptor for the same open file, which stays open when Python closes its own.
#[cfg(unix)]
#[allow(
    unsafe_code,
    reason = "Python tells a descriptor's number; only unsafe code can take a number for a descriptor"
)]
fn duplicate(fileno: std::os::fd::RawFd) -> Option<std::fs::File> {
    use std::os::fd::BorrowedFd;

    if fileno < 0 {
        return None;
    }
    // SAFETY: the number is not -1, and it was told just now by an open `io.FileIO` that the caller holds, with nothing
    // in between that detaches. Where there is no GIL a thread could still close it: then `dup` fails with EBADF or
    // takes another file, which reads no memory.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fileno) };
    borrowed.try_clone_to_owned().ok().map(Into::into)
}
