//! The rules of a map, or the routes of any application, as a table.

use std::fmt::{Display, Formatter, Result as FmtResult};

use super::Map;
use super::compile::Compiled;
use super::converter::Arguments;
use super::outcome::RuleId;
use super::parse::{Token, angled, braced};
use super::quote;
use super::rule::Syntax;
use super::schema::Schema;
use super::value::{Value, Values};

/// All routes of a map, a router or an application of another framework, a line each; displayed as a table.
///
/// [`Map::report`] makes one. Any other table can be told in the same words:
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

    /// One of a rule.
    fn of_rule(
        compiled: &Compiled,
        name: String,
        converter: Option<String>,
        arguments: &Arguments,
        place: ParameterPlace,
    ) -> Self {
        let known = compiled.parameter(&name);
        let positional = arguments.positional().iter();
        let positional = positional.map(|value| (None, value));
        let named = arguments.named().iter();
        let named = named.map(|(name, value)| (Some(name.clone()), value));
        let argument = |(name, value): (Option<String>, &Value)| ReportArgument {
            name,
            value: value.clone(),
        };
        Self {
            place,
            converter: converter.unwrap_or_else(|| "default".to_owned()),
            arguments: positional.chain(named).map(argument).collect(),
            slashes: known.is_some_and(|parameter| !parameter.kind.part_isolating()),
            schema: known.map_or(Schema::text(1, None), |parameter| parameter.kind.schema()),
            name,
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

    fn of_rule(map: &Map, id: RuleId, compiled: &Compiled) -> Self {
        let rule = &compiled.rule;
        let methods = rule
            .methods
            .as_ref()
            .map(|_| map.methods.names(compiled.methods));
        let notes = [
            (rule.websocket, Self::WEBSOCKET),
            (rule.build_only, Self::BUILD_ONLY),
            (rule.alias, Self::ALIAS),
            (rule.redirect_to.is_some(), Self::REDIRECT),
        ];
        let domain = match (map.settings.host_matching, &rule.host, &rule.subdomain) {
            (true, host, _) => host.clone().map(ReportDomain::Host),
            (false, _, Some(subdomain)) => Some(ReportDomain::Subdomain(subdomain.clone())),
            (false, _, None) => Some(ReportDomain::Subdomain(
                map.settings.default_subdomain.clone(),
            )),
        };
        let domain = domain.filter(|domain| !domain.text().is_empty());
        let mut line = Self {
            id: Some(id),
            methods: methods.into_iter().flatten().map(str::to_owned).collect(),
            path: rule.text.clone(),
            template: Some(String::new()),
            endpoint: rule.endpoint.clone(),
            parameters: Vec::new(),
            defaults: rule.defaults.clone(),
            notes: notes
                .iter()
                .filter(|(is, _)| *is)
                .map(|(_, note)| (*note).to_owned())
                .collect(),
            hit: Some(map.was_hit(id)),
            domain,
        };
        let domain = line.domain.as_ref().map_or("", ReportDomain::text);
        for token in tokens(domain, rule.syntax) {
            line.take(token, compiled, ParameterPlace::Host);
        }
        let mut tokens = tokens(&rule.text, rule.syntax);
        if compiled.merge_slashes {
            tokens.dedup_by(|next, first| *next == Token::Slash && *first == Token::Slash);
        }
        for token in tokens {
            line.take(token, compiled, ParameterPlace::Path);
        }
        line
    }

    /// Adds a piece of the rule to the template or the parameters.
    fn take(&mut self, token: Token, compiled: &Compiled, place: ParameterPlace) {
        let piece = match token {
            Token::Slash => "/".to_owned(),
            Token::Static(text) => quote::path(&text),
            Token::Variable {
                name,
                converter,
                arguments,
            } => {
                let piece = format!("{{{name}}}");
                let parameter =
                    ReportParameter::of_rule(compiled, name, converter, &arguments, place);
                self.parameters.push(parameter);
                piece
            }
        };
        if let (ParameterPlace::Path, Some(template)) = (place, &mut self.template) {
            template.push_str(&piece);
        }
    }
}

/// The pieces of a rule that has been compiled, and so is sound.
fn tokens(text: &str, syntax: Syntax) -> Vec<Token> {
    let tokens = match syntax {
        Syntax::Angled => angled(text),
        Syntax::Braced => braced(text),
    };
    tokens.unwrap_or_default()
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

impl Map {
    /// All rules with their methods, parameters and notes, as a table.
    pub fn report(&self) -> Report {
        let rules = self.rules.iter().enumerate();
        let lines =
            rules.map(|(index, rule)| ReportLine::of_rule(self, RuleId(index as u32), rule));
        Report {
            lines: lines.collect(),
        }
    }
}

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
