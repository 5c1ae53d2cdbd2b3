//! The router: an application that hands each request to another one.

use std::sync::Arc;

use wsgi_core::{Application, ApplicationError, Body, Environ, StartResponse};

use crate::answers;
use crate::builder::RouterBuilder;
use crate::map::{Map, RuleId};
use crate::params::{self, Taken};
use crate::table::{Choice, Handler, Table};

/// An application that hands each request to another one, chosen by host, path and method.
///
/// Made by [`builder`](Router::builder). The choice, in this order:
/// 1. a [`host`](RouterBuilder::host) that is the request's: exact names before parameters before `*`;
/// 2. segment by segment from the left, a rule whose text is the segment's before one with a parameter there, and of
///    several parameters the more specific one; a [`mount`](RouterBuilder::mount) comes behind all routes below its
///    prefix. So `/<page>` and a mount at `/blog` get along, the mount has `/blog`, and a route `/blog/feed` takes
///    that one path out of the mount. Of two mounts, the longer prefix wins;
/// 3. where only the method or the final slash is missing: `405` with `Allow`, `204` with `Allow` for `OPTIONS`, or a redirect.
///    Not even a mount around the route is asked then;
/// 4. the mount at `/`, or the [`fallback`](RouterBuilder::fallback), or `404 Not Found`.
///
/// Cheap to clone. The choice of a rule without parameters allocates nothing.
///
/// Which path is matched: that of the request target where the server tells it, so that `%2F` is part of a parameter
/// and divides nothing, unless a layer in front has changed `PATH_INFO`; otherwise `PATH_INFO`.
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
///     .route("/users/<int:id>", get(user).name("user"))
///     .mount("/blog", blog)
///     .build()?;
/// assert_eq!(testing::get(&router, "/").text(), "home\n");
/// assert_eq!(testing::get(&router, "/users/7").text(), "user 7\n");
/// assert_eq!(testing::get(&router, "/blog/2024").text(), "blog at /2024\n");
/// assert_eq!(testing::get(&router, "/users/x").status.code(), 404);
/// assert_eq!(router.url_for("user", &[("id", 7)].into())?, "/users/7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Router {
    pub(crate) table: Arc<Table>,
    /// The router within its own layers; `None` if it has none.
    pub(crate) layered: Option<Arc<dyn Application>>,
}

impl Router {
    /// A router to be filled; nothing is checked before [`build`](RouterBuilder::build).
    pub fn builder() -> RouterBuilder {
        RouterBuilder::default()
    }

    /// The rules by which it chooses, those of mounts among them.
    pub fn map(&self) -> &Map {
        &self.table.map
    }
}

impl Application for Router {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        match &self.layered {
            Some(layered) => layered.call(environ, start_response),
            None => self.table.call(environ, start_response),
        }
    }
}

impl Application for Table {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        if let Some(app) = self.hosts.find(environ) {
            return app.call(environ, start_response);
        }
        match self.choose(environ) {
            Choice::Rule(rule, taken) => self.answer(rule, taken, environ, start_response),
            Choice::Redirect(url) => {
                answers::redirect(self.redirect_status.clone(), &url, start_response)
            }
            Choice::NotAllowed(methods) => {
                let handler = self.method_not_allowed.as_deref();
                answers::not_allowed(&methods, handler, environ, start_response)
            }
            Choice::WebsocketMismatch => answers::websocket_mismatch(start_response),
            Choice::Nothing => match (&self.root, &self.fallback) {
                (Some(mount), _) => mount.call(0, environ, start_response),
                (None, Some(app)) => app.call(environ, start_response),
                (None, None) => answers::not_found(start_response),
            },
        }
    }
}

impl Table {
    /// Has the application of the rule answer.
    #[inline]
    fn answer(
        &self,
        rule: RuleId,
        mut taken: Taken,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        self.map.note_hit(rule);
        let compiled = &self.map.rules[rule.index()];
        match &self.handlers[rule.index()] {
            Handler::Route(route) => {
                params::add(environ, compiled, taken, self.keep_values);
                environ.set_route(route.pattern.clone());
                match route.methods.find(environ.method()) {
                    Some(app) => app.call(environ, start_response),
                    // Maps know no `get`, only `GET`, and methods are case-sensitive (RFC 9110 §9.1).
                    None => {
                        let names = self.map.methods.names(compiled.methods);
                        let handler = self.method_not_allowed.as_deref();
                        answers::not_allowed(&names, handler, environ, start_response)
                    }
                }
            }
            Handler::Mount(mount) => {
                let rest = match self.reach(rule) {
                    // The slash in front of the rest is the application's, too.
                    crate::map::Reach::Below => taken.pop().map_or(0, |rest| rest.len() + 1),
                    _ => 0,
                };
                params::add(environ, compiled, taken, self.keep_values);
                mount.call(rest, environ, start_response)
            }
            Handler::Fallback(app) => app.call(environ, start_response),
            Handler::Nothing => answers::not_found(start_response),
        }
    }
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.table.fmt(f)
    }
}
