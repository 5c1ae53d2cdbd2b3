//! What is given to a router, kept for the next time that it is built.

use std::sync::Arc;

use http::{Method, StatusCode};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use wsgi_core::python::application;
use wsgi_core::{Application, Body, Environ, StartResponse};
use wsgi_router::{MethodRouter, RouterBuilder, RouterError, Rule};

use super::converters::Classes;
use super::current::Current;
use super::shown::Shown;
use super::values;

/// How the router behaves.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) strict_slashes: bool,
    pub(super) merge_slashes: bool,
    pub(super) server_name: Option<String>,
    pub(super) redirect_status: StatusCode,
    pub(super) converters: Classes,
}

/// One thing that was added.
#[derive(Clone)]
pub(super) enum Entry {
    Route(Route, App),
    /// A rule that needs no application.
    Rule(Rule),
    Mount(String, App, Option<Arc<Current>>),
    Nest(String, Vec<Entry>, Options),
    Host(String, App),
    Fallback(App),
}

/// An application, and the object of Python that it is.
#[derive(Clone)]
pub(super) struct App {
    pub(super) app: Arc<dyn Application>,
    /// Shared, for it is cloned without the interpreter; `None` where it only stands for another one.
    pub(super) object: Option<Arc<Py<PyAny>>>,
}

impl App {
    pub(super) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self {
            app: Arc::new(Shown(application(object)?)),
            object: Some(Arc::new(object.clone().unbind())),
        })
    }

    /// What a rule without an application is checked with.
    pub(super) fn nobody() -> Self {
        Self::from(
            Arc::new(|_: &mut Environ, _: &mut dyn StartResponse| Ok(Body::empty()))
                as Arc<dyn Application>,
        )
    }
}

impl From<Arc<dyn Application>> for App {
    fn from(app: Arc<dyn Application>) -> Self {
        Self { app, object: None }
    }
}

/// A rule and the methods that its application answers; none for all of them.
#[derive(Clone, Debug)]
pub(super) struct Route {
    rule: Rule,
    methods: Vec<Method>,
    needs_no_app: bool,
}

/// A router of these entries.
pub(super) fn build(
    options: &Options,
    entries: &[Entry],
) -> Result<wsgi_router::Router, RouterError> {
    filled(options, entries)?.build()
}

fn filled(options: &Options, entries: &[Entry]) -> Result<RouterBuilder, RouterError> {
    let builder = wsgi_router::Router::builder()
        .strict_slashes(options.strict_slashes)
        .merge_slashes(options.merge_slashes)
        .redirect_status(options.redirect_status)
        .keep_values(true);
    let builder = options.converters.add_to(builder);
    let builder = match &options.server_name {
        Some(server_name) => builder.server_name(server_name),
        None => builder,
    };
    entries
        .iter()
        .try_fold(builder, |builder, entry| entry.add(builder))
}

impl Entry {
    fn add(&self, builder: RouterBuilder) -> Result<RouterBuilder, RouterError> {
        Ok(match self {
            Self::Route(route, app) if route.methods.is_empty() => {
                builder.route(route.rule.clone(), wsgi_router::any(app.app.clone()))
            }
            Self::Route(route, app) => {
                let add = |router: MethodRouter, method: &Method| {
                    router.on(method.clone(), app.app.clone())
                };
                let methods = route.methods.iter().fold(MethodRouter::default(), add);
                builder.route(route.rule.clone(), methods)
            }
            Self::Rule(rule) => builder.rules(rule.clone()),
            Self::Mount(prefix, app, None) => builder.mount(prefix, app.app.clone()),
            Self::Mount(prefix, app, Some(current)) => {
                // The application looks at what it was given since; the router is for tables and URLs.
                builder.mount_within(prefix, app.app.clone(), current.fresh()?)
            }
            Self::Nest(prefix, entries, options) => builder.nest(prefix, filled(options, entries)?),
            Self::Host(host, app) => builder.host(host, app.app.clone()),
            Self::Fallback(app) => builder.fallback(app.app.clone()),
        })
    }

