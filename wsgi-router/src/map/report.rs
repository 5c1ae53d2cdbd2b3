//! The rules of a map, or the routes of any application, as a table.

use super::outcome::RuleId;
use super::quote;
use super::schema::Schema;
use super::value::{Value, Values};

mod of_map;
mod table;

/// All routes of a map, a router or an application of another framework, a line each; displayed as a table.
///
/// [`Map::report`](crate::Map::report) makes one. Any other table can be told in the same words:
///
/// ```
/// use wsgi_router::{Report, ReportLine, ReportParameter, Schema};
///
/// let id = ReportParameter::new("id", Schema::Integer { minimum: Some(0), maximum: None });
/// let mut report = Report::default();
/// report.lines.push(ReportLine::new("/users/:id").endpoint("user").methods(["GET"]).template("/users/{id}").parameter(id));
/// report.nest(&ReportLine::application("/blog"), Report::default());
/// assert_eq!(report.to_string(), "\
/// methods  path        endpoint
/// GET      /users/:id  user
/// any      /blog/*               application
/// ");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Report {
    /// In the order in which the routes were added.
    #[cfg_attr(feature = "json", serde(rename = "routes"))]
    pub lines: Vec<ReportLine>,
}

/// One route in a [`Report`].
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "json", serde(default))]
#[non_exhaustive]
pub struct ReportLine {
    /// Its number in its map, if it is a rule of one.
    #[cfg_attr(feature = "json", serde(skip))]
    pub id: Option<RuleId>,
    /// Its methods, those of a map in the order of `Allow`; none if it answers all.
    pub methods: Vec<String>,
    /// The host or subdomain that it is for; `None` if for any.
    #[cfg_attr(feature = "json", serde(flatten))]
    pub domain: Option<ReportDomain>,
    /// The pattern of its path, as it was written.
    pub path: String,
    /// The path with each parameter as `{name}`, and everything else percent-encoded; `None` where the pattern says
    /// more than that.
    pub template: Option<String>,
    /// What it leads to.
    pub endpoint: String,
    /// Its parameters, those of the host first.
    pub parameters: Vec<ReportParameter>,
    /// Values that come with every match.
    #[cfg_attr(feature = "json", serde(with = "super::export::values"))]
    pub defaults: Values,
    /// What else is to be said: [`WEBSOCKET`](Self::WEBSOCKET), [`REDIRECT`](Self::REDIRECT) and the like.
    pub notes: Vec<String>,
    /// Whether a request has ever found it; `None` if nobody looked.
    pub hit: Option<bool>,
}

/// The host or subdomain of a [`ReportLine`], as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "json", serde(rename_all = "lowercase"))]
pub enum ReportDomain {
    /// A whole host: `api.example.com`, `*.example.com`, `<lang>.example.com`.
    Host(String),
    /// What stands before the server's name: `api`.
    Subdomain(String),
}

/// A parameter of a [`ReportLine`].
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "json", serde(default))]
#[non_exhaustive]
pub struct ReportParameter {
    /// Its name.
    pub name: String,
    /// Where it stands.
    #[cfg_attr(feature = "json", serde(rename = "in"))]
    pub place: ParameterPlace,
    /// The name of its converter; empty if it has none.
    pub converter: String,
    /// The arguments of the converter, by place or by name.
    pub arguments: Vec<ReportArgument>,
    /// What it may look like.
    pub schema: Schema,
    /// Whether it may hold slashes.
    pub slashes: bool,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "json", serde(rename_all = "lowercase"))]
pub enum ParameterPlace {
    /// In the path.
    #[default]
    Path,
    /// In the host or subdomain.
    Host,
}

/// An argument of a converter.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct ReportArgument {
    /// The name that it is given by; `None` if by place.
    #[cfg_attr(
        feature = "json",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub name: Option<String>,
    /// Its value.
    #[cfg_attr(feature = "json", serde(with = "super::export::value"))]
    pub value: Value,
}

