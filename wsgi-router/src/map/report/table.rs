//! A report as a table for people.

use std::fmt::{Display, Formatter, Result as FmtResult};

use super::{Report, ReportDomain, ReportLine};

/// A cell that is wider does not make the others of its column as wide.
const WIDEST: usize = 48;

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        // While nobody has asked for anything, it says nothing about a route that nobody has asked for it.
        let counted = self.lines.iter().any(|line| line.hit == Some(true));
        let head = ["methods", "host", "path", "endpoint", ""].map(str::to_owned);
        let rows = self.lines.iter().map(|line| cells(line, counted));
        let rows: Vec<[String; 5]> = std::iter::once(head).chain(rows).collect();
        let used = |column: usize| rows[1..].iter().any(|row| !row[column].is_empty());
        let columns: Vec<usize> = (0..5)
            .filter(|column| ![1, 4].contains(column) || used(*column))
            .collect();
        let width = |column: usize| {
            let widths = rows.iter().map(|row| row[column].chars().count());
            widths.filter(|width| *width <= WIDEST).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..5).map(width).collect();
        for row in &rows {
            let cells = columns.iter().map(|&column| {
                let width = widths[column];
                format!("{:width$}", row[column])
            });
            let cells: Vec<String> = cells.collect();
            writeln!(f, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

/// Methods, host, path, endpoint and notes.
fn cells(line: &ReportLine, counted: bool) -> [String; 5] {
    let methods = match &line.methods[..] {
        [] => "any".to_owned(),
        methods => methods.join(","),
    };
    let defaults = line.defaults.iter();
    let defaults = defaults.map(|(name, value)| format!("{name}={value}"));
    let never = counted && line.hit == Some(false);
    let notes = line.notes.iter().cloned();
    let notes = notes.chain(defaults);
    let notes: Vec<String> = notes.chain(never.then(|| "never hit".to_owned())).collect();
    [
        methods,
        line.domain
            .as_ref()
            .map_or("", ReportDomain::text)
            .to_owned(),
        line.path.clone(),
        line.endpoint.clone(),
        notes.join(", "),
    ]
}
