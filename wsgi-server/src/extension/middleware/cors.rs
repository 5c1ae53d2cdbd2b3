//! `wsgi_rs.middleware.Cors`.

use std::error::Error;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use wsgi_core::python::{Exported, application, environ_dict};
use wsgi_middleware::CorsError;

use super::arguments::{asked, callable, numbers, seconds};
use super::{Wrapped, exported};

type Layer = wsgi_middleware::Cors<Wrapped>;

/// Lets pages of other origins read responses, as the Fetch standard has it.
///
/// `allow_origins` are origins ("https://shop.example"), "*" for all without credentials, or "mirror" for all by their name;
/// `allow_origin_regex` matches whole origins, `allow_origin_if` is a function of the origin and the environ, `allow_null_origin` is for
/// sandboxed frames and local files. `allow_methods` and `allow_headers` are names, "*" or "mirror"; `expose_headers` are names
/// or "*". `max_age` is in seconds. By default nobody has leave.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct Cors;

/// Names, or a word that stands for them.
#[derive(FromPyObject)]
enum Names {
    #[pyo3(transparent, annotation = "str")]
    Word(String),
    #[pyo3(transparent, annotation = "sequence of str")]
    Names(Vec<String>),
}

#[pymethods]
impl Cors {
    #[new]
    #[pyo3(signature = (
        app, *, allow_origins = None, allow_origin_regex = None, allow_origin_if = None, allow_null_origin = false,
        allow_methods = None, allow_headers = None, expose_headers = None, allow_credentials = false, max_age = None,
        allow_private_network = false
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "Python's keyword arguments are Rust's builder"
    )]
    fn new(
        app: &Bound<'_, PyAny>,
        allow_origins: Option<Names>,
        allow_origin_regex: Option<&str>,
        allow_origin_if: Option<&Bound<'_, PyAny>>,
        allow_null_origin: bool,
        allow_methods: Option<Names>,
        allow_headers: Option<Names>,
        expose_headers: Option<Names>,
        allow_credentials: bool,
        #[pyo3(from_py_with = numbers::max_age)] max_age: Option<f64>,
        allow_private_network: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let max_age = max_age.map(|age| seconds("max_age", age)).transpose()?;
        let mut cors = Layer::new(app)
            .allow_credentials(allow_credentials)
            .map_err(to_py_err)?
            .max_age(max_age)
            .allow_private_network(allow_private_network);
        if let Some(names) = allow_origins {
            cors = match names.word("allow_origins", &["*", "mirror"])? {
                Ok("*") => cors.allow_any_origin(),
                Ok(_) => Ok(cors.mirror_origin()),
                Err(origins) => cors.allow_origins(origins),
            }
            .map_err(to_py_err)?;
        }
        if let Some(pattern) = allow_origin_regex {
            cors = cors.allow_origin_pattern(pattern).map_err(to_py_err)?;
        }
        if let Some(test) = allow_origin_if {
            let test = callable("allow_origin_if", test)?;
            cors = cors.allow_origin_if(move |origin, environ| {
                asked(|py| {
                    let environ = environ_dict(py, environ)?;
                    test.bind(py).call1((origin, environ))?.is_truthy()
                })
            });
        }
        if allow_null_origin {
            cors = cors.allow_null_origin().map_err(to_py_err)?;
        }
        if let Some(names) = allow_methods {
            cors = match names.word("allow_methods", &["*", "mirror"])? {
                Ok("*") => cors.allow_any_method(),
                Ok(_) => Ok(cors.mirror_method()),
                Err(methods) => cors.allow_methods(methods),
            }
            .map_err(to_py_err)?;
        }
        if let Some(names) = allow_headers {
            cors = match names.word("allow_headers", &["*", "mirror"])? {
                Ok("*") => cors.allow_any_header(),
                Ok(_) => Ok(cors.mirror_headers()),
                Err(names) => cors.allow_headers(names),
            }
            .map_err(to_py_err)?;
        }
        if let Some(names) = expose_headers {
            cors = match names.word("expose_headers", &["*"])? {
                Ok(_) => cors.expose_any_header(),
                Err(names) => cors.expose_headers(names),
            }
            .map_err(to_py_err)?;
        }
        Ok(exported(cors, wrapped).add_subclass(Self))
    }
}

impl Names {
    /// The word, which is one of `words`, or else the names. `["*"]` is `"*"`, as other packages have it.
    fn word(
        &self,
        argument: &str,
        words: &[&'static str],
    ) -> PyResult<Result<&'static str, &[String]>> {
        let word = match self {
            Self::Word(word) => word,
            Self::Names(names) => match names.as_slice() {
                [word] if word == "*" => word,
                names => return Ok(Err(names)),
            },
        };
        if let Some(&known) = words.iter().find(|known| *known == word) {
            return Ok(Ok(known));
        }
        let words = words.join("\" or \"");
        Err(PyValueError::new_err(format!(
            "{argument}: {word:?} is one word; give a list of names, or \"{words}\""
        )))
    }
}

/// With the words of Python's arguments.
fn to_py_err(error: CorsError) -> PyErr {
    PyValueError::new_err(match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    })
}
