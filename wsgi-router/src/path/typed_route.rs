//! A route together with the type of its parameters: what links are made with.

use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use http::Request;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use wsgi_core::{Input, IntoAnswer};

use super::Path;
use super::check::{Expectation, short};
use super::error::PathError;
use super::handler::{PathHandler, path_handler};
use super::serializer;
use super::signature::Signature;
use super::url::{RouteUrl, UrlRoot};
use super::url_error::UrlError;
use crate::map::{Map, MapBuilder, Rule, RuleError};

/// A route, and the type of its parameters: URLs to it cannot lack one, or have one of another type.
///
/// Given to a router as its pattern, and asked for URLs wherever one is needed. `T` is what [`Path`] takes, read and
/// written by serde; each parameter must have its place in it, and that is checked when the handle is made, or, of one
/// made by [`from_static`](TypedRoute::from_static), when the router is built. What is left to go wrong is a value that
/// the route does not take, such as `10` for `<int(max=9):id>`: [`UrlError`]. A URL that is given leads back to the route
/// and to values equal to those it was made of.
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing};
/// use wsgi_router::{Path, Router, TypedRoute, get};
///
/// static INDEX: TypedRoute<()> = TypedRoute::from_static("/");
/// static USER: TypedRoute<(u32, String)> = TypedRoute::from_static("/users/<int:id>/<name>");
///
/// let index = handler(|_| USER.url(&(7, "a b".to_owned())).map_err(wsgi_core::ApplicationError::raised));
/// let user = USER.handler(|Path((id, name)), _| format!("{id} is {name}"));
/// let router = Router::builder().route(&INDEX, get(index)).route(&USER, get(user)).build()?;
///
/// let link = testing::get(&router, "/").text();
/// assert_eq!(link, "/users/7/a%20b");
/// assert_eq!(testing::get(&router, &link).text(), "7 is a b");
/// # Ok::<(), wsgi_router::RouterError>(())
/// ```
///
/// What the compiler finds:
/// ```compile_fail,E0308
/// # use wsgi_router::TypedRoute;
/// let user = TypedRoute::<(u32, String)>::new("/users/<int:id>/<name>").expect("it fits");
/// user.url(&(7,)); // the name is missing
/// ```
/// ```compile_fail,E0308
/// # use wsgi_router::TypedRoute;
/// let user = TypedRoute::<(u32,)>::new("/users/<int:id>").expect("it fits");
/// user.url(&("seven",)); // no number
/// ```
pub struct TypedRoute<T> {
    written: Written,
    ready: OnceLock<Result<Arc<Ready>, TypedRouteError>>,
    ty: PhantomData<fn(&T) -> T>,
}

/// The route as it was given.
#[derive(Clone)]
enum Written {
    Static(&'static str),
    Rule(Box<Rule>),
}

/// The route in a map of its own.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) map: Map,
    pub(crate) names: Vec<String>,
}

impl Written {
    fn rule(&self) -> Rule {
        match self {
            Self::Static(text) => Rule::from(*text),
            Self::Rule(rule) => (**rule).clone(),
        }
    }
}

impl<T> TypedRoute<T> {
    /// A route whose pattern is part of the program, for a `static`.
    ///
    /// Pattern and type are checked when a router is built that has the route, or else by its first URL.
    pub const fn from_static(pattern: &'static str) -> Self {
        Self {
            written: Written::Static(pattern),
            ready: OnceLock::new(),
            ty: PhantomData,
        }
    }
}

impl<T: Serialize + DeserializeOwned> TypedRoute<T> {
    /// A route: a pattern, or a [`Rule`] with a host, defaults, methods.
    ///
    /// # Errors
    /// [`TypedRouteError`] if the pattern is malformed, or the type does not fit it.
    ///
    /// # Examples
    /// ```
    /// use serde::{Deserialize, Serialize};
    /// use wsgi_router::{Rule, TypedRoute};
    ///
    /// #[derive(Serialize, Deserialize)]
    /// struct Entry { year: u16, slug: String }
    ///
    /// let entry = TypedRoute::new(Rule::new("/<int:year>/<slug>").host("blog.example.com"))?;
    /// let url = entry.url(&Entry { year: 2024, slug: "a/b".to_owned() })?;
    /// assert_eq!(url, "//blog.example.com/2024/a%2Fb");
    ///
    /// let mistake = TypedRoute::<(u16,)>::new("/<int:year>/<slug>").expect_err("there are two parameters");
    /// assert_eq!(
    ///     mistake.to_string(),
    ///     r#"route "/<int:year>/<slug>": (u16,) takes one value, but the route has <int:year>, <slug>; let the two have the same number"#,
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(route: impl Into<Rule>) -> Result<Self, TypedRouteError> {
        Self::with_settings(Map::builder(), route)
    }

