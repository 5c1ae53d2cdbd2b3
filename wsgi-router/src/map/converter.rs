//! Converters: what a parameter may look like, what it becomes, and how it is written back.
//!
//! ```text
//!  "2024"  ── language ──▶ does it look like one? ── to_value ──▶ Int(2024) ── to_url ──▶ "2024"
//!             [0-9]+           no: try other rules     fails: no rule matches
//! ```
//! The two ways to say no differ, as in Werkzeug: text outside of the *language* leaves the path to other rules, but
//! once a rule has been chosen, a value that it refuses (`int(max=9)` and `10`) is a `404`.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

use thiserror::Error;

use super::language::Language;
use super::number::{Integer, read_float};
use super::quote;
use super::schema::Schema;
use super::uuid::Uuid;
use super::value::Value;

mod arguments;
mod numbers;
#[cfg(test)]
mod tests;
mod text;

pub use arguments::Arguments;
use numbers::{Float, Int};
use text::{OneOf, Text};

/// A type of parameter of one's own.
///
/// Given to a map by name ([`MapBuilder::converter`](super::MapBuilder::converter)), so that rules say
/// `<name(arguments):parameter>`.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use http::Method;
/// use wsgi_router::{Converter, Map, Rule, ToUrlError, Value};
///
/// /// Two letters, such as a language; in capitals for the application.
/// #[derive(Debug)]
/// struct Language;
///
/// impl Converter for Language {
///     fn regex(&self) -> String {
///         "[a-z]{2}".to_owned()
///     }
///     fn to_value(&self, text: &str) -> Option<Value> {
///         Some(Value::from(text.to_uppercase()))
///     }
///     fn to_url(&self, value: &Value) -> Result<String, ToUrlError> {
///         Ok(value.to_string().to_lowercase())
///     }
/// }
///
/// let map = Map::builder()
///     .converter("lang", |_| Ok(Arc::new(Language)))
///     .add(Rule::new("/<lang:code>/about").endpoint("about"))
///     .build()?;
/// let found = map.bind("example.com").match_path("/fr/about", &Method::GET).found().expect("it matches");
/// assert_eq!(found.values().get("code"), Some(&Value::from("FR")));
/// let values = [("code", "DE")].into();
/// assert_eq!(map.bind("example.com").build("about", &values).url()?, "/de/about");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Converter: Debug + Send + Sync {
    /// What the text looks like: a regular expression of the crate `regex`, which matches in linear time and so has
    /// neither look-around nor references. It need not be anchored, and matches decoded text.
    fn regex(&self) -> String {
        "[^/]+".to_owned()
    }

    /// Where several parameters could match, the one of the smaller weight is tried first. Built-in ones have 50
    /// (numbers), 100 and 200 (`path`).
    fn weight(&self) -> i64 {
        100
    }

    /// Whether the text never has a slash in it. When it may, the rest of the rule is matched against the rest of
    /// the path at once. By default true where the expression has no slash, or is `[^/]+`.
    fn part_isolating(&self) -> bool {
        let regex = self.regex();
        regex == "[^/]+" || !regex.contains('/')
    }

    /// The value of a text that the expression matches; `None` when it is none after all, so that nothing is found.
    ///
    /// Called once the rule has been chosen, seldom twice for one request.
    fn to_value(&self, text: &str) -> Option<Value> {
        Some(Value::from(text))
    }

    /// Whether [`to_value`](Converter::to_value) has a value for every text that the expression matches. A match is
    /// then certain without asking it, and the texts can be had by [`Match::text`](super::Match::text) alone.
    fn accepts_all(&self) -> bool {
        false
    }

    /// The text of a value, percent-encoded for its place in a path.
    ///
    /// # Errors
    /// [`ToUrlError::Declined`] leaves the value to other rules of the endpoint; [`ToUrlError::Refused`] ends the
    /// building with its reason, which a text is by `into`.
    fn to_url(&self, value: &Value) -> Result<String, ToUrlError> {
        Ok(quote::path(&value.to_string()))
    }

    /// What reports say about the value. By default text of the expression, where JSON Schema knows its notation.
    fn schema(&self) -> Schema {
        Schema::of_regex(&self.regex())
    }
}

