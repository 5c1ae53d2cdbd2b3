//! Converters of the application's own: classes of Python's, as `wsgi_rs.routing.BaseConverter` is one.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use wsgi_router::{Arguments, Converter, RouterBuilder, ToUrlError, Value};

use super::super::routing::{check_expression, validation_error};
use super::values::{self, Held};

/// The classes by the names that rules give them.
#[derive(Clone, Debug, Default)]
pub(super) struct Classes(Arc<Vec<(String, Py<PyAny>)>>);

impl Classes {
    pub(super) fn new(given: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut classes = Vec::new();
        for (name, class) in given.into_iter().flat_map(|given| given.iter()) {
            let name: String = name.extract()?;
            if !class.is_callable() {
                return Err(PyTypeError::new_err(format!(
                    "converters: {name:?} is no class; give a subclass of wsgi_rs.routing.BaseConverter"
                )));
            }
            classes.push((name, class.unbind()));
        }
        Ok(Self(Arc::new(classes)))
    }

    /// Makes them known to a router.
    pub(super) fn add_to(&self, builder: RouterBuilder) -> RouterBuilder {
        (0..self.0.len()).fold(builder, |builder, at| {
            let classes = self.0.clone();
            let make = move |arguments: &Arguments| {
                let class = classes.get(at).map(|(_, class)| class);
                let class = class.ok_or("there is no such class")?;
                let made = Python::attach(|py| PyConverter::new(class.bind(py), arguments));
                let made = made.map_err(|error| error.to_string())?;
                Ok(Arc::new(made) as Arc<dyn Converter>)
            };
            builder.converter(self.0[at].0.as_str(), make)
        })
    }
}

/// A converter of one parameter.
#[derive(Debug)]
struct PyConverter {
    object: Py<PyAny>,
    regex: String,
    weight: i64,
    part_isolating: bool,
}

impl PyConverter {
    /// Called with no map, as there is none that a converter could look into, and the arguments of the rule.
    fn new(class: &Bound<'_, PyAny>, arguments: &Arguments) -> PyResult<Self> {
        let py = class.py();
        let mut positional = vec![py.None().into_bound(py)];
        for value in arguments.positional() {
            positional.push(values::object(py, value)?);
        }
        let named = PyDict::new(py);
        for (name, value) in arguments.named() {
            named.set_item(name, values::object(py, value)?)?;
        }
        let object = class.call(PyTuple::new(py, positional)?, Some(&named))?;
        let regex: String = object.getattr(intern!(py, "regex"))?.extract()?;
        check_expression(&regex)?;
        Ok(Self {
            regex,
            weight: object.getattr(intern!(py, "weight"))?.extract()?,
            part_isolating: object.getattr(intern!(py, "part_isolating"))?.is_truthy()?,
            object: object.unbind(),
        })
    }
}

impl Converter for PyConverter {
    fn regex(&self) -> String {
        self.regex.clone()
    }

    fn weight(&self) -> i64 {
        self.weight
    }

    fn part_isolating(&self) -> bool {
        self.part_isolating
    }

    fn to_value(&self, text: &str) -> Option<Value> {
        Python::attach(|py| {
            let made = self
                .object
                .bind(py)
                .call_method1(intern!(py, "to_python"), (text,));
            match made {
                Ok(value) => Some(Held::value(value)),
                Err(error) if is_validation_error(py, &error) => None,
                // The application's own mistake, which is raised where its application would be called.
                Err(error) => Some(Held::failure(error)),
            }
        })
    }

    fn to_url(&self, value: &Value) -> Result<String, ToUrlError> {
        Python::attach(|py| {
            let url = values::object(py, value).and_then(|value| {
                let url = self
                    .object
                    .bind(py)
                    .call_method1(intern!(py, "to_url"), (value,))?;
                url.cast::<PyString>()?.extract()
            });
            url.map_err(|error| match is_validation_error(py, &error) {
                true => ToUrlError::Declined,
                false => ToUrlError::Refused(error.to_string()),
            })
        })
    }
}

fn is_validation_error(py: Python<'_>, error: &PyErr) -> bool {
    validation_error(py).is_ok_and(|class| error.is_instance(py, class.bind(py)))
}
