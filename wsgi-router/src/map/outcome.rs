//! What becomes of a request: a rule is found, or the client is sent elsewhere, or away.

use std::borrow::Cow;

use super::compile::Compiled;
use super::place::Place;
use super::rule::Rule;
use super::segment::Rest;
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
    pub(crate) fn at(index: usize) -> Self {
        Self(index as u32)
    }

    /// From 0 up to the number of rules.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A rule that matches, with what its parameters have taken from the host and the path.
#[derive(Clone, Debug)]
pub struct Match<'m, 'p> {
    pub(crate) rule: &'m Compiled,
    path: &'p str,
    own: Option<Box<Own>>,
}

/// What a match holds for itself where the path alone does not tell; boxed, for it seldom does.
#[derive(Clone, Debug)]
struct Own {
    /// The texts of the parameters, where they are not in the path as they are.
    texts: Option<Vec<String>>,
    /// The values, when the rule has converters of the application's, which are asked once.
    converted: Option<Vec<Value>>,
}

impl<'m, 'p> Match<'m, 'p> {
    /// Of a rule that the trie found: the texts are at its places of the path.
    #[inline(always)]
    pub(crate) fn new(rule: &'m Compiled, path: &'p str) -> Self {
        Self {
            rule,
            path,
            own: None,
        }
    }

    /// With the texts as the machine found them, or decoded.
    pub(crate) fn with_texts(rule: &'m Compiled, texts: Vec<String>) -> Self {
        let own = (!texts.is_empty()).then(|| {
            Box::new(Own {
                texts: Some(texts),
                converted: None,
            })
        });
        Self {
            rule,
            path: "",
            own,
        }
    }

    /// The same, without borrowing from the path of the request: so that the environ can be handed on.
    pub fn into_owned(self) -> Match<'m, 'static> {
        let texts = (0..self.rule.parameters.len()).map(|at| self.text_at(at));
        let texts = texts.map(|text| text.unwrap_or_default().into_owned());
        let mut owned = Match::with_texts(self.rule, texts.collect());
        if let (Some(own), Some(known)) = (&mut owned.own, self.own) {
            own.converted = known.converted;
        }
        owned
    }

    /// Asks the converters; whether they accept the texts.
    pub(crate) fn convert(&mut self) -> bool {
        let rule = self.rule;
        let mut values = rule
            .parameters
            .iter()
            .enumerate()
            .map(|(index, parameter)| {
                let text = self.text_at(index)?;
                parameter.kind.to_value(&text)
            });
        if !rule
            .parameters
            .iter()
            .any(|parameter| parameter.kind.is_custom())
        {
            return values.all(|value| value.is_some());
        }
        let Some(values) = values.collect() else {
            return false;
        };
        let texts = self.own.take().and_then(|own| own.texts);
        self.own = Some(Box::new(Own {
            texts,
            converted: Some(values),
        }));
        true
    }

    /// What converters of the application's own, and those beside them, made of the texts when they were asked.
    pub(crate) fn take_converted(&mut self) -> Option<Vec<Value>> {
        self.own.as_mut()?.converted.take()
    }

    /// The rule.
    pub fn rule(&self) -> &'m Rule {
        &self.rule.rule
    }

    /// The number of the rule in its map, for tables of one's own.
    pub fn id(&self) -> RuleId {
        self.rule.id
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
        self.text_at(index)
    }

    /// The text of the parameter of this index, decoded: those of the host come first, in the order of the rule.
    pub fn text_at(&self, index: usize) -> Option<Cow<'p, str>> {
        match self.own.as_ref().and_then(|own| own.texts.as_ref()) {
            Some(texts) => texts.get(index).cloned().map(Cow::Owned),
            None => self
                .rule
                .places
                .get(index)?
                .text(self.path)
                .map(Cow::Borrowed),
        }
    }

    /// The texts of all parameters, decoded, in the order of [`text_at`](Match::text_at).
    #[inline]
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let own = self.own.as_ref().and_then(|own| own.texts.as_deref());
        let places: &[Place] = match own {
            Some(_) => &[],
            None => &self.rule.places,
        };
        let (mut left, mut slashes) = (Rest::new(self.path.as_bytes()), 0);
        let in_path = places
            .iter()
            .map_while(move |place| place.text_behind(self.path, &mut left, &mut slashes));
        own.unwrap_or_default()
            .iter()
            .map(String::as_str)
            .chain(in_path)
    }

    /// The values of all parameters, those of the host first, and the defaults of the rule.
    pub fn values(&self) -> Values {
        let converted = self.own.as_ref().and_then(|own| own.converted.as_ref());
        let mut values = Values::new();
        for (index, parameter) in self.rule.parameters.iter().enumerate() {
            let value = match converted.and_then(|values| values.get(index)) {
                Some(value) => Some(value.clone()),
                None => self
                    .text_at(index)
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
