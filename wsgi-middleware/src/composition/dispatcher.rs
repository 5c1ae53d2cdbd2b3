//! [`Dispatcher`]: several applications side by side, by host and path.

mod prefixes;
mod sites;

use std::sync::Arc;

use thiserror::Error;
use wsgi_core::{Application, ApplicationError, Body, Environ, Layer, StartResponse};

use crate::common::host_pattern::{HostPattern, HostPatternError, Names};
use sites::Sites;

/// Hands each request to the application mounted at its host and path; to the one it is around where there is none.
///
/// Mounted at `/shop`, an application sees a request for `/shop/cart` with `/shop` at the end of `SCRIPT_NAME` and
/// `PATH_INFO` `/cart`, one for `/shop` with an empty `PATH_INFO`. Whole segments count, byte by byte, case included:
/// `/shopping` is another path. Of several prefixes the longest counts.
///
/// An application may be [mounted at a host](Self::mount_host), too. First come those at exactly the request's host,
/// then those at wildcards, the longest first, then those at no host; at each of them an entry with the request's
/// port before one without. Where none of a host's prefixes covers the path, the next one is looked at.
///
/// The request's host is that of `Host`, or without one `SERVER_NAME`; case does not matter, nor does a dot at its end.
/// One that is no host's name or address is at no host. Names of other scripts are compared as clients send them, in ASCII
/// (`xn--…`).
///
/// Finding the application takes a look into a hash table for each length that mounted prefixes have, however many there
/// are of it, and no longer for long paths than for short ones.
///
/// `DispatcherMiddleware` of Werkzeug, `Rack::URLMap` and Paste's `urlmap` are its models. Parameters in the path,
/// methods, links and a report of all routes are what `wsgi-router` has.
///
/// # Place in the stack
/// Innermost, in the place of an application: outside of it stands what all mounted applications share, around each
/// what it has for itself. `ProxyFix` outside of it, where proxies tell the host.
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing, testing::EnvironBuilder};
/// use wsgi_middleware::{Dispatcher, NotFound};
///
/// let app = Dispatcher::new(handler(|_| "site"))
///     .mount("/shop", handler(|_| "shop"))?
///     .mount_host("api.example.org", "/", NotFound)?
///     .mount_host("api.example.org", "/v2", handler(|_| "api"))?;
/// assert_eq!(testing::get(&app, "/shop/cart").text(), "shop");
/// assert_eq!(testing::get(&app, "/shopping").text(), "site");
/// let request = EnvironBuilder::get("/v2/users").header("Host", "api.example.org");
/// assert_eq!(testing::run(&app, request.build())?.text(), "api");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Specification
/// [PEP 3333, `environ` Variables](https://peps.python.org/pep-3333/#environ-variables), `SCRIPT_NAME` and
/// `PATH_INFO`; RFC 9110 §7.2 "Host and :authority".
#[derive(Clone, Debug, Default)]
pub struct Dispatcher<A = ()> {
    app: A,
    sites: Arc<Sites>,
}

/// Wraps applications in [`Dispatcher`]. Made by `DispatcherLayer::default()`; what is mounted is shared by all of them.
pub type DispatcherLayer = Dispatcher<()>;

impl<A> Dispatcher<A> {
    /// Around `app`, which answers what nothing else is mounted for; [`NotFound`](crate::NotFound) where there is no
    /// such.
    pub fn new(app: A) -> Self {
        Self {
            app,
            sites: Arc::default(),
        }
    }

    /// Mounts an application below a path such as `/shop`, as it reads percent-decoded, at every host that has none of
    /// its own for it. Slashes at its end do not count; `""` and `"/"` are the root.
    ///
    /// # Errors
    /// [`DispatcherError::NoLeadingSlash`], [`DispatcherError::EmptySegment`] and [`DispatcherError::Twice`].
    pub fn mount(
        mut self,
        prefix: impl AsRef<[u8]>,
        app: impl Application + 'static,
    ) -> Result<Self, DispatcherError> {
        let sites = Arc::make_mut(&mut self.sites);
        let everywhere = Names::Any.at_any_port();
        sites.add(everywhere, prefix.as_ref(), Arc::new(app))?;
        Ok(self)
    }

    /// As [`mount`](Self::mount), at one host: `api.example.org`, `[::1]`, `example.org:8080`; or `*.example.org` for
    /// every name below that one, however deep, itself not among them; `.example.org` for both; `*` for all, which is
    /// what [`mount`](Self::mount) does. Without a port all ports are meant, else that
    /// of the request's `Host`, which is the scheme's (80, 443) where it has none.
    ///
    /// # Errors
    /// [`DispatcherError::Host`] for what is no host, and those of [`mount`](Self::mount).
    pub fn mount_host(
        mut self,
        host: &str,
        prefix: impl AsRef<[u8]>,
        app: impl Application + 'static,
    ) -> Result<Self, DispatcherError> {
        let host = HostPattern::parse(host)?;
        let sites = Arc::make_mut(&mut self.sites);
        sites.add(host, prefix.as_ref(), Arc::new(app))?;
        Ok(self)
    }
}

impl<A> Layer<A> for DispatcherLayer {
    type Service = Dispatcher<A>;

    fn layer(&self, app: A) -> Dispatcher<A> {
        Dispatcher {
            app,
            sites: self.sites.clone(),
        }
    }
}

impl<A: Application> Application for Dispatcher<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        match self.sites.find(environ) {
            Some(mount) => {
                mount.enter(environ);
                mount.app.call(environ, start_response)
            }
            None => self.app.call(environ, start_response),
        }
    }
}

/// Why an application cannot be mounted there.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DispatcherError {
    /// PEP 3333 "URL Reconstruction": a `SCRIPT_NAME` that is not empty follows the host, so begins with a slash.
    #[error("prefix {prefix:?} does not start with a slash; write \"/{prefix}\"")]
    NoLeadingSlash {
        /// The prefix as it was given.
        prefix: String,
    },
    /// An empty segment: links made from such a `SCRIPT_NAME` could name another host (`//example.com`).
    #[error("prefix {prefix:?} has an empty segment; write single slashes")]
    EmptySegment {
        /// The prefix as it was given.
        prefix: String,
    },
    /// Two applications in one place.
    #[error(
        "an application is mounted at {prefix:?} of this host already; give one of the two another prefix"
    )]
    Twice {
        /// The prefix, without slashes at its end.
        prefix: String,
    },
    /// No host.
    #[error(transparent)]
    Host(#[from] HostPatternError),
}
