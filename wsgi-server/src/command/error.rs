//! What keeps the command from serving.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use crate::ServerError;

/// Why the command gave up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// `--chdir` names no directory that can be entered.
    #[error("--chdir: cannot enter directory {path:?}")]
    Chdir { path: PathBuf, source: io::Error },
    /// `--access-log` names a file that cannot be appended to.
    #[error("--access-log: cannot append to file {path:?}")]
    AccessLog { path: PathBuf, source: io::Error },
    /// `--log-file` names a file that cannot be appended to.
    #[error("--log-file: cannot append to file {path:?}")]
    LogFile { path: PathBuf, source: io::Error },
    /// The thread for Python's `logging` does not start.
    #[cfg(feature = "python")]
    #[error("--log-to-python: cannot start a thread")]
    LogToPython(#[source] io::Error),
    /// What becomes of one request has no form in OpenAPI.
    #[error(
        "routes --match: an answer is no OpenAPI description; leave --format out, or write --format json"
    )]
    MatchFormat,
    /// `--script-name` is no path.
    #[error("--script-name")]
    ScriptName(#[from] wsgi_middleware::PrefixError),
    /// The interpreter does not start, or refuses `--pythonpath`.
    #[cfg(feature = "python")]
    #[error("cannot start Python")]
    Python(#[source] Box<dyn Error + Send + Sync>),
    /// APP cannot be loaded.
    #[cfg(feature = "python")]
    #[error(transparent)]
    Load(#[from] wsgi_core::python::LoadError),
    /// APP does not tell its routes.
    #[cfg(feature = "python")]
    #[error(transparent)]
    Routes(#[from] crate::extension::routes::RoutesError),
    /// What Python code told of the routes is not what was asked for.
    #[cfg(feature = "python")]
    #[error("cannot read what the application tells of its routes")]
    Told(#[source] serde_json::Error),
    /// Standard output takes no more.
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
    /// APP was given to a command that was built without Python.
    #[cfg(not(feature = "python"))]
    #[error(
        "cannot load application {app:?}: this wsgi-server was built without Python; build it with `--features \
         python`, or leave APP out to see the demonstration"
    )]
    NoPython { app: String },
    /// The signals that stop the server cannot be watched.
    #[error("cannot watch for signals")]
    Signals(#[source] io::Error),
    /// An address cannot be bound, or serving failed.
    #[error(transparent)]
    Server(#[from] ServerError),
}

/// The message of an error and of what caused it: `cannot enter "x": No such file or directory`.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_its_causes() {
        let source = io::Error::new(io::ErrorKind::NotFound, "not there");
        let error = CommandError::Chdir {
            path: "/nowhere".into(),
            source,
        };
        assert_eq!(
            with_causes(&error),
            "--chdir: cannot enter directory \"/nowhere\": not there"
        );
    }
}
