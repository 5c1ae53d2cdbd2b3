//! The parameters of a route, as a type is checked against them.

use super::wanted::Wanted;
use crate::map::{Compiled, Kind, Language, Parameter, Syntax, Value};

/// The parameters of a route in the order in which they are handed on: those of the host, those of the path, and the
/// defaults that are no parameters.
#[derive(Debug)]
pub(crate) struct Signature<'r> {
    pub(crate) parameters: Vec<RouteParameter<'r>>,
    /// The pattern.
    pub(crate) text: &'r str,
    syntax: Syntax,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct RouteParameter<'r> {
    pub(crate) name: &'r str,
    pub(crate) source: Source<'r>,
}

/// Where its value comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source<'r> {
    /// The path or the host.
    Converter(&'r Kind),
    /// The rule: it is always the same.
    Default(&'r Value),
}

impl<'r> Signature<'r> {
    /// That of a rule.
    pub(crate) fn of(rule: &'r Compiled) -> Self {
        let defaults = &rule.rule.defaults;
        let source = |name: &str, kind| match defaults.get(name) {
            Some(value) => Source::Default(value),
            None => Source::Converter(kind),
        };
        // What is below a mount is nobody's parameter.
        let named = |parameter: &&Parameter| !matches!(parameter.kind, Kind::Below);
        let parameters = rule.parameters.iter().filter(named);
        let parameters = parameters.map(|parameter| RouteParameter {
            name: &parameter.name,
            source: source(&parameter.name, &parameter.kind),
        });
        let more = defaults
            .iter()
            .filter(|(name, _)| rule.parameter(name).is_none())
            .map(|(name, value)| RouteParameter {
                name,
                source: Source::Default(value),
            });
        Self {
            parameters: parameters.chain(more).collect(),
            text: &rule.rule.text,
            syntax: rule.rule.syntax,
        }
    }

    /// The parameters as a rule has them: `<int:year>`, `{year}`; defaults as `page=1`.
    pub(crate) fn written(&self) -> Vec<String> {
        let written = |parameter| self.write(parameter);
        self.parameters.iter().map(written).collect()
    }

    pub(crate) fn write(&self, parameter: &RouteParameter<'_>) -> String {
        let name = parameter.name;
        let converter = match parameter.source {
            Source::Default(value) => return format!("{name}={value}"),
            Source::Converter(Kind::Path) if self.syntax == Syntax::Braced => {
                return format!("{{*{name}}}");
            }
            Source::Converter(_) if self.syntax == Syntax::Braced => return format!("{{{name}}}"),
            Source::Converter(kind) => kind,
        };
        match converter {
            Kind::OneOf(_) => format!("<any(…):{name}>"),
            Kind::Path | Kind::Below => format!("<path:{name}>"),
            Kind::Int(_) => format!("<int:{name}>"),
            Kind::Float(_) => format!("<float:{name}>"),
            Kind::Uuid => format!("<uuid:{name}>"),
            Kind::Text(_) | Kind::Custom(_) => format!("<{name}>"),
        }
    }

    /// How to make the parameter what is wanted: a half sentence.
    pub(crate) fn mend(&self, parameter: &RouteParameter<'_>, wanted: Wanted) -> String {
        let other = match (parameter.source, wanted) {
            (Source::Converter(Kind::Int(_)), _) => "a whole number",
            (Source::Converter(Kind::Float(_)), Wanted::Whole(_)) => "an f64",
            _ => "a String",
        };
        let rule = wanted.rule(parameter.name);
        match self.syntax {
            Syntax::Angled => format!("write {rule}, or take {other}"),
            Syntax::Braced => format!("write the route in angles with {rule}, or take {other}"),
        }
    }
}

/// Texts that types with a syntax of their own may accept, where any text will do for the rule.
const TEXTS: [&str; 10] = [
    "1",
    "en",
    "2024",
    "2024-01-01",
    "00000000-0000-0000-0000-000000000000",
    "2024-01-01T00:00:00Z",
    "127.0.0.1",
    "true",
    "someone@example.com",
    "https://example.com/",
];

impl Source<'_> {
    /// Values to try a type with: the first is typical, and when [`exact`](Source::is_exact), all must do.
    pub(crate) fn samples(self) -> Vec<String> {
        let kind = match self {
            Self::Default(value) => return vec![value.to_string()],
            Self::Converter(kind) => kind,
        };
        let language = kind.language().ok();
        if let Some(Language::OneOf(items)) = &language {
            return items.iter().map(|item| item.to_string()).collect();
        }
        let accepts = |text: &str| {
            let language = language.as_ref();
            language.is_some_and(|language| language.matches(text)) && kind.to_value(text).is_some()
        };
        let texts = TEXTS.into_iter().filter(|text| accepts(text));
        let mut samples: Vec<String> = kind.example().into_iter().collect();
        samples.extend(texts.map(str::to_owned));
        if samples.is_empty() {
            samples.push("1".to_owned());
        }
        samples
    }

    /// Whether its samples are all values that it has.
    pub(crate) fn is_exact(self) -> bool {
        matches!(self, Self::Default(_) | Self::Converter(Kind::OneOf(_)))
    }

    /// Whether it may have a value that is that.
    pub(crate) fn admits(self, wanted: Wanted) -> bool {
        let Self::Converter(kind) = self else {
            return true;
        };
        match kind {
            Kind::OneOf(_) | Kind::Custom(_) => true,
            Kind::Int(_) => matches!(wanted, Wanted::Whole(_) | Wanted::Real(_)),
            Kind::Float(_) => matches!(wanted, Wanted::Real(_)),
            Kind::Text(_) => matches!(wanted, Wanted::Char | Wanted::Variant(_)),
            Kind::Path | Kind::Below | Kind::Uuid => matches!(wanted, Wanted::Variant(_)),
        }
    }

    /// Whether nothing is known of its values.
    pub(crate) fn is_custom(self) -> bool {
        matches!(self, Self::Converter(Kind::Custom(_)))
    }

    /// Its values in words.
    pub(crate) fn in_words(self) -> String {
        let kind = match self {
            Self::Default(value) => return format!("always {:?}", value.to_string()),
            Self::Converter(kind) => kind,
        };
        let words = match kind {
            Kind::Text(_) => "text",
            Kind::Path | Kind::Below => "text with slashes",
            Kind::Int(_) => "a whole number",
            Kind::Float(_) => "a floating-point number",
            Kind::Uuid => "a UUID",
            Kind::OneOf(_) => return format!("one of {:?}", self.samples()),
            Kind::Custom(_) => "what its converter makes",
        };
        words.to_owned()
    }
}
