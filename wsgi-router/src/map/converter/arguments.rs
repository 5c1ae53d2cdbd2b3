//! The arguments of a converter: `2, max=4, "a,b"`.

use std::sync::LazyLock;

use regex::Regex;

use crate::map::number::{Integer, read_float};
use crate::map::value::Value;

/// The arguments that a rule gives to a converter: by place, or by name.
///
/// Numbers, `True`, `False`, `None`, bare words and quoted text, as Werkzeug reads them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arguments {
    positional: Vec<Value>,
    named: Vec<(String, Value)>,
}

/// Werkzeug's own expression, and negative numbers; and `1,2` are two numbers there, not one piece of text.
static ARGUMENT: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"\s*(?:(?P<name>\w+)\s*=\s*)?(?P<value>True|False|-\d+(?:\.\d+)?|\d+[^,\n]\d+|\d+[^,\n]|\d+|[\w\d_.]+|[urUR]?(?P<text>"[^"]*?"|'[^']*'))\s*,"#;
    Regex::new(pattern).expect("the expression is well-formed")
});

impl Arguments {
    /// Reads what stands between the parentheses.
    ///
    /// # Errors
    /// The part that is not understood, or gives an argument again.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut arguments = Self::default();
        if text.trim().is_empty() {
            return Ok(arguments);
        }
        let text = format!("{text},");
        let mut at = 0;
        for found in ARGUMENT.captures_iter(&text) {
            let whole = found.get(0).expect("group 0 is the whole match");
            if whole.start() != at {
                return Err(text[at..whole.start()].to_owned());
            }
            at = whole.end();
            let value = found.name("text").or_else(|| found.name("value"));
            let value = read(value.map_or("", |value| value.as_str()));
            match found.name("name") {
                Some(name)
                    if arguments
                        .named
                        .iter()
                        .any(|(known, _)| known == name.as_str()) =>
                {
                    return Err(whole.as_str().trim_end_matches(',').to_owned());
                }
                Some(name) => arguments.named.push((name.as_str().to_owned(), value)),
                None => arguments.positional.push(value),
            }
        }
        match text[at..].trim_matches([',', ' ']) {
            "" => Ok(arguments),
            rest => Err(rest.to_owned()),
        }
    }

    /// Those given by place.
    pub fn positional(&self) -> &[Value] {
        &self.positional
    }

    /// Those given by name, in their order.
    pub fn named(&self) -> &[(String, Value)] {
        &self.named
    }

    /// The arguments of a function with these parameters; what is not given is [`Value::None`].
    ///
    /// # Errors
    /// Which argument the function does not take, or takes once only.
    pub fn bind<const COUNT: usize>(&self, names: [&str; COUNT]) -> Result<[Value; COUNT], String> {
        if self.positional.len() > COUNT {
            return Err(format!(
                "it takes {COUNT} arguments, not {}",
                self.positional.len()
            ));
        }
        let mut values = [const { None }; COUNT];
        for (slot, value) in values.iter_mut().zip(&self.positional) {
            *slot = Some(value.clone());
        }
        for (name, value) in &self.named {
            let Some(at) = names.iter().position(|known| known == name) else {
                return Err(format!(
                    "it takes no argument {name:?}; it takes {}",
                    names.join(", ")
                ));
            };
            if values[at].replace(value.clone()).is_some() {
                return Err(format!("the argument {name:?} is given twice"));
            }
        }
        Ok(values.map(|value| value.unwrap_or(Value::None)))
    }

    /// That there are none.
    pub(crate) fn none(&self) -> Result<(), String> {
        if self.positional.is_empty() && self.named.is_empty() {
            return Ok(());
        }
        Err("it takes no arguments".to_owned())
    }
}

/// What Python would take the text for.
fn read(text: &str) -> Value {
    match text {
        "None" => return Value::None,
        "True" => return Value::Bool(true),
        "False" => return Value::Bool(false),
        _ => {}
    }
    if let Some(integer) = Integer::read(text) {
        return Value::Int(integer);
    }
    if let Some(float) = read_float(text) {
        return Value::Float(float);
    }
    let quoted = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let quoted = quoted.or_else(|| {
        text.strip_prefix('\'')
            .and_then(|rest| rest.strip_suffix('\''))
    });
    Value::from(quoted.unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_as_python_literals() {
        let text = r#"2, -3, 1.5, True, word, "a,b", 'c', name = None, other="x)""#;
        let arguments = Arguments::parse(text).unwrap();
        let expected = [
            Value::from(2),
            Value::from(-3),
            Value::from(1.5),
            Value::from(true),
            Value::from("word"),
            Value::from("a,b"),
            Value::from("c"),
        ];
        assert_eq!(arguments.positional(), expected);
        assert_eq!(arguments.named()[0], ("name".to_owned(), Value::None));
        assert_eq!(
            arguments.named()[1],
            ("other".to_owned(), Value::from("x)"))
        );
    }

    #[test]
    fn what_is_not_understood_is_shown() {
        assert_eq!(Arguments::parse("1, @, 2"), Err(" @,".to_owned()));
        assert_eq!(Arguments::parse("1, @"), Err("@".to_owned()));
        assert!(Arguments::parse("1, 2").unwrap().bind(["a"]).is_err());
        assert!(Arguments::parse("1, a=2").unwrap().bind(["a"]).is_err());
        assert!(Arguments::parse("b=2").unwrap().bind(["a"]).is_err());
    }
}
