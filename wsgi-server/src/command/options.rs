//! What can be said on the command line and in the environment.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{FalseyValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Parser, ValueEnum, ValueHint};
use tracing_subscriber::filter::LevelFilter;
use wsgi_middleware::AccessLogFormat;

use crate::server::THREADS;

const AFTER_HELP: &str = "\
Every option can be given as the environment variable shown with it; the command line wins. Values of \
options that may be repeated are separated by commas there.

SIGTERM and SIGINT (Ctrl-C) stop the server gracefully: it accepts no more connections, answers the \
requests that it has, and exits with 0. A second signal ends it at once, with 128 plus the signal's number \
(130 for SIGINT, 143 for SIGTERM). The exit code is 1 when the application or an address cannot be used, \
and 2 when the options are wrong.";

/// Serves a WSGI application (PEP 3333) over HTTP/1.1.
#[derive(Clone, Debug, Parser)]
#[command(name = "wsgi-server", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Options {
    /// The application: `module:attribute`, `module:factory()`, `path/to/file.py` or
    /// `path/to/file.py:attribute`. Where no attribute is named, `application` and then `app` is looked
    /// for. Without APP a demonstration is served.
    #[arg(value_name = "APP", env = "WSGI_SERVER_APP")]
    pub(crate) app: Option<String>,

    /// Where to listen: `host:port`, `:port` (every IPv4 address), `[::1]:port` or `unix:path`; port 0 takes
    /// a free one. May be repeated.
    #[arg(
        short,
        long,
        value_name = "ADDRESS",
        env = "WSGI_SERVER_BIND",
        value_delimiter = ',',
        default_value = "127.0.0.1:8000"
    )]
    pub(crate) bind: Vec<String>,

    /// How many threads may call the application at once. No number is needed for an application to be served
    /// well: threads are started when calls take long, and up to this many. With one, requests are answered
    /// one after another on the main thread, and `wsgi.multithread` is false.
    #[arg(
        short,
        long,
        value_name = "COUNT",
        env = "WSGI_SERVER_THREADS",
        default_value_t = THREADS as u16,
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub(crate) threads: u16,

    /// How many event loops share the connections. Default: one for each processor where several threads run at a time
    /// (applications of Rust, Python without GIL), else one.
    #[arg(
        long,
        value_name = "COUNT",
        env = "WSGI_SERVER_LOOPS",
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub(crate) loops: Option<u16>,

    /// How many requests may wait for a thread when all are busy; further ones are answered with 503 and
    /// `Retry-After`. Default: no limit.
    #[arg(long, value_name = "COUNT", env = "WSGI_SERVER_QUEUE_LIMIT")]
    pub(crate) queue_limit: Option<u32>,

    /// How long a request may wait for a thread, in seconds; then it is answered with 503 and `Retry-After`.
    /// Default: no limit.
    #[arg(long, value_name = "SECONDS", env = "WSGI_SERVER_QUEUE_TIMEOUT", value_parser = parse_seconds)]
    pub(crate) queue_timeout: Option<Duration>,

    /// How long a Python thread that computes may keep the interpreter while others want it, in seconds, in place
    /// of Python's own 0.005; 0 leaves it alone, and so does an application that has set it. Default: 0.0005.
    #[arg(long, value_name = "SECONDS", env = "WSGI_SERVER_SWITCH_INTERVAL", value_parser = parse_seconds)]
    pub(crate) switch_interval: Option<Duration>,

    /// The path below which the application lies, such as `/shop`: moves from `PATH_INFO` to
    /// `SCRIPT_NAME`. Requests for other paths are answered with 404.
    #[arg(
        long,
        value_name = "PREFIX",
        env = "WSGI_SERVER_SCRIPT_NAME",
        default_value = ""
    )]
    pub(crate) script_name: String,

    /// Changes to this directory before anything is loaded; relative paths start there.
    #[arg(long, value_name = "DIRECTORY", env = "WSGI_SERVER_CHDIR", value_hint = ValueHint::DirPath)]
    pub(crate) chdir: Option<PathBuf>,

    /// A directory for the front of `sys.path`, where Python looks for modules. May be repeated. Only that of
    /// APP (a file's own, else the current one) comes before it, and is always there.
    #[arg(
        long,
        value_name = "DIRECTORY",
        env = "WSGI_SERVER_PYTHONPATH",
        value_delimiter = ',',
        value_hint = ValueHint::DirPath
    )]
    pub(crate) pythonpath: Vec<PathBuf>,

    /// Checks each request and response against PEP 3333, as `wsgiref.validate` does. What breaks a MUST fails
    /// the request, what breaks a SHOULD is reported once; either names the rule. Slower; for development and
    /// tests.
    #[arg(long, env = "WSGI_SERVER_CHECK", value_parser = FalseyValueParser::new())]
    pub(crate) check: bool,

    /// Appends a line for each request to this file, or writes it to standard output with `-`.
    #[arg(long, value_name = "FILE", env = "WSGI_SERVER_ACCESS_LOG", value_hint = ValueHint::FilePath)]
    pub(crate) access_log: Option<PathBuf>,

    /// The form of these lines: Common Log Format, the same with referer and user agent, or JSON.
    #[arg(
        long,
        value_name = "FORMAT",
        env = "WSGI_SERVER_ACCESS_LOG_FORMAT",
        default_value = "combined",
        value_parser = PossibleValuesParser::new(["common", "combined", "json"])
            .try_map(|name| name.parse::<AccessLogFormat>())
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

    /// How large a request's line and header fields may be, together and each of them, in bytes (`128k`,
    /// `1M`). Default: 64k together, 8190 each.
    #[arg(long, value_name = "SIZE", env = "WSGI_SERVER_HEAD_LIMIT", value_parser = parse_size)]
    pub(crate) head_limit: Option<u64>,

    /// How large a request's body may be, in bytes (`64k`, `1M`, `2G`). Default: 1G.
    #[arg(long, value_name = "SIZE", env = "WSGI_SERVER_BODY_LIMIT", value_parser = parse_size)]
    pub(crate) body_limit: Option<u64>,

    /// How long an idle connection is kept for the client's next request, in seconds. Default: 75.
    #[arg(long, value_name = "SECONDS", env = "WSGI_SERVER_KEEP_ALIVE", value_parser = parse_seconds)]
    pub(crate) keep_alive: Option<Duration>,

    /// How long requests in flight may take to end once the server is asked to stop, in seconds. Default: 30.
    #[arg(long, value_name = "SECONDS", env = "WSGI_SERVER_GRACEFUL_TIMEOUT", value_parser = parse_seconds)]
    pub(crate) graceful_timeout: Option<Duration>,
}

