//! `wsgi.errors`: where applications and the layers around them report trouble.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// The error stream: a text stream, shared by all that hold a clone of it.
///
/// Takes UTF-8 text with `\n` line ends. Each `write` reaches the sink at once; lines that several
/// threads write in one call each do not mix. A sink that fails loses the text, never the request.
///
/// # Specification
/// [PEP 3333, Input and Error Streams](https://peps.python.org/pep-3333/#input-and-error-streams)
#[derive(Clone, Default)]
pub struct ErrorStream(Sink);

#[derive(Clone, Default)]
enum Sink {
    #[default]
    Stderr,
    Shared(Arc<Mutex<dyn Write + Send>>),
    #[cfg(feature = "python")]
    Concurrent(Arc<dyn ConcurrentSink>),
}

/// A sink that threads may write to at the same time. Python's streams are: they lock for themselves, and no lock of
/// ours may be held while Python runs, for another thread could wait for it with the interpreter in its hands.
#[cfg(feature = "python")]
pub(crate) trait ConcurrentSink: Send + Sync {
    fn write(&self, text: &[u8]) -> io::Result<()>;
    fn flush(&self) -> io::Result<()>;
}

impl ErrorStream {
    /// The standard error of the process.
    pub const fn stderr() -> Self {
        Self(Sink::Stderr)
    }

    /// A sink of one's own: a file, a logger.
    pub fn new(sink: impl Write + Send + 'static) -> Self {
        Self(Sink::Shared(Arc::new(Mutex::new(sink))))
    }

    #[cfg(feature = "python")]
    pub(crate) fn concurrent(sink: impl ConcurrentSink + 'static) -> Self {
        Self(Sink::Concurrent(Arc::new(sink)))
    }

    /// A stream together with the buffer that holds what was written to it; for tests.
    pub fn captured() -> (Self, Arc<Mutex<Vec<u8>>>) {
        let buffer = Arc::new(Mutex::new(Vec::new()));
        (Self(Sink::Shared(buffer.clone())), buffer)
    }

    /// Writes text and, when it does not end in one, a line feed, and flushes.
    pub fn write_line(&mut self, text: &str) {
        let mut line = String::with_capacity(text.len() + 1);
        line.push_str(text);
        if !text.ends_with('\n') {
            line.push('\n');
        }
        // There is no further place to report to: a failing error stream must not fail the request.
        let _ = self.write_all(line.as_bytes());
        // The stream of another server may hold back what is not flushed, as PEP 3333 allows.
        let _ = self.flush();
    }
}

impl Write for ErrorStream {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        (&*self).write(text)
    }

    fn write_all(&mut self, text: &[u8]) -> io::Result<()> {
        (&*self).write_all(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self).flush()
    }
}

/// All that hold a clone may write, so nobody needs one of their own.
impl Write for &ErrorStream {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.write_all(text).map(|()| text.len())
    }

    fn write_all(&mut self, text: &[u8]) -> io::Result<()> {
        match &self.0 {
            Sink::Stderr => io::stderr().write_all(text),
            // A thread that panicked while writing leaves at worst half a line behind.
            Sink::Shared(sink) => sink
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .write_all(text),
            #[cfg(feature = "python")]
            Sink::Concurrent(sink) => sink.write(text),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &self.0 {
            Sink::Stderr => io::stderr().flush(),
            Sink::Shared(sink) => sink.lock().unwrap_or_else(PoisonError::into_inner).flush(),
            #[cfg(feature = "python")]
            Sink::Concurrent(sink) => sink.flush(),
        }
    }
}

impl std::fmt::Debug for ErrorStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Sink::Stderr => "ErrorStream(stderr)",
            Sink::Shared(_) => "ErrorStream(shared)",
            #[cfg(feature = "python")]
            Sink::Concurrent(_) => "ErrorStream(concurrent)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_write_to_one_place_and_lines_end() {
        let (mut stream, buffer) = ErrorStream::captured();
        stream.clone().write_line("one");
        stream.write_line("two\n");
        (&stream).write_all(b"three\n").unwrap();
        assert_eq!(*buffer.lock().unwrap(), b"one\ntwo\nthree\n");
    }
}
