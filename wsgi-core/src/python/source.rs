//! An environ that reads through to the dict of an outer Python layer.

use std::any::Any;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::held::Held;
use super::text::{latin1, native, native_bytes};
use super::{client, deadline, errors, input, routing_args};
use crate::environ::{self, Connection, Source, header_name};
use crate::{Client, Environ, ErrorStream, Headers, Input};

/// The dict behind an exported application's environ.
#[derive(Debug)]
pub(super) struct DictSource(Held<PyDict>);

/// An environ over the dict; nothing is copied but the fields that have a type.
pub(super) fn environ_over(dict: &Bound<'_, PyDict>) -> PyResult<Environ> {
    let mut environ = Environ::from_source(Box::new(DictSource(Held::new(dict.clone()))));
    *environ.connection_mut() = connection(dict)?;
    if let Some(args) = routing_args::get(dict)? {
        environ.extensions_mut().insert(args);
    }
    if let Some(deadline) = deadline::get(dict)? {
        environ.extensions_mut().insert(deadline);
    }
    Ok(environ)
}

/// The dict that the environ reads through to, if it does.
pub(super) fn dict_of<'py>(py: Python<'py>, environ: &Environ) -> Option<Bound<'py, PyDict>> {
    let source = environ.source()?.as_any().downcast_ref::<DictSource>()?;
    Some(source.0.bind(py).clone())
}

fn connection(dict: &Bound<'_, PyDict>) -> PyResult<Connection> {
    let py = dict.py();
    let text = |key: &Bound<'_, PyString>| -> PyResult<Option<String>> {
        let value = dict.get_item(key)?;
        Ok(value.and_then(|value| value.extract().ok()))
    };
    let flag = |key: &Bound<'_, PyString>| -> PyResult<bool> {
        dict.get_item(key)?
            .map_or(Ok(false), |value| value.is_truthy())
    };
    let mut connection = Connection::default();
    if let Some(name) = text(intern!(py, "SERVER_NAME"))? {
        connection.server_name = name.into();
    }
    if let Some(port) = text(intern!(py, "SERVER_PORT"))? {
        connection.server_port = port.into();
    }
    if let Some(scheme) = text(intern!(py, "wsgi.url_scheme"))? {
        connection.url_scheme = scheme.into();
    }
    connection.remote_addr = text(intern!(py, "REMOTE_ADDR"))?.and_then(|ip| ip.parse().ok());
    // Some servers give a number here.
    connection.remote_port = match dict.get_item(intern!(py, "REMOTE_PORT"))? {
        Some(port) => port.str()?.to_str()?.parse().ok(),
        None => None,
    };
    connection.multithread = flag(intern!(py, "wsgi.multithread"))?;
    connection.multiprocess = flag(intern!(py, "wsgi.multiprocess"))?;
    connection.run_once = flag(intern!(py, "wsgi.run_once"))?;
    Ok(connection)
}

/// A key as a `str`: of those that each request is asked for, one that is there already, whose hash is known.
fn object<'py>(py: Python<'py>, key: &str) -> Bound<'py, PyString> {
    let known = match key {
        environ::REQUEST_METHOD => intern!(py, "REQUEST_METHOD"),
        environ::SCRIPT_NAME => intern!(py, "SCRIPT_NAME"),
        environ::PATH_INFO => intern!(py, "PATH_INFO"),
        environ::QUERY_STRING => intern!(py, "QUERY_STRING"),
        environ::SERVER_PROTOCOL => intern!(py, "SERVER_PROTOCOL"),
        environ::REQUEST_URI => intern!(py, "REQUEST_URI"),
        environ::RAW_URI => intern!(py, "RAW_URI"),
        environ::REMOTE_ADDR => intern!(py, "REMOTE_ADDR"),
        environ::WSGI_URL_SCHEME => intern!(py, "wsgi.url_scheme"),
        environ::CONTENT_LENGTH => intern!(py, "CONTENT_LENGTH"),
        environ::HTTP_HOST => intern!(py, "HTTP_HOST"),
        _ => return PyString::new(py, key),
    };
    known.clone()
}

