//! URL rules with converters, redirects and building: Werkzeug's `Map`, on matchit's trie.
//!
//! ```text
//!   Rule::new("/<int:year>/<slug>")        Rule::braced("/{year}/{slug}")        what is given     rule, factory
//!                    └──────────────┬──────────────┘
//!                            tokens, converters                                  parse, converter, language
//!                                   │
//!                  parts ───────────┴─────────── pieces                          compile, part
//!                    │                             │
//!        machine: all of Werkzeug's semantics      └─▶ build: endpoint, values ─▶ URL
//!                    │
//!        shape: what of it matchit's trie can say
//!
//!   request ─▶ path, decoded segment by segment ─▶ shape ──certain──▶ settle ─▶ Found, or a redirect
//!                                                    │ not certain      ▲
//!                                                    └────▶ machine ────┘        adapter, redirect, outcome
//!                                                              └▶ 404, 405, added or merged slashes
//! ```
//! The machine is the specification, the trie only a shorter way to the same answer; [`shape`] says when the trie's
//! is known to be that. Whatever a client sends takes time linear in its length.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

mod adapter;
mod bind;
mod build;
mod compile;
mod conflict;
mod converter;
mod dispatch;
mod error;
#[cfg(feature = "json")]
mod export;
mod factory;
mod hits;
mod host;
mod language;
mod machine;
mod methods;
mod number;
#[cfg(feature = "json")]
mod openapi;
mod outcome;
mod parse;
mod part;
mod path;
mod query;
mod quote;
mod redirect;
mod report;
mod request_path;
mod rule;
mod schema;
mod shape;
#[cfg(test)]
mod tests;
mod uuid;
mod value;

pub use adapter::Adapter;
pub use bind::RequestParts;
pub use build::{Build, BuildError, NoRule};
pub use conflict::{Conflict, ConflictKind};
pub use converter::{Arguments, Converter};
pub use error::{MapError, Problem, RuleError};
#[cfg(feature = "json")]
pub use export::ReportError;
pub use factory::{EndpointPrefix, RuleFactory, RuleTemplate, Subdomain, Submount, TemplateError};
pub use host::BadHost;
pub use number::Integer;
pub use outcome::{Match, Outcome, RuleId};
pub use report::{
    ParameterPlace, Report, ReportArgument, ReportDomain, ReportLine, ReportParameter,
};
pub use rule::Rule;
pub use schema::{Schema, StringSchema};
pub use uuid::Uuid;
pub use value::{CustomValue, Value, Values};

use compile::{Compiled, Settings};
use converter::Converters;
use hits::Hits;
use machine::{Machine, MachineBuilder, RuleIndex};
use methods::Methods;
use query::Order;
use shape::Shapes;

/// URL rules, to match requests and to build URLs; the counterpart of Werkzeug's `Map`.
///
/// # Examples
/// ```
/// use http::Method;
/// use wsgi_router::{Map, Outcome, Rule, Submount};
///
/// let map = Map::builder()
///     .add(Rule::new("/").endpoint("index"))
///     .add(Submount::new("/blog").add(Rule::new("/").endpoint("blog")).add(Rule::new("/<int:id>").endpoint("post")))
///     .build()?;
/// let adapter = map.bind("example.com");
/// assert_eq!(adapter.match_path("/blog/7", &Method::GET).found().expect("a post").endpoint(), "post");
/// assert!(matches!(adapter.match_path("/blog", &Method::GET), Outcome::Redirect { .. }));
/// assert!(matches!(adapter.match_path("/news", &Method::GET), Outcome::NotFound));
/// assert_eq!(adapter.build("post", &[("id", 7)].into()).url()?, "/blog/7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Map {
    pub(crate) settings: Settings,
    pub(crate) rules: Vec<Compiled>,
    pub(crate) methods: Methods,
    pub(crate) machine: Machine,
    pub(crate) shapes: Shapes,
    /// The rules of each endpoint, in the order in which they are asked to build a URL.
    pub(crate) endpoints: HashMap<Box<str>, Vec<RuleIndex>>,
    conflicts: Vec<Conflict>,
    hits: Hits,
    /// What it was made of, the rules aside, for a map with more of them.
    converters: Converters,
    allow_conflicts: bool,
}

impl Map {
    /// A map to be given rules.
    pub fn builder() -> MapBuilder {
        MapBuilder::default()
    }

