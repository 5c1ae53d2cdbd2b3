//! `wsgi_rs.middleware.NormalizePath`.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};
use wsgi_middleware::TrailingSlash;

use super::arguments::numbers;
use super::{Wrapped, exported, value_error};

/// Redirects requests for paths with several slashes in a row or dot segments to the plain path.
///
/// `trailing_slash` is "leave", "trim" or "append". `redirect` is the status; with `None` the application gets the plain path
/// as `PATH_INFO` instead.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct NormalizePath;

#[pymethods]
impl NormalizePath {
    #[new]
    #[pyo3(signature = (app, *, merge_slashes = true, dot_segments = true, trailing_slash = "leave", redirect = 308))]
    fn new(
        app: &Bound<'_, PyAny>,
        merge_slashes: bool,
        dot_segments: bool,
        trailing_slash: &str,
        #[pyo3(from_py_with = numbers::redirect)] redirect: Option<u16>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let trailing_slash = match trailing_slash {
            "leave" => TrailingSlash::Leave,
            "trim" => TrailingSlash::Trim,
            "append" => TrailingSlash::Append,
            other => {
                return Err(PyValueError::new_err(format!(
                    "trailing_slash: {other:?} is unknown; use \"leave\", \"trim\" or \"append\""
                )));
            }
        };
        let app = wsgi_middleware::NormalizePath::new(app)
            .merge_slashes(merge_slashes)
            .dot_segments(dot_segments)
            .trailing_slash(trailing_slash);
        let app = match redirect {
            Some(code) => app.redirect(code.try_into().map_err(value_error)?),
            None => app.rewrite(),
        };
        Ok(exported(app, wrapped).add_subclass(Self))
    }
}
