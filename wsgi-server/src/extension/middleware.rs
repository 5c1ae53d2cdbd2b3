//! The classes of `wsgi_rs.middleware` and `wsgi_rs.validate`: middleware of Rust around any application.
//!
//! Each is an exported application, so one around another is composed in Rust.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping};
use wsgi_core::python::{Exported, application};
use wsgi_core::{Application, HeaderError, validate};
use wsgi_middleware::{AccessLogger, ForwardedField, ForwardedSyntax};

use super::logging;
use crate::command::{Lines, LogFile, LogOf};

pub(super) type Wrapped = Arc<dyn Application>;

/// What an instance begins with: the application that it is, and the one that it is around, if any.
pub(super) fn exported<'w, 'py: 'w>(
    app: impl Application + 'static,
    wrapped: impl Into<Option<&'w Bound<'py, PyAny>>>,
) -> PyClassInitializer<Exported> {
    let app = Arc::new(app);
    PyClassInitializer::from(match wrapped.into() {
        Some(wrapped) => Exported::around(app, wrapped),
        None => Exported::new(app),
    })
}

/// Adds `Content-Length` when the body's size is known before its first block.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(super) struct ContentLength;

#[pymethods]
impl ContentLength {
    #[new]
    fn new(app: &Bound<'_, PyAny>) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        Ok(exported(wsgi_middleware::ContentLength::new(app), wrapped).add_subclass(Self))
    }
}

/// Answers 500 when the application fails, and reports why in `wsgi.errors`.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(super) struct Recover;

#[pymethods]
impl Recover {
    #[new]
    fn new(app: &Bound<'_, PyAny>) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        Ok(exported(wsgi_middleware::Recover::new(app), wrapped).add_subclass(Self))
    }
}

/// Mounts the application below a path, which moves from `PATH_INFO` to `SCRIPT_NAME`; 404 elsewhere.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(super) struct Prefix;

#[pymethods]
impl Prefix {
    #[new]
    fn new(app: &Bound<'_, PyAny>, prefix: &str) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let app = wsgi_middleware::Prefix::new(app)
            .at(prefix)
            .map_err(value_error)?;
        Ok(exported(app, wrapped).add_subclass(Self))
    }
}

/// Checks the server's side and the application's against PEP 3333.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.validate")]
#[derive(Debug)]
pub(super) struct Validator;

#[pymethods]
impl Validator {
    #[new]
    fn new(app: &Bound<'_, PyAny>) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        Ok(exported(validate::Validator::new(app), wrapped).add_subclass(Self))
    }
}

/// Writes one line when a response has ended.
///
/// `format` is "common", "combined", "json", or a format string of Gunicorn or Apache. `file` is a path, which is
/// appended to, or an object with `write(str)`; `log_to_python` gives the lines to the logger `wsgi_rs.access` of
/// `logging`, whose handlers a thread calls; without either they go to the request's `wsgi.errors`. `timing` ends each
/// line with where the time of the request went; `write` may then be called by any thread. A `Server` around it writes
/// requests that it refuses to the same place.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(super) struct AccessLog {
    logger: AccessLogger,
    file: Option<LogFile>,
}

#[pymethods]
impl AccessLog {
    #[new]
    #[pyo3(signature = (app, *, format = "combined", file = None, timing = false, log_to_python = false))]
    fn new(
        app: &Bound<'_, PyAny>,
        format: &str,
        file: Option<&Bound<'_, PyAny>>,
        timing: bool,
        log_to_python: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let log = wsgi_middleware::AccessLog::new(app)
            .format(format.parse().map_err(value_error)?)
            .timing(timing);
        let (listener, mut opened): (Option<fn(&str)>, _) = match log_to_python {
            true => (Some(logging::tell_access), None),
            false => (None, None),
        };
        let log = match file {
            None if log_to_python => log.output(Lines::new(None, listener)),
            None => log,
            Some(file) if file.hasattr("write")? => {
                let write = file.getattr("write")?.unbind();
                log.output_with(move |line| {
                    if let Some(listener) = listener {
                        listener(line);
                    }
                    write_line(&write, line);
                })
            }
            Some(path) => {
                let path: PathBuf = path.extract().map_err(|_| {
                    PyTypeError::new_err("file must be a path or an object with a write() method")
                })?;
                opened = Some(LogFile::open(LogOf::Requests, &path)?);
                log.output(Lines::new(opened.clone(), listener))
            }
        };
        if log_to_python {
            logging::start()?;
        }
        let (logger, file) = (log.logger(), opened);
        Ok(exported(log, wrapped).add_subclass(Self { logger, file }))
    }

    /// Open the file anew, for whoever moved it away (`logrotate`); does nothing where there is none.
    ///
    /// Where that fails, the old file goes on being written to, and the server's log tells why.
    fn reopen(&self, py: Python<'_>) {
        if let Some(file) = &self.file {
            py.detach(|| file.reopen());
        }
    }
}

impl AccessLog {
    /// For the requests that it does not see.
    pub(super) fn logger(&self) -> AccessLogger {
        self.logger.clone()
    }
}

