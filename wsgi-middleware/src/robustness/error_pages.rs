//! [`ErrorPages`]: bodies for responses that tell an error.

mod page;
mod statuses;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::Method;
use page::{Page, Pages};
pub use statuses::ErrorStatuses;
use thiserror::Error;
use wsgi_core::environ::variable_name;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, ExcInfo, Headers, Input, Layer, StartResponse,
    StatusLine,
};

use crate::common::start::{ChangedStart, HeldStart};
use crate::common::vary::vary_on;
use crate::robustness::accept::preferred;

/// Gives responses of the statuses 400 to 599 a body, where the application has left it empty.
///
/// Without further ado that is the status in words, as plain text, HTML or JSON, whichever `Accept` likes best. Pages of
/// one's own, by status or by range of them, come from memory, from files, or from an application.
///
/// Status and header fields stay the application's (`WWW-Authenticate`, `Allow`, `Retry-After`, cookies), but for those that
/// describe the body which is not sent: `Content-Type`, `Content-Length`, `Content-Encoding`, `Content-Language`,
/// `Content-Location`, `Content-Disposition`, `ETag`, `Last-Modified`, `Accept-Ranges` and digests.
///
/// Empty is a body that is known to have no bytes, such as that of a Python generator that ends without a block, and one
/// with `Content-Length: 0`; to `HEAD` only the latter, for otherwise nobody knows what a `GET` would get. [`replace_complete`](Self::replace_complete) replaces other complete bodies, too,
/// [`replace_streams`](Self::replace_streams) those that come in blocks. What was sent by `write()` stays.
///
/// # Place in the stack
/// Outside of the application and of `Recover`, whose `500` has a body (`replace_complete` replaces it); inside of
/// compression and of the access log.
///
/// # Examples
/// ```
/// use wsgi_core::testing::{EnvironBuilder, run};
/// use wsgi_core::{Body, StatusLine, application_fn};
/// use wsgi_middleware::ErrorPages;
///
/// let app = application_fn(|_, start_response| {
///     start_response.start(StatusLine::NOT_FOUND, [("Allow", "GET"); 0])?;
///     Ok(Body::empty())
/// });
/// let app = ErrorPages::new(app).page(404, "text/html", "<h1>Nothing here</h1>")?;
///
/// let browser = EnvironBuilder::get("/").header("Accept", "text/html,*/*;q=0.8");
/// assert_eq!(run(&app, browser.build())?.text(), "<h1>Nothing here</h1>");
/// let script = EnvironBuilder::get("/").header("Accept", "application/json");
/// assert_eq!(run(&app, script.build())?.text(), "{\"status\":404,\"error\":\"Not Found\"}\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Specification
/// RFC 9110 §15.5 "Client Error 4xx": the response should have a representation that explains the error; §12.5.1 "Accept",
/// §12.5.5 "Vary".
#[derive(Clone, Debug, Default)]
pub struct ErrorPages<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`ErrorPages`]. Made by `ErrorPagesLayer::default()`.
pub type ErrorPagesLayer = ErrorPages<()>;

#[derive(Clone, Debug, Default)]
struct Settings {
    pages: Pages,
    handlers: Vec<(ErrorStatuses, Handler)>,
    replace_complete: bool,
    replace_streams: bool,
}

#[derive(Clone)]
struct Handler(Arc<dyn Application>);

impl std::fmt::Debug for Handler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handler")
    }
}

impl<A> ErrorPages<A> {
    /// The variable in which an application that answers for the page finds the status, such as `404 Not Found`.
    pub const STATUS: &'static str = "wsgi_rs.error_pages.status";

    /// Around `app`, with the status in words for all errors.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// A page for a status (`404`) or a range (`500..=599`), of this media type. Of text, `charset=utf-8` is added.
    ///
    /// There may be one for each type: `Accept` decides. Those for a single status count before those for a range. For types
    /// that have none there is the status in words.
    ///
    /// # Errors
    /// [`ErrorPagesError::Status`] for what is no error, [`ErrorPagesError::MediaType`] for what is no media type.
    pub fn page(
        self,
        statuses: impl Into<ErrorStatuses>,
        media_type: &str,
        body: impl Into<Vec<u8>>,
    ) -> Result<Self, ErrorPagesError> {
        let statuses = statuses.into().checked()?;
        let page = Page::new(media_type, body.into())?;
        Ok(self.with(|settings| settings.pages.add(statuses, page)))
    }

