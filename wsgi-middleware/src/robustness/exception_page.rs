//! [`ExceptionPage`]: what went wrong, in the browser of who develops.

mod audience;
mod page;
mod panics;

use http::Method;
use page::Page;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, Fault, Headers, Layer, StartResponse, StatusLine,
};

use crate::common::start::WatchedStart;
use crate::robustness::accept::preferred;
use crate::robustness::failure::{caught, trapped};

/// Shows why the application failed: Python's traceback, Rust's causes and frames, and the request. **For development
/// only**, for it tells how the application works and what it works with.
///
/// It shows nothing unless it is told to by [`enable_for_development`](Self::enable_for_development); without that it is not
/// there. And even then only to whom it is meant for: the peer must be this very machine (`REMOTE_ADDR` is a loopback
/// address), it must have asked for it by a name of this machine (`Host` is `localhost`, a name below it, or a loopback
/// address), so that no page of the web reads it through a name that it has pointed here, and nothing may show that a proxy
/// stands in between (`Forwarded`, `X-Forwarded-…`, `X-Real-IP`, `Via`). For all others the failure goes on as if the
/// layer were not there.
///
/// Browsers get HTML, all others plain text; it is the same. Nothing can be typed in, run, or opened there, and it has no
/// script. Values of variables are not shown, and of fields that are secrets (`SensitiveNames`, and what has a name such
/// as `…token` or `…password`) only that they were sent. The failure is reported in `wsgi.errors` as well.
///
/// It answers what a layer in its place could answer: failures and panics of the call, with Python the first block among
/// them. What fails after a `write()`, and later blocks, goes on.
///
/// The frames of a panic are those that the process's panic hook sees; enabling adds one before the one that is there. Errors
/// that bring their own, as those of `anyhow` do with `RUST_BACKTRACE=1`, show them.
///
/// # Place in the stack
/// Innermost but for what should fail, inside of `Recover`.
///
/// # Examples
/// ```
/// use wsgi_core::testing::{EnvironBuilder, run};
/// use wsgi_core::{ApplicationError, application_fn};
/// use wsgi_middleware::ExceptionPage;
///
/// let app = application_fn(|_, _| Err(ApplicationError::raised("the database is gone")));
/// let app = ExceptionPage::new(app).enable_for_development();
///
/// let here = |environ: &mut wsgi_core::Environ| environ.connection_mut().remote_addr = "127.0.0.1".parse().ok();
/// let answer = run(&app, EnvironBuilder::get("/").with(here).build())?;
/// assert_eq!(answer.status.code(), 500);
/// assert!(answer.text().contains("the database is gone"));
/// assert!(run(&app, EnvironBuilder::get("/").build()).is_err(), "nobody knows who this is");
/// # Ok::<(), ApplicationError>(())
/// ```
///
/// # Specification
/// [PEP 3333, Error Handling](https://peps.python.org/pep-3333/#error-handling)
#[derive(Clone, Debug, Default)]
pub struct ExceptionPage<A = ()> {
    app: A,
    is_enabled: bool,
}

/// Wraps applications in [`ExceptionPage`]. Made by `ExceptionPageLayer::default()`.
pub type ExceptionPageLayer = ExceptionPage<()>;

impl<A> ExceptionPage<A> {
    /// Around `app`, showing nothing.
    pub fn new(app: A) -> Self {
        Self {
            app,
            is_enabled: false,
        }
    }

    /// Shows failures to those who are on this machine. Never where others can reach it.
    ///
    /// For the whole process, panics are looked at from now on before the hook that is there reports them.
    #[must_use]
    pub fn enable_for_development(mut self) -> Self {
        panics::watch();
        self.is_enabled = true;
        self
    }
}

impl<A> Layer<A> for ExceptionPageLayer {
    type Service = ExceptionPage<A>;

    fn layer(&self, app: A) -> ExceptionPage<A> {
        ExceptionPage {
            app,
            is_enabled: self.is_enabled,
        }
    }
}

impl<A: Application> Application for ExceptionPage<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        // Before the application can change what tells who asks.
        if !self.is_enabled || !audience::is_developer(environ) {
            return self.app.call(environ, start_response);
        }
        let mut watched = WatchedStart::new(start_response);
        let (answer, panic) = panics::watched(|| caught(|| self.app.call(environ, &mut watched)));
        match answer {
            Err(error) if !watched.has_sent() && error.fault() != Fault::Client => {
                environ.errors().write_line(&error.report());
                let page = Page::new(&error, panic.as_deref(), environ);
                show(&page, environ, start_response, error)
            }
            answer => answer,
        }
    }
}

/// Answers with the page in place of what the application may have begun.
fn show(
    page: &Page,
    environ: &Environ,
    start_response: &mut dyn StartResponse,
    error: ApplicationError,
) -> Result<Body, ApplicationError> {
    let offers = ["text/plain", "text/html"];
    let is_html = preferred(environ.headers(), offers.iter()) == Some(1);
    let (content_type, text) = match is_html {
        true => ("text/html; charset=utf-8", page.html()),
        false => ("text/plain; charset=utf-8", page.text()),
    };
    let length = text.len().to_string();
    let headers = Headers::try_from_pairs([
        ("Content-Type", content_type),
        ("Content-Length", &length),
        ("Cache-Control", "no-store"),
        ("Vary", "Accept"),
        ("X-Content-Type-Options", "nosniff"),
        // Whatever is wrong with the page, it runs nothing, and is in nobody's frame.
        (
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ])?;
    let exc_info = Some(trapped(error));
    start_response.start_response(StatusLine::INTERNAL_SERVER_ERROR, headers, exc_info)?;
    Ok(match environ.method() == Method::HEAD {
        true => Body::empty(),
        false => Body::from(text),
    })
}