fn write_line(write: &Py<PyAny>, line: &str) {
    Python::attach(|py| {
        if let Err(error) = write.call1(py, (format!("{line}\n"),)) {
            // The response is on its way; the log's trouble is not the client's.
            error.write_unraisable(py, Some(write.bind(py)));
        }
    });
}

/// Adds `Server-Timing` to responses, so that a browser's developer tools show where the server's time went.
///
/// `only_when_asked` tells only those whose request has `Prefer: server-timing`. Attackers learn from times: not for
/// the public.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(super) struct ServerTiming;

#[pymethods]
impl ServerTiming {
    #[new]
    #[pyo3(signature = (app, *, only_when_asked = false))]
    fn new(app: &Bound<'_, PyAny>, only_when_asked: bool) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let app = wsgi_middleware::ServerTiming::new(app).only_when_asked(only_when_asked);
        Ok(exported(app, wrapped).add_subclass(Self))
    }
}

/// Client address, scheme, host, port and prefix as a reverse proxy tells them.
///
/// `trusted` are the proxies' networks and addresses; "unix" stands for peers on a unix socket, "*" for all. `believe`
/// names what is believed: "for", "proto", "host", "port", "prefix". `forwarded` reads the `Forwarded` field of RFC 7239
/// instead of the `X-Forwarded-` ones. `hops` counts proxies instead of looking at the addresses in the list. When
/// somebody else sent the fields they are removed, unless `keep_untrusted` is set.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(super) struct ProxyFix;

#[pymethods]
impl ProxyFix {
    #[new]
    #[pyo3(signature = (app, *, trusted = None, believe = None, forwarded = false, hops = None, keep_untrusted = false))]
    fn new(
        app: &Bound<'_, PyAny>,
        trusted: Option<Vec<String>>,
        believe: Option<Vec<String>>,
        forwarded: bool,
        hops: Option<usize>,
        keep_untrusted: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let mut fix = wsgi_middleware::ProxyFix::new(app);
        if let Some(networks) = trusted {
            fix = fix.trust(networks).map_err(value_error)?;
        }
        if let Some(names) = believe {
            let fields: PyResult<Vec<_>> = names.iter().map(|name| field(name)).collect();
            fix = fix.believe(fields?);
        }
        if forwarded {
            fix = fix.syntax(ForwardedSyntax::Rfc7239);
        }
        if let Some(count) = hops {
            fix = fix.hops(count);
        }
        if keep_untrusted {
            fix = fix.keep_untrusted();
        }
        Ok(exported(fix, wrapped).add_subclass(Self))
    }
}

fn field(name: &str) -> PyResult<ForwardedField> {
    match name {
        "for" => Ok(ForwardedField::For),
        "proto" => Ok(ForwardedField::Proto),
        "host" => Ok(ForwardedField::Host),
        "port" => Ok(ForwardedField::Port),
        "prefix" => Ok(ForwardedField::Prefix),
        _ => Err(PyValueError::new_err(format!(
            "believe: {name:?} is unknown; use \"for\", \"proto\", \"host\", \"port\" or \"prefix\""
        ))),
    }
}

/// Sets, adds and removes header fields of every response.
///
/// `set`, `append` and `set_if_missing` are mappings, or iterables of pairs; `remove` is an iterable of names. They are
/// applied in the order remove, set, append, set_if_missing.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(super) struct ResponseHeader;

#[pymethods]
impl ResponseHeader {
    #[new]
    #[pyo3(signature = (app, *, set = None, append = None, set_if_missing = None, remove = None))]
    fn new(
        app: &Bound<'_, PyAny>,
        set: Option<&Bound<'_, PyAny>>,
        append: Option<&Bound<'_, PyAny>>,
        set_if_missing: Option<&Bound<'_, PyAny>>,
        remove: Option<Vec<String>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        type Layer = wsgi_middleware::ResponseHeader<Wrapped>;
        type Change = fn(Layer, String, Vec<u8>) -> Result<Layer, HeaderError>;
        let mut layer = Layer::new(application(app)?);
        for name in remove.unwrap_or_default() {
            layer = layer.remove(name).map_err(value_error)?;
        }
        let changes: [(_, Change); 3] = [
            (set, Layer::set),
            (append, Layer::append),
            (set_if_missing, Layer::set_if_missing),
        ];
        for (fields, change) in changes {
            for (name, value) in fields.map(pairs).transpose()?.unwrap_or_default() {
                layer = change(layer, name, value).map_err(value_error)?;
            }
        }
        Ok(exported(layer, app).add_subclass(Self))
    }
}

/// Names and values; these are native strings, in which a character is a byte.
pub(super) fn pairs(fields: &Bound<'_, PyAny>) -> PyResult<Vec<(String, Vec<u8>)>> {
    let items = match fields.cast::<PyMapping>() {
        Ok(mapping) => mapping.items()?.into_any(),
        Err(_) => fields.clone(),
    };
    let pair = |item: PyResult<Bound<'_, PyAny>>| {
        let (name, value): (String, Bound<'_, PyAny>) = item?.extract()?;
        let value = value.call_method1("encode", ("latin-1",))?;
        Ok((name, value.cast::<PyBytes>()?.as_bytes().to_vec()))
    };
    items.try_iter()?.map(pair).collect()
}

fn value_error(error: impl std::error::Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}
