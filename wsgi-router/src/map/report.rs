//! The rules of a map as a table.

use std::fmt::{Display, Formatter, Result as FmtResult};

use super::Map;
use super::outcome::RuleId;

/// All rules of a map, a line each; displayed as a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// In the order in which the rules were added.
    pub lines: Vec<ReportLine>,
}

/// One rule in a [`Report`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportLine {
    /// Its number.
    pub id: RuleId,
    /// Its methods, in the order of `Allow`; none if it answers all.
    pub methods: Vec<String>,
    /// The pattern of its host or subdomain; empty if it has none.
    pub domain: String,
    /// The pattern of its path.
    pub path: String,
    /// What it leads to.
    pub endpoint: String,
    /// What else is to be said: `websocket`, `build only`, `alias`, `redirect`.
    pub notes: Vec<&'static str>,
}

impl Map {
    /// All rules with their methods, as a table.
    pub fn report(&self) -> Report {
        let lines = self.rules.iter().enumerate().map(|(index, compiled)| {
            let rule = &compiled.rule;
            let named = rule
                .methods
                .as_ref()
                .map(|_| self.methods.names(compiled.methods));
            let notes = [
                (rule.websocket, "websocket"),
                (rule.build_only, "build only"),
                (rule.alias, "alias"),
                (rule.redirect_to.is_some(), "redirect"),
            ];
            ReportLine {
                id: RuleId(index as u32),
                methods: named.into_iter().flatten().map(str::to_owned).collect(),
                domain: rule.domain().unwrap_or("").to_owned(),
                path: rule.text.clone(),
                endpoint: rule.endpoint.clone(),
                notes: notes
                    .iter()
                    .filter(|(is, _)| *is)
                    .map(|(_, note)| *note)
                    .collect(),
            }
        });
        Report {
            lines: lines.collect(),
        }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        let row = |line: &ReportLine| {
            let methods = if line.methods.is_empty() {
                "any".to_owned()
            } else {
                line.methods.join(",")
            };
            [
                methods,
                line.domain.clone(),
                line.path.clone(),
                line.endpoint.clone(),
                line.notes.join(", "),
            ]
        };
        let head = ["methods", "host", "path", "endpoint", ""].map(str::to_owned);
        let rows: Vec<[String; 5]> = std::iter::once(head)
            .chain(self.lines.iter().map(row))
            .collect();
        let width = |column: usize| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..5).map(width).collect();
        for row in &rows {
            let cells = row.iter().zip(&widths).filter(|(_, width)| **width > 0);
            let cells: Vec<String> = cells
                .map(|(cell, width)| format!("{cell:width$}", width = *width))
                .collect();
            writeln!(f, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}
