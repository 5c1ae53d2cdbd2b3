//! Why a type cannot be made of parameters.

use serde::de::{Expected, Unexpected};

use super::deserializer::Parameter;
use super::wanted::Wanted;

/// Why a type cannot be made of parameters.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It has another number of values than there are parameters.
    Count { wanted: usize, given: usize },
    /// It has a field that is no parameter.
    MissingField(String),
    /// It refuses a parameter for which it has no field.
    UnknownField(String),
    /// It is close to a parameter, and has that as well as this field go to waste.
    Misspelt { field: String, parameter: String },
    /// A parameter of this name has no field, although each must have one.
    Unclaimed(String),
    /// It need not have a value for each parameter, although it must.
    Open,
    /// It asks for what no parameter is, in words.
    Shape(String),
    /// The parameter is never one.
    Never(Wanted),
    /// This text is none.
    Unread { wanted: Wanted, text: String },
    /// The type's own validation, or text that is not UTF-8.
    Refused(String),
    /// One of these, at this parameter.
    At {
        parameter: String,
        failure: Box<Failure>,
    },
}

impl Failure {
    pub(crate) fn at(self, parameter: &impl Parameter) -> Self {
        Self::At {
            parameter: parameter.name().to_owned(),
            failure: Box::new(self),
        }
    }

    /// Without the parameter.
    pub(crate) fn root(&self) -> &Self {
        match self {
            Self::At { failure, .. } => failure.root(),
            failure => failure,
        }
    }

    /// Whether another path could do: nothing is wrong between type and route.
    pub(crate) fn is_the_values(&self) -> bool {
        matches!(self.root(), Self::Unread { .. } | Self::Refused(_))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count { wanted, given } => {
                write!(f, "{wanted} values are asked for, and {given} are there")
            }
            Self::MissingField(field) => write!(f, "there is no parameter {field:?}"),
            Self::UnknownField(name) | Self::Unclaimed(name) => {
                write!(f, "the parameter {name:?} has no field")
            }
            Self::Misspelt { field, parameter } => {
                write!(
                    f,
                    "the field {field:?} is no parameter, {parameter:?} is one"
                )
            }
            Self::Open => f.write_str("the type may lack a parameter"),
            Self::Shape(shape) => write!(f, "a parameter is one text, not {shape}"),
            Self::Never(wanted) => write!(f, "it is never {}", wanted.with_article()),
            Self::Unread { wanted, text } => write!(f, "{text:?} is not {}", wanted.with_article()),
            Self::Refused(reason) => f.write_str(reason),
            Self::At { parameter, failure } => write!(f, "parameter {parameter:?}: {failure}"),
        }
    }
}

impl std::error::Error for Failure {}

impl serde::de::Error for Failure {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Refused(message.to_string())
    }

    /// All that is asked for by its type is given, so this is never about a value.
    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match unexpected {
            Unexpected::Str(_) | Unexpected::Unit | Unexpected::UnitVariant => {
                Self::Shape(expected.to_string())
            }
            other => Self::Refused(format!("{other} is not {expected}")),
        }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::Unread {
            wanted: Wanted::Variant(expected),
            text: variant.to_owned(),
        }
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::UnknownField(field.to_owned())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::MissingField(field.to_owned())
    }
}
