//! The response body: what a Python application returns as its iterable.

use std::fs::File;

use bytes::Bytes;

use crate::ApplicationError;

/// A body that comes in blocks: the iterable of PEP 3333.
///
/// Blocks are lent until the next call, so that none is copied on its way. What holds resources
/// releases them in [`close`](Blocks::close).
pub trait Blocks: Send {
    /// The next block, or `None` at the end. A block may be empty: it says "nothing yet".
    ///
    /// # Errors
    /// When the application fails. The iteration is over then.
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError>;

    /// How many bytes are still to come, when that is known for certain.
    fn length(&self) -> Option<u64> {
        None
    }

    /// The same bytes as a region of a file, for servers that have a quicker way to send one.
    ///
    /// Whoever sends the region instead of asking for blocks still closes the body afterwards. `None`
    /// for all but file wrappers, and for those when their file is not a plain one.
    fn file(&mut self) -> Option<FileRegion<'_>> {
        None
    }

    /// The end of the request, however it came: exhausted, failed, or the client left.
    ///
    /// [`Body`] calls it exactly once.
    ///
    /// # Errors
    /// When the application's `close()` fails; whoever is responsible logs it.
    fn close(&mut self) -> Result<(), ApplicationError> {
        Ok(())
    }
}

/// Part of an open file: `length` bytes from `offset`, both in bytes from the start of the file.
#[derive(Debug)]
pub struct FileRegion<'f> {
    /// The open file. Its own position does not matter and should not be moved.
    pub file: &'f File,
    /// Where to begin.
    pub offset: u64,
    /// How much to send.
    pub length: u64,
}

/// The response body.
///
/// Either complete ([`Body::from`] bytes or text: the fast path, length known, nothing to iterate) or a
/// sequence of [`Blocks`]. However the request ends, a panic and a client that left included, the blocks'
/// `close()` is called exactly once: by [`close`](Body::close), or when the body is dropped.
///
/// # Examples
/// ```
/// use wsgi_core::Body;
///
/// assert_eq!(Body::from("hello").length(), Some(5));
///
/// let mut body = Body::from_blocks_iter(["a", "b"]);
/// assert_eq!(body.next_block()?, Some(&b"a"[..]));
/// body.close()?;
/// # Ok::<(), wsgi_core::ApplicationError>(())
/// ```
///
/// # Specification
/// [PEP 3333, Specification Details](https://peps.python.org/pep-3333/#specification-details), on the iterable
/// and its `close()`.
#[derive(Default)]
pub struct Body(Kind);

#[derive(Default)]
enum Kind {
    #[default]
    Empty,
    Full(Bytes),
    /// The last block of a complete body, lent out until the next call.
    Given(Bytes),
    Blocks(Box<dyn Blocks>),
}

impl Body {
    /// No body.
    pub const fn empty() -> Self {
        Self(Kind::Empty)
    }

    /// A body that comes in blocks.
    pub fn from_blocks(blocks: impl Blocks + 'static) -> Self {
        Self(Kind::Blocks(Box::new(blocks)))
    }

    /// A body whose blocks an iterator gives. There is nothing to close but the iterator itself.
    pub fn from_blocks_iter<I>(blocks: I) -> Self
    where
        I: IntoIterator,
        I::IntoIter: Send + 'static,
        I::Item: Into<Bytes> + 'static,
    {
        Self::from_fallible_blocks(blocks.into_iter().map(Ok))
    }

    /// As [`from_blocks_iter`](Body::from_blocks_iter), for an iterator that may fail on the way.
    pub fn from_fallible_blocks<I, B>(blocks: I) -> Self
    where
        I: IntoIterator<Item = Result<B, ApplicationError>>,
        I::IntoIter: Send + 'static,
        B: Into<Bytes>,
    {
        let blocks = blocks.into_iter().map(|block| block.map(Into::into));
        Self::from_blocks(IteratorBlocks {
            blocks,
            current: Bytes::new(),
        })
    }

