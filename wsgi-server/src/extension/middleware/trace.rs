//! `wsgi_rs.middleware.Trace`.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};
use wsgi_middleware::TraceResponse;

use super::arguments::numbers;
use super::{Wrapped, exported, value_error};

/// Makes each request a part of a trace (W3C Trace Context).
///
/// The application finds the ids in `environ["wsgi_rs.trace_id"]` and `environ["wsgi_rs.span_id"]`, and in
/// `environ["HTTP_TRACEPARENT"]`, from which OpenTelemetry's instrumentation goes on. `trust_incoming` continues the trace
/// that a request names. `sample_ratio` is the share of new traces that are sampled. `response` tells the client the ids,
/// as "traceparent" or "server-timing".
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct Trace;

#[pymethods]
impl Trace {
    #[new]
    #[pyo3(signature = (app, *, trust_incoming = true, sample_ratio = 1.0, response = None))]
    fn new(
        app: &Bound<'_, PyAny>,
        trust_incoming: bool,
        #[pyo3(from_py_with = numbers::sample_ratio)] sample_ratio: f64,
        response: Option<&str>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let response = match response {
            None => TraceResponse::Nothing,
            Some("traceparent") => TraceResponse::Traceparent,
            Some("server-timing") => TraceResponse::ServerTiming,
            Some(other) => {
                return Err(PyValueError::new_err(format!(
                    "response must be None, \"traceparent\" or \"server-timing\", not {other:?}"
                )));
            }
        };
        let trace = wsgi_middleware::Trace::new(app)
            .trust_incoming(trust_incoming)
            .response(response)
            .sample_ratio(sample_ratio)
            .map_err(value_error)?;
        Ok(exported(trace, wrapped).add_subclass(Self))
    }
}
