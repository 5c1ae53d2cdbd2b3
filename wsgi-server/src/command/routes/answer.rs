//! What becomes of a request, in words and in JSON.

use std::fmt::{Display, Formatter, Result as FmtResult};

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use wsgi_router::{Outcome, Report, ReportLine, Router};

#[cfg(feature = "python")]
use super::told;
use crate::command::options::RequestLine;

/// What becomes of a request.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) request: RequestLine,
    pub(super) host: String,
    /// `None` if the route, or an application without routes, answers.
    pub(super) status: Option<StatusCode>,
    pub(super) route: Option<ReportLine>,
    /// What the route takes from the request.
    pub(super) values: Map<String, Value>,
    /// Why there is no route.
    pub(super) why: String,
    /// The methods that there are, with 405.
    pub(super) allow: Vec<String>,
    /// Where the client is sent, with 3xx.
    pub(super) location: Option<String>,
}

impl Answer {
    /// What Python code found.
    #[cfg(feature = "python")]
    pub(super) fn read(
        request: &RequestLine,
        host: &str,
        json: &str,
    ) -> Result<Self, serde_json::Error> {
        let mut json: Value = serde_json::from_str(json)?;
        let status = json["status"]
            .as_u64()
            .and_then(|status| u16::try_from(status).ok());
        let mut report = Report::default();
        if json["route"].is_object() {
            let mut told = vec![json["route"].take()];
            // The innermost mount is the first that the route lies in.
            let mounts: Vec<Value> = serde_json::from_value(json["mounts"].take())?;
            for mount in mounts.into_iter().rev() {
                told = vec![json!({"mount": mount, "routes": told})];
            }
            report = told::report(told)?;
        }
        Ok(Self {
            request: request.clone(),
            host: host.to_owned(),
            status: status.and_then(|status| StatusCode::from_u16(status).ok()),
            route: report.lines.pop(),
            values: serde_json::from_value(json["values"].take())?,
            why: serde_json::from_value(json["why"].take())?,
            allow: serde_json::from_value(json["allow"].take())?,
            location: serde_json::from_value(json["location"].take())?,
        })
    }

    /// What the rules of a router say, which has a fallback behind them.
    pub(super) fn of(
        router: &Router,
        request: &RequestLine,
        host: &str,
        script_name: &str,
    ) -> Self {
        let mut answer = Self {
            request: request.clone(),
            host: host.to_owned(),
            status: None,
            route: None,
            values: Map::new(),
            why: String::new(),
            allow: Vec::new(),
            location: None,
        };
        let (path, query) = request
            .target
            .split_once('?')
            .unwrap_or((&request.target, ""));
        let method = Method::from_bytes(request.method.as_bytes()).unwrap_or_default();
        let below = path.strip_prefix(script_name);
        let Some(path) = below.filter(|path| path.is_empty() || path.starts_with('/')) else {
            answer.status = Some(StatusCode::NOT_FOUND);
            answer.why = format!("the application lies below {script_name}");
            return answer;
        };
        let adapter = router
            .map()
            .bind(host)
            .script_name(script_name)
            .query(query);
        let outcome = adapter.match_target(path, &method);
        answer.status = outcome.status();
        match outcome {
            Outcome::Found(found) => {
                let lines = router.report().lines.into_iter();
                // What is below a mount has a rule of its own, next to that of the mount.
                let mut lines = lines.filter(|line| line.id.is_some_and(|id| id <= found.id()));
                answer.route = lines.next_back();
                let values = found.values();
                // What is below a mount is a parameter without a name.
                let named = values.iter().filter(|(name, _)| !name.is_empty());
                for (name, value) in named {
                    answer
                        .values
                        .insert(name.to_owned(), value.to_string().into());
                }
            }
            Outcome::Redirect { url } => answer.location = Some(url),
            Outcome::MethodNotAllowed { allow } => {
                answer.allow = allow.into_iter().map(str::to_owned).collect();
                answer.why = "its routes have other methods".to_owned();
            }
            Outcome::WebsocketMismatch => {
                answer.why = "no route has this path but one for WebSocket requests".to_owned();
            }
            _ => {
                answer.status = None;
                answer.why = "no route has this path, so the fallback answers it".to_owned();
            }
        }
        answer
    }

    /// Whether the request leads anywhere.
    pub(super) fn is_answered(&self) -> bool {
        self.status.is_none_or(|status| status.is_redirection())
    }

    /// An object with all that is known, `null` for what is not.
    pub(super) fn to_json(&self) -> String {
        let route = self.route.clone().map(|line| {
            let report = Report { lines: vec![line] }.to_json();
            let mut report: Value = serde_json::from_str(&report).unwrap_or_default();
            report["routes"][0].take()
        });
        let answer = json!({
            "method": self.request.method,
            "host": self.host,
            "target": self.request.target,
            "status": self.status.map(|status| status.as_u16()),
            "why": self.why,
            "route": route,
            "values": self.values,
            "allow": self.allow,
            "location": self.location,
        });
        format!("{answer:#}")
    }
}

impl Display for Answer {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        let RequestLine { method, target } = &self.request;
        write!(f, "{method} {target} ")?;
        match (&self.route, self.status, &self.location) {
            (_, Some(status), Some(location)) => {
                writeln!(f, "is sent to {location} by {status}: {}", self.why)?;
            }
            (_, Some(status), None) => {
                writeln!(f, "is answered {status}: {}", self.why)?;
            }
            (Some(route), None, _) => {
                let domain = route.domain.as_ref().map_or("", |domain| domain.text());
                write!(f, "is answered by {domain}{}", route.path)?;
                if !route.endpoint.is_empty() {
                    write!(f, " ({})", route.endpoint)?;
                }
                writeln!(f)?;
            }
            (None, None, _) => writeln!(f, "is answered: {}", self.why)?,
        }
        for (name, value) in &self.values {
            match value {
                Value::String(text) => writeln!(f, "  {name} = {text:?}")?,
                value => writeln!(f, "  {name} = {value}")?,
            }
        }
        if self.status == Some(StatusCode::METHOD_NOT_ALLOWED) {
            writeln!(f, "  Allow: {}", self.allow.join(", "))?;
        }
        Ok(())
    }
}
