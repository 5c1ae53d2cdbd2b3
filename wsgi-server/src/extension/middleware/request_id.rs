//! `wsgi_rs.middleware.RequestId`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};

use super::arguments::{asked, callable, numbers};
use super::{Wrapped, exported, value_error};

type Named = wsgi_middleware::RequestId<Wrapped>;

/// Gives each request an id, in the field `X-Request-Id` of request and response, and in `wsgi_rs.request_id`.
///
/// It is a new UUID of version 7, or what the function `generate` returns. `accept_incoming` takes the id that a request
/// brings, if it is of at most `length_limit` letters, digits and `-_.~+/=:@`: only behind a proxy that sets it.
/// `header` is another name of the field.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct RequestId;

#[pymethods]
impl RequestId {
    #[new]
    #[pyo3(signature = (
        app, *, header = "X-Request-Id", accept_incoming = false, length_limit = 128, generate = None
    ))]
    fn new(
        app: &Bound<'_, PyAny>,
        header: &str,
        accept_incoming: bool,
        #[pyo3(from_py_with = numbers::length_limit)] length_limit: usize,
        generate: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let mut named = Named::new(application(app)?)
            .header(header)
            .map_err(value_error)?
            .length_limit(length_limit);
        if accept_incoming {
            named = named.accept_incoming();
        }
        if let Some(generate) = generate {
            let generate = callable("generate", generate)?;
            named = named.generate_with(move || {
                asked(|py| {
                    let id = generate.bind(py).call0()?;
                    id.extract()
                        .map_err(|_| PyTypeError::new_err("generate must return a text"))
                })
            });
        }
        Ok(exported(named, app).add_subclass(Self))
    }
}
