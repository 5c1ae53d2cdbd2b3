//! A look at the environ, for functions of Python that layers of Rust ask about a request.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::errors::PyErrors;
use super::source::dict_of;
use super::template::{replace_header_fields, set_server};
use super::text::native;
use super::{deadline, routing_args};
use crate::{Environ, ErrorStream, RequestDeadline};

/// The environ as a dict, for a function that looks at a request: what the application would see of it now, but for
/// `wsgi.input`, which is the application's alone to read.
///
/// Where the request came from a Python server, the dict has the very objects that layers of Python have put into its
/// environ. It is a copy: what the function changes in it is lost. Some microseconds.
///
/// # Errors
/// Only of a Python that has no memory left, or whose dict holds what cannot be copied.
///
/// # Specification
/// [PEP 3333, `environ` Variables](https://peps.python.org/pep-3333/#environ-variables)
pub fn environ_dict<'py>(py: Python<'py>, environ: &Environ) -> PyResult<Bound<'py, PyDict>> {
    let dict = match dict_of(py, environ) {
        Some(outer) => copy_of(&outer, environ)?,
        None => new(py, environ)?,
    };
    if let Some(errors) = environ.touched_errors() {
        let errors = Bound::new(py, PyErrors::new(errors.clone()))?;
        dict.set_item(intern!(py, "wsgi.errors"), errors)?;
    }
    routing_args::set(&dict, environ.extensions())?;
    if let Some(deadline) = environ.extensions().get::<RequestDeadline>() {
        deadline::set(&dict, *deadline)?;
    }
    Ok(dict)
}

/// Variables were written through to the outer dict when they were set, header fields were not.
fn copy_of<'py>(outer: &Bound<'py, PyDict>, environ: &Environ) -> PyResult<Bound<'py, PyDict>> {
    let py = outer.py();
    let dict = outer.copy()?;
    let input = intern!(py, "wsgi.input");
    if dict.contains(input)? {
        dict.del_item(input)?;
    }
    if let Some(headers) = environ.changed_headers() {
        replace_header_fields(&dict, headers)?;
    }
    Ok(dict)
}

fn new<'py>(py: Python<'py>, environ: &Environ) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    set_server(&dict, environ.connection())?;
    let errors = Bound::new(py, PyErrors::new(ErrorStream::stderr()))?;
    dict.set_item(intern!(py, "wsgi.errors"), errors)?;
    for (key, value) in environ.vars() {
        dict.set_item(key, native(py, &value))?;
    }
    Ok(dict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::source::environ_over;
    use crate::testing::EnvironBuilder;

    fn text(dict: &Bound<'_, PyDict>, key: &str) -> Option<String> {
        dict.get_item(key).unwrap().map(|value| value.to_string())
    }

    #[test]
    fn it_is_what_the_application_would_see() {
        crate::python::interpreter::initialize().unwrap();
        let mut environ = EnvironBuilder::get("/caf%C3%A9?q=1")
            .header("X-Token", "caf\u{e9}")
            .var("wsgi.url_scheme", "https")
            .build();
        let (errors, _) = ErrorStream::captured();
        environ.set_errors(errors);
        Python::attach(|py| {
            let dict = environ_dict(py, &environ).unwrap();
            for (key, value) in [
                ("REQUEST_METHOD", "GET"),
                ("PATH_INFO", "/caf\u{c3}\u{a9}"),
                ("QUERY_STRING", "q=1"),
                ("HTTP_X_TOKEN", "caf\u{c3}\u{a9}"),
                ("wsgi.url_scheme", "https"),
                ("HTTPS", "on"),
                ("wsgi.version", "(1, 0)"),
                ("wsgi.multithread", "False"),
            ] {
                assert_eq!(text(&dict, key).as_deref(), Some(value), "{key}");
            }
            assert!(dict.contains("wsgi.errors").unwrap());
            assert!(!dict.contains("wsgi.input").unwrap());
        });
    }

    #[test]
    fn of_an_outer_dict_it_is_a_copy_with_the_fields_as_they_are_now() {
        crate::python::interpreter::initialize().unwrap();
        Python::attach(|py| {
            let outer = PyDict::new(py);
            let object = PyDict::new(py);
            outer.set_item("session", &object).unwrap();
            outer.set_item("wsgi.input", "a stream").unwrap();
            outer.set_item("HTTP_X_OLD", "1").unwrap();
            let mut environ = environ_over(&outer).unwrap();
            let headers = environ.headers_mut();
            headers.remove("X-Old");
            headers.try_append("X-New", "2").unwrap();

            let dict = environ_dict(py, &environ).unwrap();
            assert!(dict.get_item("session").unwrap().unwrap().is(&object));
            assert_eq!(text(&dict, "HTTP_X_NEW").as_deref(), Some("2"));
            assert_eq!(text(&dict, "HTTP_X_OLD"), None);
            assert_eq!(text(&dict, "wsgi.input"), None);

            dict.set_item("x.lost", 1).unwrap();
            assert_eq!(text(&outer, "x.lost"), None);
            assert_eq!(text(&outer, "HTTP_X_OLD").as_deref(), Some("1"));
            assert!(outer.contains("wsgi.input").unwrap());
        });
    }
}
