//! Converters and functions of an application's own: the counterparts of those in `oracle.py`.

use std::sync::Arc;

use serde_json::Value as Json;
use wsgi_router::{Adapter, Arguments, Converter, MapBuilder, ToUrlError, Value, Values};

use crate::oracle::shown;

/// Tells the map that a name stands for one of these converters.
pub(crate) fn add(builder: MapBuilder, name: &str, converter: &str) -> MapBuilder {
    let converter = converter.to_owned();
    builder.converter(name, move |arguments| {
        let custom = Custom {
            name: converter.clone(),
            arguments: arguments.clone(),
        };
        // Only one of them takes any.
        if converter != "arguments"
            && !(arguments.positional().is_empty() && arguments.named().is_empty())
        {
            return Err("it takes no arguments".to_owned());
        }
        Ok(Arc::new(custom) as Arc<dyn Converter>)
    })
}

/// A converter of this name.
#[derive(Debug)]
struct Custom {
    name: String,
    arguments: Arguments,
}

impl Converter for Custom {
    fn regex(&self) -> String {
        let regex = match self.name.as_str() {
            "lower" | "first" => "[a-z]+",
            "two" => "[a-z]+/[a-z]+",
            "tail" => ".+",
            "optional" => "[a-z]*",
            "either" => "(a|(b+))c?|d",
            "even" => r"\d+",
            _ => "[^/]+",
        };
        regex.to_owned()
    }

    fn weight(&self) -> i64 {
        match self.name.as_str() {
            "first" => 10,
            "last" => 150,
            "tail" => 300,
            "even" => 50,
            _ => 100,
        }
    }

    fn part_isolating(&self) -> bool {
        !["two", "tail"].contains(&self.name.as_str())
    }

    fn to_value(&self, text: &str) -> Option<Value> {
        Some(match self.name.as_str() {
            "lower" => Value::from(text.to_uppercase()),
            "plus" => Value::from(text.split('+').map(Value::from).collect::<Vec<_>>()),
            "even" => {
                let even: i64 = text.parse().ok().filter(|number| number % 2 == 0)?;
                Value::from(even)
            }
            "arguments" => {
                let text = |value: &Value| match shown(value) {
                    Json::String(text) => text,
                    other => other.to_string(),
                };
                let positional = self.arguments.positional().iter().map(text);
                let named = self.arguments.named().iter();
                let named = named.map(|(name, value)| format!("{name}={}", text(value)));
                Value::from(positional.chain(named).map(Value::from).collect::<Vec<_>>())
            }
            _ => Value::from(text),
        })
    }

    fn to_url(&self, value: &Value) -> Result<String, ToUrlError> {
        let text = |value: &Value| Plain.to_url(value);
        match (self.name.as_str(), value) {
            ("lower", value) => Ok(text(value)?.to_lowercase()),
            ("plus", Value::List(values)) => {
                let texts: Result<Vec<String>, ToUrlError> = values.iter().map(text).collect();
                Ok(texts?.join("+"))
            }
            ("even", value) => match value.as_i64() {
                Some(number) if number % 2 == 0 => Ok(number.to_string()),
                _ => Err("odd".into()),
            },
            (_, value) => text(value),
        }
    }
}

/// What a converter does that says nothing else.
#[derive(Debug)]
struct Plain;

impl Converter for Plain {}

/// A function for `redirect_to`.
pub(crate) fn function(
    name: &str,
) -> impl Fn(&Adapter<'_, '_>, &Values) -> String + Send + Sync + 'static {
    let name = name.to_owned();
    move |adapter, values| match name.as_str() {
        "build" => adapter
            .build("target", values)
            .url()
            .expect("there is such a rule"),
        _ => {
            let mut fields: Vec<String> = values
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            fields.sort();
            fields.reverse();
            fields.join("/")
        }
    }
}
