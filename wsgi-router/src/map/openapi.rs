//! Reports as OpenAPI skeletons.

use std::collections::{HashMap, HashSet};

use super::export::json;
use super::parse::{Token, angled, braced};
use super::report::{ParameterPlace, Report, ReportDomain, ReportLine, ReportParameter};
use super::schema::Schema;

mod document;

use document::{
    AnySchema, Document, Info, Operation, Ordered, Parameter, PathItem, Response, Route, Server,
    Undescribed, Variable,
};

impl Report {
    /// The skeleton of an OpenAPI description in JSON: paths, operations and parameters; what the operations mean is
    /// left to be written.
    ///
    /// Routes whose paths differ in the names of their parameters only are one path there, by the names of the first;
    /// those of one path and one method are one operation, whose `x-routes` lists them. `HEAD` beside `GET`, and
    /// `OPTIONS` beside any other method, are not described, for frameworks add them by themselves. A route for all
    /// methods is described as `get`, and says so. Hosts and subdomains become `servers` of the operation.
    ///
    /// What OpenAPI cannot say is said beside it: parameters with slashes and several in one segment in a
    /// `description`; methods other than its eight in `x-additionalOperations`; routes for WebSocket requests,
    /// applications without routes and patterns that are no templates in `x-undescribed`, with the reason.
    ///
    /// # Specification
    /// OpenAPI 3.1.1, §4.8.2 "Path Templating", §4.8.9 "Path Item Object", §4.8.10 "Operation Object"
    pub fn to_openapi(&self, title: &str, version: &str) -> String {
        let mut paths: Vec<(String, PathItem)> = Vec::new();
        let mut shapes: HashMap<String, usize> = HashMap::new();
        let mut undescribed = Vec::new();
        let mut ids = HashSet::new();
        for line in &self.lines {
            let (template, names) = match described(line) {
                Ok(described) => described,
                Err(reason) => {
                    undescribed.push(Undescribed {
                        route: Route::of(line),
                        reason,
                    });
                    continue;
                }
            };
            let shape = rename(template, |_| String::new());
            let index = *shapes.entry(shape).or_insert_with(|| {
                paths.push((template.to_owned(), PathItem::default()));
                paths.len() - 1
            });
            let (path, item) = &mut paths[index];
            let known = names_of(path).map(str::to_owned).collect::<Vec<_>>();
            let parameters: Vec<Parameter> = names
                .iter()
                .zip(&known)
                .map(|(name, known)| Parameter::of(line, name, known))
                .collect();
            for method in methods(line) {
                item.add(
                    line,
                    &method,
                    &parameters,
                    several_in_a_segment(template),
                    &mut ids,
                );
            }
        }
        json(&Document {
            openapi: "3.1.1",
            info: Info { title, version },
            paths: Ordered(paths),
            undescribed,
        })
    }
}

/// The template of the route and the names in it, or why OpenAPI cannot describe it.
fn described(line: &ReportLine) -> Result<(&str, Vec<&str>), &'static str> {
    let template = line.template.as_deref();
    if line.has_note(ReportLine::WEBSOCKET) {
        return Err("OpenAPI describes no WebSocket requests");
    }
    if line.has_note(ReportLine::BUILD_ONLY) {
        return Err("it is never matched, only there to build URLs");
    }
    if line.has_note(ReportLine::APPLICATION) {
        return Err("the application tells no routes of its own");
    }
    let template = template.filter(|template| template.starts_with('/'));
    let Some(template) = template else {
        return Err("the pattern says more than a path template of OpenAPI can");
    };
    let names: Vec<&str> = names_of(template).collect();
    let twice = |(index, name): (usize, &&str)| names[..index].contains(name);
    if names.iter().enumerate().any(twice) {
        return Err("a path template of OpenAPI has each name once");
    }
    Ok((template, names))
}

/// The names between the braces of a template.
fn names_of(template: &str) -> impl Iterator<Item = &str> {
    let pieces = template.split('{').skip(1);
    pieces.filter_map(|piece| piece.split_once('}').map(|(name, _)| name))
}

/// The template with other names.
fn rename(template: &str, name: impl Fn(&str) -> String) -> String {
    let mut pieces = template.split('{');
    let mut renamed = pieces.next().unwrap_or("").to_owned();
    for piece in pieces {
        let (old, behind) = piece.split_once('}').unwrap_or((piece, ""));
        renamed.push_str(&format!("{{{}}}{behind}", name(old)));
    }
    renamed
}

fn several_in_a_segment(template: &str) -> bool {
    let mut segments = template.split('/');
    segments.any(|segment| segment.matches('{').count() > 1)
}

/// The methods to be described, in capitals.
fn methods(line: &ReportLine) -> Vec<String> {
    let all: Vec<String> = line.methods.iter().map(|m| m.to_uppercase()).collect();
    let is_told = |method: &&String| match method.as_str() {
        "HEAD" => !all.iter().any(|other| other == "GET"),
        "OPTIONS" => all.iter().all(|other| other == "OPTIONS"),
        _ => true,
    };
    match &all[..] {
        [] => vec!["GET".to_owned()],
        all => all.iter().filter(is_told).cloned().collect(),
    }
}

