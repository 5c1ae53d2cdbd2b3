//! The router: which application answers a request.

use std::collections::HashMap;
use std::sync::Arc;

use wsgi_core::{Application, ApplicationError, Body, Environ, StartResponse, StatusLine};

use crate::error::{RouteError, RouterError};
use crate::host::Hosts;
use crate::mount::{Mount, Mounts};
use crate::pattern::Pattern;
use crate::route::{MethodRouter, Route};
use crate::routes::Routes;

/// An application that hands each request to another one, chosen by host, path and method.
///
/// Made by [`builder`](Router::builder). The choice, in this order:
/// 1. a [`host`](RouterBuilder::host) that is the request's;
/// 2. the [`route`](RouterBuilder::route) whose pattern matches the whole path, literal text before parameters,
///    parameters before `{*rest}`; or the [`mount`](RouterBuilder::mount) of the longest prefix, when that
///    prefix is longer than the literal beginning of the pattern;
/// 3. the [`fallback`](RouterBuilder::fallback), or `404 Not Found`.
///
/// So `/{page}` and a mount at `/blog` get along: `/blog` goes to the mount. Cheap to clone. The choice of a
/// pattern without parameters allocates nothing.
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing};
/// use wsgi_router::{Params, Router, get};
///
/// let blog = handler(|request| format!("blog at {}\n", request.uri().path()));
/// let user = handler(|request| format!("user {}\n", Params::of(request.extensions()).get("id").unwrap_or("?")));
/// let router = Router::builder()
///     .route("/", get(handler(|_| "home\n")))
///     .route("/users/{id}", get(user))
///     .mount("/blog", blog)
///     .build()?;
/// assert_eq!(testing::get(&router, "/").text(), "home\n");
/// assert_eq!(testing::get(&router, "/users/7").text(), "user 7\n");
/// assert_eq!(testing::get(&router, "/blog/2024").text(), "blog at /2024\n");
/// assert_eq!(testing::get(&router, "/nowhere").status.code(), 404);
/// # Ok::<(), wsgi_router::RouterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Router(Arc<Table>);

#[derive(Debug)]
struct Table {
    hosts: Hosts,
    routes: Routes,
    mounts: Mounts,
    fallback: Option<Fallback>,
}

struct Fallback(Arc<dyn Application>);

impl std::fmt::Debug for Fallback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fallback")
    }
}

/// Who answers a path.
enum Found<'t> {
    Route(&'t Route, Vec<Vec<u8>>),
    Mount(&'t Mount),
    Nothing,
}

impl Router {
    /// A router to be filled; nothing is checked before [`build`](RouterBuilder::build).
    pub fn builder() -> RouterBuilder {
        RouterBuilder::default()
    }
}

impl Table {
    fn find(&self, path: &[u8]) -> Found<'_> {
        // PEP 3333 lets `PATH_INFO` be empty at the root of an application; patterns know that as `/`.
        let routed = if path.is_empty() { b"/" } else { path };
        // No mount is longer than the whole path.
        if let Some(route) = self.routes.find_literal(routed) {
            return Found::Route(route, Vec::new());
        }
        let mount = self.mounts.find(path);
        match (self.routes.find(routed), mount) {
            (Some((route, _)), Some(mount)) if mount.len() > route.pattern().literal() => {
                Found::Mount(mount)
            }
            (Some((route, values)), _) => Found::Route(route, values),
            (None, Some(mount)) => Found::Mount(mount),
            (None, None) => Found::Nothing,
        }
    }
}

impl Application for Router {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        if let Some(app) = self.0.hosts.find(environ) {
            return app.call(environ, start_response);
        }
        match self.0.find(environ.path_info()) {
            Found::Route(route, values) => route.call(values, environ, start_response),
            Found::Mount(mount) => mount.call(environ, start_response),
            Found::Nothing => match &self.0.fallback {
                Some(Fallback(app)) => app.call(environ, start_response),
                None => not_found(start_response),
            },
        }
    }
}

fn not_found(start_response: &mut dyn StartResponse) -> Result<Body, ApplicationError> {
    let text = "404 Not Found\n";
    start_response.start(
        StatusLine::NOT_FOUND,
        [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", &text.len().to_string()),
        ],
    )?;
    Ok(Body::from(text))
}

/// A [`Router`] being filled. The order of the calls does not matter; mistakes are kept for [`build`](Self::build).
#[derive(Debug, Default)]
#[must_use]
pub struct RouterBuilder {
    hosts: Hosts,
    routes: Vec<(Pattern, MethodRouter)>,
    /// Where in `routes` a pattern is, by its text.
    patterns: HashMap<String, usize>,
    mounts: Mounts,
    fallback: Option<Fallback>,
    mistakes: Vec<RouteError>,
}