    /// The next block, or `None` at the end. Does not close the body.
    ///
    /// # Errors
    /// When the application fails.
    pub fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        if let Some(bytes) = self.take_full() {
            self.0 = Kind::Given(bytes);
            return Ok(self.given());
        }
        match &mut self.0 {
            Kind::Blocks(blocks) => blocks.next_block(),
            _ => Ok(None),
        }
    }

    /// How many bytes are still to come, when that is known for certain.
    pub fn length(&self) -> Option<u64> {
        match &self.0 {
            Kind::Empty | Kind::Given(_) => Some(0),
            Kind::Full(bytes) => Some(bytes.len() as u64),
            Kind::Blocks(blocks) => blocks.length(),
        }
    }

    /// All of the body, when it is complete and nothing of it was taken yet: the servers' fast path.
    pub fn as_full(&self) -> Option<&[u8]> {
        match &self.0 {
            Kind::Empty => Some(&[]),
            Kind::Full(bytes) => Some(bytes),
            Kind::Given(_) | Kind::Blocks(_) => None,
        }
    }

    /// All of the body, without a copy, when it is complete and nothing of it was taken yet.
    pub fn take_full(&mut self) -> Option<Bytes> {
        match std::mem::take(&mut self.0) {
            Kind::Empty => Some(Bytes::new()),
            Kind::Full(bytes) => Some(bytes),
            other => {
                self.0 = other;
                None
            }
        }
    }

    /// The rest as a region of a file, where that is possible ([`Blocks::file`]).
    pub fn file(&mut self) -> Option<FileRegion<'_>> {
        match &mut self.0 {
            Kind::Blocks(blocks) => blocks.file(),
            _ => None,
        }
    }

    /// Ends the body and releases what it holds.
    ///
    /// # Errors
    /// When the application's `close()` fails.
    pub fn close(mut self) -> Result<(), ApplicationError> {
        self.close_in_place()
    }

    fn close_in_place(&mut self) -> Result<(), ApplicationError> {
        if !matches!(self.0, Kind::Blocks(_)) {
            return Ok(());
        }
        match std::mem::take(&mut self.0) {
            Kind::Blocks(mut blocks) => blocks.close(),
            _ => Ok(()),
        }
    }

    fn given(&self) -> Option<&[u8]> {
        match &self.0 {
            Kind::Given(bytes) if !bytes.is_empty() => Some(bytes),
            _ => None,
        }
    }
}

/// Closes what was not closed. An error has nowhere to go then; [`Body::close`] reports it.
impl Drop for Body {
    fn drop(&mut self) {
        let _ = self.close_in_place();
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(if bytes.is_empty() {
            Kind::Empty
        } else {
            Kind::Full(bytes)
        })
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl From<()> for Body {
    fn from((): ()) -> Self {
        Self::empty()
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match &self.0 {
            Kind::Empty => "empty",
            Kind::Full(_) | Kind::Given(_) => "full",
            Kind::Blocks(_) => "blocks",
        };
        f.debug_struct("Body")
            .field("kind", &kind)
            .field("length", &self.length())
            .finish()
    }
}

/// The blocks of an iterator; holds the one that is lent out.
struct IteratorBlocks<I> {
    blocks: I,
    current: Bytes,
}

impl<I: Iterator<Item = Result<Bytes, ApplicationError>> + Send> Blocks for IteratorBlocks<I> {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        match self.blocks.next().transpose()? {
            Some(block) => {
                self.current = block;
                Ok(Some(&self.current))
            }
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    struct Counted(Arc<AtomicUsize>);

    impl Blocks for Counted {
        fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
            Ok(None)
        }
        fn close(&mut self) -> Result<(), ApplicationError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    }

    #[test]
    fn close_is_called_once_whether_by_hand_by_drop_or_by_a_panic() {
        let closed = Arc::new(AtomicUsize::new(0));
        let body = || Body::from_blocks(Counted(closed.clone()));
        body().close().unwrap();
        assert_eq!(closed.load(Ordering::Relaxed), 1);
        drop(body());
        assert_eq!(closed.load(Ordering::Relaxed), 2);
        let held = body();
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _held = held;
            panic!("on purpose");
        }))
        .unwrap_err();
        assert_eq!(closed.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn a_full_body_is_one_block_of_known_length() {
        let mut body = Body::from("hello");
        assert_eq!(
            (body.length(), body.as_full()),
            (Some(5), Some(&b"hello"[..]))
        );
        assert_eq!(body.next_block().unwrap(), Some(&b"hello"[..]));
        assert_eq!((body.length(), body.as_full()), (Some(0), None));
        assert_eq!(body.next_block().unwrap(), None);
    }
}
