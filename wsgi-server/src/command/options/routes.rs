//! What can be said to `wsgi-server routes`.

use clap::{Args, ValueEnum};

const AFTER_HELP: &str = "\
The application is loaded, not served, and no request is made. Understood are wsgi_rs.Router and \
wsgi_rs.routing.Map, Flask and everything else with a url_map of Werkzeug, DispatcherMiddleware, Django, Pyramid, \
Bottle and Falcon, also within middleware that keeps its application as app, wsgi_app, application or __wrapped__.

An application that is called routes is served by `wsgi-server routes:app`, `wsgi-server ./routes.py` or \
`wsgi-server -- routes`.

The exit code is 0 when the routes are known and, with --match, one of them answers or redirects; 3 when none does; \
1 when the application cannot be loaded or tells no routes, and 2 when the options are wrong.";

/// Prints the routes of an application: a table, JSON, or the skeleton of an OpenAPI description.
#[derive(Clone, Debug, Args)]
#[command(max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct RoutesOptions {
    /// The application, or a map of URL rules: `module:attribute`, `module:factory()`, `path/to/file.py` or
    /// `path/to/file.py:attribute`. Without APP the demonstration's routes are printed.
    #[arg(value_name = "APP", env = "WSGI_SERVER_APP")]
    pub(crate) app: Option<String>,

    /// How the routes are written.
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        env = "WSGI_SERVER_ROUTES_FORMAT",
        value_enum,
        default_value_t = RoutesFormat::Table
    )]
    pub(crate) format: RoutesFormat,

    /// Instead of all routes, says what becomes of a request: the route that answers it and the values it takes from
    /// the path, or why there is none: `GET /users/7`, or `/users/7` for a GET. No code of the application answers it.
    #[arg(
        id = "match",
        short,
        long,
        value_name = "REQUEST",
        env = "WSGI_SERVER_ROUTES_MATCH",
        value_parser = RequestLine::parse
    )]
    pub(crate) matching: Option<RequestLine>,

    /// The `Host` of that request.
    #[arg(
        long,
        value_name = "HOST",
        env = "WSGI_SERVER_ROUTES_HOST",
        default_value = "localhost"
    )]
    pub(crate) host: String,

    /// The title of the OpenAPI description. Default: APP.
    #[arg(long, value_name = "TEXT", env = "WSGI_SERVER_ROUTES_TITLE")]
    pub(crate) title: Option<String>,

    /// The version in the OpenAPI description: that of the application.
    #[arg(
        long,
        value_name = "VERSION",
        env = "WSGI_SERVER_ROUTES_API_VERSION",
        default_value = "0.1.0"
    )]
    pub(crate) api_version: String,
}

/// How routes are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum RoutesFormat {
    /// A line for each.
    Table,
    /// All that is known of each; docs/routes.md has the fields.
    Json,
    /// The skeleton of an OpenAPI 3.1 description, in JSON.
    Openapi,
}

/// A request to be matched.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RequestLine {
    /// In capitals.
    pub(crate) method: String,
    /// Path and query, percent-encoded.
    pub(crate) target: String,
}

impl RequestLine {
    fn parse(text: &str) -> Result<Self, String> {
        let (method, target) = match text.trim().split_once(' ') {
            Some((method, target)) => (method, target.trim_start()),
            None => ("GET", text.trim()),
        };
        let is_method = http::Method::from_bytes(method.as_bytes()).is_ok();
        if !is_method || !target.starts_with('/') || target.contains(' ') {
            return Err(
                "not a request; write a method and a path, such as \"GET /users/7\"".to_owned(),
            );
        }
        Ok(Self {
            method: method.to_ascii_uppercase(),
            target: target.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::OtherCommand;
    use super::super::tests::parse;
    use super::*;

    fn routes(arguments: &[&str]) -> Result<RoutesOptions, clap::Error> {
        let options = parse(&[&["routes"], arguments].concat())?;
        match options.command {
            Some(OtherCommand::Routes(routes)) => Ok(routes),
            None => unreachable!("routes is the command"),
        }
    }

    #[test]
    fn a_request_is_a_method_and_a_path() {
        #[rustfmt::skip]
        let cases = [
            ("GET /users/7",     Some(("GET", "/users/7"))),
            ("delete  /a?b=c ",  Some(("DELETE", "/a?b=c"))),
            ("/a%20b",           Some(("GET", "/a%20b"))),
            ("users",            None),
            ("GET users",        None),
            ("GET /a /b",        None),
            ("G@T /a",           None),
            ("",                 None),
        ];
        for (text, expected) in cases {
            let line = RequestLine::parse(text).ok();
            let line = line
                .as_ref()
                .map(|line| (line.method.as_str(), line.target.as_str()));
            assert_eq!(line, expected, "{text}");
        }
    }

    #[test]
    fn where_the_application_lies_is_said_on_either_side_of_the_subcommand() {
        for arguments in [
            ["--chdir", "/srv", "routes", "shop:app"],
            ["routes", "--chdir", "/srv", "shop:app"],
            ["routes", "shop:app", "--chdir", "/srv"],
        ] {
            let options = parse(&arguments).unwrap();
            assert_eq!(options.chdir, Some("/srv".into()), "{arguments:?}");
            let Some(OtherCommand::Routes(routes)) = options.command else {
                unreachable!("routes is the command");
            };
            assert_eq!(routes.app.as_deref(), Some("shop:app"), "{arguments:?}");
        }
    }

    #[test]
    fn a_table_of_the_demonstration_is_the_default() {
        let options = routes(&[]).unwrap();
        assert_eq!((options.app, options.format), (None, RoutesFormat::Table));
        assert_eq!(
            (options.matching, options.host.as_str()),
            (None, "localhost")
        );
        assert!(
            routes(&["--match", "users"])
                .unwrap_err()
                .to_string()
                .contains("GET /users/7")
        );
    }
}
