//! A router being filled.

use std::sync::Arc;

use http::StatusCode;
use tower_layer::Layer;
use wsgi_core::{Application, StatusLine};

use crate::error::{RouteError, RouterError};
use crate::host::Host;
use crate::layers::Layers;
use crate::map::{Arguments, Converter, MapBuilder, Rule, RuleFactory};
use crate::method_router::MethodRouter;
use crate::mount::{self, MountError};
use crate::nesting;
use crate::router::Router;

/// A [`Router`] being filled. The order of the calls does not matter but between equals, such as layers; mistakes are
/// kept for [`build`](Self::build).
#[derive(Clone, Debug, Default)]
#[must_use = "finish by `build`"]
pub struct RouterBuilder {
    pub(crate) map: MapBuilder,
    pub(crate) entries: Vec<Entry>,
    pub(crate) hosts: Vec<Host>,
    pub(crate) fallback: Option<Fallback>,
    pub(crate) method_not_allowed: Option<Fallback>,
    pub(crate) layers: Layers,
    pub(crate) route_layers: Layers,
    pub(crate) server_name: Option<String>,
    pub(crate) redirect_status: Option<StatusLine>,
    pub(crate) allow_conflicts: bool,
    pub(crate) keep_values: bool,
    strict_slashes: Option<bool>,
    merge_slashes: Option<bool>,
    pub(crate) mistakes: Vec<RouteError>,
}

/// A rule with what answers for it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) rule: Rule,
    pub(crate) target: Target,
}

/// What answers for a rule, as it is given.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Methods(MethodRouter),
    Mount(Fallback, Option<Router>),
    Fallback(Fallback),
    Nothing,
}

/// An application for whatever comes.
#[derive(Clone)]
pub(crate) struct Fallback(pub(crate) Arc<dyn Application>);

impl std::fmt::Debug for Fallback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Application")
    }
}

/// What it is made of.
impl RouterBuilder {
    /// Answers the paths that the whole rule matches.
    ///
    /// A rule is text in Werkzeug's syntax, `/users/<int:id>`, or without angles in that of the crate `matchit`,
    /// `/users/{id}`, `/files/{*path}`; or a [`Rule`] with all its options: defaults, hosts, slashes, names and so on.
    /// What its parameters took is found in [`Params`](crate::Params), and what is written for Python in
    /// `wsgiorg.routing_args`. `PATH_INFO` and `SCRIPT_NAME` stay as they are. An empty `PATH_INFO` counts as `/`.
    ///
    /// The same rule may be given several times, for other methods each time. A rule that names no
    /// [`endpoint`](Rule::endpoint) has its text as its name.
    pub fn route(mut self, rule: impl Into<Rule>, methods: impl Into<MethodRouter>) -> Self {
        let (mut rule, mut methods) = (rule.into(), methods.into());
        if let Some(name) = methods.take_name() {
            rule.endpoint = name;
        }
        self.entries.push(Entry {
            rule,
            target: Target::Methods(methods),
        });
        self
    }

    /// Adds rules that need no application: those with [`redirect_to`](Rule::redirect_to),
    /// [`alias`](Rule::alias) or [`build_only`](Rule::build_only).
    pub fn rules(mut self, rules: impl RuleFactory) -> Self {
        for rule in rules.into_rules() {
            if rule.redirect_to.is_none() && !rule.alias && !rule.build_only {
                self.mistakes.push(RouteError::NoApplication {
                    pattern: rule.text.clone(),
                });
            }
            let target = Target::Nothing;
            self.entries.push(Entry { rule, target });
        }
        self
    }

