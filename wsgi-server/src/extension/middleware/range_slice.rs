//! `wsgi_rs.middleware.RangeSlice`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::arguments::numbers;
use super::{Wrapped, exported};

/// Answers requests for ranges with those parts of what the application sends.
///
/// A request for more than `range_limit` ranges gets all of it. `advertise` adds `Accept-Ranges: bytes`.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct RangeSlice;

#[pymethods]
impl RangeSlice {
    #[new]
    #[pyo3(signature = (app, *, range_limit = 16, advertise = true))]
    fn new(
        app: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = numbers::range_limit)] range_limit: usize,
        advertise: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let layer = wsgi_middleware::RangeSlice::new(app)
            .range_limit(range_limit)
            .advertise(advertise);
        Ok(exported(layer, wrapped).add_subclass(Self))
    }
}
