//! `wsgi_rs.middleware.ContentType`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::{Wrapped, exported, value_error};

/// Adds a `Content-Type` to responses that lack one, and `charset` to texts that name none.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct ContentType;

#[pymethods]
impl ContentType {
    #[new]
    #[pyo3(signature = (app, *, fallback = "application/octet-stream", charset = None))]
    fn new(
        app: &Bound<'_, PyAny>,
        fallback: &str,
        charset: Option<&str>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let layer = wsgi_middleware::ContentType::new(app);
        let mut layer = layer.fallback(fallback).map_err(value_error)?;
        if let Some(charset) = charset {
            layer = layer.charset(charset).map_err(value_error)?;
        }
        Ok(exported(layer, wrapped).add_subclass(Self))
    }
}