    /// What the map was made of: all its settings, converters and rules, for another map with more rules.
    ///
    /// A map does not change once it is built, so that requests share it without a lock.
    pub fn to_builder(&self) -> MapBuilder {
        MapBuilder {
            settings: self.settings.clone(),
            converters: self.converters.clone(),
            rules: self.rules.iter().map(|rule| rule.rule.clone()).collect(),
            allow_conflicts: self.allow_conflicts,
        }
    }

    /// All rules, in the order in which they were added.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = (RuleId, &Rule)> {
        self.rules
            .iter()
            .enumerate()
            .map(|(index, rule)| (RuleId(index as u32), &rule.rule))
    }

    /// The rules of an endpoint, in the order in which they are asked to build a URL.
    pub fn rules_of(&self, endpoint: &str) -> impl Iterator<Item = (RuleId, &Rule)> {
        let rules = self.endpoints.get(endpoint).into_iter().flatten();
        rules.map(|&index| (RuleId(index), &self.rules[index as usize].rule))
    }

    /// Whether a rule of the endpoint has all these parameters, or defaults for them.
    pub fn is_endpoint_expecting(&self, endpoint: &str, arguments: &[&str]) -> bool {
        let expects = |index: &RuleIndex| {
            let known = &self.rules[*index as usize].arguments;
            arguments
                .iter()
                .all(|name| known.iter().any(|argument| argument == name))
        };
        self.endpoints
            .get(endpoint)
            .is_some_and(|rules| rules.iter().any(expects))
    }

    /// Rules in each other's way, where [`allow_conflicts`](MapBuilder::allow_conflicts) let them stand.
    pub fn conflicts(&self) -> &[Conflict] {
        &self.conflicts
    }
}

impl std::fmt::Debug for Map {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Map ")?;
        f.debug_list()
            .entries(self.rules.iter().map(|rule| &rule.rule))
            .finish()
    }
}

/// What a [`Map`] is made of.
#[derive(Clone, Debug)]
#[must_use = "finish by `build`"]
pub struct MapBuilder {
    settings: Settings,
    converters: Converters,
    rules: Vec<Rule>,
    allow_conflicts: bool,
}

impl Default for MapBuilder {
    fn default() -> Self {
        let settings = Settings {
            default_subdomain: String::new(),
            server_name: None,
            strict_slashes: true,
            merge_slashes: true,
            redirect_defaults: true,
            host_matching: false,
            subdomain_matching: true,
            order: Order::Given,
        };
        Self {
            settings,
            converters: Converters::default(),
            rules: Vec::new(),
            allow_conflicts: false,
        }
    }
}

