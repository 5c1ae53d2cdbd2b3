//! [`SignedCookies`]: cookies that nobody but the server can make.

mod cookie;
mod selection;
mod signature;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cookie::{Pair, pairs};
use selection::Selection;
use signature::{Keys, Signed};
use thiserror::Error;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, Headers, Layer, StartResponse,
    StartResponseError, StatusLine,
};

use crate::common::start::ChangedStart;

/// Signs the cookies that the application sets, and lets only those come back to it that it has signed.
///
/// The application sees and sets plain values. Those on their way out get the time and an HMAC-SHA-256 of name, time and
/// value appended: `theme=dark` becomes `theme=dark.67400000.zRHOXTyl_1f…`. Of those that come in, the ones whose signature is right
/// are shown as they were set; what was changed, made up, signed for another name or, with [`max_age`](Self::max_age),
/// is too old, is removed from the `Cookie` field, as if it had not been sent.
///
/// [`key`](Self::key) is needed: without one nothing is let in, and setting a cookie fails the request. By default all
/// cookies are signed, also those of a framework's sessions. Cookies that scripts of the page set, or that other servers
/// of the domain do, have no signature: choose by [`name`](Self::name) or [`prefix`](Self::prefix) then.
///
/// A signature is no secrecy: everybody can read the values. Nor does it tell who sends a cookie, or that it is the last
/// one that was set: who has a cookie can send it again until it is too old.
///
/// # Place in the stack
/// Outside of whatever reads or sets the cookies, sessions for example; inside of what may see them signed.
///
/// # Examples
/// ```
/// use wsgi_core::{application_fn, testing, Body, StatusLine};
/// use wsgi_middleware::SignedCookies;
///
/// let app = SignedCookies::new(application_fn(|environ, start_response| {
///     start_response.start(StatusLine::OK, [("Set-Cookie", "theme=dark; Path=/; HttpOnly")])?;
///     Ok(Body::from(environ.headers().get("Cookie").unwrap_or_default().to_vec()))
/// }))
/// .key("a secret of at least 32 characters, from a file")?;
///
/// let set = testing::get(&app, "/").header("Set-Cookie").unwrap_or_default().to_owned();
/// let signed = set.strip_suffix("; Path=/; HttpOnly").unwrap_or_default();
/// let request = |cookie: &str| testing::EnvironBuilder::get("/").header("Cookie", cookie).build();
/// assert_eq!(testing::run(&app, request(signed))?.text(), "theme=dark");
/// assert_eq!(testing::run(&app, request("theme=light"))?.text(), "");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Specification
/// RFC 6265 §4.1 "Set-Cookie" and §4.2 "Cookie"; RFC 2104 "HMAC", with SHA-256 (FIPS 180-4).
#[derive(Clone, Debug, Default)]
pub struct SignedCookies<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`SignedCookies`]. Made by `SignedCookiesLayer::default()`.
pub type SignedCookiesLayer = SignedCookies<()>;

#[derive(Clone, Debug, Default)]
struct Settings {
    keys: Keys,
    selection: Selection,
    max_age: Option<Duration>,
    clock: Clock,
}

#[derive(Clone, Default)]
enum Clock {
    #[default]
    System,
    Given(Arc<dyn Fn() -> SystemTime + Send + Sync>),
}

/// Clocks of several servers are never quite the same: a cookie may be so much younger than now.
const SKEW: Duration = Duration::from_secs(60);

impl<A> SignedCookies<A> {
    /// Around `app`, for all cookies; there is no key yet.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// A secret: random bytes, or text that was made of such, at least 32 of them. The first one given signs, all of them
    /// verify. To change it, put the new one before the old one, and leave that out once its cookies are too old.
    ///
    /// # Errors
    /// [`SignedCookiesError::ShortKey`] for less than 32 bytes.
    pub fn key(mut self, secret: impl AsRef<[u8]>) -> Result<Self, SignedCookiesError> {
        let secret = secret.as_ref();
        if secret.len() < signature::KEY_LENGTH {
            let length = secret.len();
            return Err(SignedCookiesError::ShortKey { length });
        }
        self.settings_mut().keys.add(secret);
        Ok(self)
    }

    /// Signs cookies of this name, and, if this is called, no longer all. May be called for many.
    #[must_use]
    pub fn name(mut self, name: impl AsRef<[u8]>) -> Self {
        let name = name.as_ref();
        self.settings_mut().selection.add_name(name);
        self
    }

    /// Signs cookies whose names begin so, and, if this is called, no longer all. May be called for many.
    #[must_use]
    pub fn prefix(mut self, prefix: impl AsRef<[u8]>) -> Self {
        let prefix = prefix.as_ref();
        self.settings_mut().selection.add_prefix(prefix);
        self
    }