    /// Gives all paths at and below the prefix to an application: `/blog` and `/blog/2024`, not `/blogs`.
    ///
    /// The prefix may have parameters, in either syntax: `/t/<tenant>`. It moves from `PATH_INFO` to the end of
    /// `SCRIPT_NAME`, so the application sees itself at its own root, and the two joined stay the same. They stay
    /// moved when it has answered, which PEP 3333 allows; outer layers that need the path note it before the call. The
    /// mount of the longest prefix wins, and every route below a prefix wins over the mount. One at `/` moves nothing
    /// and has every path that nothing else has.
    ///
    /// A [`Router`] that is mounted is asked for URLs, and reports its routes, as if they were this router's.
    ///
    /// # Specification
    /// [PEP 3333, `environ` Variables](https://peps.python.org/pep-3333/#environ-variables)
    pub fn mount<A: Application + 'static>(self, prefix: impl Into<Rule>, app: A) -> Self {
        let router = mount::router_of(&app);
        self.mount_router(prefix.into(), Arc::new(app), router)
    }

    /// As [`mount`](Self::mount), for an application that a router is within, behind layers of its own: URLs and the
    /// report are asked of the router, requests of the application.
    pub fn mount_within(
        self,
        prefix: impl Into<Rule>,
        app: impl Application + 'static,
        router: Router,
    ) -> Self {
        self.mount_router(prefix.into(), Arc::new(app), Some(router))
    }

    fn mount_router(
        mut self,
        prefix: Rule,
        app: Arc<dyn Application>,
        router: Option<Router>,
    ) -> Self {
        let text = prefix.text.as_str();
        let problem = match text {
            "/" => None,
            _ if !text.starts_with('/') => Some(MountError::NoLeadingSlash),
            _ if text.ends_with('/') => Some(MountError::TrailingSlash),
            _ if self.mounts().any(|known| *known == *text) => Some(MountError::Twice),
            _ => None,
        };
        match problem {
            Some(problem) => self.mistakes.push(RouteError::Mount {
                prefix: prefix.text,
                problem,
            }),
            None => self.entries.push(Entry {
                rule: prefix,
                target: Target::Mount(Fallback(app), router),
            }),
        }
        self
    }

    fn mounts(&self) -> impl Iterator<Item = &str> {
        let mounts = self.entries.iter();
        let mounts = mounts.filter(|entry| matches!(entry.target, Target::Mount(..)));
        mounts.map(|entry| entry.rule.text.as_str())
    }

    /// Adds the routes of another builder below a prefix, which may have parameters. `SCRIPT_NAME` is not moved, and
    /// all are rules of one map: unlike a mount, it costs nothing, and `405` and redirects know of all routes.
    ///
    /// The layers of the other builder are around its own routes, its slashes are as it says, and its fallback answers
    /// what is not found below the prefix.
    pub fn nest(mut self, prefix: impl Into<Rule>, routes: RouterBuilder) -> Self {
        let prefix = prefix.into();
        for what in routes.unnestable() {
            self.mistakes.push(RouteError::Nested {
                prefix: prefix.text.clone(),
                what,
            });
        }
        let mut routes = routes.settled();
        if let Some(fallback) = routes.fallback.take() {
            if prefix.text == "/" {
                self = self.fallback(fallback.0);
            } else {
                routes.entries.push(Entry {
                    rule: Rule::from("/"),
                    target: Target::Fallback(fallback),
                });
            }
        }
        for Entry { rule, target } in routes.entries {
            let root = rule.text == "/" && !matches!(target, Target::Methods(_) | Target::Nothing);
            let text = rule.text.clone();
            let Some(mut rule) = nesting::below(&prefix, rule) else {
                self.mistakes.push(RouteError::MixedSyntax {
                    prefix: prefix.text.clone(),
                    pattern: text,
                });
                continue;
            };
            // What is mounted at the root of the other one is at the prefix here.
            if root && rule.text.len() > 1 {
                rule.text.truncate(rule.text.trim_end_matches('/').len());
            }
            self.entries.push(Entry { rule, target });
        }
        self.mistakes.extend(routes.mistakes);
        self.map.take_converters(routes.map);
        self
    }

    /// Adds all that another builder has, as if it had been said here; its layers are around its own routes.
    pub fn merge(mut self, other: RouterBuilder) -> Self {
        let other = other.settled();
        self.entries.extend(other.entries);
        self.hosts.extend(other.hosts);
        self.mistakes.extend(other.mistakes);
        if let Some(Fallback(app)) = other.fallback {
            self = self.fallback(app);
        }
        if let Some(Fallback(app)) = other.method_not_allowed {
            self = self.method_not_allowed(app);
        }
        self.map.take_converters(other.map);
        self
    }

    /// Gives all requests for a host to an application; they pass by the routes and mounts of this router.
    ///
    /// The host is that of the `Host` field without its port, or `SERVER_NAME` without such a field; case does not
    /// count. `<tenant>.example.com`, or `{tenant}.example.com`, takes one label as a parameter, and
    /// `*.example.com` stands for every name with one or more labels in front of `.example.com`, not for
    /// `example.com` itself. An exact name wins, then the longer text, then parameters over `*`. For single routes see
    /// [`Rule::host`].
    ///
    /// `Host` is what the client says: behind a proxy, let a trusted layer set it.
    pub fn host<A: Application + 'static>(mut self, host: &str, app: A) -> Self {
        self.hosts.push(Host {
            pattern: host.to_owned(),
            router: mount::router_of(&app),
            app: Arc::new(app),
        });
        self
    }

    /// Answers the paths that nothing else answers, instead of `404 Not Found`; the environ stays as it is.
    pub fn fallback(mut self, app: impl Application + 'static) -> Self {
        if self.fallback.is_some() {
            self.mistakes.push(RouteError::FallbackTwice);
        }
        self.fallback = Some(Fallback(Arc::new(app)));
        self
    }

    /// Answers where only the method is none of the route's, instead of `405 Method Not Allowed`. `Allow` is added to
    /// its `405` unless it says so itself; `OPTIONS` stays with the router.
    pub fn method_not_allowed(mut self, app: impl Application + 'static) -> Self {
        if self.method_not_allowed.is_some() {
            self.mistakes.push(RouteError::MethodNotAllowedTwice);
        }
        self.method_not_allowed = Some(Fallback(Arc::new(app)));
        self
    }
}

