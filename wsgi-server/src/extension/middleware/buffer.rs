//! `wsgi_rs.middleware.Buffer`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::arguments::numbers;
use super::{Wrapped, exported};

/// Takes the body of a request whole before the application runs, so that its length is known and `wsgi.input` can be read
/// again after `seek(0)`; with `response` also puts blocks of responses together.
///
/// Up to `request_memory` bytes are kept in memory, more in a temporary file; beyond `request_limit` bytes the answer is
/// 413. Responses are put together up to `response_limit` bytes.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct Buffer;

#[pymethods]
impl Buffer {
    #[new]
    #[pyo3(signature = (
        app, *, request = true, request_memory = 1_048_576, request_limit = 67_108_864, response = false,
        response_limit = 1_048_576
    ))]
    fn new(
        app: &Bound<'_, PyAny>,
        request: bool,
        #[pyo3(from_py_with = numbers::request_memory)] request_memory: usize,
        #[pyo3(from_py_with = numbers::request_limit)] request_limit: u64,
        response: bool,
        #[pyo3(from_py_with = numbers::response_limit)] response_limit: usize,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let layer = wsgi_middleware::Buffer::new(app)
            .request(request)
            .request_memory(request_memory)
            .request_limit(request_limit)
            .response(response)
            .response_limit(response_limit);
        Ok(exported(layer, wrapped).add_subclass(Self))
    }
}
