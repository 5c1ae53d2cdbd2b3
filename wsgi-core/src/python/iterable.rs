//! What a Python application returns: its iterable as a [`Body`].

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyIterator, PyMemoryView, PyString};

use super::complete::complete;
use super::exception::{also_failed_to_close, raised};
use super::finalization::outlasted;
use super::held::drop_attached;
use super::start_response::{PyResponse, mend};
use super::text::type_name;
use crate::{ApplicationError, Blocks, Body};

/// The iterable as a body, with its first non-empty block at hand.
///
/// `start_response` may be called as late as that block: an application that is a generator runs up to its
/// first `yield` only when it is asked for it. On failure the iterable is closed.
///
/// # Specification
/// [PEP 3333, The `start_response()` Callable](https://peps.python.org/pep-3333/#the-start-response-callable):
/// "servers must not assume that start_response has been called before they begin iterating"
pub(super) fn body(
    py: Python<'_>,
    iterable: Bound<'_, PyAny>,
    response: &Bound<'_, PyResponse>,
) -> Result<Body, ApplicationError> {
    if let Some(body) = complete(&iterable) {
        return body;
    }
    if let Some(error) = no_iterable(&iterable) {
        return Err(error);
    }
    #[cfg(unix)]
    if response.get().is_called(py)
        && let Ok(wrapper) = iterable.cast_exact::<super::file_wrapper::PyFileWrapper>()
        && let Some(region) = wrapper.get().region(py)
    {
        let close = Close::new(iterable, response);
        let blocks = super::file_blocks::FileBlocks::new(region, close);
        return Ok(Body::from_blocks(blocks));
    }
    let mut blocks = IterableBlocks::new(iterable, response);
    match blocks.step_to_first(py, response.get()) {
        Ok(()) => Ok(Body::from_blocks(blocks)),
        Err(error) => Err(match blocks.close.call(py) {
            Ok(()) => error,
            Err(close) => also_failed_to_close(error, close),
        }),
    }
}

/// The frequent mistakes that iterate all the same, or fail with a riddle.
fn no_iterable(returned: &Bound<'_, PyAny>) -> Option<ApplicationError> {
    let what = if returned.is_instance_of::<PyBytes>() {
        "the application returned bytes, which iterate as numbers; return a list: [body]".to_owned()
    } else if returned.is_instance_of::<PyString>() {
        "the application returned a str; return a list of bytes: [body.encode(\"utf-8\")]"
            .to_owned()
    } else if returned.is_none() {
        "the application returned None; return an iterable of bytes, such as [body], or [] when write() sent it all".to_owned()
    } else if returned.is_instance_of::<PyByteArray>() || returned.is_instance_of::<PyMemoryView>()
    {
        format!(
            "the application returned a {}, which iterates as numbers; return a list of bytes: [bytes(body)]",
            type_name(returned)
        )
    } else {
        return None;
    };
    Some(ApplicationError::Misuse(what))
}

pub(super) fn no_bytes(block: &Bound<'_, PyAny>) -> ApplicationError {
    ApplicationError::Misuse(format!(
        "a block of the application's iterable is {}, but must be bytes{}",
        type_name(block),
        mend(block)
    ))
}

/// The blocks of any other iterable, each asked for when the one before has gone out.
struct IterableBlocks {
    /// `None` once it has ended or failed.
    iterator: Option<Py<PyIterator>>,
    /// The first non-empty block, until it is given.
    first: Option<Py<PyBytes>>,
    /// The block that is lent out.
    current: Option<Py<PyBytes>>,
    /// How many bytes are to come, for an iterable of one block.
    left: Option<u64>,
    close: Close,
}

impl IterableBlocks {
    fn new(iterable: Bound<'_, PyAny>, response: &Bound<'_, PyResponse>) -> Self {
        Self {
            iterator: None,
            first: None,
            current: None,
            left: None,
            close: Close::new(iterable, response),
        }
    }