/// Why a converter does not write a value.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToUrlError {
    /// The value is none of this converter's: other rules of the endpoint are asked. Werkzeug's `ValidationError`.
    #[error("its converter takes no such value")]
    Declined,
    /// The value is wrong, and no URL is built: any other exception of Python's.
    #[error("{0}")]
    Refused(String),
}

impl From<String> for ToUrlError {
    fn from(reason: String) -> Self {
        Self::Refused(reason)
    }
}

impl From<&str> for ToUrlError {
    fn from(reason: &str) -> Self {
        Self::Refused(reason.to_owned())
    }
}

/// Makes a converter from the arguments in a rule.
pub(crate) type Factory =
    Arc<dyn Fn(&Arguments) -> Result<Arc<dyn Converter>, String> + Send + Sync>;

/// The converter of one parameter. The built-in ones are told apart, so that matching calls no trait object.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Text(Text),
    OneOf(OneOf),
    Path,
    Int(Int),
    Float(Float),
    Uuid,
    /// All that is below a mount.
    Below,
    Custom(Arc<dyn Converter>),
}

/// The converters that rules may name: the built-in ones, and those of the application, which come first.
#[derive(Clone, Default)]
pub(crate) struct Converters(HashMap<String, Factory>);

impl Converters {
    pub(crate) fn add(&mut self, name: String, factory: Factory) {
        self.0.insert(name, factory);
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The converter of this name with these arguments; `None` if there is no such name.
    pub(crate) fn make(&self, name: &str, arguments: &Arguments) -> Option<Result<Kind, String>> {
        if let Some(factory) = self.0.get(name) {
            return Some(factory(arguments).map(Kind::Custom));
        }
        let made = match name {
            "default" | "string" => Text::new(arguments).map(Kind::Text),
            "any" => OneOf::new(arguments).map(Kind::OneOf),
            "path" => arguments.none().map(|()| Kind::Path),
            "int" => Int::new(arguments).map(Kind::Int),
            "float" => Float::new(arguments).map(Kind::Float),
            "uuid" => arguments.none().map(|()| Kind::Uuid),
            _ => return None,
        };
        Some(made)
    }

    /// All names, for "did you mean".
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let built_in = ["string", "any", "path", "int", "float", "uuid"];
        self.0.keys().map(String::as_str).chain(built_in)
    }
}

impl Debug for Converters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Kind {
    pub(crate) fn weight(&self) -> i64 {
        match self {
            Self::Int(_) | Self::Float(_) => 50,
            Self::Text(_) | Self::OneOf(_) | Self::Uuid => 100,
            Self::Path => 200,
            Self::Below => i64::MAX,
            Self::Custom(converter) => converter.weight(),
        }
    }

    pub(crate) fn part_isolating(&self) -> bool {
        match self {
            Self::Path | Self::Below => false,
            Self::Custom(converter) => converter.part_isolating(),
            _ => true,
        }
    }

    /// What it matches.
    ///
    /// # Errors
    /// What is wrong with the expression of a custom converter.
    pub(crate) fn language(&self) -> Result<Language, String> {
        Ok(match self {
            Self::Text(text) => text.language(),
            Self::OneOf(items) => items.language(),
            Self::Path => Language::Rest,
            Self::Int(int) => Language::Digits { signed: int.signed },
            Self::Float(float) => Language::Decimal {
                signed: float.signed,
            },
            Self::Uuid => Language::Uuid,
            Self::Below => Language::Anything,
            Self::Custom(converter) => Language::of(&converter.regex())?,
        })
    }

