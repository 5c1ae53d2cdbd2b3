//! [`MetricsExporter`]: the metrics as an application.

use std::sync::Arc;

use wsgi_core::{Application, ApplicationError, Body, Environ, Headers, StartResponse, StatusLine};

use super::Shared;
use super::text::{Format, render};

/// Answers `GET` and `HEAD` with the metrics of a [`Metrics`](super::Metrics), whatever the path; other methods with
/// `405`.
///
/// They come in Prometheus' text format, or as OpenMetrics to those whose `Accept` prefers it.
#[derive(Clone, Debug)]
pub struct MetricsExporter(Arc<Shared>);

impl MetricsExporter {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// The metrics in Prometheus' text format.
    pub fn render(&self) -> String {
        render(&self.0, Format::Prometheus)
    }
}

impl Application for MetricsExporter {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let is_head = match environ.method().as_str() {
            "GET" => false,
            "HEAD" => true,
            _ => {
                start_response.start(
                    StatusLine::METHOD_NOT_ALLOWED,
                    [
                        ("Allow", "GET, HEAD"),
                        ("Content-Type", "text/plain; charset=utf-8"),
                    ],
                )?;
                return Ok(Body::from("Method Not Allowed\n"));
            }
        };
        let format = preferred(environ.headers());
        let text = render(&self.0, format);
        let length = text.len().to_string();
        start_response.start(
            StatusLine::OK,
            [
                ("Content-Type", format.content_type()),
                ("Content-Length", &length),
                ("Vary", "Accept"),
            ],
        )?;
        Ok(if is_head {
            Body::empty()
        } else {
            Body::from(text)
        })
    }
}

/// OpenMetrics for those who name it, and do not like plain text better (RFC 9110 §12.5.1 "Accept").
fn preferred(headers: &Headers) -> Format {
    let (mut openmetrics, mut plain) = (0, 0);
    let elements = headers
        .get_all("Accept")
        .flat_map(|list| list.split(|&byte| byte == b','));
    for element in elements {
        let mut parts = element.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
        let best = match parts.next() {
            Some(media) if media.eq_ignore_ascii_case(b"application/openmetrics-text") => {
                &mut openmetrics
            }
            Some(media) if media.eq_ignore_ascii_case(b"text/plain") => &mut plain,
            _ => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix(b"q=").or(part.strip_prefix(b"Q=")));
        *best = (*best).max(weight.map_or(1000, thousandths));
    }
    match openmetrics > 0 && openmetrics >= plain {
        true => Format::OpenMetrics,
        false => Format::Prometheus,
    }
}

/// A quality value (RFC 9110 §12.4.2 "Quality Values"), 1 being 1000. What is none counts as 0.
fn thousandths(weight: &[u8]) -> u16 {
    let text = std::str::from_utf8(weight).unwrap_or_default();
    match text.parse::<f32>() {
        Ok(weight @ 0.0..=1.0) => (weight * 1000.0) as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openmetrics_is_for_those_who_prefer_it() {
        const PROMETHEUS_2_50: &str = "application/openmetrics-text;version=1.0.0;q=0.8,\
             application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        #[rustfmt::skip]
        const CASES: &[(&str, Format)] = &[
            (PROMETHEUS_2_50, Format::OpenMetrics),
            ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", Format::Prometheus),
            ("*/*", Format::Prometheus),
            ("", Format::Prometheus),
            ("Application/OpenMetrics-Text", Format::OpenMetrics),
            ("text/plain, application/openmetrics-text; q=0.9", Format::Prometheus),
            ("application/openmetrics-text; q=0", Format::Prometheus),
            ("application/openmetrics-text; q=nan", Format::Prometheus),
        ];
        for (accept, expected) in CASES {
            let headers = Headers::try_from_pairs([("Accept", accept)]).unwrap();
            assert_eq!(preferred(&headers), *expected, "{accept}");
        }
    }
}
