//! Functions of the path's parameters and a request.

use std::marker::PhantomData;

use http::Request;
use serde::de::DeserializeOwned;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, Input, IntoAnswer, StartResponse, respond,
};

use super::Path;
use super::check::Expectation;
use super::endpoint::Endpoint;
use crate::MethodRouter;

/// A function of the path's parameters and a request; made by [`path_handler`].
///
/// No [`Application`] by itself, so that it cannot be called before it has been checked against a route: it becomes one
/// as the [`Endpoint`] of a router.
pub struct PathHandler<F, T> {
    function: F,
    path: PhantomData<fn() -> T>,
}

/// Makes an endpoint of a function from [`Path`] and request to a response: what
/// [`wsgi_core::handler`] is, with the parameters of the path as values of their types.
///
/// The answer may be anything that is [`IntoAnswer`]. That `T` fits the route is checked when the router is built. A
/// value that `T` refuses is `404 Not Found`, see [`PathRejection`](crate::PathRejection); the function is not called.
///
/// # Examples
/// ```
/// use wsgi_core::testing;
/// use wsgi_router::{Path, Router, get, path_handler};
///
/// let entry = path_handler(|Path((year, slug)): Path<(u16, String)>, request| {
///     format!("{} {slug} of {year}\n", request.method())
/// });
/// let router = Router::builder().route("/<int:year>/<slug>", get(entry)).build()?;
/// assert_eq!(testing::get(&router, "/2024/hello").text(), "GET hello of 2024\n");
/// assert_eq!(testing::get(&router, "/70000/hello").status.code(), 404, "no u16");
/// # Ok::<(), wsgi_router::RouterError>(())
/// ```
pub fn path_handler<F, T, R>(function: F) -> PathHandler<F, T>
where
    F: Fn(Path<T>, Request<Input>) -> R + Send + Sync,
    T: DeserializeOwned,
    R: IntoAnswer,
{
    PathHandler {
        function,
        path: PhantomData,
    }
}

impl<F: Clone, T> Clone for PathHandler<F, T> {
    fn clone(&self) -> Self {
        Self {
            function: self.function.clone(),
            path: PhantomData,
        }
    }
}

impl<F: Copy, T> Copy for PathHandler<F, T> {}

impl<F, T> std::fmt::Debug for PathHandler<F, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ty = super::check::short(std::any::type_name::<T>());
        f.debug_tuple("PathHandler").field(&ty).finish()
    }
}

impl<F, T, R> From<PathHandler<F, T>> for Endpoint
where
    F: Fn(Path<T>, Request<Input>) -> R + Send + Sync + 'static,
    T: DeserializeOwned + 'static,
    R: IntoAnswer,
{
    fn from(handler: PathHandler<F, T>) -> Self {
        let mut endpoint = Self::new(Checked(handler));
        endpoint.expects = Some(Expectation::of::<T>());
        endpoint
    }
}

/// A handler by itself answers every method.
impl<F, T, R> From<PathHandler<F, T>> for MethodRouter
where
    F: Fn(Path<T>, Request<Input>) -> R + Send + Sync + 'static,
    T: DeserializeOwned + 'static,
    R: IntoAnswer,
{
    fn from(handler: PathHandler<F, T>) -> Self {
        crate::any(handler)
    }
}

/// A handler whose type fits the route that calls it.
struct Checked<F, T>(PathHandler<F, T>);

impl<F, T, R> Application for Checked<F, T>
where
    F: Fn(Path<T>, Request<Input>) -> R + Send + Sync,
    T: DeserializeOwned,
    R: IntoAnswer,
{
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let path = match Path::of(environ.extensions()) {
            Ok(path) => path,
            Err(rejection) => return rejection.respond(start_response),
        };
        let response = (self.0.function)(path, environ.to_request()).into_answer()?;
        respond(response, start_response)
    }
}
