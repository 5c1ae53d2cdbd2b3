//! What Python code tells of routes, as a report.

use serde_json::Value;
use wsgi_router::{Report, ReportLine, Schema};

/// The report of lines, and of mounts: `{"mount": line, "routes": […]}`.
pub(super) fn report(told: Vec<Value>) -> Result<Report, serde_json::Error> {
    let mut report = Report::default();
    for mut entry in told {
        if !entry["mount"].is_object() {
            report.lines.push(line(entry)?);
            continue;
        }
        let routes = self::report(serde_json::from_value(entry["routes"].take())?)?;
        let mut mount = line(entry["mount"].take())?;
        if routes.lines.is_empty() {
            mount = mount.note(ReportLine::APPLICATION);
        }
        report.nest(&mount, routes);
    }
    Ok(report)
}

/// One line; regular expressions are Python's still.
fn line(told: Value) -> Result<ReportLine, serde_json::Error> {
    let mut line: ReportLine = serde_json::from_value(told)?;
    for parameter in &mut line.parameters {
        if let Schema::String(text) = &parameter.schema
            && let Some(regex) = &text.pattern
        {
            parameter.schema = Schema::of_regex(regex);
        }
    }
    Ok(line)
}
