//! `wsgi_rs.deadline` of the environ dict: a moment of the clock that `time.monotonic()` reads.

use std::time::Duration;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat};

use crate::RequestDeadline;

/// The deadline that an outer layer has given the request.
pub(super) fn get(dict: &Bound<'_, PyDict>) -> PyResult<Option<RequestDeadline>> {
    let py = dict.py();
    let Some(value) = dict.get_item(intern!(py, "wsgi_rs.deadline"))? else {
        return Ok(None);
    };
    let Ok(moment) = value.extract::<f64>() else {
        return Ok(None); // another shape is none of ours
    };
    let left = (moment - now(py)?).max(0.0); // NaN is 0, too
    let left = Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX);
    Ok(Some(RequestDeadline::after(left)))
}

/// Shows a deadline of Rust, unless an earlier one is there.
pub(super) fn set(dict: &Bound<'_, PyDict>, deadline: RequestDeadline) -> PyResult<()> {
    let py = dict.py();
    if get(dict)?.is_some_and(|known| known <= deadline) {
        return Ok(());
    }
    let moment = now(py)? + deadline.remaining().as_secs_f64();
    dict.set_item(intern!(py, "wsgi_rs.deadline"), PyFloat::new(py, moment))
}

fn now(py: Python<'_>) -> PyResult<f64> {
    let time = py.import(intern!(py, "time"))?;
    time.call_method0(intern!(py, "monotonic"))?.extract()
}
