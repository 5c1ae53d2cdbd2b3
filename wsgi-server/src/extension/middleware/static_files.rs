//! `wsgi_rs.middleware.StaticFiles`.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;
use wsgi_core::ApplicationError;
use wsgi_core::python::{Exported, PyException, application};
use wsgi_middleware::{NotFound, StaticFilesError};

use super::arguments::{numbers, seconds};
use super::{Wrapped, exported, pairs};

type Files = wsgi_middleware::StaticFiles<Wrapped>;

/// Serves the files of a folder below a prefix of the path; all other requests are the application's.
///
/// Without an application they are answered with 404. For several folders, put one around the other. `scan` reads the
/// folder now instead of looking at it for each request. `max_age` is in seconds; `immutable` says which paths never
/// change, by a regular expression or a function; `headers` gives further fields for a path. `x_accel_redirect` maps
/// folders to nginx's internal locations. Options that are not given have the defaults that `StaticFiles` of
/// Rust documents.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct StaticFiles;

#[pymethods]
impl StaticFiles {
    #[new]
    #[pyo3(signature = (
        app = None, *, root, prefix = "/static/", scan = false, max_age = 60.0, immutable = None, headers = None,
        content_types = None, charset = Some("utf-8"), precompressed = true, index = Some("index.html"), listing = false,
        fallback = None, answer_missing = false, dotfiles = false, links_to_anywhere = false, range_limit = 16,
        memory_limit = 33_554_432, x_sendfile = false, x_accel_redirect = None
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "Python's keyword arguments are Rust's builder"
    )]
    fn new(
        app: Option<&Bound<'_, PyAny>>,
        root: PathBuf,
        prefix: &str,
        scan: bool,
        #[pyo3(from_py_with = numbers::max_age)] max_age: Option<f64>,
        immutable: Option<&Bound<'_, PyAny>>,
        headers: Option<&Bound<'_, PyAny>>,
        content_types: Option<HashMap<String, String>>,
        charset: Option<&str>,
        precompressed: bool,
        index: Option<&str>,
        listing: bool,
        fallback: Option<&str>,
        answer_missing: bool,
        dotfiles: bool,
        links_to_anywhere: bool,
        #[pyo3(from_py_with = numbers::range_limit)] range_limit: usize,
        #[pyo3(from_py_with = numbers::memory_limit)] memory_limit: u64,
        x_sendfile: bool,
        x_accel_redirect: Option<HashMap<PathBuf, String>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = match wrapped {
            Some(app) => application(app)?,
            None => std::sync::Arc::new(NotFound),
        };
        let max_age = max_age.map(|age| seconds("max_age", age)).transpose()?;
        let mut files = Files::new(app)
            .serve(prefix, root)
            .and_then(|files| files.charset(charset))
            .map_err(to_py_err)?
            .max_age(max_age)
            .precompressed(precompressed)
            .index(index)
            .listing(listing)
            .fallback(fallback)
            .answer_missing(answer_missing)
            .dotfiles(dotfiles)
            .links_to_anywhere(links_to_anywhere)
            .range_limit(range_limit)
            .memory_limit(memory_limit);
        for (extension, content_type) in content_types.unwrap_or_default() {
            let extension = extension.trim_start_matches('.');
            files = files
                .content_type(extension, content_type)
                .map_err(to_py_err)?;
        }
        if let Some(test) = immutable {
            files = immutable_by(files, test)?;
        }
        if let Some(hook) = headers {
            files = headers_by(files, hook)?;
        }
        if x_sendfile {
            files = files.x_sendfile();
        }
        for (folder, location) in x_accel_redirect.unwrap_or_default() {
            files = files
                .x_accel_redirect(folder, &location)
                .map_err(to_py_err)?;
        }
        if scan {
            files = files.scan().map_err(to_py_err)?;
        }
        Ok(exported(files, wrapped).add_subclass(Self))
    }
}

fn immutable_by(files: Files, test: &Bound<'_, PyAny>) -> PyResult<Files> {
    if let Ok(pattern) = test.cast::<PyString>() {
        return files
            .immutable_pattern(pattern.to_str()?)
            .map_err(to_py_err);
    }
    let test = callable("immutable must be a regular expression or a function", test)?;
    Ok(files.immutable(move |path| {
        Python::attach(|py| {
            let says = |says: Bound<'_, PyAny>| says.is_truthy();
            test.bind(py)
                .call1((path,))
                .and_then(says)
                .unwrap_or_else(|error| {
                    // What may change is the careful answer.
                    error.write_unraisable(py, Some(test.bind(py)));
                    false
                })
        })
    }))
}

fn headers_by(files: Files, hook: &Bound<'_, PyAny>) -> PyResult<Files> {
    let hook = callable("headers must be a function of a path", hook)?;
    Ok(files.headers(move |path, headers| {
        let fields = Python::attach(|py| pairs(&hook.bind(py).call1((path,))?))
            .map_err(|error| ApplicationError::raised(PyException::new(error)))?;
        for (name, value) in fields {
            headers.try_insert(name, value)?;
        }
        Ok(())
    }))
}

fn callable(otherwise: &'static str, object: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    match object.is_callable() {
        true => Ok(object.clone().unbind()),
        false => Err(PyTypeError::new_err(otherwise)),
    }
}

/// A file's trouble as `OSError`, what a function raised as it is, all else as `ValueError`.
fn to_py_err(error: StaticFilesError) -> PyErr {
    let with_cause = |error: &dyn std::error::Error| match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    };
    match error {
        StaticFilesError::Root { ref source, .. } | StaticFilesError::Scan { ref source, .. } => {
            io::Error::new(source.kind(), with_cause(&error)).into()
        }
        StaticFilesError::File {
            source: ApplicationError::Raised(source),
            path,
        } => match source.downcast::<PyException>() {
            Ok(raised) => raised.into_py_err(),
            Err(source) => PyValueError::new_err(format!("{path}: {source}")),
        },
        other => PyValueError::new_err(with_cause(&other)),
    }
}
