//! `wsgi_rs.middleware.ResponseHeader`.

use pyo3::prelude::*;
use wsgi_core::HeaderError;
use wsgi_core::python::{Exported, application};

use super::{Wrapped, exported, pairs, value_error};

/// Sets, adds and removes header fields of every response.
///
/// `set`, `append` and `set_if_missing` are mappings, or iterables of pairs; `remove` is an iterable of names. They are
/// applied in the order remove, set, append, set_if_missing.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct ResponseHeader;

#[pymethods]
impl ResponseHeader {
    #[new]
    #[pyo3(signature = (app, *, set = None, append = None, set_if_missing = None, remove = None))]
    fn new(
        app: &Bound<'_, PyAny>,
        set: Option<&Bound<'_, PyAny>>,
        append: Option<&Bound<'_, PyAny>>,
        set_if_missing: Option<&Bound<'_, PyAny>>,
        remove: Option<Vec<String>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        type Layer = wsgi_middleware::ResponseHeader<Wrapped>;
        type Change = fn(Layer, String, Vec<u8>) -> Result<Layer, HeaderError>;
        let mut layer = Layer::new(application(app)?);
        for name in remove.unwrap_or_default() {
            layer = layer.remove(name).map_err(value_error)?;
        }
        let changes: [(_, Change); 3] = [
            (set, Layer::set),
            (append, Layer::append),
            (set_if_missing, Layer::set_if_missing),
        ];
        for (fields, change) in changes {
            for (name, value) in fields.map(pairs).transpose()?.unwrap_or_default() {
                layer = change(layer, name, value).map_err(value_error)?;
            }
        }
        Ok(exported(layer, app).add_subclass(Self))
    }
}