    /// How long ago a cookie may have been signed, in whole seconds. Default: any time. What the cookie's own `Max-Age`
    /// says, clients keep to or not; this holds in any case.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.settings_mut().max_age = Some(age);
        self
    }

    /// What the time is; for tests. Default: the system's clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.settings_mut().clock = Clock::Given(Arc::new(clock));
        self
    }

    fn settings_mut(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }
}

impl<A> Layer<A> for SignedCookiesLayer {
    type Service = SignedCookies<A>;

    fn layer(&self, app: A) -> SignedCookies<A> {
        SignedCookies {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for SignedCookies<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let settings = &*self.settings;
        settings.verify(environ)?;
        let mut signing = ChangedStart::new(start_response, |_: &mut StatusLine, headers| {
            settings.sign(headers)
        });
        self.app.call(environ, &mut signing)
    }
}

impl Settings {
    /// Leaves the application what was signed, without signatures, and what need not be.
    fn verify(&self, environ: &mut Environ) -> Result<(), ApplicationError> {
        const KEY: &str = "HTTP_COOKIE";
        // The variable rather than the fields: it is what applications of Python read, also where other servers put
        // there what no field can have.
        let Some(field) = environ.var(KEY) else {
            return Ok(());
        };
        if self.selection.is_surely_not_in(&field) {
            return Ok(());
        }
        let passes = |pair: Pair<'_>| {
            !self.selection.covers(pair.name) && !self.selection.may_be_hidden_in(&pair)
        };
        if pairs(&field).all(passes) {
            return Ok(());
        }
        let now = self.clock.seconds();
        let mut kept = Vec::with_capacity(field.len());
        let mut keep = |pieces: &[&[u8]]| {
            let separator: &[u8] = if kept.is_empty() { b"" } else { b"; " };
            kept.extend_from_slice(separator);
            pieces
                .iter()
                .for_each(|piece| kept.extend_from_slice(piece));
        };
        for pair in pairs(&field) {
            if !self.selection.covers(pair.name) {
                if !self.selection.may_be_hidden_in(&pair) {
                    keep(&[pair.text]);
                }
            } else if let Some(signed) = self.keys.verify(pair.name, pair.value)
                && self.is_young(signed.time, now)
            {
                keep(&[pair.name, b"=", &signed.value]);
            }
        }
        if kept.is_empty() {
            environ.remove_var(KEY);
        } else {
            environ.set_var(KEY, &kept)?;
        }
        Ok(())
    }

    fn is_young(&self, time: u64, now: u64) -> bool {
        let Some(age) = self.max_age else { return true };
        let is_future = time > now.saturating_add(SKEW.as_secs());
        !is_future && now.saturating_sub(time) <= age.as_secs()
    }

    fn sign(&self, headers: &mut Headers) -> Result<(), StartResponseError> {
        if !headers.contains("Set-Cookie") {
            return Ok(());
        }
        let is_covered = |(name, value): (&str, &[u8])| {
            name.eq_ignore_ascii_case("Set-Cookie")
                && cookie::set(value).is_some_and(|pair| self.selection.covers(pair.name))
        };
        if !headers.iter().any(is_covered) {
            return Ok(());
        }
        let now = self.clock.seconds();
        let mut signed = Headers::with_capacity(headers.len());
        for (name, value) in headers.iter() {
            match cookie::set(value).filter(|_| is_covered((name, value))) {
                None => signed.try_append(name, value)?,
                Some(pair) => signed.try_append(name, self.signed(&pair, value, now)?)?,
            }
        }
        *headers = signed;
        Ok(())
    }

    /// The field with the value signed; all around it stays as it is.
    fn signed(
        &self,
        pair: &Pair<'_>,
        field: &[u8],
        now: u64,
    ) -> Result<Vec<u8>, StartResponseError> {
        let value = Signed::new(pair.value, now);
        let Some(text) = self.keys.sign(pair.name, &value) else {
            return Err(StartResponseError::Other(SignedCookiesError::NoKey.into()));
        };
        let (before, after) = pair.around(field);
        Ok([before, &text, after].concat())
    }
}

impl Clock {
    /// Since 1970; of a clock that is set before, 0.
    fn seconds(&self) -> u64 {
        let now = match self {
            Self::System => SystemTime::now(),
            Self::Given(clock) => clock(),
        };
        let since = now.duration_since(SystemTime::UNIX_EPOCH);
        since.unwrap_or_default().as_secs()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Given(_) => "Given",
        })
    }
}

/// Why cookies cannot be signed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignedCookiesError {
    /// RFC 2104 §3 "Keys": one that is shorter than the hash makes the signature weaker.
    #[error(
        "a key of {length} bytes can be guessed; use 32 random bytes or more, such as `openssl rand -base64 32` gives"
    )]
    ShortKey {
        /// How long it is, in bytes.
        length: usize,
    },
    /// A cookie was set, and there is nothing to sign it with.
    #[error("a cookie cannot be signed without a key; give `SignedCookies` one")]
    NoKey,
}
