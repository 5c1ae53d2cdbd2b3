//! From what was given to a router: rules, what answers for each, and the mistakes that are in it.

use std::collections::HashMap;
use std::sync::Arc;

use wsgi_core::StatusLine;

use crate::builder::{Entry, Fallback, RouterBuilder, Target};
use crate::error::{RouteError, RouterError};
use crate::host::Hosts;
use crate::map::{Map, MapBuilder, Reach, Rule};
use crate::method_router::MethodRouter;
use crate::mount::{Mount, MountError};
use crate::path::Signature;
use crate::router::Router;
use crate::table::{Handler, Route, Table};

const REDIRECT: StatusLine = StatusLine::from_static("308 Permanent Redirect");

/// The router of all that the builder was given.
pub(crate) fn assemble(mut builder: RouterBuilder) -> Result<Router, RouterError> {
    // Those around all of the router are put there at the end.
    let layers = std::mem::take(&mut builder.layers);
    let mut builder = builder.settled();
    let mut assembly = Assembly {
        server_name: builder.server_name,
        mistakes: std::mem::take(&mut builder.mistakes),
        ..Assembly::default()
    };
    let (routes, mounts): (Vec<Entry>, Vec<Entry>) = builder
        .entries
        .into_iter()
        .partition(|entry| matches!(entry.target, Target::Methods(_) | Target::Nothing));
    // Behind all routes, for where a route and the root of a mount have one path, the first wins.
    for entry in join(routes).into_iter().chain(mounts) {
        assembly.add(entry);
    }
    let hosts = Hosts::new(builder.hosts, builder.map.clone(), &mut assembly.mistakes);
    if assembly.root.is_some() && builder.fallback.is_some() {
        assembly.mistakes.push(RouteError::FallbackUnreachable);
    }
    let map = assembly.map(builder.map, builder.allow_conflicts);
    let (Some(map), Some(hosts), true) = (map, hosts, assembly.mistakes.is_empty()) else {
        assembly.mistakes.dedup();
        return Err(RouterError::new(assembly.mistakes));
    };
    let app = |fallback: Option<Fallback>| fallback.map(|Fallback(app)| app);
    let websockets = map.rules().any(|(_, rule)| rule.is_websocket());
    let table = Arc::new(Table {
        by_host: assembly.by_host,
        websockets,
        handlers: assembly.handlers,
        hosts,
        root: assembly.root,
        fallback: app(builder.fallback),
        method_not_allowed: app(builder.method_not_allowed),
        redirect_status: builder.redirect_status.unwrap_or(REDIRECT),
        keep_values: builder.keep_values,
        map,
    });
    let layered = (!layers.is_empty()).then(|| layers.around(table.clone()));
    Ok(Router { table, layered })
}

/// The same rule given again, for other methods, is one rule.
fn join(entries: Vec<Entry>) -> Vec<Entry> {
    let mut joined: Vec<Entry> = Vec::with_capacity(entries.len());
    let mut known: HashMap<(String, String), Vec<usize>> = HashMap::new();
    for entry in entries {
        let key = (entry.rule.text.clone(), entry.rule.endpoint.clone());
        let alike = known.entry(key).or_default();
        let same = alike.iter().copied().find(|&index| {
            let there = &joined[index];
            matches!(there.target, Target::Methods(_)) && same(&there.rule, &entry.rule)
        });
        match (same, entry.target) {
            (Some(index), Target::Methods(methods)) => {
                if let Target::Methods(there) = &mut joined[index].target {
                    there.merge(methods);
                }
            }
            (_, target) => {
                alike.push(joined.len());
                joined.push(Entry {
                    rule: entry.rule,
                    target,
                });
            }
        }
    }
    joined
}

/// Whether two rules differ in nothing but what answers them.
fn same(a: &Rule, b: &Rule) -> bool {
    a.syntax == b.syntax
        && a.defaults == b.defaults
        && a.subdomain == b.subdomain
        && a.host == b.host
        && (&a.methods, &b.methods) == (&None, &None)
        && a.build_only == b.build_only
        && a.strict_slashes == b.strict_slashes
        && a.merge_slashes == b.merge_slashes
        && (a.redirect_to.is_none() && b.redirect_to.is_none())
        && a.alias == b.alias
        && a.websocket == b.websocket
}

/// The rules and their handlers, side by side.
#[derive(Default)]
struct Assembly {
    rules: Vec<Rule>,
    handlers: Vec<Handler>,
    root: Option<Arc<Mount>>,
    server_name: Option<String>,
    by_host: bool,
    mistakes: Vec<RouteError>,
}

impl Assembly {
    fn add(&mut self, entry: Entry) {
        if let Some(escape) = escape_of(&entry.rule) {
            self.mistakes.push(RouteError::Encoded {
                pattern: entry.rule.text.clone(),
                escape,
            });
        }
        match entry.target {
            Target::Methods(methods) => self.route(entry.rule, methods),
            Target::Nothing => self.rule(entry.rule, Handler::Nothing),
            Target::Fallback(Fallback(app)) => {
                self.below(entry.rule, || Handler::Fallback(app.clone()))
            }
            Target::Mount(Fallback(app), router) => {
                let prefix = if entry.rule.text == "/" {
                    ""
                } else {
                    &entry.rule.text
                };
                let mount = Arc::new(Mount {
                    prefix: prefix.into(),
                    app,
                    router,
                });
                if prefix.is_empty() {
                    if self.root.replace(mount).is_some() {
                        self.mistakes.push(RouteError::Mount {
                            prefix: "/".to_owned(),
                            problem: MountError::Twice,
                        });
                    }
                    return;
                }
                let endpoint = mount.endpoint();
                self.below(entry.rule.endpoint(endpoint), || {
                    Handler::Mount(mount.clone())
                });
            }
        }
    }

