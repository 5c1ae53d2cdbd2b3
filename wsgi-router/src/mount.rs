//! Mounts: applications that have all paths under a prefix to themselves.

use std::sync::Arc;

use thiserror::Error;
use wsgi_core::{Application, ApplicationError, Body, Environ, StartResponse};

use crate::router::Router;

/// An application at a prefix.
pub(crate) struct Mount {
    /// `/blog`, `/t/<tenant>`; nothing for the one at `/`.
    pub(crate) prefix: Arc<str>,
    pub(crate) app: Arc<dyn Application>,
    /// The same, if it is a router: URLs are built by it, too.
    pub(crate) router: Option<Router>,
}

impl Mount {
    /// Lets the application answer what is left of the path: so many bytes at its end. What is in front of them moves
    /// from `PATH_INFO` to `SCRIPT_NAME`.
    ///
    /// # Specification
    /// [PEP 3333, `environ` Variables](https://peps.python.org/pep-3333/#environ-variables)
    pub(crate) fn call(
        &self,
        rest: usize,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        environ.enter_mount(self.prefix.clone());
        if !self.prefix.is_empty() {
            environ.shift_path(environ.path_info().len().saturating_sub(rest));
        }
        self.app.call(environ, start_response)
    }

    /// The name of its rules.
    pub(crate) fn endpoint(&self) -> String {
        format!("{}/*", self.prefix)
    }
}

impl std::fmt::Debug for Mount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Mount").field(&self.prefix).finish()
    }
}

/// The router that an application is, if it is one.
pub(crate) fn router_of<A: Application + 'static>(app: &A) -> Option<Router> {
    (app as &dyn std::any::Any).downcast_ref().cloned()
}

/// Why a mount was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MountError {
    /// Every path begins with a slash.
    #[error("it does not begin with \"/\"; put one in front")]
    NoLeadingSlash,
    /// The slash behind the prefix belongs to the `PATH_INFO` of the application.
    #[error(
        "it ends with \"/\"; leave that out, the application has it at the front of its PATH_INFO"
    )]
    TrailingSlash,
    /// Two applications at one prefix.
    #[error("an application is mounted there already; give one of the two another prefix")]
    Twice,
}
