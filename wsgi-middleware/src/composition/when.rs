//! [`When`]: a layer for some requests.

use std::sync::Arc;

use wsgi_core::{Application, ApplicationError, Body, Environ, Layer, StartResponse};

/// Puts a layer around an application for those requests that meet a condition; all others go to the application as it is.
///
/// The application is there once, whatever both ways share of it. The condition is asked once for a request, before
/// anything else, so what the layer changes in the environ does not count. A second layer for all the others
/// is a second `When`, around this one.
///
/// # Place in the stack
/// Where the layer would stand.
///
/// # Examples
/// ```
/// # #[cfg(feature = "response-header")]
/// # fn main() -> Result<(), wsgi_core::HeaderError> {
/// use tower::ServiceBuilder;
/// use wsgi_core::{Environ, handler, testing};
/// use wsgi_middleware::{ResponseHeaderLayer, WhenLayer};
///
/// let no_store = ResponseHeaderLayer::default().set("Cache-Control", "no-store")?;
/// let app = ServiceBuilder::new()
///     .layer(WhenLayer::new(|environ: &Environ| environ.path_info().starts_with(b"/account"), no_store))
///     .service(handler(|_| "Hello!\n"));
/// assert_eq!(testing::get(&app, "/account/7").header("Cache-Control"), Some("no-store"));
/// assert_eq!(testing::get(&app, "/").header("Cache-Control"), None);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "response-header"))]
/// # fn main() {}
/// ```
///
/// # Specification
/// [PEP 3333, Middleware](https://peps.python.org/pep-3333/#middleware-components-that-play-both-sides)
#[derive(Clone)]
pub struct When<A, W, C> {
    bare: Arc<A>,
    wrapped: W,
    condition: C,
}

impl<A, W, C> When<A, W, C>
where
    C: Fn(&Environ) -> bool + Send + Sync,
{
    /// Around `app`: by way of `layer` when `condition` is true of the request.
    pub fn new<L>(app: A, condition: C, layer: L) -> Self
    where
        L: Layer<Arc<A>, Service = W>,
    {
        let bare = Arc::new(app);
        Self {
            wrapped: layer.layer(bare.clone()),
            bare,
            condition,
        }
    }
}

/// Wraps applications in [`When`].
#[derive(Clone)]
pub struct WhenLayer<C, L> {
    condition: C,
    layer: L,
}

impl<C, L> WhenLayer<C, L>
where
    C: Fn(&Environ) -> bool + Send + Sync,
{
    /// Of `layer`, for requests of which `condition` is true.
    pub fn new(condition: C, layer: L) -> Self {
        Self { condition, layer }
    }
}

impl<A, C, L> Layer<A> for WhenLayer<C, L>
where
    C: Fn(&Environ) -> bool + Clone + Send + Sync,
    L: Layer<Arc<A>>,
{
    type Service = When<A, L::Service, C>;

    fn layer(&self, app: A) -> Self::Service {
        When::new(app, self.condition.clone(), &self.layer)
    }
}

impl<A, W, C> Application for When<A, W, C>
where
    A: Application,
    W: Application,
    C: Fn(&Environ) -> bool + Send + Sync,
{
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        match (self.condition)(environ) {
            true => self.wrapped.call(environ, start_response),
            false => self.bare.call(environ, start_response),
        }
    }
}

impl<A: std::fmt::Debug, W: std::fmt::Debug, C> std::fmt::Debug for When<A, W, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("When").field(&self.wrapped).finish()
    }
}

impl<C, L: std::fmt::Debug> std::fmt::Debug for WhenLayer<C, L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("WhenLayer").field(&self.layer).finish()
    }
}
