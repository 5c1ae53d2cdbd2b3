//! What answers at a pattern: an application for each method.

use http::Method;
use wsgi_core::{Application, ApplicationError, Body, Environ, StartResponse, StatusLine};

use crate::params;
use crate::path::Endpoint;
use crate::pattern::Pattern;

/// The applications of one pattern, by method: `get(show).post(create)`.
///
/// Begun by [`get`], [`post`], [`put`], [`delete`], [`patch`], [`head`], [`options`], [`any`] or [`on`]; an
/// application by itself stands for `any(app)`. What the methods given do not cover:
/// - `HEAD` goes to the application for `GET`, which sees `REQUEST_METHOD` `HEAD`; the server drops the body.
/// - `OPTIONS` is answered `204` with `Allow`.
/// - Every other method is answered `405` with `Allow`.
///
/// With [`any`](MethodRouter::any) every method is covered; that is also how to answer a `405` of one's own.
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

    /// The methods that were given twice.
    pub(crate) fn repeated(&self) -> &[String] {
        &self.repeated
    }

    fn find(&self, method: &Method) -> Option<&dyn Application> {
        let named = |wanted: &Method| {
            self.methods
                .iter()
                .find(|(known, _)| known == wanted)
                .map(|(_, app)| app)
        };
        named(method)
            .or_else(|| named(&Method::GET).filter(|_| *method == Method::HEAD))
            .or(self.any.as_ref())
            .map(|endpoint| &*endpoint.app)
    }

    /// The value of `Allow`: the methods as they were added, with those that come by themselves.
    fn allow(&self) -> String {
        let has = |method: Method| self.methods.iter().any(|(known, _)| *known == method);
        let mut allowed: Vec<&str> = Vec::new();
        for (method, _) in &self.methods {
            allowed.push(method.as_str());
            if *method == Method::GET && !has(Method::HEAD) {
                allowed.push("HEAD");
            }
        }
        if !has(Method::OPTIONS) {
            allowed.push("OPTIONS");
        }
        allowed.join(", ")
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

/// A pattern with its applications, ready to answer.
#[derive(Debug)]
pub(crate) struct Route {
    pattern: Pattern,
    methods: MethodRouter,
    allow: String,
}

impl Route {
    pub(crate) fn new(pattern: Pattern, methods: MethodRouter) -> Self {
        Self {
            allow: methods.allow(),
            pattern,
            methods,
        }
    }

    pub(crate) fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Answers a request whose path the pattern matched with these values, in the order of its names.
    pub(crate) fn call(
        &self,
        values: Vec<Vec<u8>>,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        params::add(environ.extensions_mut(), self.pattern.names(), values);
        let method = environ.method();
        if let Some(app) = self.methods.find(method) {
            return app.call(environ, start_response);
        }
        if *method == Method::OPTIONS {
            start_response.start(StatusLine::NO_CONTENT, [("Allow", &self.allow)])?;
            return Ok(Body::empty());
        }
        let text = "405 Method Not Allowed\n";
        start_response.start(
            StatusLine::METHOD_NOT_ALLOWED,
            [
                ("Allow", self.allow.as_str()),
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-Length", &text.len().to_string()),
            ],
        )?;
        Ok(Body::from(text))
    }
}
