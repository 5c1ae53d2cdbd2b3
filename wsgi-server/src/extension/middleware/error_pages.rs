//! `wsgi_rs.middleware.ErrorPages`.

use std::path::PathBuf;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping, PyString};
use wsgi_core::python::{Exported, application};
use wsgi_middleware::{ErrorPagesError, ErrorStatuses};

use super::{Wrapped, exported};

type Pages = wsgi_middleware::ErrorPages<Wrapped>;

/// Gives responses of the statuses 400 to 599 a body, where the application has left it empty.
///
/// `pages` maps statuses (404, "4xx", "500-503") to text of HTML, to a path, to a mapping of media types to text or bytes,
/// or to an application.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct ErrorPages;

#[pymethods]
impl ErrorPages {
    #[new]
    #[pyo3(signature = (app, pages = None, *, replace_complete = false, replace_streams = false))]
    fn new(
        app: &Bound<'_, PyAny>,
        pages: Option<&Bound<'_, PyMapping>>,
        replace_complete: bool,
        replace_streams: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let mut layer = Pages::new(application(app)?)
            .replace_complete(replace_complete)
            .replace_streams(replace_streams);
        if let Some(pages) = pages {
            for item in pages.items()?.iter() {
                let (key, page): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
                layer = with_page(layer, statuses(&key)?, &page)?;
            }
        }
        Ok(exported(layer, app).add_subclass(Self))
    }
}

fn with_page(layer: Pages, statuses: ErrorStatuses, page: &Bound<'_, PyAny>) -> PyResult<Pages> {
    if let Ok(html) = page.cast::<PyString>() {
        return layer
            .page(statuses, "text/html", html.to_str()?)
            .map_err(to_py_err);
    }
    if let Ok(types) = page.cast::<PyMapping>() {
        let mut layer = layer;
        for item in types.items()?.iter() {
            let (media_type, body): (String, Bound<'_, PyAny>) = item.extract()?;
            layer = layer
                .page(statuses, &media_type, bytes(&body)?)
                .map_err(to_py_err)?;
        }
        return Ok(layer);
    }
    if page.is_callable() {
        return layer
            .answered_by(statuses, application(page)?)
            .map_err(to_py_err);
    }
    match page.extract::<PathBuf>() {
        Ok(path) => layer.file(statuses, path).map_err(to_py_err),
        Err(_) => Err(PyTypeError::new_err(format!(
            "pages: {page:?} is no page; give HTML as str, a path, a dict of media types, or an application"
        ))),
    }
}

fn bytes(body: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    match body.cast::<PyBytes>() {
        Ok(bytes) => Ok(bytes.as_bytes().to_vec()),
        Err(_) => Ok(body.extract::<String>()?.into_bytes()),
    }
}

/// 404, "404", "4xx", "500-503".
fn statuses(key: &Bound<'_, PyAny>) -> PyResult<ErrorStatuses> {
    if let Ok(code) = key.extract::<u16>() {
        return Ok(code.into());
    }
    let text: String = key.extract().unwrap_or_default();
    let range = match text.as_bytes() {
        [class @ b'4'..=b'5', b'x' | b'X', b'x' | b'X'] => {
            let first = u16::from(class - b'0') * 100;
            Some((first, first + 99))
        }
        _ => {
            let (first, last) = text.split_once('-').unwrap_or((&text, &text));
            first.trim().parse().ok().zip(last.trim().parse().ok())
        }
    };
    range
        .map(|(first, last)| (first..=last).into())
        .ok_or_else(|| {
            PyValueError::new_err(format!(
                "pages: {key:?} is no status; write 404, \"4xx\" or \"500-503\""
            ))
        })
}

/// A file's trouble as `OSError`, all else as `ValueError`.
fn to_py_err(error: ErrorPagesError) -> PyErr {
    match error {
        ErrorPagesError::File { path, source } => {
            let text = format!("{}: {source}", path.display());
            std::io::Error::new(source.kind(), text).into()
        }
        other => super::value_error(other),
    }
}
