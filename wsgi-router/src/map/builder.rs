//! What a map is made of, and making it.

use std::cmp::{Ordering, Reverse};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Map;
use super::compile::{Compiled, Settings};
use super::conflict;
use super::converter::{Arguments, Converter, Converters};
use super::error::{MapError, RuleError};
use super::factory::RuleFactory;
use super::hits::Hits;
use super::machine::{MachineBuilder, RuleIndex};
use super::methods::Methods;
use super::outcome::RuleId;
use super::query::Order;
use super::rule::Rule;
use super::trie::Trie;
use super::value::Value;

/// What a [`Map`] is made of.
#[derive(Clone, Debug)]
#[must_use = "finish by `build`"]
pub struct MapBuilder {
    pub(super) settings: Settings,
    pub(super) converters: Converters,
    pub(super) rules: Vec<Rule>,
    pub(super) allow_conflicts: bool,
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

    /// The name that subdomains are in front of, for all requests: as [`Adapter::server_name`](super::Adapter::server_name). Default: none is
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

    /// Its settings and converters, for other rules.
    pub(crate) fn without_rules(mut self) -> Self {
        self.rules.clear();
        self
    }

    /// Adds the converters of another builder.
    pub(crate) fn take_converters(&mut self, other: Self) {
        self.converters.extend(other.converters);
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

    /// Whether a request's subdomain decides, where [`Adapter::server_name`](super::Adapter::server_name) tells what it is in front of. When off,
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
                Ok((mut compiled, parts)) => {
                    compiled.id = RuleId(rules.len() as RuleIndex);
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
        let trie = Trie::new(&machine, &rules);
        Ok(Map {
            settings: self.settings,
            hits: Hits::new(rules.len()),
            converters: self.converters,
            allow_conflicts: self.allow_conflicts,
            rules,
            methods,
            machine,
            trie,
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
                Reverse(rule.arguments.len()),
                Reverse(rule.rule.defaults.len()),
            )
        });
        let mut provided: HashSet<Vec<String>> = HashSet::new();
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
