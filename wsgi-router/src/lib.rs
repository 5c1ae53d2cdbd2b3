//! Routes, mounts and hosts: which application answers a request, and which URL leads to it.
//!
//! A [`Router`] is an [`Application`](wsgi_core::Application) that hands each request to another one. What it
//! hands to may be Rust or, through the bridge of `wsgi-core`, Python; Flask, Django and an interface written in
//! Rust live side by side in one process. Its rules say what Werkzeug's do, and are found by a trie.
//!
//! ```
//! use wsgi_core::{Body, StatusLine, application_fn, handler, testing};
//! use wsgi_router::{Params, Router, get};
//!
//! let show = handler(|request| format!("user {}\n", Params::of(request.extensions()).get("id").unwrap_or("?")));
//! let create = handler(|_| http::StatusCode::CREATED.to_string());
//! let legacy = application_fn(|environ, start_response| { // a PyApplication does as well
//!     start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
//!     Ok(Body::from([environ.script_name(), b" + ", environ.path_info()].concat()))
//! });
//!
//! let router = Router::builder()
//!     .route("/users/<int:id>", get(show).post(create).name("user"))
//!     .mount("/legacy", legacy)
//!     .build()?;
//!
//! assert_eq!(testing::get(&router, "/users/7").text(), "user 7\n");
//! assert_eq!(testing::get(&router, "/legacy/a").text(), "/legacy + /a");
//! assert_eq!(router.url_for("user", &[("id", 7)].into())?, "/users/7");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | to say | write |
//! |---|---|
//! | this path | `.route("/about", get(app))` |
//! | a parameter in it | `"/users/<id>"` or `"/users/{id}"`, `"/img/<name>.png"`: [`Params`] |
//! | a number, one of several words, … | `"/<int(min=1):year>"`, `"/<any(de, fr):lang>"`, one of your own: [`Converter`] |
//! | parameters as Rust types | `get(path_handler(…))`, checked when the router is built: [`Path`] |
//! | the rest of the path | `"/files/<path:file>"` or `"/files/{*file}"` |
//! | several methods | `get(show).put(update).delete(remove)`: [`MethodRouter`] |
//! | all methods | `.route("/about", app)` |
//! | defaults, slashes, hosts, WebSockets | `.route(Rule::new("/<int:page>").default("page", 1), …)`: [`Rule`] |
//! | another address of something | `.rules(Rule::new("/old/<id>").redirect_to("/new/<id>"))` |
//! | everything below a prefix, an application | `.mount("/blog", app)`, `.mount("/t/<tenant>", app)` |
//! | everything below a prefix, more routes | `.nest("/blog", Router::builder().route(…))`, or [`merge`](RouterBuilder::merge) |
//! | a host of its own | `.host("api.example.com", app)`, `"<tenant>.example.com"`, `"*.example.com"` |
//! | everything else | `.fallback(app)`, or `.mount("/", app)` |
//! | another `405` | `.method_not_allowed(app)` |
//! | a layer around a route, all routes, everything | `get(app).layer(…)`, `.route_layer(…)`, `.layer(…)` |
//! | the URL of a route | `.name("user")`, then [`Router::url_for`], [`Router::bind`], or a [`TypedRoute`] |
//! | a table of all routes | [`Router::report`] |
//! | which route has answered, in a layer | [`Environ::route`](wsgi_core::Environ::route) |
//!
//! What the router answers by itself: `HEAD` by the application for `GET`; `OPTIONS` with `Allow`; another method by
//! `405` with `Allow`; a missing final slash, or slashes in a row, by `308` to where the route is, the query kept. In
//! which order it chooses is said at [`Router`].
//!
//! A bad rule, two that are in each other's way, one that is never reached, a mount that a route hides: errors of
//! [`build`](RouterBuilder::build), at start-up, each with both rules and a path that shows it.
//!
//! ```
//! use wsgi_core::handler;
//! use wsgi_router::{Router, get};
//!
//! let app = handler(|_| "hello");
//! let error = Router::builder().route("/users/{id}", get(app)).route("/users/<name>", get(app)).build();
//! let text = error.expect_err("the two match the same paths").to_string();
//! assert!(text.starts_with(r#"rule "/users/<name>" is never found, for rule "/users/{id}" matches all its paths"#));
//! ```
//!
//! # Paths are bytes, and `%2F` is no slash
//! Rules are written decoded (`/café`), and are matched with the path of the request target, decoded segment by
//! segment, so that `%2F` is part of a parameter. Where the server does not tell the target, or a layer in front has
//! changed `PATH_INFO`, it is that which counts, and in it the two are the same. A path need not be UTF-8; every byte
//! can be part of a parameter, and [`Params::get_bytes`] gives it back.
//!
//! # A map without applications
//! A router is made of a [`Map`], which is what Werkzeug calls so: rules that lead to endpoints. It dispatches
//! nothing by itself; it says what a path means, and builds the URLs back. A framework with its own idea of an
//! application begins there.
//!
//! ```
//! use http::Method;
//! use wsgi_router::{Map, Outcome, Rule, Value};
//!
//! let map = Map::builder()
//!     .add(Rule::new("/<int(fixed_digits=4):year>/<slug>").endpoint("entry").methods(["GET"]))
//!     .add(Rule::new("/archive/").endpoint("archive"))
//!     .build()?;
//! let adapter = map.bind("example.com");
//!
//! let entry = adapter.match_target("/2024/a%2Fb", &Method::GET).found().expect("a rule matches");
//! assert_eq!(entry.endpoint(), "entry");
//! assert_eq!(entry.values().get("slug"), Some(&Value::from("a/b")));
//! assert_eq!(adapter.build("entry", &entry.values()).url()?, "/2024/a%2Fb");
//! let Outcome::Redirect { url } = adapter.match_target("/archive", &Method::GET) else { unreachable!() };
//! assert_eq!(url, "http://example.com/archive/");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What this crate does not do
//! It does not change once it is built (build another one), knows no priorities but how specific a rule is, reads no
//! query, and looks into no body. Which `Host` to believe is for a layer in front to say.

#![forbid(unsafe_code)]

mod answers;
mod assemble;
mod builder;
mod error;
mod host;
mod layers;
mod map;
mod method_router;
mod mount;
mod nesting;
mod params;
mod path;
mod path_text;
mod router;
mod table;
mod urls;

pub use builder::RouterBuilder;
pub use error::{RouteError, RouterError};
pub use host::HostError;
#[cfg(feature = "json")]
pub use map::ReportError;
pub use map::{
    Adapter, Arguments, BadHost, Build, BuildError, Conflict, ConflictKind, Converter, CustomValue,
    EndpointPrefix, Integer, Map, MapBuilder, MapError, Match, NoRule, Outcome, Problem, Report,
    ReportLine, RequestParts, Rule, RuleError, RuleFactory, RuleId, RuleTemplate, Start, Subdomain,
    Submount, TemplateError, ToUrlError, Uuid, Value, Values,
};
pub use map::{
    ParameterPlace, ReportArgument, ReportDomain, ReportParameter, Schema, StringSchema,
};
pub use method_router::{MethodRouter, any, delete, get, head, on, options, patch, post, put};
pub use mount::MountError;
pub use params::Params;
pub use path::{
    Endpoint, Path, PathError, PathHandler, PathRejection, RouteUrl, TypedRoute, TypedRouteError,
    UrlError, UrlRoot, path_handler,
};
pub use router::Router;
pub use urls::Urls;

/// The examples of the page about routing.
#[cfg(doctest)]
#[doc = include_str!("../../docs/routing.md")]
struct RoutingPage;
