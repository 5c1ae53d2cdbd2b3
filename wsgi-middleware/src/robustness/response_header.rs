//! [`ResponseHeader`]: header fields set, added or removed on every response.

use std::sync::Arc;

use wsgi_core::{
    Application, ApplicationError, Body, Environ, HeaderError, Headers, Layer, StartResponse,
    StartResponseError, StatusLine, is_hop_by_hop,
};

use crate::common::start::ChangedStart;

/// Sets, adds and removes header fields of every response of the application.
///
/// The changes are made in the order in which they were given. Default: none. A name or value that no response
/// could bear is refused when the stack is built, not when it is used.
///
/// # Place in the stack
/// Outside of all whose responses should bear the field; `Recover` inside of it, so that its
/// `500` does too. What the server answers on its own (a malformed request) does not pass here.
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing};
/// use wsgi_middleware::ResponseHeader;
///
/// let app = ResponseHeader::new(handler(|_| "Hello!\n"))
///     .set("X-Content-Type-Options", "nosniff")?
///     .append("Vary", "Cookie")?
///     .set_if_missing("Content-Type", "application/octet-stream")?
///     .remove("X-Powered-By")?;
/// let answer = testing::get(&app, "/");
/// assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
/// assert_eq!(answer.header("Content-Type"), Some("text/plain; charset=utf-8"));
/// # Ok::<(), wsgi_core::HeaderError>(())
/// ```
///
/// # Specification
/// [PEP 3333, The `start_response()` Callable](https://peps.python.org/pep-3333/#the-start-response-callable);
/// RFC 9110 §5 "Fields".
#[derive(Clone, Debug, Default)]
pub struct ResponseHeader<A = ()> {
    app: A,
    changes: Arc<Vec<Change>>,
}

/// Wraps applications in [`ResponseHeader`]. Made by `ResponseHeaderLayer::default()`.
pub type ResponseHeaderLayer = ResponseHeader<()>;

#[derive(Clone, Debug)]
struct Change {
    kind: Kind,
    name: String,
    value: Vec<u8>,
    /// The two of them, checked: copied where there is no such field, which is nearly always.
    field: Headers,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Set,
    Append,
    SetIfMissing,
    Remove,
}

impl<A> ResponseHeader<A> {
    /// Around `app`, changing nothing yet.
    pub fn new(app: A) -> Self {
        Self {
            app,
            changes: Arc::default(),
        }
    }

    /// Replaces all fields of this name by one.
    ///
    /// # Errors
    /// [`HeaderError::HopByHop`] for fields that are the server's own, [`HeaderError::EmptyName`],
    /// [`HeaderError::Name`] and [`HeaderError::Value`] for what is no field.
    pub fn set(self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<Self, HeaderError> {
        self.with(Kind::Set, name.as_ref(), value.as_ref())
    }

    /// Adds a field beside those of the same name, such as another `Set-Cookie` or `Vary`.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub fn append(
        self,
        name: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<Self, HeaderError> {
        self.with(Kind::Append, name.as_ref(), value.as_ref())
    }

    /// Adds a field to responses that have none of this name.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub fn set_if_missing(
        self,
        name: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<Self, HeaderError> {
        self.with(Kind::SetIfMissing, name.as_ref(), value.as_ref())
    }

    /// Removes all fields of this name.
    ///
    /// # Errors
    /// [`HeaderError::EmptyName`] and [`HeaderError::Name`] for what is no name.
    pub fn remove(self, name: impl AsRef<[u8]>) -> Result<Self, HeaderError> {
        self.with(Kind::Remove, name.as_ref(), b"")
    }

    fn with(mut self, kind: Kind, name: &[u8], value: &[u8]) -> Result<Self, HeaderError> {
        let checked = Headers::try_from_pairs([(name, value)])?;
        for (name, value) in checked.iter() {
            if is_hop_by_hop(name) && !matches!(kind, Kind::Remove) {
                return Err(HeaderError::HopByHop {
                    index: self.changes.len(),
                    name: name.to_owned(),
                });
            }
            Arc::make_mut(&mut self.changes).push(Change {
                kind,
                name: name.to_owned(),
                value: value.to_vec(),
                field: checked.clone(),
            });
        }
        Ok(self)
    }
}

impl<A> ResponseHeader<A> {
    fn change(&self, headers: &mut Headers) -> Result<(), StartResponseError> {
        for change in &*self.changes {
            let (name, value) = (&change.name, &change.value);
            match change.kind {
                Kind::SetIfMissing if headers.contains(name) => {}
                Kind::Set if headers.contains(name) => headers.try_insert(name, value)?,
                Kind::Set | Kind::SetIfMissing => headers.append_missing(&change.field),
                Kind::Append => headers.try_append(name, value)?,
                Kind::Remove => {
                    headers.remove(name);
                }
            }
        }
        Ok(())
    }
}

impl<A> Layer<A> for ResponseHeaderLayer {
    type Service = ResponseHeader<A>;

    fn layer(&self, app: A) -> ResponseHeader<A> {
        ResponseHeader {
            app,
            changes: self.changes.clone(),
        }
    }
}

impl<A: Application> Application for ResponseHeader<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        if self.changes.is_empty() {
            return self.app.call(environ, start_response);
        }
        let changed = |_: &mut StatusLine, headers: &mut Headers| self.change(headers);
        self.app
            .call(environ, &mut ChangedStart::new(start_response, changed))
    }
}
