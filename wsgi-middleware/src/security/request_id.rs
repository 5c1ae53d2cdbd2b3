//! [`RequestId`]: a name for each request, by which logs of several programs are put together.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use wsgi_core::{
    Application, ApplicationError, Body, Environ, HeaderError, Headers, Layer, StartResponse,
    environ,
};

use crate::common::start::ChangedStart;

/// Gives each request an id, in the field `X-Request-Id` of request and response.
///
/// The id is in the environ as `wsgi_rs.request_id`, too, where logs look for it. By default it is a new UUID of version
/// 7, whose text sorts by time, and what the client sends is replaced: [`accept_incoming`](Self::accept_incoming) takes
/// the id of a proxy in front. A request that an outer layer has named already keeps that name.
///
/// # Place in the stack
/// Next to the access log, inside of it: all further in, and the log itself, know the id then.
///
/// # Examples
/// ```
/// use wsgi_core::{application_fn, environ, testing, Body, StatusLine};
/// use wsgi_middleware::RequestId;
///
/// let app = RequestId::new(application_fn(|environ, start_response| {
///     start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
///     Ok(Body::from(environ.var(environ::REQUEST_ID).unwrap_or_default().into_owned()))
/// }));
/// let answer = testing::get(&app, "/");
/// assert_eq!(answer.header("X-Request-Id"), Some(answer.text().as_str()));
/// assert_eq!(answer.text().len(), 36);
/// ```
///
/// # Specification
/// RFC 9562 §5.7 "UUID Version 7". The field has none; its name is that of Heroku, Rails, Envoy and nginx's recipes.
#[derive(Clone, Debug, Default)]
pub struct RequestId<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`RequestId`]. Made by `RequestIdLayer::default()`.
pub type RequestIdLayer = RequestId<()>;

#[derive(Clone, Debug)]
struct Settings {
    header: String,
    /// The field's name as a variable.
    variable: String,
    incoming: Incoming,
    length_limit: usize,
    generator: Generator,
}

/// What becomes of the field in requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Incoming {
    Replaced,
    Accepted,
}

#[derive(Clone)]
enum Generator {
    Uuid,
    Given(Arc<dyn Fn() -> Result<String, ApplicationError> + Send + Sync>),
}

impl<A> RequestId<A> {
    /// Around `app`, naming requests by UUIDs.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// The field, of request and response. Default: `X-Request-Id`.
    ///
    /// # Errors
    /// [`HeaderError::EmptyName`] and [`HeaderError::Name`] for what is no name.
    pub fn header(mut self, name: impl AsRef<str>) -> Result<Self, HeaderError> {
        let name = name.as_ref();
        Headers::new().try_append(name, "")?;
        let settings = self.settings_mut();
        settings.header = name.to_owned();
        settings.variable = environ::variable_name(name);
        Ok(self)
    }

    /// Takes the id that the request brings, if it is one: 1 to [`length_limit`](Self::length_limit) letters, digits and
    /// `-`, `_`, `.`, `~`, `+`, `/`, `=`, `:`, `@`. Any other is replaced, so that none can break a log or a query.
    ///
    /// Only behind a proxy that sets the field on every request: else clients choose the id, and can give many requests
    /// the same.
    #[must_use]
    pub fn accept_incoming(mut self) -> Self {
        self.settings_mut().incoming = Incoming::Accepted;
        self
    }

    /// How long an id that a request brings may be, in bytes. Default: 128.
    #[must_use]
    pub fn length_limit(mut self, bytes: usize) -> Self {
        self.settings_mut().length_limit = bytes;
        self
    }

    /// Makes ids in place of UUIDs; what it gives has to be the value of a header field. Its error is the request's.
    #[must_use]
    pub fn generate_with(
        mut self,
        generator: impl Fn() -> Result<String, ApplicationError> + Send + Sync + 'static,
    ) -> Self {
        self.settings_mut().generator = Generator::Given(Arc::new(generator));
        self
    }

    fn settings_mut(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }
}

impl<A> Layer<A> for RequestIdLayer {
    type Service = RequestId<A>;

    fn layer(&self, app: A) -> RequestId<A> {
        RequestId {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for RequestId<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let settings = &*self.settings;
        let id = settings.name(environ)?;
        let mut named = ChangedStart::new(start_response, |_, headers| {
            Ok(headers.try_insert(&settings.header, &id)?)
        });
        self.app.call(environ, &mut named)
    }
}

impl Settings {
    /// The request's id, which then stands in the environ and in the field.
    fn name(&self, environ: &mut Environ) -> Result<Vec<u8>, ApplicationError> {
        let outer = environ.var(environ::REQUEST_ID);
        let id = match outer.filter(|id| !id.is_empty()) {
            Some(id) => id.into_owned(),
            None => match self.incoming(environ) {
                Some(id) => id.to_vec(),
                None => self.generator.next()?,
            },
        };
        let is_there = environ.headers().get_all(&self.header).eq([&id[..]]);
        if !is_there {
            // First, for it refuses what no field can have, such as a line feed of a generator.
            environ.set_var(&self.variable, &id)?;
        }
        environ.set_var(environ::REQUEST_ID, &id)?;
        Ok(id)
    }

    fn incoming<'e>(&'e self, environ: &'e Environ) -> Option<&'e [u8]> {
        if self.incoming == Incoming::Replaced {
            return None;
        }
        let mut given = environ.headers().get_all(&self.header);
        let (id, None) = (given.next()?, given.next()) else {
            return None; // two proxies, or one and a client
        };
        let is_id = (1..=self.length_limit).contains(&id.len()) && id.iter().all(is_id_byte);
        is_id.then_some(id)
    }
}

/// The time in milliseconds, and 74 random bits. They are the system's own: a generator within the process would go on
/// with the same numbers in all processes that are forked from it.
fn uuid() -> Result<Vec<u8>, ApplicationError> {
    let mut random = [0; 10];
    let failed = |error: getrandom::Error| io::Error::other(error.to_string());
    getrandom::fill(&mut random).map_err(|error| ApplicationError::Io(failed(error)))?;
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let millis = since.unwrap_or_default().as_millis() as u64; // enough for the next 500 million years
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    id.hyphenated().encode_lower(&mut text);
    Ok(text.to_vec())
}

/// No quotes, no separators of lists, logs or shells, no control characters, no spaces.
fn is_id_byte(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~+/=:@".contains(byte)
}

impl Generator {
    fn next(&self) -> Result<Vec<u8>, ApplicationError> {
        match self {
            Self::Uuid => uuid(),
            Self::Given(generator) => generator().map(String::into_bytes),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            header: "X-Request-Id".to_owned(),
            variable: "HTTP_X_REQUEST_ID".to_owned(),
            incoming: Incoming::Replaced,
            length_limit: 128,
            generator: Generator::Uuid,
        }
    }
}

impl fmt::Debug for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uuid => "Uuid",
            Self::Given(_) => "Given",
        })
    }
}
