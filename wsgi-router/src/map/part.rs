//! The parts of a rule: what lies between two slashes, or, from a parameter that may hold slashes on, all the rest.

use std::fmt::Write;
use std::sync::Arc;

use regex::Regex;

use super::error::Problem;
use super::language::Language;

/// How specific a part with parameters is; the smaller is tried first.
///
/// In this order: more literal pieces, then longer ones, then more parameters, then their converters' weights.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Weight {
    literals: i64,
    literal_lengths: Vec<(usize, i64)>,
    parameters: i64,
    parameter_weights: Vec<i64>,
}

/// One part of a rule, in the making.
#[derive(Debug, Default)]
pub(crate) struct PartBuilder {
    pieces: Vec<Piece>,
    weight: Weight,
    /// A parameter may hold slashes, so what follows belongs to the part, too.
    pub(crate) takes_rest: bool,
}

/// A piece of a part with parameters.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Literal(String),
    /// With the expression as its converter has it.
    Parameter(Language, String),
}

impl PartBuilder {
    pub(crate) fn literal(&mut self, text: &str) {
        let length = text.chars().count() as i64;
        let index = self.weight.literal_lengths.len();
        self.weight.literal_lengths.push((index, -length));
        self.weight.literals -= 1;
        self.push(text);
    }

    /// A slash within a part that takes the rest; it has no weight.
    pub(crate) fn slash(&mut self) {
        self.push("/");
    }

    fn push(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Literal(literal)) => literal.push_str(text),
            _ => self.pieces.push(Piece::Literal(text.to_owned())),
        }
    }

    /// `expression` is the language's as its converter writes it: parts that write the same language in two ways are
    /// two, as they are for Werkzeug, so that the rule that was added first comes first.
    pub(crate) fn parameter(
        &mut self,
        language: Language,
        expression: String,
        weight: i64,
        isolating: bool,
    ) {
        self.takes_rest |= !isolating;
        self.weight.parameters -= 1;
        self.weight.parameter_weights.push(weight);
        self.pieces.push(Piece::Parameter(language, expression));
    }

    /// The finished part; the next one begins empty.
    pub(crate) fn finish(&mut self) -> Result<Part, Problem> {
        let mut this = std::mem::take(self);
        let dynamic = this
            .pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Parameter(..)));
        if !dynamic {
            let text: String = this
                .pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Literal(text) => text.as_str(),
                    Piece::Parameter(..) => "",
                })
                .collect();
            return Ok(Part::Static(text.into()));
        }
        // A final slash is matched apart, so that its absence can be redirected.
        let mut suffixed = false;
        if this.takes_rest
            && let Some(Piece::Literal(text)) = this.pieces.last_mut()
            && text.ends_with('/')
        {
            text.pop();
            suffixed = true;
            if text.is_empty() {
                this.pieces.pop();
            }
        }
        let regex = regex_of(&this.pieces);
        let key = Key {
            regex,
            takes_rest: this.takes_rest,
            suffixed,
            weight: this.weight,
        };
        let matcher = Matcher::new(&this.pieces, &key.regex)?;
        Ok(Part::Dynamic(Dynamic {
            key,
            matcher,
            pieces: this.pieces.into(),
        }))
    }
}

/// The pieces as a regular expression, a group for each parameter.
fn regex_of(pieces: &[Piece]) -> String {
    let mut parameters = 0;
    let mut regex = String::new();
    for piece in pieces {
        match piece {
            Piece::Literal(text) => regex.push_str(&regex::escape(text)),
            Piece::Parameter(_, expression) => {
                // A string takes all that is written to it.
                let _ = write!(regex, "(?P<p{parameters}>{expression})");
                parameters += 1;
            }
        }
    }
    regex
}

/// One part of a rule.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// Text that stands for itself, perhaps none.
    Static(Box<str>),
    /// Text with parameters.
    Dynamic(Dynamic),
}

/// A part with parameters.
#[derive(Clone, Debug)]
pub(crate) struct Dynamic {
    pub(crate) key: Key,
    pub(crate) matcher: Matcher,
    /// What it is made of, but for the slash of one that is suffixed.
    pub(crate) pieces: Box<[Piece]>,
}

/// What makes two parts the same, so that their rules share a state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    regex: String,
    /// It is matched against all that is left of the path.
    pub(crate) takes_rest: bool,
    /// It takes the rest, and a slash must follow.
    pub(crate) suffixed: bool,
    pub(crate) weight: Weight,
}

