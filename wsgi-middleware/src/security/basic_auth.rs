//! [`BasicAuth`]: user names and passwords by the `Basic` scheme.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, HeaderError, Layer, StartResponse, StatusLine,
};

use crate::common::hook::Hook;
use crate::common::start::answer;
use crate::security::authorization::{Admission, Anonymous, Challenge, Given, Table};
use crate::security::exempt::ExemptPathError;

/// Lets only those through who tell a right name and password, by the `Basic` scheme.
///
/// The credentials are in a table ([`user`](Self::user)), or a function checks them ([`check`](Self::check)). With
/// neither nobody comes in. Who does is in `REMOTE_USER`, with `AUTH_TYPE` `Basic`; the access log shows the name.
/// Everybody else gets a `401` which asks for credentials of the [`realm`](Self::realm) in UTF-8. That is so for
/// malformed ones, too: their user can be asked again.
///
/// The table takes the same time for every answer, whether the name is known or not. A function has to see to that
/// itself: where the name is unknown it should check the password all the same, against a hash of something.
///
/// Passwords come with each request, readable by all that it passes: use TLS.
///
/// # Place in the stack
/// Outside of all that must not be reached; inside of the access log, of redirects to HTTPS, and of the CORS layer, whose
/// preflight requests have no credentials.
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing};
/// use wsgi_middleware::BasicAuth;
///
/// let app = BasicAuth::new(handler(|_| "Hello!\n")).user("alice", "wonderland")?.exempt("/health")?;
/// assert_eq!(testing::get(&app, "/health").status.code(), 200);
/// let answer = testing::get(&app, "/");
/// assert_eq!(answer.status.code(), 401);
/// assert_eq!(answer.header("WWW-Authenticate"), Some("Basic realm=\"Restricted\", charset=\"UTF-8\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Specification
/// RFC 7617 "The 'Basic' HTTP Authentication Scheme"; RFC 9110 §11 "HTTP Authentication"; RFC 3875 §4.1.1
/// "`AUTH_TYPE`" and §4.1.11 "`REMOTE_USER`".
#[derive(Clone, Debug, Default)]
pub struct BasicAuth<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`BasicAuth`]. Made by `BasicAuthLayer::default()`.
pub type BasicAuthLayer = BasicAuth<()>;

#[derive(Clone, Debug)]
struct Settings {
    challenge: Challenge,
    users: Table<String>,
    check: Option<Hook<CheckFn>>,
    admission: Admission,
}

type CheckFn = dyn Fn(&str, &str) -> Result<Option<String>, ApplicationError> + Send + Sync;

const SCHEME: &str = "Basic";

impl<A> BasicAuth<A> {
    /// Around `app`; nobody comes in yet.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// Lets this user in with this password. May be called for many, and for several passwords of one.
    ///
    /// Each request compares with all of them, which takes some 100 ns for each; for thousands of users, and for
    /// passwords that are stored as hashes, use [`check`](Self::check).
    ///
    /// # Errors
    /// [`BasicAuthError`] for what no client can send: a name with a colon, control characters; an empty name.
    pub fn user(
        mut self,
        name: impl AsRef<str>,
        password: impl AsRef<str>,
    ) -> Result<Self, BasicAuthError> {
        let (name, password) = (name.as_ref(), password.as_ref());
        if name.is_empty() {
            return Err(BasicAuthError::NoName);
        }
        if name.contains(':') {
            return Err(BasicAuthError::Colon { name: name.into() });
        }
        if name.chars().chain(password.chars()).any(char::is_control) {
            return Err(BasicAuthError::Control { name: name.into() });
        }
        let secret = format!("{name}:{password}");
        let users = &mut self.settings_mut().users;
        users.add(secret.as_bytes(), name.to_owned());
        Ok(self)
    }

    /// Asks a function about credentials that are not in the table: name and password as they came. It gives the user
    /// that they stand for, most often the name itself, or none. Its error is the request's.
    #[must_use]
    pub fn check(
        mut self,
        check: impl Fn(&str, &str) -> Result<Option<String>, ApplicationError> + Send + Sync + 'static,
    ) -> Self {
        self.settings_mut().check = Some(Hook(Arc::new(check)));
        self
    }

    /// What the browser shows to the user who has to log in. Default: `Restricted`.
    ///
    /// # Errors
    /// [`HeaderError::Value`] for control characters.
    pub fn realm(mut self, realm: impl AsRef<str>) -> Result<Self, HeaderError> {
        self.settings_mut().challenge = challenge(realm.as_ref()).checked()?;
        Ok(self)
    }

