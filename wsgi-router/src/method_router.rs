//! What answers at a route: an application for each method.

use std::sync::Arc;

use http::Method;
use tower_layer::Layer;
use wsgi_core::Application;

use crate::layers;
use crate::path::Endpoint;

/// The applications of one route, by method: `get(show).post(create)`.
///
/// Begun by [`get`], [`post`], [`put`], [`delete`], [`patch`], [`head`], [`options`], [`any`] or [`on`]; an
/// application by itself stands for `any(app)`. What the methods given do not cover:
/// - `HEAD` goes to the application for `GET`, which sees `REQUEST_METHOD` `HEAD`; the server drops the body.
/// - `OPTIONS` is answered `204` with `Allow`.
/// - Every other method is answered `405` with `Allow`.
///
/// With [`any`](MethodRouter::any) every method is covered. A `405` of one's own for all routes is
/// [`RouterBuilder::method_not_allowed`](crate::RouterBuilder::method_not_allowed).
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing};
/// use wsgi_router::{Router, get};
///
/// let users = get(handler(|_| "all of them")).post(handler(|_| "a new one"));
/// let router = Router::builder().route("/users", users).build()?;
/// let answer = testing::run(&router, testing::EnvironBuilder::new("DELETE", "/users").build());
/// let answer = answer.expect("the router answers itself");
/// assert_eq!(answer.status.code(), 405);
/// assert_eq!(answer.header("Allow"), Some("GET, HEAD, POST, OPTIONS"));
/// # Ok::<(), wsgi_router::RouterError>(())
/// ```
///
/// # Specification
/// RFC 9110 §9.3.2 "HEAD", §9.3.7 "OPTIONS", §15.5.6 "405 Method Not Allowed", §10.2.1 "Allow"
#[derive(Clone, Default)]
#[must_use]
pub struct MethodRouter {
    methods: Vec<(Method, Endpoint)>,
    any: Option<Endpoint>,
    name: Option<String>,
    /// What was given twice; reported when the router is built.
    repeated: Vec<String>,
}

macro_rules! methods {
    ($($name:ident $method:ident,)*) => {
        impl MethodRouter {
            $(
                #[doc = concat!("Answers `", stringify!($method), "` by this application as well.")]
                pub fn $name(self, app: impl Into<Endpoint>) -> Self {
                    self.on(Method::$method, app)
                }
            )*
        }

        $(
            #[doc = concat!("Answers `", stringify!($method), "` by this application; more methods may follow.")]
            pub fn $name(app: impl Into<Endpoint>) -> MethodRouter {
                on(Method::$method, app)
            }
        )*
    };
}

methods! {
    get GET,
    post POST,
    put PUT,
    delete DELETE,
    patch PATCH,
    head HEAD,
    options OPTIONS,
}

/// Answers this method by this application; more methods may follow. For methods without a function of their name.
pub fn on(method: Method, app: impl Into<Endpoint>) -> MethodRouter {
    MethodRouter::default().on(method, app)
}

/// Answers every method by this application.
pub fn any(app: impl Into<Endpoint>) -> MethodRouter {
    MethodRouter::default().any(app)
}

impl MethodRouter {
    /// Answers this method by this application as well.
    pub fn on(mut self, method: Method, app: impl Into<Endpoint>) -> Self {
        self.add(method, app.into());
        self
    }

    /// Answers every method that has no application of its own by this one; `HEAD` still goes to that for `GET`.
    pub fn any(mut self, app: impl Into<Endpoint>) -> Self {
        self.add_any(app.into());
        self
    }

    /// Names the route, for [`Router::url_for`](crate::Router::url_for): as [`Rule::endpoint`](crate::Rule::endpoint).
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Wraps each application given so far; those given later stay as they are.
    ///
    /// Any [`tower_layer::Layer`] does, a `tower::ServiceBuilder` of several as well.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Arc<dyn Application>>,
        L::Service: Application + 'static,
    {
        self.wrap(|app| layers::wrap(&layer, app));
        self
    }

    /// Puts another application in the place of each.
    pub(crate) fn wrap(&mut self, wrap: impl Fn(Arc<dyn Application>) -> Arc<dyn Application>) {
        let endpoints = self.methods.iter_mut().map(|(_, endpoint)| endpoint);
        for endpoint in endpoints.chain(&mut self.any) {
            endpoint.app = wrap(endpoint.app.clone());
        }
    }

    fn add(&mut self, method: Method, app: Endpoint) {
        if self.methods.iter().any(|(known, _)| *known == method) {
            self.repeated.push(method.to_string());
        } else {
            self.methods.push((method, app));
        }
    }

    fn add_any(&mut self, app: Endpoint) {
        if self.any.is_some() {
            self.repeated.push("any method".to_owned());
        } else {
            self.any = Some(app);
        }
    }

    /// Takes over what `other` answers: the same pattern was given again, for other methods.
    pub(crate) fn merge(&mut self, other: Self) {
        self.repeated.extend(other.repeated);
        for (method, app) in other.methods {
            self.add(method, app);
        }
        if let Some(app) = other.any {
            self.add_any(app);
        }
    }

    /// The name of the route, taken out.
    pub(crate) fn take_name(&mut self) -> Option<String> {
        self.name.take()
    }

    /// The methods that were given twice.
    pub(crate) fn repeated(&self) -> &[String] {
        &self.repeated
    }

    /// The methods that have applications of their own; `None` if there is one for all.
    pub(crate) fn names(&self) -> Option<Vec<&str>> {
        let names = self.methods.iter().map(|(method, _)| method.as_str());
        self.any.is_none().then(|| names.collect())
    }

    /// All applications, with what they expect of the rule.
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        let endpoints = self.methods.iter().map(|(_, endpoint)| endpoint);
        endpoints.chain(&self.any)
    }

    /// The application for a method.
    pub(crate) fn find(&self, method: &Method) -> Option<&dyn Application> {
        let named = |wanted: &Method| {
            let found = self.methods.iter().find(|(known, _)| known == wanted);
            found.map(|(_, endpoint)| endpoint)
        };
        named(method)
            .or_else(|| named(&Method::GET).filter(|_| *method == Method::HEAD))
            .or(self.any.as_ref())
            .map(|endpoint| &*endpoint.app)
    }
}

/// An application by itself answers every method.
impl<A: Application + 'static> From<A> for MethodRouter {
    fn from(app: A) -> Self {
        any(app)
    }
}

impl std::fmt::Debug for MethodRouter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let methods: Vec<&str> = self.methods.iter().map(|(m, _)| m.as_str()).collect();
        f.debug_struct("MethodRouter")
            .field("methods", &methods)
            .field("any", &self.any.is_some())
            .finish()
    }
}