    fn step_to_first(
        &mut self,
        py: Python<'_>,
        response: &PyResponse,
    ) -> Result<(), ApplicationError> {
        let Some(open) = &self.close.0 else {
            return Ok(());
        };
        let iterable = open.iterable.bind(py);
        // PEP 3333, "Handling the Content-Length Header": a length of one tells the length of the body.
        let single = is_single(iterable);
        self.iterator = Some(iterable.try_iter().map_err(|error| match error.is_instance_of::<pyo3::exceptions::PyTypeError>(py) && error.traceback(py).is_none() {
            true => ApplicationError::Misuse(format!("the application returned {}, which is not iterable; return an iterable of bytes, such as [body]", type_name(iterable))),
            false => raised(py, error),
        })?.unbind());
        while let Some(block) = self.step(py)? {
            let length = block.as_bytes(py).len();
            if single {
                self.left = Some(length as u64);
            }
            if length > 0 {
                if !response.is_called(py) {
                    return Err(ApplicationError::NotStarted);
                }
                self.first = Some(block);
                return Ok(());
            }
        }
        self.left = Some(0);
        Ok(())
    }

    fn step(&mut self, py: Python<'_>) -> Result<Option<Py<PyBytes>>, ApplicationError> {
        let Some(iterator) = &self.iterator else {
            return Ok(None);
        };
        let mut iterator = iterator.bind(py).clone();
        let failed = match outlasted(|| iterator.next()) {
            Some(Ok(block)) => match block.cast_into::<PyBytes>() {
                Ok(block) => return Ok(Some(block.unbind())),
                Err(error) => Err(no_bytes(error.into_inner().as_any())),
            },
            Some(Err(error)) => Err(raised(py, error)),
            None => Ok(None),
        };
        self.iterator = None;
        failed
    }
}

fn is_single(iterable: &Bound<'_, PyAny>) -> bool {
    // Iterators, which frameworks return more often than not, have no length; to look it up in vain takes longer
    // than all else here (CPython before 3.13 makes an exception of it).
    if iterable.cast::<PyIterator>().is_ok() {
        return false;
    }
    let has_length = iterable
        .get_type()
        .getattr_opt(intern!(iterable.py(), "__len__"))
        .is_ok_and(|len| len.is_some());
    has_length && iterable.len().is_ok_and(|len| len == 1)
}

impl Blocks for IterableBlocks {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        Python::attach(|py| {
            let next = match self.first.take() {
                Some(first) => Some(first),
                None => self.step(py)?,
            };
            self.current = next;
            let block = self.current.as_ref().map(|block| block.as_bytes(py));
            if let Some(left) = &mut self.left {
                *left = left.saturating_sub(block.map_or(0, <[u8]>::len) as u64);
            }
            Ok(block)
        })
    }

    fn length(&self) -> Option<u64> {
        self.left
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        Python::try_attach(|py| {
            drop((self.iterator.take(), self.first.take(), self.current.take()));
            self.close.call(py).map_err(|error| raised(py, error))
        })
        .unwrap_or(Ok(()))
    }
}

impl Drop for IterableBlocks {
    fn drop(&mut self) {
        if self.close.0.is_some() {
            drop_attached(Some((
                self.iterator.take(),
                self.first.take(),
                self.current.take(),
                self.close.0.take(),
            )));
        }
    }
}

/// The object that the application returned, until its `close()` was called.
pub(super) struct Close(Option<Open>);

struct Open {
    iterable: Py<PyAny>,
    /// Whose `client_disconnected` works as long.
    response: Py<PyResponse>,
}

impl Close {
    pub(super) fn new(iterable: Bound<'_, PyAny>, response: &Bound<'_, PyResponse>) -> Self {
        response.get().begin_body(response.py());
        Self(Some(Open {
            iterable: iterable.unbind(),
            response: response.clone().unbind(),
        }))
    }

    /// Calls `close()`, where there is one, the first time.
    pub(super) fn call(&mut self, py: Python<'_>) -> PyResult<()> {
        let Some(Open { iterable, response }) = self.0.take() else {
            return Ok(());
        };
        let closed = match iterable.bind(py).getattr_opt(intern!(py, "close")) {
            Ok(Some(close)) => outlasted(|| close.call0()).map(drop),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        response.get().end_body(py);
        closed
    }
}
