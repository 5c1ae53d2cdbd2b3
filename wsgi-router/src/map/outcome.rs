//! What becomes of a request: a rule is found, or the client is sent elsewhere, or away.

use std::borrow::Cow;

use super::compile::Compiled;
use super::rule::Rule;
use super::shape::Place;
use super::value::{Value, Values};

/// What a map has to say to a path and a method.
#[derive(Debug)]
#[non_exhaustive]
#[must_use]
pub enum Outcome<'m, 'p> {
    /// A rule matches.
    Found(Match<'m, 'p>),
    /// The client is to ask for this URL instead, with the same method: `308 Permanent Redirect`.
    Redirect {
        /// An absolute URL, percent-encoded, with the query of the request.
        url: String,
    },
    /// No rule matches: `404 Not Found`.
    NotFound,
    /// Rules match the path, but for other methods: `405 Method Not Allowed`.
    MethodNotAllowed {
        /// These, for the field `Allow`: those of RFC 9110 first.
        allow: Vec<&'m str>,
    },
    /// The only rule that matches is for WebSocket requests, and this is none, or the other way round:
    /// `400 Bad Request`.
    WebsocketMismatch,
}

impl<'m, 'p> Outcome<'m, 'p> {
    /// The match, if there is one.
    pub fn found(self) -> Option<Match<'m, 'p>> {
        match self {
            Self::Found(found) => Some(found),
            _ => None,
        }
    }

    /// The status of the response, when it is not the application that answers.
    pub fn status(&self) -> Option<http::StatusCode> {
        match self {
            Self::Found(_) => None,
            Self::Redirect { .. } => Some(http::StatusCode::PERMANENT_REDIRECT),
            Self::NotFound => Some(http::StatusCode::NOT_FOUND),
            Self::MethodNotAllowed { .. } => Some(http::StatusCode::METHOD_NOT_ALLOWED),
            Self::WebsocketMismatch => Some(http::StatusCode::BAD_REQUEST),
        }
    }
}

/// The number of a rule in its map, in the order in which they were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub(crate) u32);

impl RuleId {
    /// From 0 up to the number of rules.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A rule that matches, with what its parameters have taken from the host and the path.
#[derive(Clone, Debug)]
pub struct Match<'m, 'p> {
    pub(crate) rule: &'m Compiled,
    pub(crate) id: RuleId,
    pub(crate) texts: Texts<'m, 'p>,
    /// Made when the rule has converters that must be asked.
    pub(crate) converted: Option<Box<[Value]>>,
}

/// The texts of the parameters.
#[derive(Clone, Debug)]
pub(crate) enum Texts<'m, 'p> {
    /// The rule has no parameters.
    None,
    /// At these places of the path.
    In(&'p str, &'m [Place]),
    /// As the machine found them, or decoded.
    Own(Vec<String>),
}

impl<'p> Texts<'_, 'p> {
    fn nth(&self, index: usize) -> Option<Cow<'p, str>> {
        match self {
            Self::None => None,
            Self::In(path, places) => places.get(index)?.text(path).map(Cow::Borrowed),
            Self::Own(texts) => texts.get(index).cloned().map(Cow::Owned),
        }
    }
}

impl<'m, 'p> Match<'m, 'p> {
    #[inline]
    pub(crate) fn new(rule: &'m Compiled, index: u32, texts: Texts<'m, 'p>) -> Self {
        Self {
            rule,
            id: RuleId(index),
            texts,
            converted: None,
        }
    }

    /// The rule.
    pub fn rule(&self) -> &'m Rule {
        &self.rule.rule
    }

    /// The number of the rule in its map, for tables of one's own.
    pub fn id(&self) -> RuleId {
        self.id
    }

    /// The name of what the rule leads to.
    pub fn endpoint(&self) -> &'m str {
        &self.rule.rule.endpoint
    }

    /// The text of a parameter, decoded; `None` if the rule has none of this name.
    pub fn text(&self, name: &str) -> Option<Cow<'p, str>> {
        let index = self
            .rule
            .parameters
            .iter()
            .position(|parameter| parameter.name == name)?;
        self.texts.nth(index)
    }

    /// The text of the parameter of this index, decoded: those of the host come first, in the order of the rule.
    pub fn text_at(&self, index: usize) -> Option<Cow<'p, str>> {
        self.texts.nth(index)
    }

    /// The values of all parameters, those of the host first, and the defaults of the rule.
    pub fn values(&self) -> Values {
        let mut values = Values::new();
        for (index, parameter) in self.rule.parameters.iter().enumerate() {
            let value = match self.converted.as_ref().and_then(|values| values.get(index)) {
                Some(value) => Some(value.clone()),
                None => self
                    .texts
                    .nth(index)
                    .and_then(|text| parameter.kind.to_value(&text)),
            };
            // Whatever may be refused has been converted before.
            values.insert(parameter.name.as_str(), value.unwrap_or(Value::None));
        }
        for (name, value) in self.rule.rule.defaults.iter() {
            values.insert(name, value.clone());
        }
        values
    }
}
