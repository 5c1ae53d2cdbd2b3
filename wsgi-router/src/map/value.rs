//! What a converter makes of a piece of a path, and what URLs are built from.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::{Display, Formatter, Result as FmtResult};
use std::sync::Arc;

use super::number::Integer;
use super::uuid::Uuid;

/// A value taken from a URL, or to be put into one.
///
/// Displayed as Python's `str()` shows its counterpart, for that is what Werkzeug writes into URLs: `None`, `True`,
/// `1e+16`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Value {
    /// Python's `None`. Among the values a URL is built from it is as if it had not been given.
    None,
    /// A truth value; equal to the number 0 or 1, as in Python.
    Bool(bool),
    /// A whole number of any size.
    Int(Integer),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Str(String),
    /// A UUID.
    Uuid(Uuid),
    /// Several values: in a query, a field for each.
    List(Vec<Value>),
    /// What a converter of one's own makes.
    Custom(Arc<dyn CustomValue>),
}

/// A value of a type of one's own, made by a [`Converter`](super::Converter).
pub trait CustomValue: std::any::Any + std::fmt::Debug + Send + Sync {
    /// How it is written into a query: what Python's `str()` would give.
    fn text(&self) -> String;

    /// Whether it equals another value; asked when a rule has a default for the parameter.
    fn equals(&self, other: &Value) -> bool;
}

impl Value {
    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(integer) => integer.to_i64(),
            _ => None,
        }
    }

    /// As Python's `repr` shows it, which is how `str` shows what is in a list.
    fn quoted(&self) -> String {
        match self {
            Self::Str(text) => quoted(text),
            Self::Uuid(uuid) => format!("UUID('{uuid}')"),
            other => other.to_string(),
        }
    }

    /// As a number for comparisons: of a truth value, a whole or a floating-point number.
    fn number(&self) -> Option<Number<'_>> {
        match self {
            Self::Bool(truth) => Some(Number::Whole(Integer::from(i64::from(*truth)))),
            Self::Int(integer) => Some(Number::Known(integer)),
            Self::Float(float) => Some(Number::Float(*float)),
            _ => None,
        }
    }
}

enum Number<'v> {
    Whole(Integer),
    Known(&'v Integer),
    Float(f64),
}

impl Number<'_> {
    fn whole(&self) -> Option<&Integer> {
        match self {
            Self::Whole(integer) => Some(integer),
            Self::Known(integer) => Some(integer),
            Self::Float(_) => None,
        }
    }

    fn float(&self) -> f64 {
        match self {
            Self::Float(float) => *float,
            Self::Whole(integer) => integer.to_f64(),
            Self::Known(integer) => integer.to_f64(),
        }
    }
}

/// Equal as Python's `==` has it: numbers by their value, whatever their type.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        if let (Some(a), Some(b)) = (self.number(), other.number()) {
            return match (a.whole(), b.whole()) {
                (Some(a), Some(b)) => a == b,
                _ => a.float() == b.float(),
            };
        }
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::Uuid(a), Self::Uuid(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Custom(custom), other) | (other, Self::Custom(custom)) => custom.equals(other),
            _ => false,
        }
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        match self {
            Self::None => f.write_str("None"),
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::Int(integer) => integer.fmt(f),
            Self::Float(float) => f.write_str(&float_text(*float)),
            Self::Str(text) => f.write_str(text),
            Self::Uuid(uuid) => uuid.fmt(f),
            Self::List(values) => {
                let texts: Vec<String> = values.iter().map(Value::quoted).collect();
                write!(f, "[{}]", texts.join(", "))
            }
            Self::Custom(custom) => f.write_str(&custom.text()),
        }
    }
}

/// As Python's `repr` writes a float: the shortest digits that read back the same, with an exponent from `1e16` on
/// and below `1e-4`.
fn float_text(float: f64) -> String {
    if !float.is_finite() {
        return float.to_string().to_lowercase();
    }
    let text = format!("{float:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if float == 0.0 || (-4..16).contains(&exponent) {
        return format!("{float:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// As Python's `repr` writes text, but for characters beyond ASCII that cannot be printed: they are left as they are.
fn quoted(text: &str) -> String {
    let quote = match text.contains('\'') && !text.contains('"') {
        true => '"',
        false => '\'',
    };
    let mut quoted = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\\' => quoted.push_str("\\\\"),
            c if c == quote => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push(quote);
    quoted
}

macro_rules! values_from {
    ($($type:ty => $value:expr,)*) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                $value(value)
            }
        })*
    };
}

values_from! {
    bool => Self::Bool,
    i64 => |number| Self::Int(Integer::from(number)),
    i32 => |number| Self::Int(Integer::from(i64::from(number))),
    u32 => |number| Self::Int(Integer::from(i64::from(number))),
    Integer => Self::Int,
    f64 => Self::Float,
    String => Self::Str,
    &str => |text: &str| Self::Str(text.to_owned()),
    Uuid => Self::Uuid,
    Vec<Value> => Self::List,
}

/// Values by name, in the order in which they were given.
///
/// A value is found, added or replaced in constant time, however many there are: a client may have sent them.
#[derive(Clone, Debug, Default)]
pub struct Values {
    fields: Vec<(String, Value)>,
    /// Where each name is in `fields`, once there are more than [`FEW`].
    places: HashMap<String, usize>,
}

/// So many names are compared faster than hashed.
const FEW: usize = 16;

