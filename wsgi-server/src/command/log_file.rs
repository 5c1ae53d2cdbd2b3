//! A file of lines that others may move away, on a disk that may be full.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf, absolute};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use signal_hook::consts::SIGUSR1;
use signal_hook::iterator::{Handle, Signals};
use tracing::Level;

/// A log that is appended to. What cannot be written is lost, and nobody waits for it: that is told once, and again when it
/// can be written.
///
/// Clones write to the same file.
#[derive(Clone, Debug)]
pub(crate) struct LogFile(Arc<Inner>);

/// What a file is the log of: its troubles are told to the server's log, unless that is the one which has them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LogOf {
    Requests,
    Server,
}

#[derive(Debug)]
struct Inner {
    of: LogOf,
    /// Absolute, as an application may change the directory; none for standard output.
    path: Option<PathBuf>,
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// Lines that could not be written since one could.
    lost: u64,
    /// The last line was written in part.
    is_torn: bool,
}

impl LogFile {
    /// Appends to a file, which is made unless it is there.
    pub(crate) fn open(of: LogOf, path: &Path) -> io::Result<Self> {
        let path = absolute(path)?;
        Ok(Self::new(of, append_to(&path)?, Some(path)))
    }

    /// Writes to the standard output of the process.
    pub(crate) fn stdout(of: LogOf) -> io::Result<Self> {
        let stdout = io::stdout().as_fd().try_clone_to_owned()?;
        Ok(Self::new(of, File::from(stdout), None))
    }

    fn new(of: LogOf, file: File, path: Option<PathBuf>) -> Self {
        let open = Mutex::new(Open {
            file,
            lost: 0,
            is_torn: false,
        });
        Self(Arc::new(Inner { of, path, open }))
    }

    /// Opens the path anew, for whoever moved the file away (`logrotate`); goes on with the old file where that fails.
    pub(crate) fn reopen(&self) {
        let Some(path) = &self.0.path else { return };
        match append_to(path) {
            Ok(file) => {
                let mut open = self.lock();
                open.file = file;
                open.is_torn = false;
                drop(open);
                self.tell(Level::INFO, format_args!("opened anew"));
            }
            Err(error) => {
                let what =
                    format_args!("cannot be opened anew, going on with the old file: {error}");
                self.tell(Level::ERROR, what);
            }
        }
    }

    /// Writes a line, which has its line feed.
    fn append(&self, line: &[u8]) {
        let mut open = self.lock();
        let lost = open.lost;
        let outcome = open.append(line);
        open.lost = if outcome.is_ok() { 0 } else { lost + 1 };
        // A message may wait for whoever reads it, which no other line has to wait for.
        drop(open);
        match outcome {
            Ok(()) if lost > 0 => {
                let what = format_args!("can be written again, {lost} lines were lost");
                self.tell(Level::WARN, what);
            }
            Err(error) if lost == 0 => {
                let what = format_args!("cannot be written, lines are lost: {error}");
                self.tell(Level::ERROR, what);
            }
            _ => {}
        }
    }

    fn tell(&self, level: Level, what: fmt::Arguments<'_>) {
        let path = self.0.path.as_deref().unwrap_or(Path::new("-"));
        match (self.0.of, level) {
            (LogOf::Server, Level::INFO) => {}
            (LogOf::Server, _) => super::tell(&format!("wsgi-server: log {path:?} {what}")),
            (LogOf::Requests, Level::INFO) => tracing::info!("access log {path:?} {what}"),
            (LogOf::Requests, Level::WARN) => tracing::warn!("access log {path:?} {what}"),
            (LogOf::Requests, _) => tracing::error!("access log {path:?} {what}"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// No line is glued to the rest of one that found no room.
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.file.write_all(b"\n")?;
            self.is_torn = false;
        }
        let mut rest = line;
        while !rest.is_empty() {
            match self.file.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.is_torn = rest.len() < line.len();
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

/// Never fails: see [`LogFile`].
impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.append(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens files anew at each SIGUSR1 for as long as it lives.
#[derive(Debug)]
pub(crate) struct Reopening(Handle);

impl Reopening {
    /// From now on SIGUSR1 has these files opened anew, besides what the application does at this signal. It no longer ends
    /// the process, be there files or not.
    pub(crate) fn on_signal(files: Vec<LogFile>) -> io::Result<Self> {
        let mut signals = Signals::new([SIGUSR1])?;
        let handle = signals.handle();
        std::thread::Builder::new()
            .name("wsgi-logs".to_owned())
            .spawn(move || {
                for _ in signals.forever() {
                    files.iter().for_each(LogFile::reopen);
                }
            })?;
        Ok(Self(handle))
    }
}

impl Drop for Reopening {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    File::options().append(true).create(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_moved_away_is_left_when_it_is_opened_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (path, moved) = (folder.path().join("log"), folder.path().join("log.1"));
        let mut log = LogFile::open(LogOf::Requests, &path).unwrap();
        log.write_all(b"one\n").unwrap();
        std::fs::rename(&path, &moved).unwrap();
        log.write_all(b"two\n").unwrap();
        log.reopen();
        log.clone().write_all(b"three\n").unwrap();
        assert_eq!(std::fs::read(&moved).unwrap(), b"one\ntwo\n");
        assert_eq!(std::fs::read(&path).unwrap(), b"three\n");
    }

    #[test]
    fn a_path_that_cannot_be_opened_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let (path, moved) = (folder.path().join("a/log"), folder.path().join("b"));
        std::fs::create_dir(folder.path().join("a")).unwrap();
        let mut log = LogFile::open(LogOf::Requests, &path).unwrap();
        std::fs::rename(folder.path().join("a"), &moved).unwrap();
        log.reopen();
        log.write_all(b"one\n").unwrap();
        assert_eq!(std::fs::read(moved.join("log")).unwrap(), b"one\n");
    }

    /// `/dev/full` has no room for anything.
    #[test]
    fn a_full_disk_loses_lines_and_fails_nobody() {
        let mut log = LogFile::open(LogOf::Requests, Path::new("/dev/full")).unwrap();
        log.write_all(b"one\n").unwrap();
        log.write_all(b"two\n").unwrap();
        assert_eq!(log.lock().lost, 2);
        log.lock().file = tempfile::tempfile().unwrap();
        log.write_all(b"three\n").unwrap();
        assert_eq!(log.lock().lost, 0);
    }

    #[test]
    fn a_line_that_was_torn_is_ended_before_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = LogFile::open(LogOf::Requests, &path).unwrap();
        log.write_all(b"the beginning of").unwrap();
        log.lock().is_torn = true;
        log.write_all(b"another\n").unwrap();
        assert_eq!(
            std::fs::read(&path).unwrap(),
            b"the beginning of\nanother\n"
        );
    }
}
