//! Layers around a part of a router.

use std::sync::Arc;

use tower_layer::Layer;
use wsgi_core::Application;

type Wrap = Arc<dyn Fn(Arc<dyn Application>) -> Arc<dyn Application> + Send + Sync>;

/// Layers, the outermost first.
#[derive(Clone, Default)]
pub(crate) struct Layers(Vec<Wrap>);

/// The one layer that `layer` and its like are given.
pub(crate) fn wrap<L>(layer: &L, app: Arc<dyn Application>) -> Arc<dyn Application>
where
    L: Layer<Arc<dyn Application>>,
    L::Service: Application + 'static,
{
    Arc::new(layer.layer(app))
}

impl Layers {
    /// Adds a layer within those that there are.
    pub(crate) fn push<L>(&mut self, layer: L)
    where
        L: Layer<Arc<dyn Application>> + Send + Sync + 'static,
        L::Service: Application + 'static,
    {
        self.0.push(Arc::new(move |app| wrap(&layer, app)));
    }

    /// The application within all layers.
    pub(crate) fn around(&self, app: Arc<dyn Application>) -> Arc<dyn Application> {
        self.0.iter().rev().fold(app, |app, wrap| wrap(app))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Layers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} layers", self.0.len())
    }
}
