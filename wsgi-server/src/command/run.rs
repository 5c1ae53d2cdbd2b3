//! From options to a server that has stopped.

use std::io;
use std::path::Path;
use std::sync::Arc;
#[cfg(feature = "python")]
use std::time::Duration;

use super::access_log::{CommandLog, note_refusals};
use super::application;
use super::error::CommandError;
use super::log::LogSettings;
use super::log_file::{LogFile, LogOf, Reopening};
#[cfg(feature = "python")]
use super::options::ToldToPython;
use super::options::{LogOptions, Options};
#[cfg(feature = "python")]
use crate::Interpreter;
use crate::shutdown::{self, SignalGuard};
use crate::{Server, ServerBuilder};

/// Serves until a signal asks for the end.
pub(crate) fn run(options: &Options) -> Result<(), CommandError> {
    survive_file_size_limit().map_err(CommandError::Signals)?;
    change_directory(options)?;
    let log_file = open_log(&options.log)?;
    #[cfg(feature = "python")]
    let python = start_python(options)?;
    let mut signals = None;
    let outcome = serve(options, log_file, &mut signals);
    #[cfg(feature = "python")]
    if options.log.log_to_python.is_some() {
        // Python's handlers are closed when it ends.
        crate::extension::logging::settle();
    }
    #[cfg(feature = "python")]
    if let Some(python) = python {
        // While the signals are still watched: the application's own threads may never end.
        python.finish();
    }
    outcome
}

/// To where `--chdir` says.
pub(crate) fn change_directory(options: &Options) -> Result<(), CommandError> {
    let Some(path) = &options.chdir else {
        return Ok(());
    };
    std::env::set_current_dir(path).map_err(|source| CommandError::Chdir {
        path: path.clone(),
        source,
    })
}

/// From now on a write beyond the process's limit of file sizes (`ulimit -f`) fails with `EFBIG`, as one to a full disk
/// fails, instead of ending the process by SIGXFSZ. CPython's own command does likewise.
fn survive_file_size_limit() -> io::Result<()> {
    // A handler rather than `SIG_IGN`, which programs that the application starts would inherit.
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default()).map(drop)
}

/// Loads, binds, serves; leaves the guard of the signals to the caller.
fn serve(
    options: &Options,
    log_file: Option<LogFile>,
    signals: &mut Option<SignalGuard>,
) -> Result<(), CommandError> {
    let access_log = CommandLog::open(&options.log)?;
    let app = application::load(options)?;
    #[cfg(feature = "python")]
    if options.log.log_to_python.is_some() {
        crate::extension::logging::start().map_err(CommandError::LogToPython)?;
    }
    let app = application::with_layers(app, options, access_log.as_ref())?;
    let mut builder = builder(options);
    if let Some(log) = &access_log {
        builder = builder.on_refusal(note_refusals(log.layer.logger()));
    }
    let server = builder.build(app)?;
    *signals = Some(shutdown::on_signals(&server.handle()).map_err(CommandError::Signals)?);
    // Behind the application, whose own handlers go on being called then.
    let files = [log_file, access_log.and_then(|log| log.file)];
    let reopening = Reopening::on_signal(files.into_iter().flatten().collect());
    let _reopening = reopening.map_err(CommandError::Signals)?;
    // Not a log message: whoever started the server waits for this line, whatever the log level.
    super::tell(&ready_line(&server.addresses(), options));
    Ok(server.run()?)
}

/// Has the server's messages go where the options say; the file, if it is one.
fn open_log(options: &LogOptions) -> Result<Option<LogFile>, CommandError> {
    let file = if options.log_file == Path::new("-") {
        None
    } else {
        let opened = LogFile::open(LogOf::Server, &options.log_file);
        Some(opened.map_err(|source| CommandError::LogFile {
            path: options.log_file.clone(),
            source,
        })?)
    };
    LogSettings {
        level: options.log_level.into(),
        format: options.log_format,
        file: file.clone(),
        listener: listener(options),
    }
    .install();
    Ok(file)
}

#[cfg(feature = "python")]
fn listener(options: &LogOptions) -> Option<fn(&tracing::Event<'_>)> {
    match options.log_to_python {
        Some(ToldToPython::All | ToldToPython::Server) => Some(crate::extension::logging::tell),
        Some(ToldToPython::Access) | None => None,
    }
}

#[cfg(not(feature = "python"))]
fn listener(_: &LogOptions) -> Option<fn(&tracing::Event<'_>)> {
    None
}

/// The interpreter is needed only if there is an application of Python; the demonstration does without.
#[cfg(feature = "python")]
fn start_python(options: &Options) -> Result<Option<crate::extension::Embedded>, CommandError> {
    if options.app.is_none() {
        return Ok(None);
    }
    let embedded = crate::extension::Embedded::start(&options.pythonpath);
    let embedded = embedded.map_err(CommandError::Python)?;
    if !python(None).is_parallel() {
        super::heap::share();
    }
    Ok(Some(embedded))
}

fn builder(options: &Options) -> ServerBuilder {
    let builder = options.engine.apply(Server::builder());
    let builder = options
        .limits
        .apply(builder)
        .ledger(options.log.needs_ledger());
    #[cfg(feature = "python")]
    let builder = match options.app {
        Some(_) => builder.interpreter(python(options.engine.switch_interval)),
        None => builder,
    };
    let bind = options.bind.iter();
    bind.fold(builder, |builder, address| builder.bind(address))
}

/// The interpreter with this switch interval, if one is given.
#[cfg(feature = "python")]
pub(crate) fn python(interval: Option<Duration>) -> crate::extension::PythonInterpreter {
    let python = crate::extension::PythonInterpreter::default();
    match interval {
        None => python,
        Some(Duration::ZERO) => python.switch_interval(None),
        interval => python.switch_interval(interval),
    }
}

/// `wsgi-server 0.1.0 ready at http://127.0.0.1:8000, unix:/run/app.sock (app shop:app, up to 2 threads)`.
fn ready_line(addresses: &[String], options: &Options) -> String {
    let what = match &options.app {
        Some(app) => format!("app {app}"),
        None => "demonstration".to_owned(),
    };
    let threads = match options.engine.threads {
        1 => "1 thread".to_owned(),
        threads => format!("up to {threads} threads"),
    };
    format!(
        "wsgi-server {} ready at {} ({what}, {threads})",
        env!("CARGO_PKG_VERSION"),
        addresses.join(", "),
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn the_ready_line_names_addresses_application_and_threads() {
        let options = Options::parse_from(["wsgi-server", "-t", "2", "shop:app"]);
        let addresses = [
            "http://[::1]:80".to_owned(),
            "unix:/run/app.sock".to_owned(),
        ];
        assert_eq!(
            ready_line(&addresses, &options),
            format!(
                "wsgi-server {} ready at http://[::1]:80, unix:/run/app.sock (app shop:app, up to 2 threads)",
                env!("CARGO_PKG_VERSION")
            )
        );
        let options = Options::parse_from(["wsgi-server", "-t", "1"]);
        assert!(ready_line(&addresses, &options).ends_with(" (demonstration, 1 thread)"));
    }
}
