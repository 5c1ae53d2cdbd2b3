//! What a converter matches, decided by hand where it is built in and by the crate `regex` where it is not.

use std::sync::Arc;

use regex::Regex;

use super::number::digit;

/// What a UUID looks like.
const UUID: &str = "[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}";

/// A set of texts.
#[derive(Clone, Debug)]
pub(crate) enum Language {
    /// `[^/]{min,max}`
    Text { min: usize, max: Option<usize> },
    /// `(?:a|b)`
    OneOf(Vec<Box<str>>),
    /// `[^/].*?`, in which the point is no newline.
    Rest,
    /// `(?s).*`
    Anything,
    /// `\d+` or `-?\d+`
    Digits { signed: bool },
    /// `\d+\.\d+` or `-?\d+\.\d+`
    Decimal { signed: bool },
    /// Hexadecimal digits in groups of 8, 4, 4, 4 and 12.
    Uuid,
    /// Anything else: the expression as written, and anchored.
    Custom { text: Box<str>, regex: Arc<Regex> },
}

impl Language {
    /// The language of a custom converter, which is decided by hand if it is that of a built-in one.
    ///
    /// # Errors
    /// What the crate `regex` says to the expression.
    pub(crate) fn of(text: &str) -> Result<Self, String> {
        match text {
            "[^/]+" => Ok(Self::Text { min: 1, max: None }),
            "[^/].*?" => Ok(Self::Rest),
            "(?s:.*)" => Ok(Self::Anything),
            r"\d+" => Ok(Self::Digits { signed: false }),
            r"-?\d+" => Ok(Self::Digits { signed: true }),
            r"\d+\.\d+" => Ok(Self::Decimal { signed: false }),
            r"-?\d+\.\d+" => Ok(Self::Decimal { signed: true }),
            UUID => Ok(Self::Uuid),
            _ => Self::segment(text).map_or_else(|| Self::custom(text), Ok),
        }
    }

    /// `[^/]{min,max}`, as [`regex`](Language::regex) writes it.
    fn segment(text: &str) -> Option<Self> {
        let range = text.strip_prefix("[^/]{")?.strip_suffix('}')?;
        let (min, max) = range.split_once(',').unwrap_or((range, range));
        let max = (!max.is_empty()).then(|| max.parse()).transpose().ok()?;
        let min = min.parse().ok()?;
        let segment = Self::Text { min, max };
        let some_text = max.is_none_or(|max| min <= max);
        (some_text && segment.regex() == text).then_some(segment)
    }

    fn custom(text: &str) -> Result<Self, String> {
        let regex = Regex::new(&format!(r"\A(?:{text})\z")).map_err(|error| error.to_string())?;
        Ok(Self::Custom {
            text: text.into(),
            regex: Arc::new(regex),
        })
    }

    /// Whether the whole text belongs to it. Linear in the text.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Text { min: 1, max: None } => !text.is_empty() && !text.contains('/'),
            Self::Text { min, max } => {
                let length = text.chars().count();
                length >= *min && max.is_none_or(|max| length <= max) && !text.contains('/')
            }
            Self::OneOf(items) => items.iter().any(|item| **item == *text),
            Self::Rest => {
                let mut rest = text.chars();
                rest.next().is_some_and(|first| first != '/') && !rest.as_str().contains('\n')
            }
            Self::Anything => true,
            Self::Digits { signed } => digits(unsigned(text, *signed)),
            Self::Decimal { signed } => {
                let halves = unsigned(text, *signed).split_once('.');
                halves.is_some_and(|(whole, fraction)| digits(whole) && digits(fraction))
            }
            Self::Uuid => super::uuid::Uuid::is_one(text),
            Self::Custom { regex, .. } => regex.is_match(text),
        }
    }

    /// Its regular expression; equal texts are equal languages.
    pub(crate) fn regex(&self) -> String {
        match self {
            Self::Text { min, max } if *max == Some(*min) => format!("[^/]{{{min}}}"),
            Self::Text {
                min,
                max: Some(max),
            } => format!("[^/]{{{min},{max}}}"),
            Self::Text { min, max: None } => format!("[^/]{{{min},}}"),
            Self::OneOf(items) => {
                let items: Vec<String> = items.iter().map(|item| regex::escape(item)).collect();
                format!("(?:{})", items.join("|"))
            }
            Self::Rest => "[^/].*?".to_owned(),
            Self::Anything => "(?s:.*)".to_owned(),
            Self::Digits { signed: false } => r"\d+".to_owned(),
            Self::Digits { signed: true } => r"-?\d+".to_owned(),
            Self::Decimal { signed: false } => r"\d+\.\d+".to_owned(),
            Self::Decimal { signed: true } => r"-?\d+\.\d+".to_owned(),
            Self::Uuid => UUID.to_owned(),
            Self::Custom { text, .. } => text.to_string(),
        }
    }

    /// Whether every text of the other is one of its own, as far as is easily told: `false` may be wrong.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Text { min, max },
                Self::Text {
                    min: least,
                    max: most,
                },
            ) => min <= least && max.is_none_or(|max| most.is_some_and(|most| most <= max)),
            (
                Self::Text {
                    min: 0 | 1,
                    max: None,
                },
                Self::OneOf(items),
            ) => items.iter().all(|item| self.matches(item)),
            (
                Self::Text {
                    min: 0 | 1,
                    max: None,
                },
                Self::Digits { .. } | Self::Decimal { .. } | Self::Uuid,
            ) => true,
            (Self::Digits { signed: true }, Self::Digits { .. })
            | (Self::Decimal { signed: true }, Self::Decimal { .. })
            | (Self::Anything, _) => true,
            (_, Self::OneOf(items)) => items.iter().all(|item| self.matches(item)),
            _ => self.regex() == other.regex(),
        }
    }
}