/// What is around it.
impl RouterBuilder {
    /// Wraps all of the router: routes, mounts, hosts, fallback, and what it answers by itself. The first layer is the
    /// outermost, as in `tower::ServiceBuilder`.
    ///
    /// Of a builder that is nested or merged, the routes, mounts and the fallback are wrapped each by itself.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Arc<dyn Application>> + Send + Sync + 'static,
        L::Service: Application + 'static,
    {
        self.layers.push(layer);
        self
    }

    /// Wraps the application of each route and mount, so that the layer sees what was matched, and only that: neither
    /// the fallback nor `404`, `405` and redirects. The first one is the outermost, within those of
    /// [`layer`](Self::layer).
    pub fn route_layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Arc<dyn Application>> + Send + Sync + 'static,
        L::Service: Application + 'static,
    {
        self.route_layers.push(layer);
        self
    }
}

/// How it behaves.
impl RouterBuilder {
    /// Whether a missing final slash is added by a redirect, and a surplus one is not found; when off, both are answered
    /// as they are. Counts for the routes of this builder. Default: on.
    pub fn strict_slashes(mut self, strict: bool) -> Self {
        self.strict_slashes = Some(strict);
        self
    }

    /// Whether several slashes in a row are redirected to one, where that leads to a route. Counts for the routes of
    /// this builder. Default: on.
    pub fn merge_slashes(mut self, merge: bool) -> Self {
        self.merge_slashes = Some(merge);
        self
    }

    /// Makes a converter known under a name: as [`MapBuilder::converter`]. Builders that are joined share theirs.
    pub fn converter(
        mut self,
        name: impl Into<String>,
        make: impl Fn(&Arguments) -> Result<Arc<dyn Converter>, String> + Send + Sync + 'static,
    ) -> Self {
        self.map = self.map.converter(name, make);
        self
    }

