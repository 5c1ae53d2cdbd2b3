//! [`Prefix`]: an application below a path.

use std::sync::Arc;

use thiserror::Error;
use wsgi_core::{Application, ApplicationError, Body, Environ, Layer, StartResponse, StatusLine};

use crate::common::start::answer;

/// Mounts the application below a path, which moves from `PATH_INFO` to the end of `SCRIPT_NAME`.
///
/// Mounted at `/shop`, a request for `/shop/cart` reaches the application as `SCRIPT_NAME` `/shop` and
/// `PATH_INFO` `/cart`, one for `/shop` with an empty `PATH_INFO`. Whole segments count, byte by byte, case
/// included: `/shopping` is answered by `404 Not Found`, as all that lies elsewhere. Default: mounted at the
/// root, where every request passes unchanged.
///
/// This is what servers call `--script-name`: for a reverse proxy that hands the path on in full. A proxy that
/// cuts the prefix off tells it by `X-Forwarded-Prefix` (`ProxyFix` with
/// `ForwardedField::Prefix`). Several applications side by side are the work of `Dispatcher`, or of a router.
///
/// # Place in the stack
/// Outside of everything that looks at the path; inside of the access log and the proxy fix.
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing, Input};
/// use wsgi_middleware::Prefix;
///
/// let app = Prefix::new(handler(|request: http::Request<Input>| request.uri().path().to_owned())).at("/shop")?;
/// assert_eq!(testing::get(&app, "/shop/cart").text(), "/cart");
/// assert_eq!(testing::get(&app, "/shopping").status.code(), 404);
/// # Ok::<(), wsgi_middleware::PrefixError>(())
/// ```
///
/// # Specification
/// [PEP 3333, `environ` Variables](https://peps.python.org/pep-3333/#environ-variables), `SCRIPT_NAME` and
/// `PATH_INFO`; RFC 3875 §4.1.13 "`SCRIPT_NAME`".
#[derive(Clone, Debug, Default)]
pub struct Prefix<A = ()> {
    app: A,
    prefix: Arc<[u8]>,
}

/// Wraps applications in [`Prefix`]. Made by `PrefixLayer::default()`.
pub type PrefixLayer = Prefix<()>;

impl<A> Prefix<A> {
    /// Around `app`, mounted at the root.
    pub fn new(app: A) -> Self {
        Self {
            app,
            prefix: Arc::default(),
        }
    }

    /// Where to mount: a path such as `/shop`, as it reads percent-decoded. Slashes at its end do not count;
    /// `""` and `"/"` are the root, which is the default.
    ///
    /// # Errors
    /// [`PrefixError::NoLeadingSlash`] for `shop`, [`PrefixError::EmptySegment`] for `/shop//cart`.
    pub fn at(mut self, prefix: impl AsRef<[u8]>) -> Result<Self, PrefixError> {
        let given = prefix.as_ref();
        let end = given.iter().rposition(|&byte| byte != b'/');
        let prefix = end.map_or(&given[..0], |end| &given[..=end]);
        let text = || String::from_utf8_lossy(given).into_owned();
        if !prefix.is_empty() && prefix[0] != b'/' {
            return Err(PrefixError::NoLeadingSlash { prefix: text() });
        }
        if prefix.windows(2).any(|pair| pair == b"//") {
            return Err(PrefixError::EmptySegment { prefix: text() });
        }
        self.prefix = prefix.into();
        Ok(self)
    }
}

impl<A> Layer<A> for PrefixLayer {
    type Service = Prefix<A>;

    fn layer(&self, app: A) -> Prefix<A> {
        Prefix {
            app,
            prefix: self.prefix.clone(),
        }
    }
}

impl<A: Application> Application for Prefix<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        if self.prefix.is_empty() {
            return self.app.call(environ, start_response);
        }
        match environ.path_info().strip_prefix(&*self.prefix) {
            Some([] | [b'/', ..]) => {
                environ.shift_path(self.prefix.len());
                self.app.call(environ, start_response)
            }
            _ => answer(environ, start_response, StatusLine::NOT_FOUND, &[], None),
        }
    }
}

/// Why a path is no place to mount at.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrefixError {
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
}
