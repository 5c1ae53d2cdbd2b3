//! What a router knows once it is built, and the choice for a request.

use std::sync::Arc;

use wsgi_core::{Application, Environ, StatusLine};

use crate::host::Hosts;
use crate::map::{Adapter, Map, Outcome, Reach, RequestParts, RuleId};
use crate::method_router::MethodRouter;
use crate::mount::Mount;
use crate::params::Taken;
use crate::path_text::PathText;

/// Rules, and what answers for each.
pub(crate) struct Table {
    pub(crate) map: Map,
    /// By the number of the rule.
    pub(crate) handlers: Vec<Handler>,
    pub(crate) hosts: Hosts,
    /// Rules of the map name hosts.
    pub(crate) by_host: bool,
    /// Rules of the map are for WebSocket requests; if there are none, requests are not looked at for that.
    pub(crate) websockets: bool,
    /// The mount at `/`, which has what nothing else has.
    pub(crate) root: Option<Arc<Mount>>,
    pub(crate) fallback: Option<Arc<dyn Application>>,
    pub(crate) method_not_allowed: Option<Arc<dyn Application>>,
    pub(crate) redirect_status: StatusLine,
    /// Values that are no text are kept for whoever answers.
    pub(crate) keep_values: bool,
}

/// What answers for a rule.
pub(crate) enum Handler {
    Route(Box<Route>),
    Mount(Arc<Mount>),
    /// The fallback of a nested router; nothing is moved.
    Fallback(Arc<dyn Application>),
    /// The rule redirects, or only builds URLs.
    Nothing,
}

/// The applications of a rule.
pub(crate) struct Route {
    pub(crate) methods: MethodRouter,
    pub(crate) pattern: Arc<str>,
}

/// Who answers a request.
#[derive(Debug)]
pub(crate) enum Choice<'t> {
    /// That of the rule, for which its parameters took these.
    Rule(RuleId, Taken),
    Redirect(String),
    NotAllowed(Vec<&'t str>),
    WebsocketMismatch,
    Nothing,
}

impl Table {
    /// The choice for a request. That of a rule without parameters allocates nothing.
    #[inline]
    pub(crate) fn choose(&self, environ: &Environ) -> Choice<'_> {
        let path = PathText::of(environ);
        let websocket = self.websockets && RequestParts::from(environ).is_websocket();
        let adapter = self.map.bind("").websocket(websocket);
        if self.by_host {
            return self.choose_by_host(environ, &path, &adapter);
        }
        self.settle(environ, &path, None, find(&adapter, environ, &path))
    }

    /// Rules of the request's host first, then those of any.
    #[cold]
    fn choose_by_host<'t>(
        &'t self,
        environ: &Environ,
        path: &PathText<'_>,
        adapter: &Adapter<'t, '_>,
    ) -> Choice<'t> {
        let name = crate::host::name_of(environ);
        let own = adapter.clone().host(name.as_str());
        match self.settle(environ, path, Some(&name), find(&own, environ, path)) {
            Choice::Nothing => {}
            // Rules of any host may answer the method.
            refused @ Choice::NotAllowed(_) => {
                let any = adapter.clone().host("");
                return match self.settle(environ, path, Some(""), find(&any, environ, path)) {
                    found @ Choice::Rule(..) => found,
                    _ => refused,
                };
            }
            choice => return choice,
        }
        let any = adapter.clone().host("");
        self.settle(environ, path, Some(""), find(&any, environ, path))
    }

    /// What becomes of the outcome, with all that is borrowed from the request copied.
    #[inline]
    fn settle<'t>(
        &'t self,
        environ: &Environ,
        path: &PathText<'_>,
        host: Option<&str>,
        outcome: Outcome<'t, '_>,
    ) -> Choice<'t> {
        match outcome {
            Outcome::Found(found) => Choice::Rule(found.id(), Taken::new(found, path)),
            Outcome::Redirect { .. } => self.redirect(environ, path, host),
            Outcome::NotFound => Choice::Nothing,
            Outcome::MethodNotAllowed { allow } => Choice::NotAllowed(allow),
            Outcome::WebsocketMismatch => Choice::WebsocketMismatch,
        }
    }

    /// Matches again, now with all that a redirect tells; few requests are redirected.
    #[cold]
    fn redirect(&self, environ: &Environ, path: &PathText<'_>, host: Option<&str>) -> Choice<'_> {
        let mut adapter = self.adapter(environ);
        if let Some(host) = host {
            adapter = adapter.host(host);
        }
        let Outcome::Redirect { url } = find(&adapter, environ, path) else {
            return Choice::Nothing;
        };
        let url = path.url(url);
        // To the same host, a path says it all, and no proxy in front can have another scheme or name.
        let origin = format!("{}://{}", adapter.scheme_or_http(), adapter.own_host());
        let relative = url.strip_prefix(&origin);
        let relative = relative.filter(|path| path.starts_with('/') && !path.starts_with("//"));
        Choice::Redirect(relative.map_or_else(|| url.clone(), str::to_owned))
    }

    /// The map bound to the request; where the client names no host that could be one, to the server's name.
    pub(crate) fn adapter<'r>(&'r self, environ: &'r Environ) -> Adapter<'r, 'r> {
        let parts = || RequestParts::from(environ);
        let bound = self.map.bind_parts(parts()).or_else(|_| {
            self.map.bind_parts(RequestParts {
                host: None,
                ..parts()
            })
        });
        let adapter = bound.unwrap_or_else(|_| self.map.bind("localhost"));
        let adapter = match self.by_host {
            true => adapter.host(crate::host::name_of(environ)),
            false => adapter.subdomain(self.map.settings.default_subdomain.as_str()),
        };
        // What URLs are made of is encoded.
        adapter.query(crate::urls::query(environ.query_string()))
    }

    /// The reach of a rule.
    pub(crate) fn reach(&self, rule: RuleId) -> Reach {
        self.map.rules[rule.index()].rule.reach
    }
}

/// Asks for the path as it is known.
#[inline]
fn find<'t, 'p>(
    adapter: &Adapter<'t, '_>,
    environ: &Environ,
    path: &'p PathText<'_>,
) -> Outcome<'t, 'p> {
    match path {
        PathText::Decoded(text) => adapter.match_path(text, environ.method()),
        PathText::Raw(text) => adapter.match_target(text, environ.method()),
        PathText::Nowhere => Outcome::NotFound,
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Router")
            .field("rules", &self.map)
            .field("hosts", &self.hosts)
            .field("fallback", &self.fallback.is_some())
            .finish_non_exhaustive()
    }
}
