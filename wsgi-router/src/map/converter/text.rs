//! `string` and `any`.

use super::Arguments;
use crate::map::language::Language;
use crate::map::quote;
use crate::map::schema::Schema;
use crate::map::value::Value;

/// `string(minlength=1, maxlength=None, length=None)`: one segment, its length counted in characters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text {
    min: usize,
    max: Option<usize>,
}

impl Text {
    pub(crate) fn new(arguments: &Arguments) -> Result<Self, String> {
        let [min, max, length] = arguments.bind(["minlength", "maxlength", "length"])?;
        let text = match size(&length)? {
            Some(length) => Self {
                min: length,
                max: Some(length),
            },
            None => Self {
                min: size(&min)?.unwrap_or(1),
                max: size(&max)?,
            },
        };
        match text.max {
            Some(max) if max < text.min => Err(format!(
                "no text is at least {} and at most {max} long",
                text.min
            )),
            _ => Ok(text),
        }
    }

    pub(crate) fn language(self) -> Language {
        Language::Text {
            min: self.min,
            max: self.max,
        }
    }

    pub(crate) fn schema(self) -> Schema {
        Schema::text(self.min, self.max)
    }

    pub(crate) fn example(self) -> String {
        "x".repeat(self.min.max(1).min(self.max.unwrap_or(1).max(self.min)))
    }
}

/// A length; `None` if it is not limited.
fn size(value: &Value) -> Result<Option<usize>, String> {
    if matches!(value, Value::None) {
        return Ok(None);
    }
    let size = super::whole(value)?
        .to_i64()
        .and_then(|size| usize::try_from(size).ok());
    match size {
        Some(size) => Ok(Some(size)),
        None => Err(format!("{value} is no length")),
    }
}

/// `any(item, …)`: one of several texts.
#[derive(Clone, Debug)]
pub(crate) struct OneOf(Vec<String>);

impl OneOf {
    pub(crate) fn new(arguments: &Arguments) -> Result<Self, String> {
        if let Some((name, _)) = arguments.named().first() {
            return Err(format!("it takes no argument {name:?}, but items"));
        }
        if arguments.positional().is_empty() {
            return Err("it has no items; write any(this, that)".to_owned());
        }
        let item = |value: &Value| match value {
            Value::Str(text) => Ok(text.clone()),
            other => Err(format!("the item {other} is no text; write \"{other}\"")),
        };
        let items: Result<Vec<String>, String> = arguments.positional().iter().map(item).collect();
        items.map(Self)
    }

    pub(crate) fn language(&self) -> Language {
        Language::OneOf(self.0.iter().map(|item| item.as_str().into()).collect())
    }

    pub(crate) fn to_url(&self, value: &Value) -> Result<String, String> {
        match value.as_str() {
            Some(text) if self.0.iter().any(|item| item == text) => Ok(quote::segment(text)),
            _ => Err(format!(
                "{:?} is not one of {:?}",
                value.to_string(),
                self.0
            )),
        }
    }

    pub(crate) fn schema(&self) -> Schema {
        Schema::one_of(self.0.iter())
    }

    pub(crate) fn example(&self) -> Option<String> {
        self.0
            .iter()
            .find(|item| !item.is_empty() && !item.contains('/'))
            .cloned()
    }
}
