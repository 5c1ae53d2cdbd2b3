//! Routes, mounts and hosts: which application answers a request.
//!
//! A [`Router`] is an [`Application`](wsgi_core::Application) that hands each request to another one. What it
//! hands to may be Rust or, through the bridge of `wsgi-core`, Python; Flask, Django and an interface written in
//! Rust live side by side in one process. Patterns with parameters are compiled to the
//! trie of the crate `matchit`.
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
//!     .route("/users/{id}", get(show).post(create))
//!     .mount("/legacy", legacy)
//!     .build()?;
//!
//! assert_eq!(testing::get(&router, "/users/7").text(), "user 7\n");
//! assert_eq!(testing::get(&router, "/legacy/a").text(), "/legacy + /a");
//! # Ok::<(), wsgi_router::RouterError>(())
//! ```
//!
//! | to say | write |
//! |---|---|
//! | this path | `.route("/about", get(app))` |
//! | a parameter in it | `"/users/{id}"`, `"/img/{name}.png"`: [`Params`] |
//! | the rest of the path | `"/files/{*path}"` |
//! | several methods | `get(show).put(update).delete(remove)`: [`MethodRouter`] |
//! | all methods | `.route("/about", app)` |
//! | everything below a prefix | `.mount("/blog", app)` |
//! | everything else | `.fallback(app)`, or `.mount("/", app)` |
//! | a host of its own | `.host("api.example.com", app)`, `.host("*.example.com", app)` |
//! | a router in a router | mount it: a [`Router`] is an application |
//! | a layer around one part | wrap the application that is given here |
//!
//! `HEAD` is answered by the application for `GET`, `OPTIONS` and `405` with their `Allow` by the router itself.
//! A bad pattern, and two that conflict, are errors of [`build`](RouterBuilder::build), at start-up:
//!
//! ```
//! use wsgi_core::handler;
//! use wsgi_router::{Router, get};
//!
//! let app = handler(|_| "hello");
//! let error = Router::builder().route("/users/{id}", get(app)).route("/users/{name}", get(app)).build();
//! let text = error.expect_err("the two match the same paths").to_string();
//! assert!(text.starts_with(r#"route "/users/{name}" conflicts with route "/users/{id}""#));
//! ```
//!
//! # Paths are bytes
//! Matching is done on `PATH_INFO`, which is percent-decoded: patterns are written decoded (`/café`), and `%2F` in a
//! request is a separator like any other. A path need not be UTF-8; every byte can be part of a parameter, and
//! [`Params::get_bytes`] gives it back.
//!
//! # Rules with converters, redirects and URL building
//! A [`Map`] is what Werkzeug calls so: rules such as `/<int(min=1):year>/<slug>`, or `/{year}/{slug}`, that lead to
//! endpoints, with all of Werkzeug's options and its order of preference, on the same trie. It dispatches nothing by
//! itself; it says what a path means, and builds the URLs back.
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
//! A [`Router`] builds no URLs, redirects nobody (a missing or surplus trailing slash is a `404`), merges no slashes,
//! converts no parameters to other types, and takes no parameters from hosts or prefixes of mounts. It does not
//! tell `%2F` from `/`. A [`Map`] does all that, but calls no application.

#![forbid(unsafe_code)]

mod error;
mod host;
mod map;
mod mount;
mod params;
mod path;
mod pattern;
mod route;
mod router;
mod routes;

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
pub use mount::MountError;
pub use params::Params;
pub use path::{
    Endpoint, Path, PathError, PathHandler, PathRejection, RouteUrl, TypedRoute, TypedRouteError,
    UrlError, UrlRoot, path_handler,
};
pub use pattern::PatternError;
pub use route::{MethodRouter, any, delete, get, head, on, options, patch, post, put};
pub use router::{Router, RouterBuilder};
