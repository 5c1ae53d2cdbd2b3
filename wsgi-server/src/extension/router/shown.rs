//! What parameters are, shown to Python applications.

use std::sync::Arc;

use wsgi_core::python::{PyException, RoutingObjects};
use wsgi_core::{Application, ApplicationError, Body, Environ, StartResponse};
use wsgi_router::Values;

use super::values::{self, Held};

/// An application that finds numbers, and what converters of Python's have made, as objects in
/// `environ["wsgiorg.routing_args"]`.
pub(super) struct Shown(pub(super) Arc<dyn Application>);

impl Application for Shown {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        // Those of an outer router, which are among these if they are the request's still.
        environ.extensions_mut().remove::<RoutingObjects>();
        if let Some(values) = environ.extensions().get::<Values>() {
            if let Some(error) = values.iter().find_map(|(_, value)| Held::error_of(value)) {
                return Err(ApplicationError::raised(PyException::new(error)));
            }
            let values = values.clone();
            let objects = RoutingObjects::new(move |py| {
                let values = values.iter();
                let objects =
                    values.map(|(name, value)| Ok((name.to_owned(), values::object(py, value)?)));
                objects.collect()
            });
            environ.extensions_mut().insert(objects);
        }
        self.0.call(environ, start_response)
    }
}