impl Options {
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

/// `512`, `64k`, `1M` or `2G`, in units of 1024.
fn parse_size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 1 << 10),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 1 << 20),
        Some(b'g' | b'G') => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit))
        .ok_or_else(|| {
            "not a size; write a number of bytes, or one with k, M or G behind it".to_owned()
        })
}

/// `30` or `0.5`.
fn parse_seconds(text: &str) -> Result<Duration, String> {
    text.parse::<f64>()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| {
            "not a length of time; write a number of seconds, such as 30 or 0.5".to_owned()
        })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from([&["wsgi-server"], arguments].concat())
    }

    #[test]
    fn the_definition_is_sound() {
        Options::command().debug_assert();
    }

    #[test]
    fn every_option_has_its_environment_variable() {
        for argument in Options::command().get_arguments() {
            let id = argument.get_id().as_str();
            let variable = argument
                .get_env()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            assert_eq!(variable, format!("WSGI_SERVER_{}", id.to_ascii_uppercase()));
        }
    }

    #[test]
    fn without_arguments_the_demonstration_is_served_locally() {
        let options = parse(&[]).unwrap();
        assert_eq!((options.app, options.threads), (None, 64));
        assert_eq!(options.bind, ["127.0.0.1:8000"]);
        assert_eq!(options.access_log_format, AccessLogFormat::Combined);
    }

    #[test]
    fn addresses_are_repeated_or_separated_by_commas() {
        let options = parse(&[
            "-b",
            ":80",
            "--bind",
            "[::1]:80,unix:/run/app.sock",
            "shop:app",
        ])
        .unwrap();
        assert_eq!(options.bind, [":80", "[::1]:80", "unix:/run/app.sock"]);
        assert_eq!(options.app.as_deref(), Some("shop:app"));
    }

    #[test]
    fn no_threads_at_all_is_refused() {
        assert!(
            parse(&["--threads", "0"])
                .unwrap_err()
                .to_string()
                .contains("--threads <COUNT>")
        );
    }

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
            assert_eq!(options.server_timing, expected, "{arguments:?}");
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
            assert_eq!(options.needs_ledger(), expected, "{arguments:?}");
        }
    }

    #[test]
    fn sizes_have_units() {
        const CASES: &[(&str, Option<u64>)] = &[
            ("0", Some(0)),
            ("512", Some(512)),
            ("64k", Some(65_536)),
            ("1M", Some(1_048_576)),
            ("2G", Some(2_147_483_648)),
            ("", None),
            ("k", None),
            ("-1", None),
            ("1kb", None),
            ("17179869184G", None), // 2^64
            ("1é", None),
        ];
        for (text, expected) in CASES {
            assert_eq!(parse_size(text).ok(), *expected, "{text}");
        }
    }

    #[test]
    fn seconds_may_be_broken_but_not_negative() {
        assert_eq!(parse_seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["-1", "nan", "inf", "1e300", "soon", ""] {
            assert!(parse_seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_misspelt_option_is_answered_with_the_nearest() {
        assert!(
            parse(&["--thread", "2"])
                .unwrap_err()
                .to_string()
                .contains("--threads")
        );
    }
}
