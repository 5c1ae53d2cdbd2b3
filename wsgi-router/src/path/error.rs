//! Why a type does not fit a route.

use thiserror::Error;

/// Why a type cannot be made of the parameters of a route.
///
/// Found when the router is built, or when a [`TypedRoute`](crate::TypedRoute) is made, never by a request. Types are
/// named without their modules.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathError {
    /// Another number of values.
    #[error(
        "{ty} takes {wanted}, but the route has {}; let the two have the same number",
        list(parameters)
    )]
    Count {
        /// The type.
        ty: String,
        /// `"one value"`, `"2 values"`.
        wanted: String,
        /// The parameters of the route, as rules write them.
        parameters: Vec<String>,
    },
    /// A field that the route does not have.
    #[error(
        "{ty} has the field {field:?}, but the route has {}; {}",
        list(parameters),
        rename(suggestion, field)
    )]
    Field {
        /// The type.
        ty: String,
        /// The field.
        field: String,
        /// The parameters of the route.
        parameters: Vec<String>,
        /// The parameter that was probably meant.
        suggestion: Option<String>,
    },
    /// A parameter for which the type has no field, although it must.
    #[error("{ty} has no field for {parameter}; add one of that name")]
    Unclaimed {
        /// The type.
        ty: String,
        /// The parameter.
        parameter: String,
    },
    /// A parameter that is never what the type takes there.
    #[error("{parameter} is {given}, but {ty} takes {wanted} there; {mend}")]
    Type {
        /// The type.
        ty: String,
        /// The parameter.
        parameter: String,
        /// What it is: `"text"`.
        given: String,
        /// What the type takes: `"a u32"`.
        wanted: String,
        /// What to write instead.
        mend: String,
    },
    /// One of the few values of a parameter is not what the type takes.
    #[error(
        "{parameter} can be {value:?}, but {ty} takes {wanted} there; let the rule and the type have the same values"
    )]
    Value {
        /// The type.
        ty: String,
        /// The parameter.
        parameter: String,
        /// The value.
        value: String,
        /// What the type takes.
        wanted: String,
    },
    /// The numbers of a parameter are all out of the type's range.
    #[error(
        "{parameter} is never {wanted}, which {ty} takes there: {value} is the nearest it has; take a larger type"
    )]
    Range {
        /// The type.
        ty: String,
        /// The parameter.
        parameter: String,
        /// What the type takes.
        wanted: String,
        /// The nearest value that the parameter can have.
        value: String,
    },
    /// The type asks for what no parameter is.
    #[error(
        "{ty} takes {wanted} for {parameter}, but a parameter is one number or text; give it one of these types"
    )]
    Shape {
        /// The type.
        ty: String,
        /// The parameter.
        parameter: String,
        /// What the type takes.
        wanted: String,
    },
    /// A route handle whose route got something in front, which its URLs would not have.
    #[error(
        "it is the typed route {pattern:?} below another prefix, which its URLs would lack; write the whole pattern in the typed route and give it to the outer builder, or mount the inner one"
    )]
    Moved {
        /// The pattern of the handle.
        pattern: String,
    },
    /// The type of a route handle may be without a parameter.
    #[error(
        "{ty} may lack {parameter}, so that no URL could be built; use a tuple or a struct that always has it"
    )]
    Optional {
        /// The type.
        ty: String,
        /// The parameter.
        parameter: String,
    },
}

fn list(parameters: &[String]) -> String {
    match parameters {
        [] => "no parameters".to_owned(),
        parameters => parameters.join(", "),
    }
}

fn rename(suggestion: &Option<String>, field: &str) -> String {
    match suggestion {
        Some(name) => format!("did you mean {name:?}?"),
        None => format!("add <{field}> to it, or make the field an Option"),
    }
}