impl RouterBuilder {
    /// Answers the paths that the whole pattern matches.
    ///
    /// `{id}` stands for one or more bytes up to the next `/` and may have literal text before or behind it in
    /// its segment; `{*rest}`, as the last segment, for one or more bytes up to the end; `{{` and `}}` for the
    /// braces themselves. `/users` and `/users/` are two paths. An empty `PATH_INFO` counts as `/`. What
    /// matched is found in [`Params`](crate::Params). `PATH_INFO` and `SCRIPT_NAME` stay as they are.
    ///
    /// The same pattern may be given several times, for other methods each time.
    pub fn route(mut self, pattern: &str, methods: impl Into<MethodRouter>) -> Self {
        let methods = methods.into();
        if let Some(&known) = self.patterns.get(pattern) {
            self.routes[known].1.merge(methods);
            return self;
        }
        match Pattern::parse(pattern) {
            Ok(parsed) => {
                self.patterns.insert(pattern.to_owned(), self.routes.len());
                self.routes.push((parsed, methods));
            }
            Err(problem) => self.mistakes.push(RouteError::Pattern {
                pattern: pattern.to_owned(),
                problem,
            }),
        }
        self
    }

    /// Gives all paths at and below the prefix to an application: `/blog` and `/blog/2024`, not `/blogs`.
    ///
    /// The prefix moves from `PATH_INFO` to the end of `SCRIPT_NAME`, so the application sees itself at its own
    /// root, and the two joined stay the same. They stay moved when it has answered, which PEP 3333 allows;
    /// outer layers that need the path note it before the call. The mount of the longest prefix wins. One at `/`
    /// moves nothing and has every path that no other has.
    ///
    /// # Specification
    /// [PEP 3333, `environ` Variables](https://peps.python.org/pep-3333/#environ-variables)
    pub fn mount(mut self, prefix: &str, app: impl Application + 'static) -> Self {
        let added = Mount::new(prefix, Arc::new(app)).and_then(|mount| self.mounts.add(mount));
        if let Err(problem) = added {
            self.mistakes.push(RouteError::Mount {
                prefix: prefix.to_owned(),
                problem,
            });
        }
        self
    }

    /// Gives all requests for a host to an application; they pass by the routes and mounts of this router.
    ///
    /// The host is that of the `Host` field without its port, or `SERVER_NAME` without such a field.
    /// `*.example.com` stands for every name with one or more labels in front of `.example.com`, not for
    /// `example.com` itself; an exact name wins over it, and a longer one over a shorter one. Names are compared
    /// one after the other, without case.
    ///
    /// `Host` is what the client says: behind a proxy, let a trusted layer set it.
    pub fn host(mut self, host: &str, app: impl Application + 'static) -> Self {
        if let Err(problem) = self.hosts.add(host, Arc::new(app)) {
            self.mistakes.push(RouteError::Host {
                host: host.to_owned(),
                problem,
            });
        }
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

    /// The router.
    ///
    /// # Errors
    /// [`RouterError`] lists all that was given wrongly, conflicting patterns with both their names.
    pub fn build(self) -> Result<Router, RouterError> {
        let mut mistakes = self.mistakes;
        let mut routes = Routes::default();
        for (pattern, methods) in self.routes {
            for method in methods.repeated() {
                mistakes.push(RouteError::MethodTwice {
                    pattern: pattern.text().to_owned(),
                    method: method.clone(),
                });
            }
            if let Err(mistake) = routes.add(Route::new(pattern, methods)) {
                mistakes.push(mistake);
            }
        }
        mistakes.extend(shadowed(&routes, &self.mounts));
        if self.mounts.has_root() && self.fallback.is_some() {
            mistakes.push(RouteError::FallbackUnreachable);
        }
        if !mistakes.is_empty() {
            return Err(RouterError::new(mistakes));
        }
        Ok(Router(Arc::new(Table {
            hosts: self.hosts,
            routes,
            mounts: self.mounts,
            fallback: self.fallback,
        })))
    }
}

/// Catch-alls directly below a mount: `/blog/{*rest}` leaves nothing of `/blog` to the mount but its root.
fn shadowed(routes: &Routes, mounts: &Mounts) -> Vec<RouteError> {
    let pairs = mounts
        .iter()
        .flat_map(|mount| routes.iter().map(move |route| (mount, route.pattern())));
    pairs
        .filter(|(mount, pattern)| {
            let below = pattern
                .text()
                .strip_prefix(mount.prefix().trim_end_matches('/'));
            below.is_some_and(|below| below.starts_with("/{*"))
        })
        .map(|(mount, pattern)| RouteError::MountShadowed {
            prefix: mount.prefix().to_owned(),
            pattern: pattern.text().to_owned(),
        })
        .collect()
}