    /// As [`new`](TypedRoute::new), with the converters and settings of a map that is to be built.
    ///
    /// # Errors
    /// As those of `new`.
    pub fn with_settings(
        settings: MapBuilder,
        route: impl Into<Rule>,
    ) -> Result<Self, TypedRouteError> {
        let rule = route.into();
        let ready = Ready::new::<T>(settings, rule.clone())?;
        Ok(Self {
            written: Written::Rule(Box::new(rule)),
            ready: OnceLock::from(Ok(Arc::new(ready))),
            ty: PhantomData,
        })
    }

    /// The same route below a prefix, `/api`: for URLs from outside of the router that is mounted there.
    ///
    /// # Errors
    /// As those of [`new`](TypedRoute::new).
    pub fn under(&self, prefix: &str) -> Result<Self, TypedRouteError> {
        let mut rule = self.written.rule();
        rule.text.insert_str(0, prefix.trim_end_matches('/'));
        let settings = self.ready()?.map.to_builder().without_rules();
        Self::with_settings(settings, rule)
    }

    /// The URL of the route with these values, from the root of the application: `/users/7`.
    ///
    /// Of a route with a host it begins with that: `//example.com/users/7`. Right in links of an application at the root
    /// of its host; others take [`url_in`](TypedRoute::url_in).
    ///
    /// # Errors
    /// [`UrlError`] if the route does not take one of the values.
    pub fn url(&self, values: &T) -> Result<String, UrlError> {
        self.build(values).url()
    }

    /// As [`url`](TypedRoute::url), behind the `SCRIPT_NAME` of a request to the router that has the route: an
    /// [`Environ`](wsgi_core::Environ) or an `http::Request`.
    ///
    /// # Errors
    /// As those of `url`.
    pub fn url_in(&self, request: &impl UrlRoot, values: &T) -> Result<String, UrlError> {
        self.build(values).within(request).url()
    }

    /// A URL with more to it: a query, scheme and host.
    pub fn build<'e>(&self, values: &T) -> RouteUrl<'e> {
        let route = self.ready().map_err(UrlError::Route);
        RouteUrl::new(route.and_then(|ready| {
            let names = ready.names.iter().map(String::as_str);
            let values = serializer::values(values, names);
            let values = values.map_err(|reason| UrlError::Type {
                ty: short(std::any::type_name::<T>()),
                reason: reason.to_string(),
            })?;
            Ok((Arc::clone(ready), values))
        }))
    }

    /// A [`path_handler`] for this route, with the type known from here.
    pub fn handler<F, R>(&self, function: F) -> PathHandler<F, T>
    where
        F: Fn(Path<T>, Request<Input>) -> R + Send + Sync,
        R: IntoAnswer,
    {
        path_handler(function)
    }

    fn ready(&self) -> Result<&Arc<Ready>, TypedRouteError> {
        let make = || Ready::new::<T>(Map::builder(), self.written.rule()).map(Arc::new);
        self.ready.get_or_init(make).as_ref().map_err(Clone::clone)
    }
}

impl Ready {
    fn new<T: DeserializeOwned>(settings: MapBuilder, rule: Rule) -> Result<Self, TypedRouteError> {
        let text = rule.text.clone();
        let hosts = rule.host.is_some();
        let settings = settings.without_rules().host_matching(hosts);
        let map = settings.add(rule).build().map_err(|error| {
            let first = error.mistakes().first().cloned();
            TypedRouteError::Rule(Box::new(first.expect("an error has a mistake")))
        })?;
        let signature = Signature::of(&map.rules[0]);
        let names = signature.parameters.iter();
        let names = names.map(|parameter| parameter.name.to_owned()).collect();
        let checked = Expectation::exactly::<T>().check(&signature);
        checked.map_err(|problem| TypedRouteError::Path {
            route: text,
            problem: Box::new(problem),
        })?;
        Ok(Self { map, names })
    }
}

/// What the router is given; it checks the type together with the route.
impl<T: Serialize + DeserializeOwned> From<&TypedRoute<T>> for Rule {
    fn from(route: &TypedRoute<T>) -> Self {
        let mut rule = route.written.rule();
        rule.expects = Some(Expectation::exactly::<T>().at(&rule.text));
        rule
    }
}

impl<T> Clone for TypedRoute<T> {
    fn clone(&self) -> Self {
        Self {
            written: self.written.clone(),
            ready: self.ready.clone(),
            ty: PhantomData,
        }
    }
}

impl<T> std::fmt::Debug for TypedRoute<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TypedRoute")
            .field("route", &self.written.rule().text)
            .field("type", &short(std::any::type_name::<T>()))
            .finish()
    }
}

/// Why a [`TypedRoute`] could not be made.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum TypedRouteError {
    /// The pattern is malformed.
    #[error(transparent)]
    Rule(Box<RuleError>),
    /// The type does not fit the pattern.
    #[error("route {route:?}: {problem}")]
    Path {
        /// The pattern.
        route: String,
        /// What is wrong.
        problem: Box<PathError>,
    },
}