    /// The same for other applications, each of which stands for itself.
    pub(super) fn around(&self, other: &mut dyn FnMut() -> Arc<dyn Application>) -> Self {
        match self {
            Self::Route(route, _) => Self::Route(route.clone(), other().into()),
            Self::Rule(rule) => Self::Rule(rule.clone()),
            Self::Mount(prefix, ..) => Self::Mount(prefix.clone(), other().into(), None),
            Self::Nest(prefix, entries, options) => {
                let entries = entries.iter().map(|entry| entry.around(other));
                Self::Nest(prefix.clone(), entries.collect(), options.clone())
            }
            Self::Host(host, _) => Self::Host(host.clone(), other().into()),
            Self::Fallback(_) => Self::Fallback(other().into()),
        }
    }

    /// Tells the applications in the order of [`around`](Self::around): `route`, `mount`, `host` or `fallback`, its
    /// pattern below the prefix, and the object.
    pub(super) fn tell(&self, below: &str, tell: &mut dyn FnMut(&'static str, String, &App)) {
        let pattern = |text: &str| format!("{below}{text}");
        match self {
            Self::Route(route, app) => tell("route", pattern(route.rule.text()), app),
            Self::Rule(_) => {}
            Self::Mount(prefix, app, _) => tell("mount", pattern(prefix), app),
            Self::Nest(prefix, entries, _) => {
                let below = pattern(prefix.trim_end_matches('/'));
                entries.iter().for_each(|entry| entry.tell(&below, tell));
            }
            Self::Host(host, app) => tell("host", host.clone(), app),
            Self::Fallback(app) => tell("fallback", below.to_owned(), app),
        }
    }

    /// Adds the routers that are mounted here.
    pub(super) fn mounted(&self, mounted: &mut Vec<Arc<Current>>) {
        match self {
            Self::Mount(_, _, Some(current)) => mounted.push(current.clone()),
            Self::Nest(_, entries, _) => entries.iter().for_each(|entry| entry.mounted(mounted)),
            _ => {}
        }
    }
}

impl Route {
    /// From text, or from an object like Werkzeug's `Rule` and ours, and keywords in its place.
    pub(super) fn new(
        rule: &Bound<'_, PyAny>,
        methods: Option<Vec<String>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let given = Given { rule, options };
        given.check_names()?;
        let text: String = match rule.cast::<PyString>() {
            Ok(text) => text.extract()?,
            Err(_) => given.attribute("rule")?.ok_or_else(|| {
                PyTypeError::new_err("the rule is neither text nor a Rule of wsgi_rs.routing")
            })?,
        };
        // An object is in Werkzeug's syntax, braces or not.
        let mut made = match rule.is_instance_of::<PyString>() {
            true => Rule::from(text),
            false => Rule::new(text),
        };
        let mut needs_no_app = false;
        if let Some(endpoint) = given.find::<String>("endpoint")? {
            made = made.endpoint(endpoint);
        }
        for (name, value) in given
            .find::<Vec<(String, Py<PyAny>)>>("defaults")?
            .into_iter()
            .flatten()
        {
            made = made.default(name, values::value(value.bind(rule.py()))?);
        }
        if let Some(strict) = given.find("strict_slashes")? {
            made = made.strict_slashes(strict);
        }
        if let Some(merge) = given.find("merge_slashes")? {
            made = made.merge_slashes(merge);
        }
        if let Some(host) = given.find::<String>("host")? {
            made = made.host(host);
        }
        if let Some(subdomain) = given.find::<String>("subdomain")? {
            made = made.subdomain(subdomain);
        }
        if let Some(target) = given.find::<String>("redirect_to")? {
            made = made.redirect_to(target);
            needs_no_app = true;
        }
        if let Some(alias) = given.find::<bool>("alias")? {
            made = made.alias(alias);
            needs_no_app |= alias;
        }
        if let Some(build_only) = given.find::<bool>("build_only")? {
            made = made.build_only(build_only);
            needs_no_app |= build_only;
        }
        if let Some(websocket) = given.find::<bool>("websocket")? {
            made = made.websocket(websocket);
        }
        let methods = match methods {
            Some(methods) => Some(methods),
            None => given.attribute::<Vec<String>>("methods")?,
        };
        Ok(Self {
            rule: made,
            methods: parsed(methods)?,
            needs_no_app,
        })
    }

