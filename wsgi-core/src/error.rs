//! How an application fails, sorted by whose fault it is.

use std::error::Error;
use std::io;

use thiserror::Error;

use crate::{
    EarlyHintsError, EnvironError, HeaderError, InputError, StartResponseError, StatusLineError,
    WriteError,
};

/// Why an application, or the iteration of its body, failed.
///
/// Whoever turns it into a response reports it in `wsgi.errors` ([`report`](ApplicationError::report)) and
/// tells the client as little as `500 Internal Server Error`.
///
/// # Specification
/// [PEP 3333, Error Handling](https://peps.python.org/pep-3333/#error-handling)
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ApplicationError {
    /// The application's own failure: what it raised.
    #[error(transparent)]
    Raised(Box<dyn Error + Send + Sync>),
    /// The application panicked; the text is the panic's message.
    #[error("the application panicked: {0}")]
    Panicked(String),
    /// The application returned, and its body gave a block or its end, without `start_response` being called.
    #[error("the application did not call start_response before the first block of its body")]
    NotStarted,
    /// `start_response` refused.
    #[error(transparent)]
    StartResponse(#[from] StartResponseError),
    /// `write` refused.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Early hints were refused.
    #[error(transparent)]
    EarlyHints(#[from] EarlyHintsError),
    /// A malformed header.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A malformed status line.
    #[error(transparent)]
    Status(#[from] StatusLineError),
    /// A variable that cannot be set.
    #[error(transparent)]
    Environ(#[from] EnvironError),
    /// Something other than what PEP 3333 allows came back from the application.
    #[error("{0}")]
    Misuse(String),
    /// The client left, or sent a body that is malformed or too short, and the application did not get over it.
    #[error(transparent)]
    Client(Box<dyn Error + Send + Sync>),
    /// Input or output failed while the application ran: a file, a database, not the client.
    #[error(transparent)]
    Io(io::Error),
}

/// [`ApplicationError::Client`] for an error of [`Input`](crate::Input) that is the client's, else
/// [`ApplicationError::Io`].
impl From<io::Error> for ApplicationError {
    fn from(error: io::Error) -> Self {
        match error.downcast::<InputError>() {
            Ok(error) => Self::Client(Box::new(error)),
            Err(error) => Self::Io(error),
        }
    }
}

/// Whose fault a failure is; that decides between a closed connection and a `500`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The client left, or sent a body that is malformed or too short.
    Client,
    /// The application failed.
    Application,
    /// A file, a socket, the machine.
    Io,
    /// The application, or a layer, broke a rule of the specification: a bug report.
    Misuse,
}

impl ApplicationError {
    /// Wraps the application's own error.
    pub fn raised(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Raised(error.into())
    }

    /// Wraps the payload of a panic that was caught.
    pub fn from_panic(payload: &(dyn std::any::Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Self::Panicked(text.unwrap_or_else(|| "(no message)".to_owned()))
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Raised(_) | Self::Panicked(_) => Fault::Application,
            Self::Client(_) | Self::Write(WriteError::Disconnected) => Fault::Client,
            Self::Io(_) => Fault::Io,
            Self::NotStarted
            | Self::StartResponse(_)
            | Self::Write(_)
            | Self::EarlyHints(_)
            | Self::Header(_)
            | Self::Status(_)
            | Self::Environ(_)
            | Self::Misuse(_) => Fault::Misuse,
        }
    }

    /// The text for the error stream: the message with its causes, or a Python traceback.
    pub fn report(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str("\n  caused by: ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Input;

    #[test]
    fn a_broken_body_is_the_clients_fault_and_a_broken_connection_of_the_application_is_not() {
        struct Broken;
        impl io::Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        let reading = Input::from_reader(Broken, None).read_all().unwrap_err();
        assert_eq!(ApplicationError::from(reading).fault(), Fault::Client);
        let database = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(ApplicationError::from(database).fault(), Fault::Io);
    }
}
