//! Where lines go.

use std::cell::Cell;
use std::fmt;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use wsgi_core::ErrorStream;

use super::{AccessRecord, Settings};

#[derive(Clone, Default)]
pub(super) enum Output {
    #[default]
    WsgiErrors,
    Stream(ErrorStream),
    Function(Arc<dyn Fn(&str) + Send + Sync>),
}

impl Output {
    /// Writes a line that ends in a line feed. Trouble loses it: the response is on its way.
    pub(super) fn write(&self, line: &[u8]) {
        match self {
            Self::Stream(stream) => write(&mut stream.clone(), line),
            Self::Function(function) => {
                let line = line.strip_suffix(b"\n").unwrap_or(line);
                function(&String::from_utf8_lossy(line));
            }
            Self::WsgiErrors => write(&mut ErrorStream::stderr(), line),
        }
    }
}

/// Lends a buffer to whoever makes a line: each thread makes one line at a time.
pub(super) fn with_buffer(make: impl FnOnce(&mut Vec<u8>)) {
    /// What a longer line has needed is given back.
    const KEPT: usize = 4096;
    thread_local! {
        static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }
    // An output that makes lines itself finds an empty one.
    let mut buffer = BUFFER.take();
    buffer.clear();
    make(&mut buffer);
    if buffer.capacity() <= KEPT {
        BUFFER.set(buffer);
    }
}

/// In one call, so that lines do not mix. The stream of another server may hold back what is not flushed.
fn write(stream: &mut ErrorStream, line: &[u8]) {
    let _ = stream.write_all(line).and_then(|()| stream.flush());
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WsgiErrors => "WsgiErrors",
            Self::Stream(_) => "Stream",
            Self::Function(_) => "Function",
        })
    }
}

/// The format and the output of an [`AccessLog`](super::AccessLog), for a server's own lines among those of the layer:
/// requests that were refused never reach it.
///
/// # Examples
/// ```
/// use wsgi_core::{ErrorStream, handler};
/// use wsgi_middleware::{AccessLog, AccessLogFormat, AccessRecord};
///
/// let (output, text) = ErrorStream::captured();
/// let app = AccessLog::new(handler(|_| "Hello!\n")).format("%h %r %s".parse()?).output(output);
/// let mut record = AccessRecord::refused(400, "\"G@T\" is no token");
/// record.method = b"G@T\x1b";
/// app.logger().log(&record);
/// assert_eq!(*text.lock().unwrap(), b"- G@T\\x1B 400 refused=\"\\x22G@T\\x22 is no token\"\n");
/// # Ok::<(), wsgi_middleware::AccessLogFormatError>(())
/// ```
#[derive(Clone, Debug)]
pub struct AccessLogger(Arc<Settings>);

impl AccessLogger {
    pub(super) fn new(settings: Arc<Settings>) -> Self {
        Self(settings)
    }

    /// Writes the line of a record. Where the layer writes to `wsgi.errors`, this goes to standard error.
    ///
    /// A panic of the output loses the line.
    pub fn log(&self, record: &AccessRecord<'_>) {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            with_buffer(|line| {
                record.write(&self.0.format, line);
                self.0.output.write(line);
            });
        }));
    }
}
