//! [`BearerAuth`]: tokens by the `Bearer` scheme.

mod grant;

use std::sync::Arc;

pub use grant::Grant;
use thiserror::Error;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, HeaderError, Layer, StartResponse, StatusLine,
};

use crate::common::hook::Hook;
use crate::common::start::answer;
use crate::security::authorization::{Admission, Anonymous, Challenge, Given, Table};
use crate::security::exempt::ExemptPathError;

/// Lets only those through who bring a token that is known, by the `Bearer` scheme.
///
/// The tokens are in a table ([`token`](Self::token)), or a function checks them ([`check`](Self::check)): one that
/// asks a database, or verifies a signature. With neither nobody comes in. Whose the token is stands in `REMOTE_USER`,
/// with `AUTH_TYPE` `Bearer`, and what it may be used for, if that is known, in `wsgi_rs.bearer_scope`.
///
/// | request | answer | `error` of the challenge |
/// |---|---|---|
/// | no token of this scheme | `401` | none |
/// | not as the grammar has it, or two `Authorization` fields | `400` | `invalid_request` |
/// | a token that is not known, or no longer | `401` | `invalid_token` |
/// | one that lacks a [`scope`](Self::scope) asked for | `403` | `insufficient_scope` |
///
/// Tokens are taken from the `Authorization` field alone: those in query or body end up in logs and histories. The table
/// takes the same time for every answer.
///
/// # Place in the stack
/// Outside of all that must not be reached; inside of the access log, of redirects to HTTPS, and of the CORS layer, whose
/// preflight requests have no credentials.
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing};
/// use wsgi_middleware::{BearerAuth, Grant};
///
/// let app = BearerAuth::new(handler(|_| "Hello!\n"))
///     .token("mF_9.B5f-4.1JqM", Grant::to("alice").scopes(["read", "write"]))?
///     .scope("read")?;
/// let request = testing::EnvironBuilder::get("/").header("Authorization", "Bearer mF_9.B5f-4.1JqM");
/// assert_eq!(testing::run(&app, request.build())?.status.code(), 200);
///
/// let answer = testing::get(&app, "/");
/// assert_eq!(answer.status.code(), 401);
/// assert_eq!(answer.header("WWW-Authenticate"), Some("Bearer realm=\"Restricted\", scope=\"read\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Specification
/// RFC 6750 "The OAuth 2.0 Authorization Framework: Bearer Token Usage", §2.1 "Authorization Request Header Field" and §3
/// "The WWW-Authenticate Response Header Field"; RFC 9110 §11 "HTTP Authentication".
#[derive(Clone, Debug, Default)]
pub struct BearerAuth<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`BearerAuth`]. Made by `BearerAuthLayer::default()`.
pub type BearerAuthLayer = BearerAuth<()>;

#[derive(Clone, Debug)]
struct Settings {
    realm: String,
    /// What a token has to be good for, all of it.
    scopes: Vec<String>,
    tokens: Table<Grant>,
    check: Option<Hook<CheckFn>>,
    admission: Admission,
}

type CheckFn = dyn Fn(&str) -> Result<Option<Grant>, ApplicationError> + Send + Sync;

/// Why a request is not let through.
#[derive(Clone, Copy, Debug)]
enum Refusal {
    NoToken,
    InvalidRequest(&'static str),
    InvalidToken,
    InsufficientScope,
}

const SCHEME: &str = "Bearer";
const SCOPE: &str = "wsgi_rs.bearer_scope";

impl<A> BearerAuth<A> {
    /// Around `app`; nobody comes in yet.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// Lets in whoever brings this token, as the user named, or with a [`Grant`] that says more. May be called for many.
    ///
    /// Each request compares with all of them, which takes some 100 ns for each; for thousands, use
    /// [`check`](Self::check).
    ///
    /// # Errors
    /// [`BearerAuthError::Token`] for what is no token, and could not be sent as one.
    pub fn token(
        mut self,
        token: impl AsRef<str>,
        grant: impl Into<Grant>,
    ) -> Result<Self, BearerAuthError> {
        let token = token.as_ref();
        if !is_token(token.as_bytes()) {
            return Err(BearerAuthError::Token);
        }
        let tokens = &mut self.settings_mut().tokens;
        tokens.add(token.as_bytes(), grant.into());
        Ok(self)
    }

    /// Asks a function about tokens that are not in the table. It gives whose they are and what for, or `None` for those
    /// that are unknown, expired or revoked. Its error is the request's.
    #[must_use]
    pub fn check(
        mut self,
        check: impl Fn(&str) -> Result<Option<Grant>, ApplicationError> + Send + Sync + 'static,
    ) -> Self {
        self.settings_mut().check = Some(Hook(Arc::new(check)));
        self
    }

    /// What a token has to be good for; of several all. Default: nothing.
    ///
    /// # Errors
    /// [`BearerAuthError::Scope`] for what is no scope.
    pub fn scope(mut self, scope: impl AsRef<str>) -> Result<Self, BearerAuthError> {
        let scope = scope.as_ref();
        if !is_scope(scope) {
            let scope = scope.to_owned();
            return Err(BearerAuthError::Scope { scope });
        }
        self.settings_mut().scopes.push(scope.to_owned());
        Ok(self)
    }

    /// What the tokens are for, to be told to people. Default: `Restricted`.
    ///
    /// # Errors
    /// [`HeaderError::Value`] for control characters.
    pub fn realm(mut self, realm: impl AsRef<str>) -> Result<Self, HeaderError> {
        Challenge::new(SCHEME, realm.as_ref()).checked()?;
        self.settings_mut().realm = realm.as_ref().to_owned();
        Ok(self)
    }

