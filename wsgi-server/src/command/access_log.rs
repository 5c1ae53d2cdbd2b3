//! The access log, as the options ask for it.

use std::io::{self, Write};
use std::path::Path;

use wsgi_middleware::{AccessLogLayer, AccessLogger, AccessRecord};

use super::error::CommandError;
use super::log_file::{LogFile, LogOf};
use super::options::LogOptions;
use crate::RefusedRequest;

/// The layer that writes the log, and the file that it writes to.
#[derive(Debug)]
pub(crate) struct CommandLog {
    pub(crate) layer: AccessLogLayer,
    pub(crate) file: Option<LogFile>,
}

impl CommandLog {
    /// The log that the options ask for, if they do.
    pub(crate) fn open(options: &LogOptions) -> Result<Option<Self>, CommandError> {
        let file = options.access_log.as_deref().map(open).transpose()?;
        let listener = listener(options);
        if file.is_none() && listener.is_none() {
            return Ok(None);
        }
        let layer = AccessLogLayer::default()
            .format(options.access_log_format.clone())
            .timing(options.access_log_timing)
            .output(Lines::new(file.clone(), listener));
        Ok(Some(Self { layer, file }))
    }
}

fn open(path: &Path) -> Result<LogFile, CommandError> {
    let opened = if path == Path::new("-") {
        LogFile::stdout(LogOf::Requests)
    } else {
        LogFile::open(LogOf::Requests, path)
    };
    opened.map_err(|source| CommandError::AccessLog {
        path: path.to_owned(),
        source,
    })
}

#[cfg(feature = "python")]
fn listener(options: &LogOptions) -> Option<fn(&str)> {
    let is_asked = options.access_log_to_python();
    is_asked.then_some(crate::extension::logging::tell_access)
}

#[cfg(not(feature = "python"))]
fn listener(_: &LogOptions) -> Option<fn(&str)> {
    None
}

/// Where the lines go.
#[derive(Debug)]
pub(crate) struct Lines {
    file: Option<LogFile>,
    /// Gets them without their line feed.
    listener: Option<fn(&str)>,
}

impl Lines {
    pub(crate) fn new(file: Option<LogFile>, listener: Option<fn(&str)>) -> Self {
        Self { file, listener }
    }
}

/// Is given one line a call. Never fails.
impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Some(listener) = self.listener {
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            listener(&String::from_utf8_lossy(text));
        }
        match &mut self.file {
            Some(file) => file.write(line),
            None => Ok(line.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Puts requests that the server refused among the others.
pub(crate) fn note_refusals(
    logger: AccessLogger,
) -> impl Fn(&RefusedRequest<'_>) + Send + Sync + 'static {
    move |refused| {
        let mut record = AccessRecord::refused(refused.status.as_u16(), refused.reason);
        if let Some(began) = refused
            .duration
            .and_then(|duration| record.time.checked_sub(duration))
        {
            record.time = began;
        }
        record.remote_addr = refused.remote_addr;
        record.method = refused.method;
        record.target = refused.target;
        record.protocol = refused.version;
        record.headers = refused.headers;
        record.body_bytes = refused.body_bytes;
        record.duration = refused.duration;
        logger.log(&record);
    }
}