/// How a part with parameters is matched.
#[derive(Clone, Debug)]
pub(crate) enum Matcher {
    /// One parameter: what is around it is compared, what is left is asked of the language.
    One {
        before: Box<str>,
        language: Language,
        behind: Box<str>,
    },
    /// Several: the text can be divided in many ways, of which the expression's preference decides.
    Many {
        regex: Arc<Regex>,
        parameters: usize,
    },
}

impl Matcher {
    fn new(pieces: &[Piece], regex: &str) -> Result<Self, Problem> {
        let text = |text: &String| text.as_str().into();
        let (before, language, behind) = match pieces {
            [Piece::Parameter(language, _)] => ("".into(), language, "".into()),
            [Piece::Literal(before), Piece::Parameter(language, _)] => {
                (text(before), language, "".into())
            }
            [Piece::Parameter(language, _), Piece::Literal(behind)] => {
                ("".into(), language, text(behind))
            }
            [
                Piece::Literal(before),
                Piece::Parameter(language, _),
                Piece::Literal(behind),
            ] => (text(before), language, text(behind)),
            _ => {
                let parameters = pieces
                    .iter()
                    .filter(|piece| matches!(piece, Piece::Parameter(..)))
                    .count();
                let regex = Regex::new(&format!(r"\A{regex}\z"));
                let regex = regex.map_err(|error| Problem::Expression {
                    reason: error.to_string(),
                })?;
                return Ok(Self::Many {
                    regex: Arc::new(regex),
                    parameters,
                });
            }
        };
        Ok(Self::One {
            before,
            language: language.clone(),
            behind,
        })
    }

    /// The values of the parameters, added to `values`, if the whole text matches. Linear in the text.
    pub(crate) fn matches<'t>(&self, text: &'t str, values: &mut Vec<&'t str>) -> bool {
        match self {
            Self::One {
                before,
                language,
                behind,
            } => {
                let middle = text
                    .strip_prefix(&**before)
                    .and_then(|rest| rest.strip_suffix(&**behind));
                let matched = middle.filter(|middle| language.matches(middle));
                values.extend(matched);
                matched.is_some()
            }
            Self::Many { regex, parameters } => {
                let Some(groups) = regex.captures(text) else {
                    return false;
                };
                let value = |at| {
                    groups
                        .name(&format!("p{at}"))
                        .map_or("", |group| group.as_str())
                };
                values.extend((0..*parameters).map(value));
                true
            }
        }
    }

    /// As [`matches`](Matcher::matches), without the values.
    pub(crate) fn accepts(&self, text: &str) -> bool {
        match self {
            Self::One {
                before,
                language,
                behind,
            } => text
                .strip_prefix(&**before)
                .and_then(|rest| rest.strip_suffix(&**behind))
                .is_some_and(|middle| language.matches(middle)),
            Self::Many { regex, .. } => regex.is_match(text),
        }
    }

    /// How many values it has.
    pub(crate) fn parameters(&self) -> usize {
        match self {
            Self::One { .. } => 1,
            Self::Many { parameters, .. } => *parameters,
        }
    }

    /// The language, if the part is one parameter and nothing else.
    pub(crate) fn whole(&self) -> Option<&Language> {
        match self {
            Self::One {
                before,
                language,
                behind,
            } if before.is_empty() && behind.is_empty() => Some(language),
            _ => None,
        }
    }
}

impl Dynamic {
    /// Whether it is a segment of digits.
    pub(crate) fn is_digits(&self) -> bool {
        !self.key.takes_rest
            && matches!(
                self.matcher.whole(),
                Some(Language::Digits { signed: false })
            )
    }

    /// As [`Matcher::matches`], for all that is left of the path, minding the final slash: `Some` of whether it is
    /// there.
    pub(crate) fn matches_rest<'t>(
        &self,
        rest: &'t str,
        values: &mut Vec<&'t str>,
    ) -> Option<bool> {
        if !self.key.suffixed {
            return self.matcher.matches(rest, values).then_some(false);
        }
        // Werkzeug's `(?<!/)(/?)\Z`: one slash may end it, and none stands before that.
        let (body, slash) = match rest.strip_suffix('/') {
            Some(body) => (body, true),
            None => (rest, false),
        };
        (!body.ends_with('/') && self.matcher.matches(body, values)).then_some(slash)
    }
}