/// The text behind the minus, where one may be.
fn unsigned(text: &str, signed: bool) -> &str {
    text.strip_prefix('-').filter(|_| signed).unwrap_or(text)
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| digit(c).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn languages() -> Vec<Language> {
        let text = |min, max| Language::Text { min, max };
        let mut all = vec![
            text(1, None),
            text(0, None),
            text(2, Some(2)),
            text(2, Some(4)),
            text(3, None),
        ];
        all.push(Language::OneOf(vec!["a".into(), "a.b".into(), "12".into()]));
        all.push(Language::Rest);
        all.push(Language::Anything);
        for signed in [false, true] {
            all.push(Language::Digits { signed });
            all.push(Language::Decimal { signed });
        }
        all.push(Language::Uuid);
        all
    }

    const TEXTS: [&str; 22] = [
        "",
        "a",
        "ab",
        "abc",
        "abcd",
        "abcde",
        "a.b",
        "axb",
        "12",
        "-12",
        "--1",
        "-",
        "1.5",
        "-1.5",
        "1.",
        ".5",
        "1.5.2",
        "a/b",
        "/a",
        "a\nb",
        "\n",
        "\u{663}\u{661}",
    ];

    #[test]
    fn the_expressions_of_built_in_converters_are_known() {
        for language in languages() {
            let known = Language::of(&language.regex()).unwrap();
            let by_hand = !matches!(known, Language::Custom { .. });
            assert_eq!(by_hand, !matches!(language, Language::OneOf(_)));
            assert_eq!(known.regex(), language.regex());
            for text in TEXTS {
                assert_eq!(
                    known.matches(text),
                    language.matches(text),
                    "{language:?} {text:?}"
                );
            }
        }
        for other in ["[^/]{01}", "[^/]{a}", "[^/]{2,1}", "[^/]{+1}", "[^/]{,2}"] {
            let by_hand = matches!(Language::of(other), Ok(Language::Text { .. }));
            assert!(!by_hand, "{other}");
        }
    }

    /// The matching by hand and the regular expression are one language.
    #[test]
    fn what_is_matched_by_hand_is_what_the_expression_says() {
        for language in languages() {
            let custom = Language::custom(&language.regex()).unwrap();
            for text in TEXTS
                .into_iter()
                .chain(["6ba7b810-9dad-11d1-80b4-00c04fd430C8"])
            {
                assert_eq!(
                    language.matches(text),
                    custom.matches(text),
                    "{text:?} of {}",
                    language.regex()
                );
            }
        }
    }

    #[test]
    fn a_language_that_includes_another_has_all_its_texts() {
        for (a, b) in languages()
            .iter()
            .flat_map(|a| languages().into_iter().map(move |b| (a.clone(), b)))
        {
            for text in TEXTS {
                assert!(
                    !a.includes(&b) || a.matches(text) || !b.matches(text),
                    "{a:?} {b:?} {text:?}"
                );
            }
        }
    }
}
