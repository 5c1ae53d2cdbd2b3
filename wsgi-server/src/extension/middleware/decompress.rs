//! `wsgi_rs.middleware.Decompress`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::arguments::numbers;
use super::{Wrapped, exported};

/// Takes the content codings off request bodies: zstd, br, gzip and deflate, and several of them in a row.
///
/// `size_limit` is in bytes of the decoded body, `ratio_limit` how many times the bytes that came it may have beyond its
/// first MiB; `None` is no limit. `codings_limit` is how many codings a body may have. `raw_deflate` accepts deflate
/// without the wrapping of zlib. `pass_unknown` lets bodies of unknown codings through. Options that are not given have
/// the defaults that `Decompress` of Rust documents.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct Decompress;

#[pymethods]
impl Decompress {
    #[new]
    #[pyo3(signature = (
        app, *, size_limit = 16_777_216, ratio_limit = 200, codings_limit = 2, raw_deflate = false,
        pass_unknown = false
    ))]
    fn new(
        app: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = numbers::size_limit)] size_limit: Option<u64>,
        #[pyo3(from_py_with = numbers::ratio_limit)] ratio_limit: Option<u32>,
        #[pyo3(from_py_with = numbers::codings_limit)] codings_limit: usize,
        raw_deflate: bool,
        pass_unknown: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let layer = wsgi_middleware::Decompress::new(app)
            .size_limit(size_limit)
            .ratio_limit(ratio_limit)
            .codings_limit(codings_limit)
            .raw_deflate(raw_deflate)
            .pass_unknown(pass_unknown);
        Ok(exported(layer, wrapped).add_subclass(Self))
    }
}
