//! What answers at a route, and what it expects of the route's parameters.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use wsgi_core::Application;

use super::check::Expectation;

/// An application that answers at a route, and the type that it makes of the route's parameters, if it says so.
///
/// Every application is one that expects nothing; a [`path_handler`](crate::path_handler) expects the type of its
/// [`Path`](crate::Path). What is expected is checked when the router is built.
///
/// # Examples
/// ```
/// use wsgi_core::{Body, StatusLine, application_fn, testing};
/// use wsgi_router::{Endpoint, Path, Router, get};
///
/// let app = application_fn(|environ, start_response| {
///     let id = match Path::<u32>::of(environ.extensions()) {
///         Ok(Path(id)) => id,
///         Err(rejection) => return rejection.respond(start_response),
///     };
///     start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
///     Ok(Body::from(format!("user {id}")))
/// });
/// let show = Endpoint::new(app).expecting::<u32>();
/// let router = Router::builder().route("/users/<int:id>", get(show)).build()?;
/// assert_eq!(testing::get(&router, "/users/7").text(), "user 7");
/// # Ok::<(), wsgi_router::RouterError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Endpoint {
    pub(crate) app: Arc<dyn Application>,
    pub(crate) expects: Option<Expectation>,
}

impl Endpoint {
    /// An application that expects nothing.
    pub fn new(app: impl Application + 'static) -> Self {
        Self {
            app: Arc::new(app),
            expects: None,
        }
    }

    /// Has it checked that `T` can be made of the parameters of the route, as [`Path::<T>::of`](crate::Path::of) does.
    pub fn expecting<T: DeserializeOwned>(mut self) -> Self {
        self.expects = Some(Expectation::of::<T>());
        self
    }

    /// With middleware around the application; what is expected stays so.
    pub fn map<A: Application + 'static>(
        self,
        wrap: impl FnOnce(Arc<dyn Application>) -> A,
    ) -> Self {
        Self {
            app: Arc::new(wrap(self.app)),
            expects: self.expects,
        }
    }
}

impl<A: Application + 'static> From<A> for Endpoint {
    fn from(app: A) -> Self {
        Self::new(app)
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("expects", &self.expects)
            .finish_non_exhaustive()
    }
}
