//! `wsgi.input`: the request body as a stream that ends where the body ends.

use std::io::{self, BufRead, BufReader, Read};

use bytes::{Buf, Bytes};
use thiserror::Error;

/// The size of the buffer of a body that comes from a reader, in bytes.
const BUFFER: usize = 8 * 1024;

/// The request body, readable once, from its beginning to its end.
///
/// Reading past the end gives nothing and does not wait for the client. Implements [`Read`] and
/// [`BufRead`], so `read_until`, `lines` and the like are at hand; [`read_line`](Input::read_line) and
/// [`read_all`](Input::read_all) are what `readline()` and `read()` of Python's stream rest on.
///
/// # Examples
/// ```
/// use wsgi_core::Input;
///
/// let mut input = Input::from(&b"a\nbc"[..]);
/// assert_eq!(input.read_line(None)?, b"a\n");
/// assert_eq!(input.read_all()?, b"bc");
/// assert_eq!(input.read_all()?, b"");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Specification
/// [PEP 3333, Input and Error Streams](https://peps.python.org/pep-3333/#input-and-error-streams)
#[derive(Default)]
pub struct Input {
    kind: Kind,
    /// Gives the body from its beginning, where that can be had again.
    again: Option<Box<dyn Fn() -> Kind + Send>>,
}

#[derive(Default)]
enum Kind {
    #[default]
    Empty,
    Bytes(Bytes),
    Stream {
        reader: Reader,
        length: Option<u64>,
    },
}

/// A buffer is made for those who read little at a time, which those who read much can do without.
enum Reader {
    Plain(Box<dyn Read + Send>),
    Buffered(BufReader<Box<dyn Read + Send>>),
}

impl Reader {
    fn buffered(&mut self) -> &mut BufReader<Box<dyn Read + Send>> {
        if let Self::Plain(reader) = self {
            let reader = std::mem::replace(reader, Box::new(io::empty()));
            *self = Self::Buffered(BufReader::with_capacity(BUFFER, reader));
        }
        match self {
            Self::Buffered(reader) => reader,
            Self::Plain(_) => unreachable!("made a buffered one above"),
        }
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(reader) if buffer.len() >= BUFFER => reader.read(buffer),
            _ => self.buffered().read(buffer),
        }
    }
}

impl Input {
    /// No body.
    pub const fn empty() -> Self {
        Self::once(Kind::Empty)
    }

    const fn once(kind: Kind) -> Self {
        Self { kind, again: None }
    }

    /// A body that comes from a reader which ends where the body ends.
    ///
    /// `length` is the number of bytes to come, when that is known. The reader is buffered (8 KiB) where less than
    /// that is asked for at a time.
    pub fn from_reader(reader: impl Read + Send + 'static, length: Option<u64>) -> Self {
        Self::once(Kind::Stream {
            reader: Reader::Plain(Box::new(reader)),
            length,
        })
    }

    /// A body that can be read again after a [`rewind`](Input::rewind): what `open` gives, each time the same.
    ///
    /// # Examples
    /// ```
    /// use wsgi_core::Input;
    ///
    /// let mut input = Input::rewindable(|| Input::from("a body"));
    /// assert_eq!(input.read_all()?, b"a body");
    /// input.rewind()?;
    /// assert_eq!(input.read_all()?, b"a body");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn rewindable(open: impl Fn() -> Self + Send + 'static) -> Self {
        Self {
            kind: open().kind,
            again: Some(Box::new(move || open().kind)),
        }
    }

    /// Whether [`rewind`](Input::rewind) succeeds.
    pub fn is_rewindable(&self) -> bool {
        self.again.is_some()
    }

    /// Goes back to the beginning of a body that was made for it ([`rewindable`](Input::rewindable)).
    ///
    /// Those of servers are read once; a layer that buffers them can put one that is read again in their place.
    ///
    /// # Errors
    /// Of the kind `Unsupported` for all others, which stay where they are.
    pub fn rewind(&mut self) -> io::Result<()> {
        let Some(again) = &self.again else {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "the request's body can be read once; put a layer that buffers it around the application",
            ));
        };
        self.kind = again();
        Ok(())
    }

    /// Up to the next line feed inclusive, or to the end; at most `limit` bytes when one is given.
    ///
    /// # Errors
    /// What the underlying reader gives: the client left, or its body was malformed.
    pub fn read_line(&mut self, limit: Option<usize>) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        match limit {
            None => self.read_until(b'\n', &mut line)?,
            Some(limit) => self.take(limit as u64).read_until(b'\n', &mut line)?,
        };
        Ok(line)
    }

    /// All that is left.
    ///
    /// # Errors
    /// As [`read_line`](Input::read_line).
    pub fn read_all(&mut self) -> io::Result<Vec<u8>> {
        let mut rest = Vec::with_capacity(self.remaining().map_or(0, |n| n.min(1 << 20)) as usize);
        self.read_to_end(&mut rest)?;
        Ok(rest)
    }

    /// How many bytes are left, when that is known.
    pub fn remaining(&self) -> Option<u64> {
        match &self.kind {
            Kind::Empty => Some(0),
            Kind::Bytes(bytes) => Some(bytes.len() as u64),
            Kind::Stream { length, .. } => *length,
        }
    }

    /// Whether the body is still on its way, rather than at hand.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self.kind, Kind::Stream { .. })
    }

    /// Whether nothing is left, as far as can be told without reading.
    pub fn is_empty(&self) -> bool {
        self.remaining() == Some(0)
    }
}

