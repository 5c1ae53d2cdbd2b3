//! The text formats of Prometheus and OpenMetrics.

use std::fmt::Write;

use super::histogram::{Bounds, Histogram};
use super::series::{ErrorType, Key, Scheme, Series};
use super::{METHODS, Shared};
use crate::observation::observed::KNOWN_METHODS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Prometheus,
    /// The same, with units and an end that can be told from a connection that broke.
    OpenMetrics,
}

impl Format {
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// A histogram as it is told.
struct Family {
    name: &'static str,
    unit: &'static str,
    help: &'static str,
    of: fn(&Series) -> &Histogram,
    bounds: fn(&Shared) -> &Bounds,
}

const FAMILIES: [Family; 3] = [
    Family {
        name: "http_server_request_duration_seconds",
        unit: "seconds",
        help: "Duration of HTTP server requests.",
        of: |series| &series.durations,
        bounds: |shared| &shared.settings.durations,
    },
    Family {
        name: "http_server_request_body_size_bytes",
        unit: "bytes",
        help: "Size of HTTP server request bodies.",
        of: |series| &series.requests,
        bounds: |shared| &shared.settings.sizes,
    },
    Family {
        name: "http_server_response_body_size_bytes",
        unit: "bytes",
        help: "Size of HTTP server response bodies.",
        of: |series| &series.responses,
        bounds: |shared| &shared.settings.sizes,
    },
];

/// All metrics. Lines are in the same order each time; what requests add meanwhile may be in some of them only.
pub(super) fn render(shared: &Shared, format: Format) -> String {
    let mut out = String::with_capacity(4096);
    // Writing to a `String` cannot fail.
    let _ = write_active(shared, &mut out);
    let all = shared.store.read();
    let routes = all.sorted();
    for family in FAMILIES {
        let _ = write_head(&family, format, &mut out);
        for (route, series) in &routes {
            for (key, series) in *series {
                let labels = labels(shared, route, *key);
                let _ = write_histogram(shared, &family, &labels, series, &mut out);
            }
        }
        if let Some(series) = shared.store.overflow() {
            let labels = "otel_metric_overflow=\"true\"";
            let _ = write_histogram(shared, &family, labels, series, &mut out);
        }
    }
    if format == Format::OpenMetrics {
        out.push_str("# EOF\n");
    }
    out
}

fn write_active(shared: &Shared, out: &mut String) -> std::fmt::Result {
    const NAME: &str = "http_server_active_requests";
    writeln!(out, "# TYPE {NAME} gauge")?;
    writeln!(out, "# HELP {NAME} Number of active HTTP server requests.")?;
    for (method, name) in KNOWN_METHODS.iter().enumerate().take(METHODS) {
        for scheme in Scheme::ALL {
            // Once there was one there is a line, as graphs of lines that come and go mislead.
            if let Some(active) = shared.store.active(method, scheme) {
                let scheme = scheme.told();
                writeln!(
                    out,
                    "{NAME}{{http_request_method=\"{name}\",url_scheme=\"{scheme}\"}} {active}"
                )?;
            }
        }
    }
    Ok(())
}

fn write_head(family: &Family, format: Format, out: &mut String) -> std::fmt::Result {
    let Family {
        name, unit, help, ..
    } = family;
    writeln!(out, "# TYPE {name} histogram")?;
    if format == Format::OpenMetrics {
        writeln!(out, "# UNIT {name} {unit}")?;
    }
    writeln!(out, "# HELP {name} {help}")
}

fn write_histogram(
    shared: &Shared,
    family: &Family,
    labels: &str,
    series: &Series,
    out: &mut String,
) -> std::fmt::Result {
    let name = family.name;
    let bounds = (family.bounds)(shared);
    let reading = (family.of)(series).read(bounds);
    let count = reading.cumulative.last().copied().unwrap_or_default();
    for (bound, below) in bounds.told().zip(&reading.cumulative) {
        // With a point, as OpenMetrics wants numbers that are no counts.
        writeln!(out, "{name}_bucket{{{labels},le=\"{bound:?}\"}} {below}")?;
    }
    writeln!(out, "{name}_bucket{{{labels},le=\"+Inf\"}} {count}")?;
    writeln!(out, "{name}_sum{{{labels}}} {:?}", reading.sum)?;
    writeln!(out, "{name}_count{{{labels}}} {count}")
}

/// In alphabetical order, but for the one that errors alone have.
fn labels(shared: &Shared, route: &str, key: Key) -> String {
    let status = shared.settings.status.told(key.status);
    let method = KNOWN_METHODS[key.method];
    let mut labels =
        format!("http_request_method=\"{method}\",http_response_status_code=\"{status}\"");
    if !route.is_empty() {
        labels.push_str(",http_route=\"");
        escape(route, &mut labels);
        labels.push('"');
    }
    labels.push_str(",url_scheme=\"");
    labels.push_str(key.scheme.told());
    labels.push('"');
    let error = match key.error {
        ErrorType::None => return labels,
        ErrorType::Status => &status,
        ErrorType::Client => "client",
        ErrorType::Application => "application",
        ErrorType::Io => "io",
        ErrorType::Misuse => "misuse",
    };
    labels.push_str(",error_type=\"");
    labels.push_str(error);
    labels.push('"');
    labels
}

/// The three characters that a value cannot have as they are.
fn escape(value: &str, out: &mut String) {
    for character in value.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
}
