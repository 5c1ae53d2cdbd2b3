//! Where lines go.

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
    ///
    /// `errors` is the stream of the request; without one it is standard error.
    pub(super) fn write(&self, line: &[u8], errors: Option<&ErrorStream>) {
        match (self, errors) {
            (Self::Function(function), _) => {
                let line = line.strip_suffix(b"\n").unwrap_or(line);
                // UTF-8, as all that is foreign in it was escaped.
                function(std::str::from_utf8(line).unwrap_or_default());
            }
            (Self::Stream(stream), _) | (Self::WsgiErrors, Some(stream)) => write(stream, line),
            (Self::WsgiErrors, None) => write(&ErrorStream::stderr(), line),
        }
    }
}

/// In one call, so that lines do not mix. The stream of another server may hold back what is not flushed.
fn write(mut stream: &ErrorStream, line: &[u8]) {
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
        let Settings { format, output, .. } = &*self.0;
        let _ = catch_unwind(AssertUnwindSafe(|| {
            record.write(format, |line| output.write(line, None));
        }));
    }
}
