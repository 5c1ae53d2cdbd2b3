//! [`Cors`]: pages of other origins may read responses.

mod error;
mod list;
mod origins;
mod response;

use std::sync::Arc;
use std::time::Duration;

use wsgi_core::{
    Application, ApplicationError, Body, Environ, Headers, Layer, StartResponse, StatusLine,
};

use crate::common::start::ChangedStart;
pub use error::CorsError;
use list::{List, Names};
use origins::{Origins, Others};

/// Lets pages of other origins read responses, as the Fetch standard has it: the CORS protocol.
///
/// By default it lets nobody. [`allow_origins`](Self::allow_origins) and its like say who may; all else follows.
///
/// | request | answer |
/// |---|---|
/// | `OPTIONS` with `Origin` and `Access-Control-Request-Method`: a preflight | `204`, without the application; with leave if the origin may |
/// | with an `Origin` that may | the application's, with leave |
/// | all others, other `OPTIONS` among them | the application's, with no leave unless everybody has it |
///
/// Leave is `Access-Control-Allow-Origin`, with `-Credentials` and, in preflights, `-Methods`, `-Headers`, `-Max-Age`, else
/// `Access-Control-Expose-Headers`. Unless every origin gets the same, all responses have `Vary: Origin`, those to requests
/// without an `Origin` as well, for caches to tell them apart; answers to `OPTIONS` name the other two request fields,
/// too. Responses in which the application gives leave itself (`Access-Control-Allow-Origin` is there) are left to it.
///
/// This keeps nobody from sending requests, which are run whoever sent them: [`Csrf`](struct.Csrf.html) does that. It says
/// whose pages may look at the answers.
///
/// # Place in the stack
/// Outside of authentication, for browsers send preflights without credentials, and of `Recover`, so that scripts can
/// read errors, too; inside of the access log.
///
/// # Examples
/// ```
/// use std::time::Duration;
///
/// use wsgi_core::testing::{EnvironBuilder, run};
/// use wsgi_core::handler;
/// use wsgi_middleware::Cors;
///
/// let app = Cors::new(handler(|_| "{}"))
///     .allow_origins(["https://shop.example"])?
///     .allow_methods(["PUT"])?
///     .allow_headers(["Content-Type"])?
///     .max_age(Duration::from_secs(600));
///
/// let preflight = EnvironBuilder::new("OPTIONS", "/cart")
///     .header("Origin", "https://shop.example")
///     .header("Access-Control-Request-Method", "PUT");
/// let answer = run(&app, preflight.build())?;
/// assert_eq!(answer.status.code(), 204);
/// assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("https://shop.example"));
/// assert_eq!(answer.header("Access-Control-Allow-Methods"), Some("PUT"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Specification
/// Fetch "CORS protocol", with "CORS protocol and credentials" and "CORS protocol and HTTP caches";
/// [Private Network Access](https://wicg.github.io/private-network-access/), a draft.
#[derive(Clone, Debug, Default)]
pub struct Cors<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`Cors`]. Made by `CorsLayer::default()`.
pub type CorsLayer = Cors<()>;

#[derive(Clone, Debug, Default)]
struct Settings {
    origins: Origins,
    methods: List,
    headers: List,
    exposed: List,
    credentials: bool,
    /// In seconds, as it stands in the field.
    max_age: Option<String>,
    private_network: bool,
}