    /// Asks for no token at a path: `/health` for this one alone, `/public/` for all that lies below. A request's
    /// path with `..`, `.`, empty segments or backslashes lies below none, for the application might take it for
    /// another one. May be called several times. Default: none.
    ///
    /// # Errors
    /// [`ExemptPathError`] for what is no plain path.
    pub fn exempt(mut self, path: &str) -> Result<Self, ExemptPathError> {
        self.settings_mut().admission.exempt.add_path(path)?;
        Ok(self)
    }

    /// Asks for no token where the test is true. May be called several times. Default: none.
    #[must_use]
    pub fn exempt_if(
        mut self,
        test: impl Fn(&Environ) -> Result<bool, ApplicationError> + Send + Sync + 'static,
    ) -> Self {
        self.settings_mut().admission.exempt.add_test(test);
        self
    }

    /// Whether requests without a token pass as nobody's, for applications that serve both, and for several schemes, one
    /// layer inside of the other. Wrong tokens are refused all the same. Default: no.
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

impl<A> Layer<A> for BearerAuthLayer {
    type Service = BearerAuth<A>;

    fn layer(&self, app: A) -> BearerAuth<A> {
        BearerAuth {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for BearerAuth<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let settings = &*self.settings;
        if settings.admission.exempt.covers(environ)? {
            return self.app.call(environ, start_response);
        }
        match settings.judge(environ)? {
            Ok(grant) => {
                settings.admission.admit(environ, SCHEME, grant.user())?;
                if let Some(scope) = grant.scope() {
                    environ.set_var(SCOPE, scope)?;
                }
            }
            Err(Refusal::NoToken) if settings.admission.anonymous == Anonymous::Pass => {}
            Err(refusal) => {
                let challenge = settings.challenge(refusal);
                let fields = [("WWW-Authenticate", challenge.as_str())];
                return answer(environ, start_response, refusal.status(), &fields, None);
            }
        }
        self.app.call(environ, start_response)
    }
}

impl Settings {
    fn judge(&self, environ: &Environ) -> Result<Result<Grant, Refusal>, ApplicationError> {
        let token = match Given::read(environ, SCHEME) {
            Given::Nothing => return Ok(Err(Refusal::NoToken)),
            Given::Several => {
                let reason = "more than one Authorization field";
                return Ok(Err(Refusal::InvalidRequest(reason)));
            }
            Given::Credentials(token) => token,
        };
        let Some(token) = as_token(token) else {
            return Ok(Err(Refusal::InvalidRequest("malformed token")));
        };
        let grant = match (self.tokens.find(token.as_bytes()), &self.check) {
            (Some(grant), _) => Some(grant.clone()),
            (None, Some(Hook(check))) => check(token)?,
            (None, None) => None,
        };
        Ok(match grant.filter(|grant| !grant.user().is_empty()) {
            None => Err(Refusal::InvalidToken),
            Some(grant) if grant.covers(&self.scopes) => Ok(grant),
            Some(_) => Err(Refusal::InsufficientScope),
        })
    }

    /// RFC 6750 §3: of a request without a token no error is told.
    fn challenge(&self, refusal: Refusal) -> Challenge {
        let mut challenge = Challenge::new(SCHEME, &self.realm);
        if !self.scopes.is_empty() {
            challenge = challenge.with("scope", &self.scopes.join(" "));
        }
        match refusal {
            Refusal::NoToken => challenge,
            Refusal::InvalidRequest(why) => challenge
                .with("error", "invalid_request")
                .with("error_description", why),
            Refusal::InvalidToken => challenge.with("error", "invalid_token"),
            Refusal::InsufficientScope => challenge.with("error", "insufficient_scope"),
        }
    }
}

impl Refusal {
    /// RFC 6750 §3.1 "Error Codes"
    fn status(self) -> StatusLine {
        match self {
            Self::NoToken | Self::InvalidToken => StatusLine::UNAUTHORIZED,
            Self::InvalidRequest(_) => StatusLine::BAD_REQUEST,
            Self::InsufficientScope => StatusLine::FORBIDDEN,
        }
    }
}

/// RFC 6750 §2.1: `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`
fn is_token(bytes: &[u8]) -> bool {
    let end = bytes.iter().rposition(|&byte| byte != b'=');
    let Some(end) = end else { return false };
    bytes[..=end]
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte))
}

fn as_token(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    is_token(bytes).then_some(text)
}

/// RFC 6749 §3.3 "Access Token Scope": printable ASCII without spaces, quotes and backslashes.
fn is_scope(scope: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    !scope.is_empty() && scope.bytes().all(is_allowed)
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            realm: "Restricted".to_owned(),
            scopes: Vec::new(),
            tokens: Table::default(),
            check: None,
            admission: Admission::default(),
        }
    }
}

/// Why a token or a scope can never come.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BearerAuthError {
    /// RFC 6750 §2.1. The token is a secret, so it is not shown.
    #[error(
        "a token has a character that none can have; use letters, digits and - . _ ~ + /, with = at the end only"
    )]
    Token,
    /// RFC 6749 §3.3.
    #[error(
        "scope {scope:?} is none; write one word of printable ASCII without quotes and backslashes, and call again for another"
    )]
    Scope {
        /// The scope as it was given.
        scope: String,
    },
}