    /// Whether it redirects or only builds URLs.
    pub(super) fn needs_no_app(&self) -> bool {
        self.needs_no_app
    }

    pub(super) fn into_entry(self, app: App) -> Entry {
        Entry::Route(self, app)
    }

    pub(super) fn into_rule(self) -> Entry {
        match self.methods.is_empty() {
            true => Entry::Rule(self.rule),
            false => Entry::Rule(self.rule.methods(self.methods.iter().map(Method::as_str))),
        }
    }
}

fn parsed(methods: Option<Vec<String>>) -> PyResult<Vec<Method>> {
    let parse = |name: &String| {
        let method = Method::from_bytes(name.to_ascii_uppercase().as_bytes());
        method.map_err(|_| {
            PyValueError::new_err(format!("{name:?} is no method; write GET, POST and so on"))
        })
    };
    match methods {
        Some(names) if names.is_empty() => Err(PyValueError::new_err(
            "methods is empty; leave it out to answer all methods",
        )),
        Some(mut names) => {
            names.sort();
            names.iter().map(parse).collect()
        }
        None => Ok(Vec::new()),
    }
}

/// A rule as it is given, and the keywords beside it, which win.
struct Given<'g, 'py> {
    rule: &'g Bound<'py, PyAny>,
    options: Option<&'g Bound<'py, PyDict>>,
}

impl<'py> Given<'_, 'py> {
    const NAMES: [&'static str; 10] = [
        "endpoint",
        "defaults",
        "strict_slashes",
        "merge_slashes",
        "host",
        "subdomain",
        "redirect_to",
        "alias",
        "build_only",
        "websocket",
    ];

    fn check_names(&self) -> PyResult<()> {
        for (name, _) in self.options.into_iter().flat_map(|options| options.iter()) {
            let name: String = name.extract()?;
            if !Self::NAMES.contains(&name.as_str()) {
                return Err(PyTypeError::new_err(format!(
                    "route() knows no option {name:?}; it knows methods, {}",
                    Self::NAMES.join(", ")
                )));
            }
        }
        Ok(())
    }

    /// The option; `None` if nothing is said.
    fn find<T: FromGiven>(&self, name: &str) -> PyResult<Option<T>> {
        let option = match self.options {
            Some(options) => options.get_item(name)?,
            None => None,
        };
        match option.filter(|value| !value.is_none()) {
            Some(value) => T::from_given(&value).map(Some),
            None => self.attribute(name),
        }
    }

    /// What the rule says, if it is an object.
    fn attribute<T: FromGiven>(&self, name: &str) -> PyResult<Option<T>> {
        if self.rule.is_instance_of::<PyString>() {
            return Ok(None);
        }
        let value = self
            .rule
            .getattr_opt(name)?
            .filter(|value| !value.is_none());
        value.map(|value| T::from_given(&value)).transpose()
    }
}

/// What options are made of.
trait FromGiven: Sized {
    fn from_given(value: &Bound<'_, PyAny>) -> PyResult<Self>;
}

impl FromGiven for String {
    fn from_given(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        value.extract()
    }
}

impl FromGiven for bool {
    fn from_given(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        value.is_truthy()
    }
}

impl FromGiven for Vec<String> {
    fn from_given(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        value.try_iter()?.map(|item| item?.extract()).collect()
    }
}

impl FromGiven for Vec<(String, Py<PyAny>)> {
    fn from_given(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let items = value.call_method0("items")?;
        items.try_iter()?.map(|item| item?.extract()).collect()
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Route(route, _) => f.debug_tuple("Route").field(route).finish(),
            Self::Rule(rule) => f.debug_tuple("Rule").field(rule).finish(),
            Self::Mount(prefix, ..) => f.debug_tuple("Mount").field(prefix).finish(),
            Self::Nest(prefix, entries, _) => {
                f.debug_tuple("Nest").field(prefix).field(entries).finish()
            }
            Self::Host(host, _) => f.debug_tuple("Host").field(host).finish(),
            Self::Fallback(_) => f.write_str("Fallback"),
        }
    }
}
