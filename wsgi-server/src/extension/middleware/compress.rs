//! `wsgi_rs.middleware.Compress`.

use std::collections::BTreeMap;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;
use wsgi_core::python::{Exported, PyException, application};
use wsgi_core::{ApplicationError, Headers, StatusLine};
use wsgi_middleware::{Coding, Flush};

use super::arguments::numbers;
use super::{Wrapped, exported, value_error};

/// Compresses response bodies by the content coding that the client likes best.
///
/// `codings` are those that are offered, of those that the client likes alike the first; `levels` maps codings to how
/// hard they try. `minimum_size` is in bytes. `content_types` are media types such as "text/html", "text/*", "+json" or
/// "*/*". `only_if` is a function of the status and the list of header fields that says whether a response may be
/// compressed; what it raises fails the request. Without `flush` the encoder waits for more than a block. Options that
/// are not given have the defaults that `Compress` of Rust documents.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct Compress;

#[pymethods]
impl Compress {
    #[new]
    #[pyo3(signature = (
        app, *, codings = None, levels = None, minimum_size = 1024, content_types = None, only_if = None, flush = true
    ))]
    fn new(
        app: &Bound<'_, PyAny>,
        codings: Option<Vec<String>>,
        #[pyo3(from_py_with = numbers::levels)] levels: Option<BTreeMap<String, u32>>,
        #[pyo3(from_py_with = numbers::minimum_size)] minimum_size: u64,
        content_types: Option<Vec<String>>,
        only_if: Option<&Bound<'_, PyAny>>,
        flush: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let mut layer = wsgi_middleware::Compress::new(app)
            .minimum_size(minimum_size)
            .flush(match flush {
                true => Flush::EveryBlock,
                false => Flush::AtEnd,
            });
        if let Some(codings) = codings {
            let codings: Result<Vec<Coding>, PyErr> =
                codings.iter().map(|name| coding("codings", name)).collect();
            layer = layer.codings(codings?);
        }
        for (name, level) in levels.unwrap_or_default() {
            let coding = coding("levels", &name)?;
            layer = layer.level(coding, level).map_err(value_error)?;
        }
        if let Some(content_types) = content_types {
            layer = layer.content_types(content_types).map_err(value_error)?;
        }
        if let Some(predicate) = only_if {
            if !predicate.is_callable() {
                return Err(PyTypeError::new_err(
                    "only_if must be a function of a status and a list of header fields",
                ));
            }
            let predicate = predicate.clone().unbind();
            layer = layer.try_only_if(move |status, headers| {
                Python::attach(|py| asked(predicate.bind(py), status, headers))
                    .map_err(|error| ApplicationError::raised(PyException::new(error)))
            });
        }
        Ok(exported(layer, wrapped).add_subclass(Self))
    }
}

/// The coding of this name, given to this argument.
pub(super) fn coding(argument: &str, name: &str) -> PyResult<Coding> {
    Coding::from_token(name).ok_or_else(|| {
        let names = Coding::ALL.map(Coding::token).join("\", \"");
        PyValueError::new_err(format!(
            "{argument}: there is no coding {name:?}; write \"{names}\""
        ))
    })
}

/// What the function says, given status and fields as `start_response` is: native strings, in which a character is a byte.
fn asked(predicate: &Bound<'_, PyAny>, status: &StatusLine, headers: &Headers) -> PyResult<bool> {
    let py = predicate.py();
    let native = |bytes: &[u8]| -> Bound<'_, PyString> {
        PyString::new(
            py,
            &bytes.iter().copied().map(char::from).collect::<String>(),
        )
    };
    let fields = headers.iter();
    let fields: Vec<_> = fields
        .map(|(name, value)| (native(name.as_bytes()), native(value)))
        .collect();
    predicate
        .call1((native(status.as_bytes()), fields))?
        .is_truthy()
}
