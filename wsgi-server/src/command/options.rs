//! What can be said on the command line and in the environment.

mod engine;
mod forwarded;
mod limits;
mod logging;
mod routes;
mod value;

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Parser, Subcommand, ValueHint};

pub(crate) use engine::EngineOptions;
pub(crate) use forwarded::ForwardedOptions;
pub(crate) use limits::LimitOptions;
#[cfg(feature = "python")]
pub(crate) use logging::ToldToPython;
pub(crate) use logging::{LogFormat, LogLevel, LogOptions, TimingFor};
pub(crate) use routes::{RequestLine, RoutesFormat, RoutesOptions};

const AFTER_HELP: &str = "\
Every option can be given as the environment variable shown with it; the command line wins. Values of \
options that may be repeated are separated by commas there.

SIGTERM and SIGINT (Ctrl-C) stop the server gracefully: it accepts no more connections, answers the \
requests that it has, and exits with 0. A second signal ends it at once, with 128 plus the signal's number \
(130 for SIGINT, 143 for SIGTERM). SIGUSR1 opens the log files anew. The exit code is 1 when the application or an address cannot be used, \
and 2 when the options are wrong.";

/// Serves a WSGI application (PEP 3333) over HTTP/1.1.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "wsgi-server",
    version,
    max_term_width = 100,
    after_help = AFTER_HELP,
    disable_help_subcommand = true // a module may be called so
)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Option<OtherCommand>,

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

    #[command(flatten)]
    pub(crate) engine: EngineOptions,

    /// The path below which the application lies, such as `/shop`: moves from `PATH_INFO` to
    /// `SCRIPT_NAME`. Requests for other paths are answered with 404.
    #[arg(
        long,
        value_name = "PREFIX",
        env = "WSGI_SERVER_SCRIPT_NAME",
        global = true,
        default_value = ""
    )]
    pub(crate) script_name: String,

    /// Changes to this directory before anything is loaded; relative paths start there.
    #[arg(long, value_name = "DIRECTORY", env = "WSGI_SERVER_CHDIR", global = true, value_hint = ValueHint::DirPath)]
    pub(crate) chdir: Option<PathBuf>,

    /// A directory for the front of `sys.path`, where Python looks for modules. May be repeated. Only that of
    /// APP (a file's own, else the current one) comes before it, and is always there.
    #[arg(
        long,
        value_name = "DIRECTORY",
        env = "WSGI_SERVER_PYTHONPATH",
        global = true,
        value_delimiter = ',',
        value_hint = ValueHint::DirPath
    )]
    pub(crate) pythonpath: Vec<PathBuf>,

    /// Checks each request and response against PEP 3333, as `wsgiref.validate` does. What breaks a MUST fails
    /// the request, what breaks a SHOULD is reported once; either names the rule. Slower; for development and
    /// tests.
    #[arg(long, env = "WSGI_SERVER_CHECK", value_parser = FalseyValueParser::new())]
    pub(crate) check: bool,

    #[command(flatten)]
    pub(crate) log: LogOptions,

    #[command(flatten)]
    pub(crate) forwarded: ForwardedOptions,

    #[command(flatten)]
    pub(crate) limits: LimitOptions,
}

/// What else the command does.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum OtherCommand {
    Routes(RoutesOptions),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use wsgi_middleware::AccessLogFormat;

    use super::*;

    pub(super) fn parse(arguments: &[&str]) -> Result<Options, clap::Error> {
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
        let command = Options::command();
        for command in command.get_subcommands() {
            let name = command.get_name().to_ascii_uppercase();
            for argument in command.get_arguments() {
                let id = argument.get_id().as_str().to_ascii_uppercase();
                let variable = argument.get_env().and_then(|name| name.to_str());
                let expected = match id.as_str() {
                    "APP" => "WSGI_SERVER_APP".to_owned(),
                    id => format!("WSGI_SERVER_{name}_{id}"),
                };
                assert_eq!(variable, Some(expected.as_str()));
            }
        }
    }

    #[test]
    fn an_application_called_as_a_subcommand_can_be_served() {
        for target in [
            "routes:app",
            "./routes.py",
            "routes.py",
            "help",
            "routes.wsgi",
        ] {
            let options = parse(&[target]).unwrap();
            assert_eq!(options.app.as_deref(), Some(target));
            assert!(options.command.is_none(), "{target}");
        }
        let options = parse(&["--bind", ":80", "--", "routes"]).unwrap();
        assert_eq!(options.app.as_deref(), Some("routes"));
        assert!(options.command.is_none());
    }

    #[test]
    fn without_arguments_the_demonstration_is_served_locally() {
        let options = parse(&[]).unwrap();
        assert_eq!((options.app, options.engine.threads), (None, 64));
        assert_eq!(options.bind, ["127.0.0.1:8000"]);
        assert_eq!(options.log.access_log_format, AccessLogFormat::Combined);
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
    fn a_misspelt_option_is_answered_with_the_nearest() {
        assert!(
            parse(&["--thread", "2"])
                .unwrap_err()
                .to_string()
                .contains("--threads")
        );
    }
}
