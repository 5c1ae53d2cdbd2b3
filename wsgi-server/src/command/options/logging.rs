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

    /// The least important messages of the server itself that are written to standard error.
    #[arg(
        long,
        value_name = "LEVEL",
        env = "WSGI_SERVER_LOG_LEVEL",
        value_enum,
        default_value_t = LogLevel::Info
    )]
    pub(crate) log_level: LogLevel,
}

impl LogOptions {
    /// Whether the server has to note where the time of each request goes.
    pub(crate) fn needs_ledger(&self) -> bool {
        let logged = self.access_log.is_some() && self.access_log_timing;
        logged || self.server_timing.is_some()
    }
}

/// Who is told where the time went.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum TimingFor {
    /// Every client.
    All,
    /// Those whose request asks for it.
    Asked,
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
        let cases: [(&[&str], bool); 5] = [
            (&[], false),
            (&["--access-log", "-"], false),
            (&["--access-log-timing"], false), // there is no log
            (&["--access-log", "-", "--access-log-timing"], true),
            (&["--server-timing=asked"], true),
        ];
        for (arguments, expected) in cases {
            let options = parse(arguments).unwrap();
            assert_eq!(options.log.needs_ledger(), expected, "{arguments:?}");
        }
    }
}
