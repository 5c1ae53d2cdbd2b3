//! Values of parameters: from the text in a path to a Python object, and back into a URL.

use std::cmp::Ordering;
use std::fmt::Write;
use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyString};
use wsgi_router::{Converter, ToUrlError, Value};

use super::hooks::Hooks;
use super::quote;

/// What a converter of Python's looks like to the map; what becomes of the text is none of the map's business.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    regex: String,
    weight: i64,
    part_isolating: bool,
}

impl Pattern {
    fn of(converter: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = converter.py();
        Ok(Self {
            regex: converter.getattr(intern!(py, "regex"))?.extract()?,
            weight: converter.getattr(intern!(py, "weight"))?.extract()?,
            part_isolating: converter
                .getattr(intern!(py, "part_isolating"))?
                .is_truthy()?,
        })
    }

    /// As the map takes it.
    pub(super) fn converter(&self) -> Arc<dyn Converter> {
        Arc::new(self.clone())
    }
}

impl Converter for Pattern {
    fn regex(&self) -> String {
        self.regex.clone()
    }

    fn weight(&self) -> i64 {
        self.weight
    }

    fn part_isolating(&self) -> bool {
        self.part_isolating
    }

    fn accepts_all(&self) -> bool {
        true
    }

    fn to_url(&self, _: &Value) -> Result<String, ToUrlError> {
        Err(ToUrlError::from("URLs are not built by the map"))
    }
}

/// A converter: an object of Python's, and what of it can be done without calling it.
#[derive(Debug)]
pub(super) struct Conversion {
    pub(super) object: Py<PyAny>,
    pub(super) pattern: Pattern,
    read: Read,
    write: Written,
}

/// What `to_python` does.
#[derive(Debug)]
enum Read {
    /// Something of its own.
    Call,
    /// The text is the value.
    Text,
    Int(Limits<i64>),
    Float(Limits<f64>),
    Uuid,
}

/// What `to_url` does.
#[derive(Debug)]
enum Written {
    /// Something of its own.
    Call,
    /// Text, with slashes left as they are.
    Path,
    /// Text, without.
    Segment,
    /// Digits, at least so many.
    Int { width: usize },
}

/// `fixed_digits`, `min` and `max`.
#[derive(Debug)]
struct Limits<N> {
    fixed_digits: usize,
    min: Option<N>,
    max: Option<N>,
}

impl<N: PartialOrd + for<'a, 'py> FromPyObject<'a, 'py>> Limits<N> {
    /// `None` if they are anything but plain numbers.
    fn of(converter: &Bound<'_, PyAny>) -> Option<Self> {
        let py = converter.py();
        let limit = |name| {
            let limit = converter.getattr(name).ok()?;
            match limit.is_none() {
                true => Some(None),
                false => limit.extract::<N>().ok().map(Some),
            }
        };
        Some(Self {
            fixed_digits: converter
                .getattr(intern!(py, "fixed_digits"))
                .ok()?
                .extract()
                .ok()?,
            min: limit(intern!(py, "min"))?,
            max: limit(intern!(py, "max"))?,
        })
    }

    fn accept(&self, text: &str, number: &N) -> bool {
        (self.fixed_digits == 0 || text.len() == self.fixed_digits)
            // A limit that is not a number refuses nothing, as in Python.
            && self.min.as_ref().and_then(|min| number.partial_cmp(min)) != Some(Ordering::Less)
            && self.max.as_ref().and_then(|max| number.partial_cmp(max)) != Some(Ordering::Greater)
    }
}

/// A text that is no value of its parameter, or an exception of the application's converter.
#[derive(Debug)]
pub(super) enum ReadError {
    Refused,
    Raised(PyErr),
}

