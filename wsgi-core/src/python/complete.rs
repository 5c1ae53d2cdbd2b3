//! Bodies that are complete when the application returns: lists and tuples of bytes.

use bytes::Bytes;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};

use super::exception::raised;
use super::held::{Held, drop_attached};
use super::iterable::no_bytes;
use crate::{ApplicationError, Blocks, Body};

/// Complete bodies up to this size, in bytes, are copied out of Python: cheaper than to come back for the
/// release of the object.
const COPIED: usize = 16 * 1024;

/// The body that a plain list or tuple makes: all there already, with nothing to run and nothing to close.
pub(super) fn complete(iterable: &Bound<'_, PyAny>) -> Option<Result<Body, ApplicationError>> {
    if let Ok(list) = iterable.cast_exact::<PyList>() {
        Some(match list.len() {
            1 => list
                .get_item(0)
                .map_err(|error| raised(list.py(), error))
                .and_then(single),
            _ => list
                .iter()
                .map(bytes_of)
                .collect::<Result<_, _>>()
                .map(several),
        })
    } else if let Ok(tuple) = iterable.cast_exact::<PyTuple>() {
        Some(
            tuple
                .iter()
                .map(bytes_of)
                .collect::<Result<_, _>>()
                .map(several),
        )
    } else {
        None
    }
}

fn bytes_of(block: Bound<'_, PyAny>) -> Result<Bound<'_, PyBytes>, ApplicationError> {
    block
        .cast_into::<PyBytes>()
        .map_err(|error| no_bytes(error.into_inner().as_any()))
}

fn single(block: Bound<'_, PyAny>) -> Result<Body, ApplicationError> {
    let block = bytes_of(block)?;
    Ok(if block.as_bytes().len() <= COPIED {
        Bytes::copy_from_slice(block.as_bytes()).into()
    } else {
        Bytes::from_owner(OwnedBlock(Held::new(block))).into()
    })
}

fn several(mut blocks: Vec<Bound<'_, PyBytes>>) -> Body {
    let length: usize = blocks.iter().map(|block| block.as_bytes().len()).sum();
    if length <= COPIED {
        let mut joined = Vec::with_capacity(length);
        for block in &blocks {
            joined.extend_from_slice(block.as_bytes());
        }
        return joined.into();
    }
    blocks.retain(|block| !block.as_bytes().is_empty());
    Body::from_blocks(CompleteBlocks {
        left: length as u64,
        blocks: blocks.into_iter().map(Bound::unbind).rev().collect(),
        current: None,
    })
}

/// One `bytes` object as memory.
struct OwnedBlock(Held<PyBytes>);

impl AsRef<[u8]> for OwnedBlock {
    fn as_ref(&self) -> &[u8] {
        // Asked once, by `Bytes::from_owner`, on the attached thread that made it.
        Python::try_attach(|py| self.0.get().as_bytes(py)).unwrap_or_default()
    }
}

/// The blocks of a large list, last one first.
struct CompleteBlocks {
    blocks: Vec<Py<PyBytes>>,
    current: Option<Py<PyBytes>>,
    left: u64,
}

impl Blocks for CompleteBlocks {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        let Some(next) = self.blocks.pop() else {
            return Ok(None);
        };
        Ok(Python::attach(|py| {
            let block = self.current.insert(next).as_bytes(py);
            self.left -= block.len() as u64;
            Some(block)
        }))
    }

    fn length(&self) -> Option<u64> {
        Some(self.left)
    }
}

impl Drop for CompleteBlocks {
    fn drop(&mut self) {
        drop_attached(Some((
            std::mem::take(&mut self.blocks),
            self.current.take(),
        )));
    }
}
