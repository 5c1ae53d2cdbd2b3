//! `wsgi-server routes`: the routes of an application as a table, JSON or OpenAPI, and what becomes of a request.

mod answer;
mod source;
#[cfg(feature = "python")]
mod told;

use std::io::{self, Write};

use serde_json::{Value, json};
use wsgi_middleware::Prefix;

use super::error::CommandError;
use super::options::{Options, RoutesFormat, RoutesOptions};
use source::Source;

/// What the command ends with when no route answers the request of `--match`.
const NO_ROUTE: u8 = 3;

/// Prints what the options ask for; the exit code.
pub(crate) fn run(options: &Options, routes: &RoutesOptions) -> Result<u8, CommandError> {
    super::run::change_directory(options)?;
    // `wsgi-server APP routes` names it before the subcommand.
    let app = routes.app.as_deref().or(options.app.as_deref());
    if routes.matching.is_some() && routes.format == RoutesFormat::Openapi {
        return Err(CommandError::MatchFormat);
    }
    let script_name = script_name(options)?;
    let source = Source::load(options, app)?;
    let (text, code) = match &routes.matching {
        None => (listed(&source, routes, app, script_name)?, 0),
        Some(request) => {
            let answer = source.answer(request, &routes.host, script_name)?;
            let text = match routes.format {
                RoutesFormat::Table => answer.to_string(),
                _ => format!("{}\n", answer.to_json()),
            };
            (text, if answer.is_answered() { 0 } else { NO_ROUTE })
        }
    };
    source.finish();
    print(&text).map_err(CommandError::Output)?;
    Ok(code)
}

/// Where the application lies, without a slash at the end.
fn script_name(options: &Options) -> Result<&str, CommandError> {
    Prefix::new(()).at(&options.script_name)?;
    Ok(options.script_name.trim_end_matches('/'))
}

fn listed(
    source: &Source,
    options: &RoutesOptions,
    app: Option<&str>,
    script_name: &str,
) -> Result<String, CommandError> {
    let report = source.report()?;
    Ok(match options.format {
        RoutesFormat::Table => report.to_string(),
        RoutesFormat::Json => format!("{}\n", report.to_json()),
        RoutesFormat::Openapi => {
            let title = options.title.as_deref().or(app).unwrap_or("Demonstration");
            let document = report.to_openapi(title, &options.api_version);
            format!("{}\n", below(document, script_name))
        }
    })
}

/// The OpenAPI description of an application that lies below `script_name`, which is in no path.
fn below(document: String, script_name: &str) -> String {
    if script_name.is_empty() {
        return document;
    }
    match serde_json::from_str::<Value>(&document) {
        Ok(mut document) => {
            document["servers"] = json!([{ "url": script_name }]);
            format!("{document:#}")
        }
        // It was written as JSON a moment ago.
        Err(_) => document,
    }
}

/// A reader that has seen enough, such as `head`, is no failure.
fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}
