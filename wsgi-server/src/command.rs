//! The command `wsgi-server [OPTIONS] [APP]`, and `wsgi-server routes [OPTIONS] [APP]`.
//!
//! [`main`] is all there is: the cargo binary calls it, and so does the console script of the wheel. `--help`
//! lists the options and their environment variables; the exit codes are listed there too.

mod access_log;
mod application;
mod demo;
mod error;
#[cfg(feature = "python")]
mod heap;
mod log;
mod log_file;
mod options;
mod routes;
mod run;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

#[cfg(feature = "python")]
pub(crate) use access_log::{Lines, note_refusals};
#[cfg(feature = "python")]
pub(crate) use error::with_causes;
#[cfg(feature = "python")]
pub(crate) use log::LogSettings;
#[cfg(feature = "python")]
pub(crate) use log_file::{LogFile, LogOf};
#[cfg(feature = "python")]
pub(crate) use options::{EngineOptions, ForwardedOptions, LimitOptions};
#[cfg(feature = "python")]
pub(crate) use options::{LogFormat, LogLevel};
use options::{Options, OtherCommand};
#[cfg(feature = "python")]
pub(crate) use run::python;

/// Runs the command until it is told to stop; `arguments` begin with the program's name.
///
/// The exit code is 0 after a graceful stop and for `--help` and `--version`, 1 when the application or an
/// address cannot be used, 2 when the options are wrong, 3 when `routes --match` finds no route. A second signal ends the whole process.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    ExitCode::from(exit_code(arguments))
}

/// [`main`] for callers that need the number.
pub(crate) fn exit_code(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let options = match Options::try_parse_from(arguments) {
        Ok(options) => options,
        Err(message) => {
            // Nobody can be told that the place for messages is closed.
            let _ = message.print();
            return match message.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => 0,
                _ => 2,
            };
        }
    };
    let outcome = match &options.command {
        None => run::run(&options).map(|()| 0),
        Some(OtherCommand::Routes(asked)) => routes::run(&options, asked),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            tell(&format!("wsgi-server: {}", error::with_causes(&error)));
            1
        }
    }
}

/// Writes a line to standard error; when that is closed there is nobody to tell.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
