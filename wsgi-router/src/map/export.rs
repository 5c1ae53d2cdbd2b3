//! Reports as JSON, and back.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::number::Integer;
use super::report::Report;
use super::value::Value;

impl Report {
    /// The report as JSON, indented by two spaces.
    ///
    /// ```json
    /// {
    ///   "routes": [
    ///     {
    ///       "methods": ["GET", "HEAD"],
    ///       "subdomain": "api",
    ///       "path": "/users/<int(max=99):id>",
    ///       "template": "/users/{id}",
    ///       "endpoint": "user",
    ///       "parameters": [
    ///         {
    ///           "name": "id",
    ///           "in": "path",
    ///           "converter": "int",
    ///           "arguments": [{"name": "max", "value": 99}],
    ///           "schema": {"type": "integer", "minimum": 0, "maximum": 99},
    ///           "slashes": false
    ///         }
    ///       ],
    ///       "defaults": {"tab": "posts"},
    ///       "notes": ["alias"],
    ///       "hit": true
    ///     }
    ///   ]
    /// }
    /// ```
    ///
    /// No methods are all methods. Instead of `subdomain` there may be `host`, or neither. `template` and `hit` may be
    /// `null`; an argument without a `name` is given by place. Values that JSON has not are text: UUIDs, whole numbers
    /// beyond 64 bits. Later versions may add fields; these stay.
    pub fn to_json(&self) -> String {
        json(self)
    }

    /// Reads what [`to_json`](Report::to_json) writes. Of each route only `path` should be there, for all others there
    /// is a default; what is not known is passed over.
    ///
    /// # Errors
    /// [`ReportError`] says what is wrong and where.
    pub fn from_json(text: &str) -> Result<Self, ReportError> {
        serde_json::from_str(text).map_err(|error| ReportError {
            reason: error.to_string(),
        })
    }
}

/// Indented JSON of something that has no maps but those with text as keys.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("all keys are text, and nothing fails by itself")
}

/// Text that is no report.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("it is no report in JSON: {reason}")]
pub struct ReportError {
    reason: String,
}

/// A [`Value`] in JSON.
struct Json<'v>(&'v Value);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::None => serializer.serialize_unit(),
            Value::Bool(truth) => serializer.serialize_bool(*truth),
            Value::Int(integer) => match integer.to_i64() {
                Some(number) => serializer.serialize_i64(number),
                None => serializer.collect_str(integer),
            },
            Value::Float(float) if float.is_finite() => serializer.serialize_f64(*float),
            Value::List(values) => serializer.collect_seq(values.iter().map(Json)),
            other => serializer.collect_str(other),
        }
    }
}

fn of_json(json: serde_json::Value) -> Result<Value, &'static str> {
    use serde_json::Value as J;
    Ok(match json {
        J::Null => Value::None,
        J::Bool(truth) => Value::Bool(truth),
        J::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Value::Int(Integer::from(integer)),
            (None, Some(float)) => Value::Float(float),
            (None, None) => return Err("a number beyond all bounds"),
        },
        J::String(text) => Value::Str(text),
        J::Array(values) => {
            let values: Result<Vec<Value>, _> = values.into_iter().map(of_json).collect();
            Value::List(values?)
        }
        J::Object(_) => return Err("an object is no value of a route"),
    })
}

/// `#[serde(with)]` for a [`Value`].
pub(super) mod value {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(
        value: &Value,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        Json(value).serialize(s)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Value, D::Error> {
        of_json(serde_json::Value::deserialize(d)?).map_err(D::Error::custom)
    }
}

/// `#[serde(with)]` for [`Values`](super::value::Values).
pub(super) mod values {
    use super::*;
    use crate::map::value::Values;

    pub(in super::super) fn serialize<S: Serializer>(
        values: &Values,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        s.collect_map(values.iter().map(|(name, value)| (name, Json(value))))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Values, D::Error> {
        let mut values = Values::new();
        for (name, value) in serde_json::Map::deserialize(d)? {
            values.insert(name, of_json(value).map_err(D::Error::custom)?);
        }
        Ok(values)
    }
}
