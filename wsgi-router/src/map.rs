//! URL rules with converters, redirects and building: Werkzeug's `Map`.
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
//!        trie: its states, packed for one way down                               trie, segment, place
//!
//!   request ─▶ path, decoded segment by segment ─▶ trie ──arrives──▶ settle ─▶ Found, or a redirect
//!                                                   │ does not         ▲
//!                                                   └────▶ machine ────┘        adapter, redirect, outcome
//!                                                             └▶ 404, 405, added or merged slashes
//! ```
//! The machine is the specification, the trie only a shorter way to the same answer; [`trie`] says when its is known
//! to be that. Whatever a client sends takes time linear in its length.

use std::collections::HashMap;

mod adapter;
mod ask;
mod bind;
mod build;
mod builder;
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
mod place;
pub(crate) mod query;
pub(crate) mod quote;
mod redirect;
mod reference;
mod report;
mod request_path;
mod rule;
mod schema;
mod segment;
mod start;
#[cfg(test)]
mod tests;
mod trie;
mod uuid;
mod value;

pub use adapter::Adapter;
pub use bind::RequestParts;
pub use build::{Build, BuildError, NoRule};
pub use builder::MapBuilder;
pub use conflict::{Conflict, ConflictKind};
pub use converter::{Arguments, Converter, ToUrlError};
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
pub use start::Start;
pub use uuid::Uuid;
pub use value::{CustomValue, Value, Values};

pub(crate) use compile::{Compiled, Parameter};
pub(crate) use converter::Kind;
pub(crate) use language::Language;
pub(crate) use number::read_float;
pub(crate) use request_path::below_script;
pub(crate) use rule::{Reach, Syntax};

use compile::Settings;
use converter::Converters;
use hits::Hits;
use machine::{Machine, RuleIndex};
use methods::Methods;
use trie::Trie;

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
    pub(crate) trie: Trie,
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

    /// The names of a rule's parameters and defaults, sorted: Werkzeug's `Rule.arguments`.
    pub fn arguments(&self, rule: RuleId) -> impl Iterator<Item = &str> {
        let rule = self.rules.get(rule.index());
        rule.into_iter()
            .flat_map(|rule| rule.arguments.iter().map(String::as_str))
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

    /// A rule that leaves no path to others but the root's: `/<path:rest>`.
    pub(crate) fn takes_every_path(&self) -> Option<&Rule> {
        let found = self.rules.iter().find(|rule| match &*rule.path_pieces {
            [
                compile::Piece::Text(slash),
                compile::Piece::Parameter(index),
            ] => {
                let parameter = rule.parameters.get(*index);
                slash == "/"
                    && rule.domain_pieces.is_empty()
                    && parameter.is_some_and(|parameter| !parameter.kind.part_isolating())
            }
            _ => false,
        });
        found.map(|rule| &rule.rule)
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