impl Default for ReportParameter {
    fn default() -> Self {
        Self::new("", Schema::text(0, None))
    }
}

impl ReportParameter {
    /// A parameter in the path, without slashes in it.
    pub fn new(name: impl Into<String>, schema: Schema) -> Self {
        Self {
            name: name.into(),
            place: ParameterPlace::Path,
            converter: String::new(),
            arguments: Vec::new(),
            schema,
            slashes: false,
        }
    }
}

impl ReportLine {
    /// The note of a route for WebSocket requests.
    pub const WEBSOCKET: &'static str = "websocket";
    /// The note of a rule that is never matched.
    pub const BUILD_ONLY: &'static str = "build only";
    /// The note of a rule that redirects to another one of its endpoint.
    pub const ALIAS: &'static str = "alias";
    /// The note of a rule that redirects elsewhere.
    pub const REDIRECT: &'static str = "redirect";
    /// The note of an application that tells no routes of its own.
    pub const APPLICATION: &'static str = "application";

    /// A route of this pattern, in whatever notation, for all methods. Without braces and angles it is its own
    /// [`template`](Self::template).
    pub fn new(path: impl Into<String>) -> Self {
        let path = path.into();
        let plain = !path.contains(['{', '}', '<', '>', '*']);
        Self {
            template: plain.then(|| quote::path(&path)),
            path,
            ..Self::default()
        }
    }

    /// An application that has all paths at and below a prefix, and tells no routes of its own: `/blog/*`.
    pub fn application(prefix: &str) -> Self {
        Self::new(format!("{}/*", prefix.trim_end_matches('/'))).note(Self::APPLICATION)
    }

    /// The name of what it leads to.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = endpoint.into();
        self
    }

    /// The methods it answers, in capitals. Default: all.
    #[must_use]
    pub fn methods<M: Into<String>>(mut self, methods: impl IntoIterator<Item = M>) -> Self {
        self.methods = methods.into_iter().map(Into::into).collect();
        self
    }

    /// The host that it is for. Default: any.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.domain = Some(ReportDomain::Host(host.into()));
        self
    }

    /// The path with each parameter as `{name}`, and everything else percent-encoded.
    #[must_use]
    pub fn template(mut self, template: impl Into<String>) -> Self {
        self.template = Some(template.into());
        self
    }

    /// Adds a parameter.
    #[must_use]
    pub fn parameter(mut self, parameter: ReportParameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Whether it has this note.
    pub fn has_note(&self, note: &str) -> bool {
        self.notes.iter().any(|known| known == note)
    }
}

impl ReportDomain {
    /// The pattern.
    pub fn text(&self) -> &str {
        match self {
            Self::Host(text) | Self::Subdomain(text) => text,
        }
    }
}

impl Report {
    /// Adds the routes of an application that is mounted: below the path of `mount`, for its host, with its parameters.
    /// An [`application`](ReportLine::application) without routes is a line by itself.
    pub fn nest(&mut self, mount: &ReportLine, inner: Report) {
        if inner.lines.is_empty() {
            self.lines.push(mount.clone());
            return;
        }
        let prefix = mount.path.trim_end_matches('*').trim_end_matches('/');
        let template = match &mount.template {
            Some(template) => Some(template.as_str()),
            None => (!prefix.contains(['{', '}', '<', '>', '*'])).then_some(prefix),
        };
        let template = template.map(|template| template.trim_end_matches('/'));
        for mut line in inner.lines {
            line.id = None;
            line.path.insert_str(0, prefix);
            line.template = match (template, line.template) {
                (Some(prefix), Some(inner)) => Some(format!("{prefix}{inner}")),
                _ => None,
            };
            line.domain = line.domain.or_else(|| mount.domain.clone());
            line.parameters
                .splice(0..0, mount.parameters.iter().cloned());
            self.lines.push(line);
        }
    }
}
