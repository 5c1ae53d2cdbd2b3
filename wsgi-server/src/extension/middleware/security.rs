//! Arguments of the layers of security.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use wsgi_core::{ApplicationError, Environ};
use wsgi_middleware::Hsts;

use super::arguments::{asked, callable, native, seconds};
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

/// A function of the method and the path of a request that says yes or no.
pub(super) fn request_test(
    argument: &str,
    test: &Bound<'_, PyAny>,
) -> PyResult<impl Fn(&Environ) -> Result<bool, ApplicationError> + Send + Sync + 'static> {
    let test = callable(argument, test)?;
    Ok(move |environ: &Environ| {
        let request = (environ.method().as_str(), native(environ.path_info()));
        asked(|py| test.bind(py).call1(request)?.is_truthy())
    })
}