    /// A page from a file, which is read now. Its type is that of its extension: `.html`, `.htm`, `.json`, `.txt`.
    ///
    /// # Errors
    /// As [`page`](Self::page); [`ErrorPagesError::File`] for a file that cannot be read, [`ErrorPagesError::Extension`] for
    /// another extension.
    pub fn file(
        self,
        statuses: impl Into<ErrorStatuses>,
        path: impl AsRef<Path>,
    ) -> Result<Self, ErrorPagesError> {
        let path = path.as_ref();
        let extension = path.extension().and_then(|extension| extension.to_str());
        let media_type = match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("html" | "htm") => "text/html",
            Some("json") => "application/json",
            Some("txt") => "text/plain",
            _ => return Err(ErrorPagesError::Extension { path: path.into() }),
        };
        let body = std::fs::read(path).map_err(|source| ErrorPagesError::File {
            path: path.into(),
            source,
        })?;
        self.page(statuses, media_type, body)
    }

    /// An application that answers for a status or a range; before pages of memory and files.
    ///
    /// It gets the request, as a `GET` (or `HEAD`) without a body, with the status in the variable
    /// [`wsgi_rs.error_pages.status`](Self::STATUS). The status of its own answer does not count; its header fields are added
    /// to those of the error, and replace what is there by the same names. Its failure is the failure of the application.
    ///
    /// # Errors
    /// [`ErrorPagesError::Status`] for what is no error.
    pub fn answered_by(
        self,
        statuses: impl Into<ErrorStatuses>,
        app: impl Application + 'static,
    ) -> Result<Self, ErrorPagesError> {
        let statuses = statuses.into().checked()?;
        let handler = (statuses, Handler(Arc::new(app)));
        Ok(self.with(|settings| settings.handlers.push(handler)))
    }

    /// Whether complete bodies that are not empty make room, too: what frameworks write as error pages. Default: no.
    #[must_use]
    pub fn replace_complete(self, replace: bool) -> Self {
        self.with(|settings| settings.replace_complete = replace)
    }

    /// Whether bodies that come in blocks make room as well. They are closed unread. Default: no.
    #[must_use]
    pub fn replace_streams(self, replace: bool) -> Self {
        self.with(|settings| settings.replace_streams = replace)
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl Settings {
    /// Whether this body makes room.
    fn replaces(&self, environ: &Environ, headers: &Headers, body: &Body) -> bool {
        let any = match body.as_full() {
            Some(_) => self.replace_complete,
            None => self.replace_streams,
        };
        any || match headers.get("Content-Length") {
            Some(length) => length == b"0",
            None => body.length() == Some(0) && environ.method() != Method::HEAD,
        }
    }

    /// The application that answers for this status: one of the status alone before one of a range.
    fn handler(&self, code: u16) -> Option<&dyn Application> {
        let covering = self
            .handlers
            .iter()
            .filter(|(statuses, _)| statuses.contains(code));
        let (_, handler) = covering.min_by_key(|(statuses, _)| statuses.width())?;
        Some(&*handler.0)
    }
}

impl<A> Layer<A> for ErrorPagesLayer {
    type Service = ErrorPages<A>;

    fn layer(&self, app: A) -> ErrorPages<A> {
        ErrorPages {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for ErrorPages<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let mut held = HeldStart::only(start_response, |status| is_error(status.code()));
        let called = self.app.call(environ, &mut held);
        let Some((_, headers)) = held.head() else {
            return called; // no response that tells an error, or some of it was written
        };
        let body = called?;
        if !self.settings.replaces(environ, headers, &body) {
            held.release(|_, _| Ok(()))?;
            return Ok(body);
        }
        let Some((status, headers, exc_info)) = held.take() else {
            return Ok(body);
        };
        // The response is another one now: what this fails with is told, and spoils nothing.
        if let Err(error) = body.close() {
            environ.errors().write_line(&error.report());
        }
        match self.settings.handler(status.code()) {
            Some(handler) => answered_by(handler, (status, headers), environ, start_response),
            None => self.answer(environ, start_response, status, headers, exc_info),
        }
    }
}

impl<A> ErrorPages<A> {
    /// Answers with a page.
    fn answer(
        &self,
        environ: &Environ,
        start_response: &mut dyn StartResponse,
        status: StatusLine,
        mut headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<Body, ApplicationError> {
        let pages = self.settings.pages.of(&status);
        let types = pages.iter().map(|page| page.media_type());
        let chosen = preferred(environ.headers(), types);
        let Some(page) = chosen.and_then(|index| pages.get(index)) else {
            start_response.start_response(status, headers, exc_info)?;
            return Ok(Body::empty());
        };
        describe_no_body(&mut headers);
        headers.try_append("Content-Type", page.content_type())?;
        headers.try_append("Content-Length", page.body().len().to_string())?;
        vary_on(&mut headers, &["Accept"])?;
        start_response.start_response(status, headers, exc_info)?;
        Ok(match environ.method().as_str() {
            "HEAD" => Body::empty(),
            _ => Body::from(page.body().to_vec()),
        })
    }
}

/// Has an application answer with a body for the error; the request is what it was afterwards.
fn answered_by(
    app: &dyn Application,
    (status, mut fields): (StatusLine, Headers),
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    describe_no_body(&mut fields);
    let method = environ.method().clone();
    if method != Method::HEAD {
        environ.set_method(Method::GET);
    }
    for field in ["Content-Length", "Content-Type", "Transfer-Encoding"] {
        if environ.headers().contains(field) {
            environ.remove_var(&variable_name(field));
        }
    }
    environ.set_input(Input::empty());
    environ.set_var(ErrorPages::<()>::STATUS, status.as_bytes())?;
    let of_the_error = |own: &mut StatusLine, headers: &mut Headers| {
        *own = status.clone();
        let names: Vec<String> = headers.names().map(str::to_owned).collect();
        for (name, value) in fields.iter() {
            // Cookies and challenges of both go out; else the page's own field counts.
            let is_list = [
                "Set-Cookie",
                "WWW-Authenticate",
                "Proxy-Authenticate",
                "Vary",
            ]
            .iter()
            .any(|list| name.eq_ignore_ascii_case(list));
            if is_list || !names.iter().any(|own| own.eq_ignore_ascii_case(name)) {
                headers.try_append(name, value)?;
            }
        }
        Ok(())
    };
    let answer = app.call(
        environ,
        &mut ChangedStart::new(start_response, of_the_error),
    );
    environ.set_method(method);
    answer
}

const fn is_error(code: u16) -> bool {
    400 <= code && code <= 599
}

/// Removes what describes the body that is not sent. `Content-Range` stays: in a `416` it tells the length of what there is.
fn describe_no_body(headers: &mut Headers) {
    for name in [
        "Content-Type",
        "Content-Length",
        "Content-Encoding",
        "Content-Language",
        "Content-Location",
        "Content-Disposition",
        "ETag",
        "Last-Modified",
        "Accept-Ranges",
        "Content-Digest",
        "Repr-Digest",
        "Digest",
        "Content-MD5",
    ] {
        headers.remove(name);
    }
}

/// Why a page was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ErrorPagesError {
    /// RFC 9110 §15: errors have the classes 4xx and 5xx.
    #[error("statuses {first} to {last}: pages are for errors, 400 to 599, the lower one first")]
    Status {
        /// The lower end.
        first: u16,
        /// The upper end.
        last: u16,
    },
    /// RFC 9110 §8.3.1 "Media Type".
    #[error("{media_type:?} is no media type; write a type and a subtype, such as \"text/html\"")]
    MediaType {
        /// What was given.
        media_type: String,
    },
    /// The type of a file is not known by its name.
    #[error("{}: its type is not known; use .html, .json or .txt, or give the text and its type", path.display())]
    Extension {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("{}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
