//! `wsgi_rs.middleware.Cascade`.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use wsgi_core::python::{Exported, application};

use super::arguments::numbers;
use super::{Wrapped, exported};

/// Tries `app` and then `others`: the response is that of the first which does not answer with one of `statuses`, or that
/// of the last.
///
/// Of a response that is dropped nothing goes out. The next application gets the environ as it was before, and the
/// request's body from its beginning, of which up to `replay_limit` bytes are kept; where more was read, the
/// response stands.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct Cascade;

#[pymethods]
impl Cascade {
    #[new]
    #[pyo3(signature = (app, *others, statuses = None, replay_limit = 65_536))]
    fn new(
        app: &Bound<'_, PyAny>,
        others: &Bound<'_, PyTuple>,
        #[pyo3(from_py_with = numbers::statuses)] statuses: Option<Vec<u16>>,
        #[pyo3(from_py_with = numbers::replay_limit)] replay_limit: usize,
    ) -> PyResult<PyClassInitializer<Self>> {
        let first: Wrapped = application(app)?;
        let mut cascade = wsgi_middleware::Cascade::new(first).replay_limit(replay_limit);
        for other in others {
            cascade = cascade.then(application(&other)?);
        }
        if let Some(statuses) = statuses {
            cascade = cascade.statuses(statuses);
        }
        Ok(exported(cascade, app).add_subclass(Self))
    }
}