impl Conversion {
    /// Reads what there is to know of a converter.
    pub(super) fn new(converter: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = converter.py();
        let kinds = Hooks::get(py)?.kinds.bind(py).call1((converter,))?;
        let (read, write): (u8, u8) = kinds.extract()?;
        let read = match read {
            1 => Some(Read::Text),
            2 => Limits::of(converter).map(Read::Int),
            3 => Limits::of(converter).map(Read::Float),
            4 => Some(Read::Uuid),
            _ => None,
        };
        let width = || converter.getattr(intern!(py, "fixed_digits"))?.extract();
        let write = match write {
            1 => Written::Path,
            2 => Written::Segment,
            3 => width().map_or(Written::Call, |width| Written::Int { width }),
            _ => Written::Call,
        };
        Ok(Self {
            object: converter.clone().unbind(),
            pattern: Pattern::of(converter)?,
            read: read.unwrap_or(Read::Call),
            write,
        })
    }

    /// The value of a text that the pattern matches.
    pub(super) fn read<'py>(
        &self,
        py: Python<'py>,
        text: &str,
    ) -> Result<Bound<'py, PyAny>, ReadError> {
        match &self.read {
            Read::Text => return Ok(PyString::new(py, text).into_any()),
            Read::Int(limits) => {
                if let Some(number) = small_int(text) {
                    if !limits.accept(text, &number) {
                        return Err(ReadError::Refused);
                    }
                    let Ok(number) = number.into_pyobject(py);
                    return Ok(number.into_any());
                }
            }
            Read::Float(limits) => {
                if let Ok(number) = text.parse::<f64>() {
                    if !limits.accept(text, &number) {
                        return Err(ReadError::Refused);
                    }
                    return Ok(PyFloat::new(py, number).into_any());
                }
            }
            Read::Uuid => {
                let uuid = Hooks::get(py).and_then(|hooks| hooks.uuid.bind(py).call1((text,)));
                return uuid.map_err(ReadError::Raised);
            }
            Read::Call => {}
        }
        self.call(py, text)
    }

    /// Asks the converter itself.
    fn call<'py>(&self, py: Python<'py>, text: &str) -> Result<Bound<'py, PyAny>, ReadError> {
        let value = self
            .object
            .bind(py)
            .call_method1(intern!(py, "to_python"), (text,));
        value.map_err(|error| {
            match Hooks::get(py).map(|hooks| error.is_instance(py, hooks.validation_error.bind(py)))
            {
                Ok(true) => ReadError::Refused,
                _ => ReadError::Raised(error),
            }
        })
    }

    /// Adds a value to a URL.
    pub(super) fn write(&self, value: &Bound<'_, PyAny>, url: &mut String) -> PyResult<()> {
        match self.write {
            Written::Path | Written::Segment => {
                let text = match value.cast_exact::<PyString>() {
                    Ok(text) => text.clone(),
                    Err(_) => value.str()?,
                };
                let add = match self.write {
                    Written::Segment => quote::segment,
                    _ => quote::path,
                };
                add(text.to_str()?, url);
                return Ok(());
            }
            Written::Int { width } => {
                if let Ok(number) = value.cast_exact::<PyInt>()
                    && let Ok(number) = number.extract::<i64>()
                {
                    return add_number(number, width, url);
                }
            }
            Written::Call => {}
        }
        let py = value.py();
        let text = self
            .object
            .bind(py)
            .call_method1(intern!(py, "to_url"), (value,))?;
        url.push_str(text.str()?.to_str()?);
        Ok(())
    }
}

/// Python's `zfill`, which counts the sign.
fn add_number(number: i64, width: usize, url: &mut String) -> PyResult<()> {
    let written = if width == 0 {
        write!(url, "{number}")
    } else {
        write!(url, "{number:0width$}")
    };
    written.map_err(|error| pyo3::exceptions::PyRuntimeError::new_err(error.to_string()))
}

/// ASCII digits, so few that they fit, perhaps behind a minus.
fn small_int(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut number: i64 = 0;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number * 10 + i64::from(digit - b'0');
    }
    Some(if digits.len() < text.len() {
        -number
    } else {
        number
    })
}