impl DictSource {
    /// The dict answers lookups of `str` without running foreign code, so there is no error to lose.
    fn with<R: Default>(&self, work: impl FnOnce(&Bound<'_, PyDict>) -> PyResult<R>) -> R {
        Python::try_attach(|py| work(self.0.bind(py)).unwrap_or_default()).unwrap_or_default()
    }
}

impl Source for DictSource {
    fn var(&self, key: &str) -> Option<Vec<u8>> {
        self.with(|dict| {
            let value = dict.get_item(object(dict.py(), key))?;
            Ok(value.and_then(|value| native_bytes(&value)))
        })
    }

    fn set_var(&mut self, key: &str, value: &[u8]) {
        self.with(|dict| dict.set_item(object(dict.py(), key), native(dict.py(), value)));
    }

    fn remove_var(&mut self, key: &str) {
        self.with(|dict| match dict.contains(key)? {
            true => dict.del_item(key),
            false => Ok(()),
        });
    }

    fn vars(&self) -> Vec<(String, Vec<u8>)> {
        self.with(|dict| {
            let items = dict.items();
            Ok(items
                .iter()
                .filter_map(|item| {
                    let (key, value) = item.extract::<(String, Bound<'_, PyAny>)>().ok()?;
                    Some((key, native_bytes(&value)?))
                })
                .collect())
        })
    }

    fn headers(&self) -> Headers {
        self.with(|dict| {
            let mut headers = Headers::foreseeing(dict.len());
            // A copy, for on free-threaded builds another thread may be changing the dict.
            for (key, value) in dict.copy()?.iter() {
                let (Ok(key), Ok(value)) = (key.cast::<PyString>(), value.cast::<PyString>())
                else {
                    continue;
                };
                let (Some(key), Some(value)) = (latin1(key), latin1(value)) else {
                    continue;
                };
                let is_field = key.starts_with(b"HTTP_")
                    || (key.starts_with(b"CONTENT_") && !value.is_empty());
                let Some(name) = std::str::from_utf8(key).ok().filter(|_| is_field) else {
                    continue;
                };
                if let Some(name) = header_name(name) {
                    // What cannot be a field was no field: a variable of that name set by someone.
                    let _ = headers.try_append(name.as_ref(), value);
                }
            }
            Ok(headers)
        })
    }

    fn input(&mut self) -> Input {
        self.with(|dict| {
            let py = dict.py();
            let length = self
                .var(environ::CONTENT_LENGTH)
                .and_then(|length| std::str::from_utf8(&length).ok()?.trim().parse().ok());
            let terminated = match dict.get_item(intern!(py, "wsgi.input_terminated"))? {
                Some(flag) => flag.is_truthy()?,
                None => false,
            };
            let stream = dict.get_item(intern!(py, "wsgi.input"))?;
            Ok(stream.map(|stream| input::from_python(&stream, length, terminated)))
        })
        .unwrap_or_default()
    }

    fn errors(&mut self) -> ErrorStream {
        self.with(|dict| {
            let stream = dict.get_item(intern!(dict.py(), "wsgi.errors"))?;
            Ok(stream.map(|stream| errors::from_python(&stream)))
        })
        .unwrap_or_default()
    }

    fn client(&self) -> Option<Client> {
        self.with(|dict| {
            let py = dict.py();
            let found = match dict.get_item(intern!(py, "wsgi_rs.client_disconnected"))? {
                None => dict.get_item(intern!(py, "waitress.client_disconnected"))?,
                found => found,
            };
            Ok(found.map(client::from_python))
        })
    }

    fn snapshot(&self) -> Box<dyn Any + Send> {
        Box::new(self.with(|dict| Ok(Some(Held::new(dict.copy()?)))))
    }

    fn restore(&mut self, saved: &dyn Any) {
        let Some(Some(saved)) = saved.downcast_ref::<Option<Held<PyDict>>>() else {
            return;
        };
        self.with(|dict| {
            dict.clear();
            dict.update(saved.bind(dict.py()).as_mapping())
        });
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