impl<'r> PathItem<'r> {
    /// Adds the route to the operation of its method.
    fn add(
        &mut self,
        line: &'r ReportLine,
        method: &str,
        parameters: &[Parameter],
        several: bool,
        ids: &mut HashSet<String>,
    ) {
        const KNOWN: [&str; 8] = [
            "GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE",
        ];
        let known = KNOWN.contains(&method);
        let (operations, key) = match known {
            true => (&mut self.operations, method.to_lowercase()),
            false => (&mut self.additional, method.to_owned()),
        };
        let server = line.domain.as_ref().map(|domain| Server::of(domain, line));
        if let Some(operation) = operations.get_mut(&key) {
            operation.routes.push(Route::of(line));
            for (parameter, other) in operation.parameters.iter_mut().zip(parameters) {
                parameter.merge(other);
            }
            match server {
                // One of the routes is for all hosts.
                _ if operation.servers.is_empty() => {}
                None => operation.servers.clear(),
                Some(server) if operation.servers.contains(&server) => {}
                Some(server) => operation.servers.push(server),
            }
            return;
        }
        let redirects = [ReportLine::REDIRECT, ReportLine::ALIAS];
        let redirects = redirects.iter().any(|note| line.has_note(note));
        let response = match redirects {
            true => ("308", "A redirect."),
            false => ("default", "Not described yet."),
        };
        let mut description = Vec::new();
        if line.methods.is_empty() {
            description.push("The route answers all methods, which OpenAPI cannot say.");
        }
        if several {
            description
                .push("Several parameters share a segment; OpenAPI does not say where one ends.");
        }
        let response = (
            response.0.to_owned(),
            Response {
                description: response.1,
            },
        );
        let operation = Operation {
            operation_id: operation_id(line, method, ids),
            description: description.join(" "),
            servers: server.into_iter().collect(),
            parameters: parameters.to_vec(),
            responses: Ordered(vec![response]),
            routes: vec![Route::of(line)],
        };
        operations.0.push((key, operation));
    }
}

/// `blog_show_get`: letters, digits and underscores, as generators of code want it, and each once.
fn operation_id(line: &ReportLine, method: &str, ids: &mut HashSet<String>) -> String {
    let what = match &line.endpoint[..] {
        "" => line.template.as_deref().unwrap_or(&line.path),
        endpoint => endpoint,
    };
    let words = what.split(|c: char| !c.is_alphanumeric() && c != '_');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let words = if words.is_empty() {
        vec!["root"]
    } else {
        words
    };
    let id = format!("{}_{}", words.join("_"), method.to_lowercase());
    let mut unique = id.clone();
    let mut count = 1;
    while !ids.insert(unique.clone()) {
        count += 1;
        unique = format!("{id}_{count}");
    }
    unique
}

impl Parameter {
    /// The parameter of this name in the route, which the path knows by another.
    fn of(line: &ReportLine, name: &str, known: &str) -> Self {
        let found = line
            .parameters
            .iter()
            .find(|parameter| parameter.name == name && parameter.place == ParameterPlace::Path);
        let slashes = found.is_some_and(|parameter| parameter.slashes);
        let mut description = Vec::new();
        if name != known {
            description.push(format!("Named {name:?} by {:?}.", line.path));
        }
        if slashes {
            description.push("May hold slashes, which OpenAPI cannot say.".to_owned());
        }
        let schema = found.map_or(Schema::text(0, None), |parameter| parameter.schema.clone());
        Self {
            name: known.to_owned(),
            place: "path",
            required: true,
            description: description.join(" "),
            schema: AnySchema(vec![schema]),
        }
    }

    /// Takes in what another route says of the same place.
    fn merge(&mut self, other: &Self) {
        for schema in &other.schema.0 {
            if !self.schema.0.contains(schema) {
                self.schema.0.push(schema.clone());
            }
        }
        if !other.description.is_empty() && self.description != other.description {
            let separator = if self.description.is_empty() { "" } else { " " };
            self.description.push_str(separator);
            self.description.push_str(&other.description);
        }
    }
}

impl Server {
    /// `//{lang}.example.com`, with a variable for each parameter.
    fn of(domain: &ReportDomain, line: &ReportLine) -> Self {
        let text = domain.text();
        let tokens = if text.contains('<') {
            angled(text)
        } else {
            braced(text)
        };
        let tokens = tokens.unwrap_or_else(|_| vec![Token::Static(text.to_owned())]);
        let mut url = "//".to_owned();
        let mut variables: Vec<(String, Variable)> = Vec::new();
        for token in tokens {
            match token {
                Token::Slash => url.push('/'),
                Token::Static(text) => match text.strip_prefix("*.") {
                    Some(rest) if url == "//" => {
                        url.push_str(&format!("{{label}}.{rest}"));
                        variables.push(("label".to_owned(), Variable::any("www")));
                    }
                    _ => url.push_str(&text),
                },
                Token::Variable { name, .. } => {
                    url.push_str(&format!("{{{name}}}"));
                    let known = line.parameters.iter().find(|parameter| {
                        parameter.name == name && parameter.place == ParameterPlace::Host
                    });
                    let variable = known.map_or_else(|| Variable::any(&name), Variable::of);
                    variables.push((name, variable));
                }
            }
        }
        if let ReportDomain::Subdomain(_) = domain {
            let mut name = "server_name".to_owned();
            while variables.iter().any(|(known, _)| *known == name) {
                name.push('_');
            }
            url.push_str(&format!(".{{{name}}}"));
            variables.push((name, Variable::any("localhost")));
        }
        Self {
            url,
            variables: Ordered(variables),
        }
    }
}

impl Variable {
    fn any(default: &str) -> Self {
        Self {
            one_of: Vec::new(),
            default: default.to_owned(),
        }
    }

    /// OpenAPI wants a default for each.
    fn of(parameter: &ReportParameter) -> Self {
        match &parameter.schema {
            Schema::String(text) if !text.one_of.is_empty() => Self {
                default: text.one_of[0].clone(),
                one_of: text.one_of.clone(),
            },
            _ => Self::any(&parameter.name),
        }
    }
}
