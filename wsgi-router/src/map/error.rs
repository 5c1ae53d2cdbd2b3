//! What can be wrong with a map.

use thiserror::Error;

use super::conflict::Conflict;

/// Why a map could not be built: all that was wrong with it, a line each.
#[derive(Debug)]
pub struct MapError {
    pub(crate) mistakes: Vec<RuleError>,
}

impl MapError {
    /// What was wrong, one by one; at least one.
    pub fn mistakes(&self) -> &[RuleError] {
        &self.mistakes
    }
}

impl std::error::Error for MapError {}

impl std::fmt::Display for MapError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{mistake}")?;
        }
        Ok(())
    }
}

/// One mistake in the rules of a map.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum RuleError {
    /// A rule that cannot be understood.
    #[error("rule {rule:?}: {problem}")]
    Rule {
        /// The rule as it was written.
        rule: String,
        /// What is wrong with it.
        problem: Problem,
    },
    /// Two rules that are in each other's way.
    #[error("{0}")]
    Conflict(Conflict),
}

/// What is wrong with a rule.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum Problem {
    /// Every path begins with a slash.
    #[error("it does not begin with \"/\"; put one in front")]
    NoLeadingSlash,
    /// A parameter that is not written as one.
    #[error(
        "{at:?} is no parameter; write <name>, <converter:name> or <converter(arguments):name>; in braces {{name}} or {{*name}}"
    )]
    Malformed {
        /// The text from where it is not understood, at most 20 characters of it.
        at: String,
    },
    /// A catch-all that is not the whole of the last segment.
    #[error(
        "{{*{name}}} is not the whole last segment; end the rule with \"/{{*{name}}}\", or write <path:{name}>"
    )]
    CatchAll {
        /// The parameter's name.
        name: String,
    },
    /// Arguments of a converter that are no literals.
    #[error(
        "the arguments are not understood at {part:?}; write numbers, True, False, None, words or \"text\""
    )]
    Arguments {
        /// The part in question.
        part: String,
    },
    /// A converter that the map does not have.
    #[error("there is no converter {name:?}{}", suggestion.as_ref().map_or(String::new(), |name| format!("; did you mean {name:?}?")))]
    NoConverter {
        /// Its name.
        name: String,
        /// The most similar name that there is.
        suggestion: Option<String>,
    },
    /// A converter that refuses its arguments, or whose regular expression is none.
    #[error("parameter {name:?}: {reason}")]
    Converter {
        /// The parameter.
        name: String,
        /// What the converter says.
        reason: String,
    },
    /// Two parameters of one name.
    #[error("the parameter {name:?} occurs twice; rename one of them")]
    NameTwice {
        /// The name.
        name: String,
    },
    /// A parameter of Werkzeug's syntax named as no parameter in Python can be, and without a default.
    #[error("{name:?} is a constant of Python's and names no parameter; rename it")]
    ReservedName {
        /// The name.
        name: String,
    },
    /// A parameter of the host that may hold slashes.
    #[error(
        "the parameter {name:?} of the host may hold slashes, so that no path is left; give it another converter"
    )]
    SlashInDomain {
        /// The name.
        name: String,
    },
    /// Parameters in one segment that make a regular expression too large.
    #[error("its parameters make no regular expression: {reason}")]
    Expression {
        /// The words of the crate `regex`.
        reason: String,
    },
    /// More segments than a path has; but a rule that URLs are only built of may have any number.
    #[error("it has {count} segments, more than 255; take the rest of the path as one <path:rest>")]
    TooDeep {
        /// How many.
        count: usize,
    },
    /// WebSocket requests are `GET` requests.
    #[error(
        "a WebSocket rule answers GET, HEAD and OPTIONS only, not {method}; leave that method out"
    )]
    WebsocketMethod {
        /// The method.
        method: String,
    },
    /// More different methods than there are bits.
    #[error(
        "the map's rules name more than 54 methods that are not in RFC 9110, {method:?} among them; leave some out"
    )]
    TooManyMethods {
        /// The one too many.
        method: String,
    },
    /// A default that its own parameter cannot write.
    #[error("the default of {name:?} cannot be written into the URL: {reason}")]
    Default {
        /// The parameter.
        name: String,
        /// What the converter says.
        reason: String,
    },
    /// A name in `redirect_to` that is no parameter.
    #[error("redirect_to names <{name}>, which is no parameter of the rule; it has {parameters:?}")]
    RedirectName {
        /// The name.
        name: String,
        /// Those that there are.
        parameters: Vec<String>,
    },
}
