//! The access log, as the options ask for it.

use std::path::Path;

use signal_hook::consts::SIGUSR1;
use signal_hook::iterator::{Handle, Signals};
use wsgi_middleware::{AccessLogLayer, AccessLogger, AccessRecord};

use super::error::CommandError;
use super::log_file::LogFile;
use super::options::LogOptions;
use crate::RefusedRequest;

/// The layer that writes the log, and what is to live as long as the server.
#[derive(Debug)]
pub(crate) struct CommandLog {
    pub(crate) layer: AccessLogLayer,
    file: Option<LogFile>,
}

/// Opens the log anew at each SIGUSR1 for as long as it lives.
#[derive(Debug)]
pub(crate) struct Reopening(Handle);

impl CommandLog {
    /// The log that the options ask for, if they do.
    pub(crate) fn open(options: &LogOptions) -> Result<Option<Self>, CommandError> {
        let Some(path) = &options.access_log else {
            return Ok(None);
        };
        let is_file = path != Path::new("-");
        let opened = if is_file {
            LogFile::open(path)
        } else {
            LogFile::stdout()
        };
        let log = opened.map_err(|source| CommandError::AccessLog {
            path: path.clone(),
            source,
        })?;
        let layer = AccessLogLayer::default()
            .format(options.access_log_format.clone())
            .timing(options.access_log_timing)
            .output(log.clone());
        let file = is_file.then_some(log);
        Ok(Some(Self { layer, file }))
    }

    /// From now on SIGUSR1 has the file opened anew, besides what the application does at this signal.
    pub(crate) fn reopen_on_signal(&self) -> Result<Option<Reopening>, CommandError> {
        let Some(file) = self.file.clone() else {
            return Ok(None);
        };
        let watch = || {
            let mut signals = Signals::new([SIGUSR1])?;
            let handle = signals.handle();
            std::thread::Builder::new()
                .name("wsgi-log".to_owned())
                .spawn(move || signals.forever().for_each(|_| file.reopen()))?;
            Ok(Some(Reopening(handle)))
        };
        watch().map_err(CommandError::Signals)
    }
}

impl Drop for Reopening {
    fn drop(&mut self) {
        self.0.close();
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
