//! Arguments of the layers of security.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyMapping;
use wsgi_core::{ApplicationError, Environ};
use wsgi_middleware::{ExemptPathError, Hsts};

use super::arguments::{environ_test, seconds, texts};
use super::value_error;

/// `hsts`, `hsts_include_subdomains` and `hsts_preload`.
pub(super) fn hsts(
    max_age: Option<f64>,
    include_subdomains: bool,
    preload: bool,
) -> PyResult<Option<Hsts>> {
    let Some(max_age) = max_age else {
        return match include_subdomains || preload {
            false => Ok(None),
            true => Err(PyValueError::new_err(
                "hsts_include_subdomains and hsts_preload add to hsts; give hsts, in seconds",
            )),
        };
    };
    let mut hsts = Hsts::new(seconds("hsts", max_age)?);
    if include_subdomains {
        hsts = hsts.include_subdomains();
    }
    match preload {
        true => hsts.preload().map(Some).map_err(value_error),
        false => Ok(Some(hsts)),
    }
}

/// `exempt`, one path or several, and `exempt_if`, a function of the environ, given to a layer that has both.
pub(super) fn exempting<L>(
    layer: L,
    paths: Option<&Bound<'_, PyAny>>,
    test: Option<&Bound<'_, PyAny>>,
    add_path: impl Fn(L, &str) -> Result<L, ExemptPathError>,
    add_test: impl FnOnce(L, EnvironTest) -> L,
) -> PyResult<L> {
    let paths = paths.map_or(Ok(Vec::new()), |paths| texts("exempt", paths))?;
    let layer = paths
        .iter()
        .try_fold(layer, |layer, path| add_path(layer, path))
        .map_err(value_error)?;
    match test {
        Some(test) => Ok(add_test(layer, Box::new(environ_test("exempt_if", test)?))),
        None => Ok(layer),
    }
}

/// A test that may fail.
pub(super) type EnvironTest = Box<dyn Fn(&Environ) -> Result<bool, ApplicationError> + Send + Sync>;

/// The items of a mapping whose keys are texts.
pub(super) fn table<'py>(
    argument: &str,
    what: &str,
    mapping: &Bound<'py, PyAny>,
) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
    let refused = || PyTypeError::new_err(format!("{argument} must be a mapping of {what}"));
    let mapping = mapping.cast::<PyMapping>().map_err(|_| refused())?;
    let items = mapping.items()?;
    let item = |item: Bound<'py, PyAny>| item.extract().map_err(|_| refused());
    items.iter().map(item).collect()
}
