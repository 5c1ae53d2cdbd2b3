//! `wsgi-server routes`: the routes of an application as a table, JSON or OpenAPI, and what becomes of a request.

mod answer;
mod source;
#[cfg(feature = "python")]
mod told;

use std::io::{self, Write};

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
    let source = Source::load(options, app)?;
    let (text, code) = match &routes.matching {
        None => (listed(&source, routes, app)?, 0),
        Some(request) => {
            let answer = source.answer(request, &routes.host)?;
            let text = match routes.format {
                RoutesFormat::Table => answer.to_string(),
                RoutesFormat::Json | RoutesFormat::Openapi => format!("{}\n", answer.to_json()),
            };
            (text, if answer.is_answered() { 0 } else { NO_ROUTE })
        }
    };
    source.finish();
    print(&text).map_err(CommandError::Output)?;
    Ok(code)
}

fn listed(
    source: &Source,
    options: &RoutesOptions,
    app: Option<&str>,
) -> Result<String, CommandError> {
    let report = source.report()?;
    Ok(match options.format {
        RoutesFormat::Table => report.to_string(),
        RoutesFormat::Json => format!("{}\n", report.to_json()),
        RoutesFormat::Openapi => {
            let title = options.title.as_deref().or(app).unwrap_or("Demonstration");
            format!("{}\n", report.to_openapi(title, &options.api_version))
        }
    })
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