    /// Whether parameters and defaults that are no text, such as numbers and what converters of one's own make, are kept
    /// as [`Values`](crate::Values) in the extensions of the request, those of outer routers that keep theirs among
    /// them. Counts in the builder that is built. Default: off, for it allocates; [`Params`](crate::Params) has the
    /// texts.
    pub fn keep_values(mut self, keep: bool) -> Self {
        self.keep_values = keep;
        self
    }

    /// Sets what else a map can be told: `.map_options(|map| map.sort_parameters(true))`. Counts in the builder that is
    /// built, not in one that is nested or merged.
    pub fn map_options(mut self, set: impl FnOnce(MapBuilder) -> MapBuilder) -> Self {
        self.map = set(self.map);
        self
    }

    /// The name that the subdomains of rules are in front of: with `example.com`, a rule of the subdomain `api` is for
    /// the host `api.example.com`. Default: none, and then no rule may name a subdomain.
    pub fn server_name(mut self, server_name: impl Into<String>) -> Self {
        self.server_name = Some(server_name.into());
        self
    }

    /// The status of redirects, for slashes, defaults, aliases and `redirect_to`: 301, 302, 303, 307 or 308. Default:
    /// `308 Permanent Redirect`, which keeps method and body.
    pub fn redirect_status(mut self, status: StatusCode) -> Self {
        match status.as_u16() {
            301 | 302 | 303 | 307 | 308 => self.redirect_status = Some(StatusLine::from(status)),
            status => self.mistakes.push(RouteError::RedirectStatus { status }),
        }
        self
    }

    /// Builds the router although rules are in each other's way; [`Map::conflicts`](crate::Map::conflicts) of
    /// [`Router::map`] lists them. Default: an error.
    pub fn allow_conflicts(mut self, allow: bool) -> Self {
        self.allow_conflicts = allow;
        self
    }

    /// The router.
    ///
    /// # Errors
    /// [`RouterError`] lists all that was given wrongly: rules that are not understood, and those that are in each
    /// other's way, unreachable ones and mounts that a route hides among them, with both their texts and a path.
    pub fn build(self) -> Result<Router, RouterError> {
        crate::assemble::assemble(self)
    }

    /// What makes no sense below a prefix.
    fn unnestable(&self) -> impl Iterator<Item = &'static str> + use<> {
        let given = [
            (!self.hosts.is_empty(), "hosts"),
            (self.method_not_allowed.is_some(), "a method_not_allowed"),
        ];
        let given = given.into_iter().filter(|(is, _)| *is);
        given.map(|(_, what)| what)
    }

    /// With the layers and the slashes of this builder put into its routes.
    pub(crate) fn settled(mut self) -> Self {
        let (layers, route_layers) = (
            std::mem::take(&mut self.layers),
            std::mem::take(&mut self.route_layers),
        );
        for Entry { rule, target } in &mut self.entries {
            rule.strict_slashes = rule.strict_slashes.or(self.strict_slashes);
            rule.merge_slashes = rule.merge_slashes.or(self.merge_slashes);
            let both = |app| layers.around(route_layers.around(app));
            match target {
                _ if layers.is_empty() && route_layers.is_empty() => {}
                Target::Methods(methods) => methods.wrap(both),
                Target::Mount(app, _) => app.0 = both(app.0.clone()),
                Target::Fallback(app) => app.0 = layers.around(app.0.clone()),
                Target::Nothing => {}
            }
        }
        for app in self.hosts.iter_mut().map(|host| &mut host.app) {
            *app = layers.around(app.clone());
        }
        let others = [&mut self.fallback, &mut self.method_not_allowed];
        for app in others.into_iter().flatten() {
            app.0 = layers.around(app.0.clone());
        }
        self
    }
}
