//! What `BasicAuth` and `BearerAuth` have in common.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyString};
use wsgi_core::{ApplicationError, Environ};

use super::arguments::{asked, callable, native};

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

/// One text, or several.
pub(super) fn texts(argument: &str, object: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(vec![text.to_str()?.to_owned()]);
    }
    let refused =
        |_| PyTypeError::new_err(format!("{argument} must be a text or an iterable of texts"));
    let items = object.try_iter().map_err(refused)?;
    items.map(|item| item?.extract().map_err(refused)).collect()
}

/// A test of method and path, as Python has them.
pub(super) fn exempt_if(
    test: &Bound<'_, PyAny>,
) -> PyResult<impl Fn(&Environ) -> Result<bool, ApplicationError> + Send + Sync + 'static> {
    let test = callable("exempt_if", test)?;
    Ok(move |environ: &Environ| {
        let (method, path) = (environ.method().as_str(), native(environ.path_info()));
        asked(|py| test.bind(py).call1((method, path))?.is_truthy())
    })
}