    fn route(&mut self, mut rule: Rule, methods: MethodRouter) {
        let pattern: Arc<str> = rule.text.as_str().into();
        for method in methods.repeated() {
            self.mistakes.push(RouteError::MethodTwice {
                pattern: rule.text.clone(),
                method: method.clone(),
            });
        }
        match (methods.names(), &rule.methods) {
            (None, _) => {}
            (Some(names), None) => rule = rule.methods(names),
            (Some(_), Some(wanted)) => {
                let answered = |method: &str| {
                    let method = http::Method::from_bytes(method.as_bytes());
                    method.is_ok_and(|method| methods.find(&method).is_some())
                };
                if let Some(method) = wanted.iter().find(|method| !answered(method)) {
                    self.mistakes.push(RouteError::Unanswered {
                        pattern: rule.text.clone(),
                        method: method.clone(),
                    });
                }
            }
        }
        self.rule(rule, Handler::Route(Box::new(Route { methods, pattern })));
    }

    /// The two rules of what is below a prefix.
    fn below(&mut self, rule: Rule, handler: impl Fn() -> Handler) {
        for reach in [Reach::Root, Reach::Below] {
            let mut rule = rule.clone().strict_slashes(true);
            rule.reach = reach;
            self.rule(rule, handler());
        }
    }

    fn rule(&mut self, mut rule: Rule, handler: Handler) {
        if rule.endpoint.is_empty() {
            // Unnamed rules are no siblings, between which defaults would redirect.
            rule.endpoint = rule.text.clone();
        }
        if let Some(subdomain) = rule.subdomain.take().filter(|name| !name.is_empty()) {
            match &self.server_name {
                Some(server_name) => rule.host = Some(format!("{subdomain}.{server_name}")),
                None => self.mistakes.push(RouteError::NoServerName {
                    pattern: rule.text.clone(),
                    subdomain,
                }),
            }
        }
        self.by_host |= rule.host.is_some();
        self.rules.push(rule);
        self.handlers.push(handler);
    }

    /// The map of the rules, and the mistakes that are in them.
    fn map(&mut self, builder: MapBuilder, allow_conflicts: bool) -> Option<Map> {
        let rules = std::mem::take(&mut self.rules);
        let builder = builder.add(rules).allow_conflicts(true);
        let map = match builder.host_matching(self.by_host).build() {
            Ok(map) => map,
            Err(error) => {
                let mistakes = error.mistakes().iter();
                self.mistakes
                    .extend(mistakes.filter_map(RouteError::of_rule));
                return None;
            }
        };
        self.check_types(&map);
        for conflict in map.conflicts().iter().filter(|_| !allow_conflicts) {
            match map.rules[conflict.loser as usize].rule.reach {
                Reach::Whole => self.mistakes.push(RouteError::Conflict(conflict.clone())),
                // A route may have the path of the mount itself.
                Reach::Root => {}
                Reach::Below => self.mistakes.push(RouteError::MountShadowed {
                    prefix: conflict.rule().to_owned(),
                    pattern: conflict.with().to_owned(),
                    example: conflict.example().map(str::to_owned),
                }),
            }
        }
        if self.root.is_some()
            && let Some(rule) = map.takes_every_path()
        {
            self.mistakes.push(RouteError::MountShadowed {
                prefix: "/".to_owned(),
                pattern: rule.text().to_owned(),
                example: Some("/a/b".to_owned()),
            });
        }
        Some(map)
    }

    /// Whether the parameters of each rule are what its applications expect.
    fn check_types(&mut self, map: &Map) {
        for (handler, rule) in self.handlers.iter().zip(&map.rules) {
            let Handler::Route(route) = handler else {
                continue;
            };
            let endpoints = route.methods.endpoints();
            let expected = endpoints.filter_map(|one| one.expects.as_ref());
            for expectation in rule.rule.expects.iter().chain(expected) {
                if let Err(problem) = expectation.check(&Signature::of(rule)) {
                    self.mistakes.push(RouteError::Path {
                        pattern: rule.rule.text.clone(),
                        problem,
                    });
                }
            }
        }
    }
}

/// The first percent-encoded byte in the text of a rule, which is decoded.
fn escape_of(rule: &Rule) -> Option<String> {
    // What is in arguments of converters is not the path's.
    let literal = rule.text.split('<').next()?;
    let hex = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    let at = literal.match_indices('%').map(|(at, _)| at).find(|at| {
        let bytes = literal.as_bytes();
        hex(bytes.get(at + 1)) && hex(bytes.get(at + 2))
    })?;
    literal.get(at..at + 3).map(str::to_owned)
}