impl MapBuilder {
    /// Adds a rule, or those of a factory.
    #[expect(
        clippy::should_implement_trait,
        reason = "it adds to the map, as Werkzeug's `Map.add` does"
    )]
    pub fn add(mut self, rules: impl RuleFactory) -> Self {
        self.rules.extend(rules.into_rules());
        self
    }

    /// The name that subdomains are in front of, for all requests: as [`Adapter::server_name`]. Default: none is
    /// known, so that every request has the [`default_subdomain`](MapBuilder::default_subdomain).
    pub fn server_name(mut self, server_name: impl Into<String>) -> Self {
        self.settings.server_name = Some(server_name.into());
        self
    }

    /// Makes a converter known under a name, which may be that of a built-in one; `default` is the one of parameters
    /// that name none. The function is given the arguments in the rule.
    pub fn converter(
        mut self,
        name: impl Into<String>,
        make: impl Fn(&Arguments) -> Result<Arc<dyn Converter>, String> + Send + Sync + 'static,
    ) -> Self {
        self.converters.add(name.into(), Arc::new(make));
        self
    }

    /// The subdomain of rules that name none. Default: empty.
    pub fn default_subdomain(mut self, subdomain: impl Into<String>) -> Self {
        self.settings.default_subdomain = subdomain.into();
        self
    }

    /// Whether a missing final slash is added by a redirect. Default: on.
    pub fn strict_slashes(mut self, strict: bool) -> Self {
        self.settings.strict_slashes = strict;
        self
    }

    /// Whether several slashes in a row are redirected to one. Default: on.
    pub fn merge_slashes(mut self, merge: bool) -> Self {
        self.settings.merge_slashes = merge;
        self
    }

    /// Whether a rule redirects to another of its endpoint that has the values as its defaults. Default: on.
    pub fn redirect_defaults(mut self, redirect: bool) -> Self {
        self.settings.redirect_defaults = redirect;
        self
    }

    /// Whether rules name whole hosts, by [`Rule::host`], instead of subdomains. Default: off.
    pub fn host_matching(mut self, hosts: bool) -> Self {
        self.settings.host_matching = hosts;
        self
    }

    /// Whether a request's subdomain decides, where [`Adapter::server_name`] tells what it is in front of. When off,
    /// every request has the map's [`default_subdomain`](MapBuilder::default_subdomain), whatever its host. Default:
    /// on.
    pub fn subdomain_matching(mut self, subdomains: bool) -> Self {
        self.settings.subdomain_matching = subdomains;
        self
    }

    /// Whether the query of a URL that is built is sorted by its names. Default: off, in the order of the values.
    pub fn sort_parameters(mut self, sort: bool) -> Self {
        self.settings.order = if sort { Order::ByName } else { Order::Given };
        self
    }

    /// The order of the fields in the query of a URL that is built, in place of that by their names: the counterpart
    /// of Werkzeug's `sort_key`. Equal ones stay in the order of the values.
    pub fn sort_parameters_by(
        mut self,
        compare: impl Fn((&str, &Value), (&str, &Value)) -> Ordering + Send + Sync + 'static,
    ) -> Self {
        self.settings.order = Order::By(Arc::new(compare));
        self
    }

    /// Builds the map although rules are in each other's way; [`Map::conflicts`] lists them. Default: an error.
    pub fn allow_conflicts(mut self, allow: bool) -> Self {
        self.allow_conflicts = allow;
        self
    }

    /// The map.
    ///
    /// # Errors
    /// [`MapError`] lists all that was given wrongly, and rules that are in each other's way with both their texts
    /// and a path for which they are.
    pub fn build(self) -> Result<Map, MapError> {
        let mut mistakes = Vec::new();
        let mut methods = Methods::default();
        let mut machine = MachineBuilder::new();
        let mut rules: Vec<Compiled> = Vec::with_capacity(self.rules.len());
        for rule in self.rules {
            let (text, build_only) = (rule.text.clone(), rule.build_only);
            match Compiled::new(rule, &self.settings, &self.converters, &mut methods) {
                Ok((compiled, parts)) => {
                    if !build_only {
                        machine.add(parts, rules.len() as RuleIndex);
                    }
                    rules.push(compiled);
                }
                Err(problem) => mistakes.push(RuleError::Rule {
                    rule: text,
                    problem,
                }),
            }
        }
        let machine = machine.build();
        let endpoints = endpoints(&mut rules);
        let conflicts = conflict::find(&machine, &rules, &methods);
        if !self.allow_conflicts {
            mistakes.extend(conflicts.iter().cloned().map(RuleError::Conflict));
        }
        if !mistakes.is_empty() {
            return Err(MapError { mistakes });
        }
        let shapes = Shapes::new(&machine, &rules);
        Ok(Map {
            settings: self.settings,
            hits: Hits::new(rules.len()),
            converters: self.converters,
            allow_conflicts: self.allow_conflicts,
            rules,
            methods,
            machine,
            shapes,
            endpoints,
            conflicts,
        })
    }
}

/// The rules by endpoint, in the order of Werkzeug's `build_compare_key`; notes which may redirect to a sibling.
fn endpoints(rules: &mut [Compiled]) -> HashMap<Box<str>, Vec<RuleIndex>> {
    let mut endpoints: HashMap<Box<str>, Vec<RuleIndex>> = HashMap::new();
    for (index, rule) in rules.iter().enumerate() {
        endpoints
            .entry(rule.rule.endpoint.as_str().into())
            .or_default()
            .push(index as RuleIndex);
    }
    for indices in endpoints.values_mut().filter(|indices| indices.len() > 1) {
        indices.sort_by_key(|&index| {
            let rule = &rules[index as usize];
            (
                rule.rule.alias,
                std::cmp::Reverse(rule.arguments.len()),
                std::cmp::Reverse(rule.rule.defaults.len()),
            )
        });
        let mut provided: std::collections::HashSet<Vec<String>> = std::collections::HashSet::new();
        for &index in indices.iter() {
            let rule = &mut rules[index as usize];
            rule.may_redirect |= provided.contains(&rule.arguments);
            if !rule.rule.build_only && !rule.rule.defaults.is_empty() {
                provided.insert(rule.arguments.clone());
            }
        }
    }
    endpoints
}