impl<A> Cors<A> {
    /// Around `app`, with leave for nobody.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// Pages of these origins may: `https://shop.example`, whole, with the port if it is not the scheme's own. Added to
    /// those before. Default: none.
    ///
    /// # Errors
    /// [`CorsError::Origin`] for what is none. `null` has its own method, [`allow_null_origin`](Self::allow_null_origin).
    pub fn allow_origins(
        self,
        origins: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, CorsError> {
        self.try_with(|settings| settings.origins.add(origins))
    }

    /// Pages of all origins may whose whole text matches the regular expression, such as
    /// `https://[a-z]+\.example\.org`. Added to those before.
    ///
    /// # Errors
    /// [`CorsError::Pattern`] for what is none.
    pub fn allow_origin_pattern(self, pattern: &str) -> Result<Self, CorsError> {
        self.try_with(|settings| settings.origins.add_pattern(pattern))
    }

    /// Pages of all origins may for which the test is true; it gets the origin, which is well formed and never `null`, and
    /// the request. Added to those before, which are asked first.
    #[must_use]
    pub fn allow_origin_if(
        mut self,
        test: impl Fn(&str, &Environ) -> Result<bool, ApplicationError> + Send + Sync + 'static,
    ) -> Self {
        let settings = Arc::make_mut(&mut self.settings);
        settings.origins.add_test(Arc::new(test));
        self
    }

    /// Everybody's pages may, without credentials: `Access-Control-Allow-Origin: *` in all responses. For what is public
    /// anyway, and not only to those who can reach this host.
    ///
    /// # Errors
    /// [`CorsError::Credentials`] with credentials.
    pub fn allow_any_origin(self) -> Result<Self, CorsError> {
        self.try_with(|settings| {
            settings.origins.others = Others::Any;
            Ok(())
        })
    }

    /// Everybody's pages may, as if each were in the list, but `null`: with credentials, any page acts for its
    /// visitor. For development.
    #[must_use]
    pub fn mirror_origin(mut self) -> Self {
        Arc::make_mut(&mut self.settings).origins.others = Others::Mirrored;
        self
    }

    /// Pages with the opaque origin `null` may: sandboxed frames and local files, which anybody can make. Added to
    /// those before.
    ///
    /// # Errors
    /// [`CorsError::NullWithCredentials`] with credentials, which all sites would have then.
    pub fn allow_null_origin(self) -> Result<Self, CorsError> {
        self.try_with(|settings| {
            settings.origins.add_null();
            Ok(())
        })
    }

    /// The methods that scripts may use, as they are sent (`PUT`, `PATCH`, `DELETE`). `GET`, `HEAD` and `POST` need no
    /// leave. Replaces those before. Default: none.
    ///
    /// # Errors
    /// [`CorsError::Name`] for what is no method.
    pub fn allow_methods(
        self,
        methods: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, CorsError> {
        let methods = List::of(Names::Methods, methods)?;
        self.try_with(|settings| {
            settings.methods = methods;
            Ok(())
        })
    }

    /// Scripts may use all methods: `Access-Control-Allow-Methods: *`.
    ///
    /// # Errors
    /// [`CorsError::Credentials`] with credentials, where `*` is a method of that name.
    pub fn allow_any_method(self) -> Result<Self, CorsError> {
        self.try_with(|settings| {
            settings.methods = List::Any;
            Ok(())
        })
    }

    /// Scripts may use the method that a preflight asks for, whichever it is.
    #[must_use]
    pub fn mirror_method(mut self) -> Self {
        Arc::make_mut(&mut self.settings).methods = List::Mirrored;
        self
    }

    /// The request fields that scripts may set. `Accept`, `Accept-Language`, `Content-Language` and, for the types of
    /// forms, `Content-Type` need no leave. Replaces those before. Default: none.
    ///
    /// # Errors
    /// [`CorsError::Name`] for what is no field name.
    pub fn allow_headers(
        self,
        names: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, CorsError> {
        let headers = List::of(Names::Headers, names)?;
        self.try_with(|settings| {
            settings.headers = headers;
            Ok(())
        })
    }

    /// Scripts may set all request fields but `Authorization`, which has to be named: `Access-Control-Allow-Headers: *`.
    ///
    /// # Errors
    /// [`CorsError::Credentials`] with credentials, where `*` is a field of that name.
    pub fn allow_any_header(self) -> Result<Self, CorsError> {
        self.try_with(|settings| {
            settings.headers = List::Any;
            Ok(())
        })
    }

    /// Scripts may set the request fields that a preflight asks for, whichever these are.
    #[must_use]
    pub fn mirror_headers(mut self) -> Self {
        Arc::make_mut(&mut self.settings).headers = List::Mirrored;
        self
    }

    /// The response fields that scripts may read, beside `Cache-Control`, `Content-Language`, `Content-Length`,
    /// `Content-Type`, `Expires`, `Last-Modified` and `Pragma`. Replaces those before. Default: none.
    ///
    /// # Errors
    /// [`CorsError::Name`] for what is no field name.
    pub fn expose_headers(
        self,
        names: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, CorsError> {
        let exposed = List::of(Names::Headers, names)?;
        self.try_with(|settings| {
            settings.exposed = exposed;
            Ok(())
        })
    }

    /// Scripts may read all response fields: `Access-Control-Expose-Headers: *`.
    ///
    /// # Errors
    /// [`CorsError::Credentials`] with credentials, where `*` is a field of that name.
    pub fn expose_any_header(self) -> Result<Self, CorsError> {
        self.try_with(|settings| {
            settings.exposed = List::Any;
            Ok(())
        })
    }

    /// Whether scripts may have the browser send cookies and credentials, and then read the response. Default: no.
    ///
    /// # Errors
    /// [`CorsError::Credentials`] with `*` anywhere, [`CorsError::NullWithCredentials`] with the origin `null`.
    pub fn allow_credentials(self, allow: bool) -> Result<Self, CorsError> {
        self.try_with(|settings| {
            settings.credentials = allow;
            Ok(())
        })
    }

    /// For how long browsers may go without asking again, in whole seconds; `None` leaves it to them, who take five.
    /// Chrome keeps an answer for two hours at most, Firefox for a day. Default: `None`.
    #[must_use]
    pub fn max_age(mut self, max_age: impl Into<Option<Duration>>) -> Self {
        let max_age = max_age.into().map(|age| age.as_secs().to_string());
        Arc::make_mut(&mut self.settings).max_age = max_age;
        self
    }

    /// Whether public pages may reach this host in a private network, if the preflight asks for that
    /// (`Access-Control-Request-Private-Network`). Default: no.
    #[must_use]
    pub fn allow_private_network(mut self, allow: bool) -> Self {
        Arc::make_mut(&mut self.settings).private_network = allow;
        self
    }

    fn try_with(
        mut self,
        change: impl FnOnce(&mut Settings) -> Result<(), CorsError>,
    ) -> Result<Self, CorsError> {
        let settings = Arc::make_mut(&mut self.settings);
        change(settings)?;
        settings.check()?;
        Ok(self)
    }
}

impl Settings {
    /// Fetch "CORS protocol and credentials": where there are credentials, `*` is no wildcard.
    fn check(&self) -> Result<(), CorsError> {
        if !self.credentials {
            return Ok(());
        }
        let field = match self {
            _ if matches!(self.origins.others, Others::Any) => "Access-Control-Allow-Origin",
            _ if matches!(self.methods, List::Any) => "Access-Control-Allow-Methods",
            _ if matches!(self.headers, List::Any) => "Access-Control-Allow-Headers",
            _ if matches!(self.exposed, List::Any) => "Access-Control-Expose-Headers",
            _ if self.origins.has_null() => return Err(CorsError::NullWithCredentials),
            _ => return Ok(()),
        };
        Err(CorsError::Credentials { field })
    }
}

impl<A> Layer<A> for CorsLayer {
    type Service = Cors<A>;

    fn layer(&self, app: A) -> Cors<A> {
        Cors {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for Cors<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let settings = &*self.settings;
        let allowed = settings.origins.allowed(environ)?;
        let is_options = environ.method() == http::Method::OPTIONS;
        if is_options && response::is_preflight(environ) {
            let headers = settings.preflight(environ, allowed.as_deref())?;
            start_response.start_response(StatusLine::NO_CONTENT, headers, None)?;
            return Ok(Body::empty());
        }
        let changed = |_: &mut StatusLine, headers: &mut Headers| {
            Ok(settings.give_leave(headers, allowed.as_deref(), is_options)?)
        };
        self.app
            .call(environ, &mut ChangedStart::new(start_response, changed))
    }
}