/// The body of a request could not be read to its end, and that is its client's doing: it left, or what it sent is
/// malformed or too short.
///
/// Found inside of the `io::Error` (`io::Error::downcast`), whose kind is kept: `UnexpectedEof`, `ConnectionReset`,
/// `ConnectionAborted`, `BrokenPipe` or `InvalidData`. Errors of other kinds are not the client's, and stay as they are.
#[derive(Debug, Error)]
#[error("the request's body cannot be read")]
pub struct InputError(#[source] io::Error);

impl InputError {
    /// What the reader said.
    pub fn into_inner(self) -> io::Error {
        self.0
    }

    fn tell(error: io::Error) -> io::Error {
        use io::ErrorKind as Kind;
        match error.kind() {
            kind @ (Kind::UnexpectedEof
            | Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::BrokenPipe
            | Kind::InvalidData) => io::Error::new(kind, Self(error)),
            _ => error,
        }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.kind {
            Kind::Empty => Ok(0),
            Kind::Bytes(bytes) => {
                let n = bytes.len().min(buffer.len());
                bytes.copy_to_slice(&mut buffer[..n]);
                Ok(n)
            }
            Kind::Stream { reader, length } => {
                let n = reader.read(buffer).map_err(InputError::tell)?;
                count(length, n);
                Ok(n)
            }
        }
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match &mut self.kind {
            Kind::Empty => Ok(&[]),
            Kind::Bytes(bytes) => Ok(bytes),
            Kind::Stream { reader, .. } => reader.buffered().fill_buf().map_err(InputError::tell),
        }
    }

    fn consume(&mut self, amount: usize) {
        match &mut self.kind {
            Kind::Empty => {}
            Kind::Bytes(bytes) => bytes.advance(amount.min(bytes.len())),
            Kind::Stream { reader, length } => {
                reader.buffered().consume(amount);
                count(length, amount);
            }
        }
    }
}

fn count(length: &mut Option<u64>, taken: usize) {
    if let Some(length) = length {
        *length = length.saturating_sub(taken as u64);
    }
}

impl From<Bytes> for Input {
    fn from(bytes: Bytes) -> Self {
        Self::once(if bytes.is_empty() {
            Kind::Empty
        } else {
            Kind::Bytes(bytes)
        })
    }
}

impl From<Vec<u8>> for Input {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Input {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&'static [u8]> for Input {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl From<&'static str> for Input {
    fn from(text: &'static str) -> Self {
        text.as_bytes().into()
    }
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.remaining() {
            Some(left) => write!(f, "Input({left} bytes left)"),
            None => f.write_str("Input(length unknown)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(body: &'static [u8]) -> [Input; 2] {
        [
            Input::from(body),
            Input::from_reader(body, Some(body.len() as u64)),
        ]
    }

    #[test]
    fn lines_and_reads_mix() {
        for mut input in both(b"one\ntwo\nthree\nfour") {
            assert_eq!(input.read_line(None).unwrap(), b"one\n");
            let mut two = [0; 3];
            input.read_exact(&mut two).unwrap();
            assert_eq!(&two, b"two");
            assert_eq!(input.read_line(Some(1)).unwrap(), b"\n");
            assert_eq!(input.read_line(Some(3)).unwrap(), b"thr");
            assert_eq!(input.remaining(), Some(7));
            assert_eq!(input.read_all().unwrap(), b"ee\nfour");
            assert!(input.is_empty());
            assert_eq!(input.read_line(None).unwrap(), b"");
        }
    }

    #[test]
    fn large_reads_pass_the_buffer_by_and_what_is_in_it_comes_first() {
        let body: Vec<u8> = (0..4 * BUFFER).map(|n| n as u8).collect();
        let mut input = Input::from_reader(std::io::Cursor::new(body.clone()), None);
        let mut read = vec![0; BUFFER];
        input.read_exact(&mut read).unwrap();
        assert!(matches!(
            &input.kind,
            Kind::Stream {
                reader: Reader::Plain(_),
                ..
            }
        ));
        let mut one = [0];
        input.read_exact(&mut one).unwrap();
        read.extend(one);
        read.extend(input.read_all().unwrap());
        assert_eq!(read, body);
    }

    #[test]
    fn a_body_that_is_rewindable_begins_again_from_anywhere_and_others_stay_where_they_are() {
        for body in both(b"one\ntwo").map(|input| input.is_stream()) {
            let open = move || both(b"one\ntwo").into_iter().nth(usize::from(body));
            let mut input = Input::rewindable(move || open().unwrap());
            assert!(input.is_rewindable());
            for _ in 0..2 {
                assert_eq!(input.read_line(None).unwrap(), b"one\n");
                input.rewind().unwrap();
                assert_eq!(input.remaining(), Some(7));
                assert_eq!(input.read_all().unwrap(), b"one\ntwo");
                assert_eq!(input.read_all().unwrap(), b"");
                input.rewind().unwrap();
            }
        }
        for mut input in both(b"one\ntwo") {
            assert!(!input.is_rewindable());
            input.read_line(None).unwrap();
            let refused = input.rewind().unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::Unsupported);
            assert_eq!(input.read_all().unwrap(), b"two");
        }
    }

    #[test]
    fn an_empty_body_reads_as_empty_in_every_way() {
        for mut input in [
            Input::empty(),
            Input::from(""),
            Input::from_reader(&b""[..], None),
        ] {
            assert_eq!(input.read_line(None).unwrap(), b"");
            assert_eq!(input.read_all().unwrap(), b"");
            assert_eq!(input.read(&mut [0; 4]).unwrap(), 0);
        }
    }
}
