//! What is written about requests, and about the server itself.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum, ValueHint};
use tracing_subscriber::filter::LevelFilter;
use wsgi_middleware::AccessLogFormat;

#[derive(Clone, Debug, Args)]
pub(crate) struct LogOptions {
    /// Appends a line for each request to this file, or writes it to standard output with `-`. Requests that the server
    /// refuses are there, too, with the reason. SIGUSR1 has the file opened anew, for logrotate.
    #[arg(long, value_name = "FILE", env = "WSGI_SERVER_ACCESS_LOG", value_hint = ValueHint::FilePath)]
    pub(crate) access_log: Option<PathBuf>,

    /// The form of these lines: `common`, `combined` (the same with referer and user agent), `json`, or a format string
    /// of Gunicorn (`%(h)s "%(r)s" %(s)s %(L)s "%({x-forwarded-for}i)s"`) or Apache (`%h "%r" %>s`).
    #[arg(
        long,
        value_name = "FORMAT",
        env = "WSGI_SERVER_ACCESS_LOG_FORMAT",
        default_value = "combined",
        value_parser = AccessLogFormat::parse
    )]
    pub(crate) access_log_format: AccessLogFormat,

    /// Ends each of these lines with where the time of the request went, in microseconds: `parse=21 receive=-
    /// queue=400 interpreter=0 app=1200 stream=3 drain=15 first_byte=1639 total=1639`, in JSON the object
    /// `timing_us`. The line is then written when the response has gone out.
    #[arg(long, env = "WSGI_SERVER_ACCESS_LOG_TIMING", value_parser = FalseyValueParser::new())]
    pub(crate) access_log_timing: bool,

    /// Adds `Server-Timing` to responses: how long parsing, waiting and the application took, for the developer
    /// tools of browsers. `all`, the default here, tells all clients; `asked` those whose request has `Prefer:
    /// server-timing`, which any client may send. Attackers learn from times: not for the public.
    #[arg(
        long,
        value_name = "WHOM",
        env = "WSGI_SERVER_SERVER_TIMING",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "all"
    )]
    pub(crate) server_timing: Option<TimingFor>,

    /// The least important messages of the server itself that there are.
    #[arg(
        long,
        value_name = "LEVEL",
        env = "WSGI_SERVER_LOG_LEVEL",
        value_enum,
        default_value_t = LogLevel::Info
    )]
    pub(crate) log_level: LogLevel,

    /// The form of these messages.
    #[arg(
        long,
        value_name = "FORMAT",
        env = "WSGI_SERVER_LOG_FORMAT",
        value_enum,
        default_value_t = LogFormat::Auto
    )]
    pub(crate) log_format: LogFormat,

    /// Appends these messages to this file. `-`, the default, is standard error. SIGUSR1 has the file opened anew.
    #[arg(
        long,
        value_name = "FILE",
        env = "WSGI_SERVER_LOG_FILE",
        default_value = "-",
        value_hint = ValueHint::FilePath
    )]
    pub(crate) log_file: PathBuf,

    /// Gives messages to Python's `logging`, too: those of the server to the logger `wsgi_rs.server`, the lines of the
    /// access log to `wsgi_rs.access`. Handlers may be slow: a thread calls them, up to 1000 messages wait for it, and of
    /// those that find no room the number is told.
    #[cfg(feature = "python")]
    #[arg(
        long,
        value_name = "WHAT",
        env = "WSGI_SERVER_LOG_TO_PYTHON",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "all",
        requires = "app"
    )]
    pub(crate) log_to_python: Option<ToldToPython>,
}

impl LogOptions {
    /// Whether the server has to note where the time of each request goes.
    pub(crate) fn needs_ledger(&self) -> bool {
        let logged = self.access_log.is_some() || self.access_log_to_python();
        (logged && self.access_log_timing) || self.server_timing.is_some()
    }

    /// Whether Python's `logging` gets the lines of the access log.
    pub(crate) fn access_log_to_python(&self) -> bool {
        #[cfg(feature = "python")]
        return matches!(
            self.log_to_python,
            Some(ToldToPython::All | ToldToPython::Access)
        );
        #[cfg(not(feature = "python"))]
        false
    }
}

/// What Python's `logging` gets.
#[cfg(feature = "python")]
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum ToldToPython {
    /// Messages and access log.
    All,
    /// The server's messages.
    Server,
    /// The access log.
    Access,
}

/// Who is told where the time went.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum TimingFor {
    /// Every client.
    All,
    /// Those whose request asks for it.
    Asked,
}

/// How messages are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Text, with colours on a terminal unless NO_COLOR is set.
    Auto,
    /// Text without colours.
    Text,
    /// One JSON object a line.
    Json,
    /// Not at all.
    None,
}

/// How important a message must be to be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum LogLevel {
    /// Nothing.
    Off,
    /// What keeps the server from its work.
    Error,
    /// Refused requests, connections that had to be closed.
    Warn,
    /// Start and stop.
    Info,
    /// Connections.
    Debug,
    /// Everything.
    Trace,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Off => Self::OFF,
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::parse;
    use super::*;

    #[test]
    fn server_timing_is_for_nobody_unless_it_is_asked_for() {
        #[rustfmt::skip]
        let cases: [(&[&str], Option<TimingFor>, Option<&str>); 4] = [
            (&[], None, None),
            (&["--server-timing"], Some(TimingFor::All), None),
            (&["--server-timing", "shop:app"], Some(TimingFor::All), Some("shop:app")),
            (&["--server-timing=asked", "shop:app"], Some(TimingFor::Asked), Some("shop:app")),
        ];
        for (arguments, expected, app) in cases {
            let options = parse(arguments).unwrap();
            assert_eq!(options.log.server_timing, expected, "{arguments:?}");
            assert_eq!(options.app.as_deref(), app, "{arguments:?}");
        }
        assert!(parse(&["--server-timing=some"]).is_err());
    }

    #[test]
    fn times_are_noted_only_for_those_who_tell_them() {
        #[rustfmt::skip]
        let cases: [(&[&str], bool); 6] = [
            (&[], false),
            (&["--access-log", "-"], false),
            (&["--access-log-timing"], false), // there is no log
            (&["--access-log", "-", "--access-log-timing"], true),
            (&["--access-log-timing", "--log-to-python", "shop:app"], cfg!(feature = "python")),
            (&["--server-timing=asked"], true),
        ];
        for (arguments, expected) in cases {
            let options = parse(arguments).unwrap();
            assert_eq!(options.log.needs_ledger(), expected, "{arguments:?}");
        }
    }

    #[cfg(feature = "python")]
    #[test]
    fn python_is_told_where_there_is_python() {
        #[rustfmt::skip]
        let cases: [(&[&str], Option<ToldToPython>); 4] = [
            (&["shop:app"], None),
            (&["--log-to-python", "shop:app"], Some(ToldToPython::All)),
            (&["--log-to-python=server", "shop:app"], Some(ToldToPython::Server)),
            (&["--log-to-python=access", "shop:app"], Some(ToldToPython::Access)),
        ];
        for (arguments, expected) in cases {
            let options = parse(arguments).unwrap();
            assert_eq!(options.log.log_to_python, expected, "{arguments:?}");
        }
        let refused = parse(&["--log-to-python"]).unwrap_err().to_string();
        assert!(
            refused.contains("[APP]") || refused.contains("<APP>"),
            "{refused}"
        );
    }
}