    /// The regular expression of its language, as the converter has it: `[^/]+` is not `[^/]{1,}`.
    pub(crate) fn expression(&self, language: &Language) -> String {
        match self {
            Self::Custom(converter) => converter.regex(),
            _ => language.regex(),
        }
    }

    /// Whether `to_value` may refuse what the language matches.
    pub(crate) fn may_refuse(&self) -> bool {
        match self {
            Self::Int(_) | Self::Float(_) => true,
            Self::Custom(converter) => !converter.accepts_all(),
            _ => false,
        }
    }

    /// Whether it takes all numbers of few digits.
    pub(crate) fn takes_digits(&self) -> bool {
        matches!(self, Self::Int(int) if int.is_unlimited())
    }

    /// Whether its values are made by the application, and so once for each match.
    pub(crate) fn is_custom(&self) -> bool {
        matches!(self, Self::Custom(_))
    }

    /// The value of what the language matched.
    pub(crate) fn to_value(&self, text: &str) -> Option<Value> {
        match self {
            Self::Text(_) | Self::OneOf(_) | Self::Path | Self::Below => Some(Value::from(text)),
            Self::Int(int) => int.to_value(text).map(Value::Int),
            Self::Float(float) => float.to_value(text).map(Value::Float),
            Self::Uuid => Uuid::parse(text).map(Value::Uuid),
            Self::Custom(converter) => converter.to_value(text),
        }
    }

    /// The text of a value, percent-encoded.
    pub(crate) fn to_url(&self, value: &Value) -> Result<String, ToUrlError> {
        Ok(match self {
            Self::Text(_) => quote::segment(&value.to_string()),
            Self::OneOf(items) => items.to_url(value)?,
            Self::Path => quote::path(&value.to_string()),
            Self::Int(int) => int.to_url(value)?,
            Self::Float(float) => float.to_url(value)?,
            // What is below has been encoded by whoever answers there.
            Self::Uuid | Self::Below => value.to_string(),
            Self::Custom(converter) => converter.to_url(value)?,
        })
    }

    /// What reports say about the value.
    pub(crate) fn schema(&self) -> Schema {
        match self {
            Self::Text(text) => text.schema(),
            Self::OneOf(items) => items.schema(),
            Self::Path => Schema::text(1, None),
            Self::Below => Schema::text(0, None),
            Self::Int(int) => int.schema(),
            Self::Float(float) => float.schema(),
            Self::Uuid => Schema::uuid(),
            Self::Custom(converter) => converter.schema(),
        }
    }

    /// A text that it matches and accepts, if one is easily found; for examples in messages.
    pub(crate) fn example(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.example()),
            Self::OneOf(items) => items.example(),
            Self::Path | Self::Below => Some("a/b".to_owned()),
            Self::Int(int) => int.example(),
            Self::Float(float) => float.example(),
            Self::Uuid => Some(Uuid::from_u128(0).to_string()),
            Self::Custom(_) => None,
        }
    }
}

/// Python's `int()` of a value.
fn whole(value: &Value) -> Result<Integer, String> {
    let whole = match value {
        Value::Int(integer) => Some(integer.clone()),
        Value::Bool(truth) => Some(Integer::from(i64::from(*truth))),
        Value::Float(float) => Integer::truncate(*float),
        Value::Uuid(uuid) => Integer::parse(&uuid.to_u128().to_string()),
        Value::Str(text) => Integer::read(text),
        _ => None,
    };
    whole.ok_or_else(|| format!("{:?} is no whole number", value.to_string()))
}

/// Python's `float()` of a value.
fn real(value: &Value) -> Result<f64, String> {
    let real = match value {
        Value::Float(float) => Some(*float),
        Value::Int(integer) => Some(integer.to_f64()),
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Value::Str(text) => read_float(text),
        _ => None,
    };
    real.ok_or_else(|| format!("{:?} is no number", value.to_string()))
}