impl Values {
    /// No values yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more; a value that was there under this name is replaced in its place.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.insert(name, value);
        self
    }

    /// Adds a value, or replaces that of this name in its place.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        let (name, value) = (name.into(), value.into());
        match self.slot(&name) {
            Some(slot) => *slot = value,
            None => self.push(name, value),
        }
    }

    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(self.place(name)?).map(|(_, value)| value)
    }

    /// All, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Adds a value behind those that have this name already, which make a [`Value::List`] then: the fields of a
    /// query or a form, as Werkzeug's `MultiDict` has them. One value stays itself.
    pub fn append(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        let (name, value) = (name.into(), value.into());
        match self.slot(&name) {
            None => self.push(name, value),
            Some(Value::List(values)) => values.push(value),
            Some(slot) => {
                let first = std::mem::replace(slot, Value::None);
                *slot = Value::List(vec![first, value]);
            }
        }
    }

    /// Removes the value of this name. Takes time in proportion to the number of values.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.place(name)?;
        let (_, value) = self.fields.remove(at);
        self.places.remove(name);
        for place in self.places.values_mut().filter(|place| **place > at) {
            *place -= 1;
        }
        Some(value)
    }

    /// Without those that are [`Value::None`]. Copied only if there are any.
    pub(crate) fn given(&self) -> Cow<'_, Self> {
        let given = |(_, value): &&(String, Value)| !matches!(value, Value::None);
        if self.fields.iter().all(|field| given(&field)) {
            return Cow::Borrowed(self);
        }
        Cow::Owned(self.fields.iter().filter(given).cloned().collect())
    }

    fn place(&self, name: &str) -> Option<usize> {
        if self.places.is_empty() {
            return self.fields.iter().position(|(known, _)| known == name);
        }
        self.places.get(name).copied()
    }

    fn slot(&mut self, name: &str) -> Option<&mut Value> {
        let at = self.place(name)?;
        self.fields.get_mut(at).map(|(_, value)| value)
    }

    /// Adds a value of a name that there is not yet.
    fn push(&mut self, name: String, value: Value) {
        if !self.places.is_empty() {
            self.places.insert(name.clone(), self.fields.len());
        }
        self.fields.push((name, value));
        if self.places.is_empty() && self.fields.len() > FEW {
            let names = self.fields.iter().map(|(name, _)| name.clone());
            self.places = names.zip(0..).collect();
        }
    }
}

/// Equal if they have the same values in the same order.
impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        self.fields == other.fields
    }
}

impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for Values {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(items: I) -> Self {
        let mut values = Self::new();
        for (name, value) in items {
            values.insert(name, value);
        }
        values
    }
}

impl<N: Into<String>, V: Into<Value>, const COUNT: usize> From<[(N, V); COUNT]> for Values {
    fn from(items: [(N, V); COUNT]) -> Self {
        items.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_python_writes_them() {
        #[rustfmt::skip]
        let cases = [
            (1.0, "1.0"), (0.0, "0.0"), (-0.5, "-0.5"), (1e15, "1000000000000000.0"), (1e16, "1e+16"),
            (1.5e300, "1.5e+300"), (1e-4, "0.0001"), (1e-5, "1e-05"), (1.25e-7, "1.25e-07"), (f64::INFINITY, "inf"),
        ];
        for (float, text) in cases {
            assert_eq!(float_text(float), text);
        }
    }

    #[test]
    fn values_of_one_name_make_a_list() {
        let mut values = Values::new();
        for (name, value) in [("a", 1), ("b", 2), ("a", 3), ("a", 4)] {
            values.append(name, value);
        }
        let list = Value::List(vec![Value::from(1), Value::from(3), Value::from(4)]);
        assert_eq!(values, [("a", list.clone()), ("b", Value::from(2))].into());
        assert_eq!(values.remove("a"), Some(list));
        assert_eq!(values.remove("a"), None);
    }

    /// Many are found as few are: after each change, all that were given last, in their order.
    #[test]
    fn many_values_are_as_few() {
        let mut values = Values::new();
        let mut plain: Vec<(String, Value)> = Vec::new();
        for number in 0..200 {
            let name = format!("v{}", number * 7 % 61);
            match plain.iter().position(|(known, _)| *known == name) {
                Some(at) if number % 3 == 0 => {
                    assert_eq!(values.remove(&name), Some(plain.remove(at).1));
                }
                at => {
                    values.insert(name.as_str(), number);
                    match at {
                        Some(at) => plain[at].1 = number.into(),
                        None => plain.push((name, number.into())),
                    }
                }
            }
            let known = values
                .iter()
                .map(|(name, value)| (name.to_owned(), value.clone()));
            assert_eq!(known.collect::<Vec<_>>(), plain);
            for (name, value) in &plain {
                assert_eq!(values.get(name), Some(value));
            }
            assert_eq!(values.get("v61"), None);
        }
        assert!(plain.len() > FEW, "the index was used");
    }

    #[test]
    fn lists_are_written_as_python_writes_them() {
        let list = |items: &[&str]| {
            let items = items.iter().map(|&item| Value::from(item));
            Value::List(items.collect()).to_string()
        };
        assert_eq!(
            list(&["a", "it's", "\"'", "\n\\\u{7f}é"]),
            r#"['a', "it's", '"\'', '\n\\\x7fé']"#
        );
        assert_eq!(
            Value::List(vec![Value::from(1), Value::None]).to_string(),
            "[1, None]"
        );
    }

    #[test]
    fn numbers_are_equal_by_value_whatever_their_type() {
        assert_eq!(Value::from(1), Value::from(1.0));
        assert_eq!(Value::from(true), Value::from(1));
        assert_ne!(Value::from(1), Value::from("1"));
        assert_ne!(Value::None, Value::from(0));
    }
}