    /// Asks for no credentials at a path: `/health` for this one alone, `/public/` for all that lies below. A request's
    /// path with `..`, `.`, empty segments or backslashes lies below none, for the application might take it for
    /// another one. May be called several times. Default: none.
    ///
    /// # Errors
    /// [`ExemptPathError`] for what is no plain path.
    pub fn exempt(mut self, path: &str) -> Result<Self, ExemptPathError> {
        self.settings_mut().admission.exempt.add_path(path)?;
        Ok(self)
    }

    /// Asks for no credentials where the test is true. May be called several times. Default: none.
    #[must_use]
    pub fn exempt_if(
        mut self,
        test: impl Fn(&Environ) -> Result<bool, ApplicationError> + Send + Sync + 'static,
    ) -> Self {
        self.settings_mut().admission.exempt.add_test(test);
        self
    }

    /// Whether requests without credentials of this scheme pass as nobody's, for applications that serve both, and for
    /// several schemes, one layer inside of the other. Wrong credentials are refused all the same. Default: no.
    #[must_use]
    pub fn anonymous(mut self, pass: bool) -> Self {
        self.settings_mut().admission.anonymous = pass.into();
        self
    }

    /// Whether to keep the `Authorization` field of those who come in from the application. Default: no.
    #[must_use]
    pub fn remove_credentials(mut self, remove: bool) -> Self {
        self.settings_mut().admission.field = remove.into();
        self
    }

    fn settings_mut(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }
}

impl<A> Layer<A> for BasicAuthLayer {
    type Service = BasicAuth<A>;

    fn layer(&self, app: A) -> BasicAuth<A> {
        BasicAuth {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for BasicAuth<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let settings = &*self.settings;
        if settings.admission.exempt.covers(environ)? {
            return self.app.call(environ, start_response);
        }
        let user = match Given::read(environ, SCHEME) {
            Given::Nothing if settings.admission.anonymous == Anonymous::Pass => {
                return self.app.call(environ, start_response);
            }
            Given::Credentials(encoded) => settings.user(encoded)?,
            Given::Nothing | Given::Several => None,
        };
        let Some(user) = user else {
            let fields = [("WWW-Authenticate", settings.challenge.as_str())];
            let status = StatusLine::UNAUTHORIZED;
            return answer(environ, start_response, status, &fields, None);
        };
        settings.admission.admit(environ, SCHEME, &user)?;
        self.app.call(environ, start_response)
    }
}

impl Settings {
    /// Whose the credentials are.
    fn user(&self, encoded: &[u8]) -> Result<Option<String>, ApplicationError> {
        let Some(decoded) = decode(encoded) else {
            return Ok(None);
        };
        let user = match (self.users.find(decoded.as_bytes()), &self.check) {
            (Some(user), _) => Some(user.clone()),
            (None, Some(Hook(check))) => match decoded.split_once(':') {
                Some((name, password)) => check(name, password)?,
                None => None,
            },
            (None, None) => None,
        };
        Ok(user.filter(|user| !user.is_empty()))
    }
}

/// RFC 7617 §2: name, colon and password in UTF-8, for so the challenge asks; neither has control characters.
fn decode(encoded: &[u8]) -> Option<String> {
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let is_plain = decoded.contains(':') && !decoded.chars().any(char::is_control);
    is_plain.then_some(decoded)
}

fn challenge(realm: &str) -> Challenge {
    Challenge::new(SCHEME, realm).with("charset", "UTF-8")
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            challenge: challenge("Restricted"),
            users: Table::default(),
            check: None,
            admission: Admission::default(),
        }
    }
}

/// Why nobody could use these credentials.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BasicAuthError {
    /// Programs take an empty `REMOTE_USER` for nobody.
    #[error("a user without a name is nobody; give it one")]
    NoName,
    /// RFC 7617 §2: the first colon ends the name.
    #[error("user {name:?} has a colon, which ends the name; use a name without")]
    Colon {
        /// The name as it was given.
        name: String,
    },
    /// RFC 7617 §2: neither name nor password has control characters.
    #[error(
        "name or password of user {name:?} has a control character, such as a line feed; leave it out"
    )]
    Control {
        /// The name as it was given.
        name: String,
    },
}
