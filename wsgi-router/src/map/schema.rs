//! What a parameter may look like, in the words of JSON Schema.

/// What a parameter may look like: as much of JSON Schema as routes need.
///
/// # Specification
/// [JSON Schema Validation, draft 2020-12](https://json-schema.org/draft/2020-12/json-schema-validation) §6
/// "A Vocabulary for Structural Validation"
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "json", serde(tag = "type", rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Schema {
    /// A whole number. Bounds beyond 64 bits are not told.
    Integer {
        /// The least.
        #[cfg_attr(
            feature = "json",
            serde(default, skip_serializing_if = "Option::is_none")
        )]
        minimum: Option<i64>,
        /// The greatest.
        #[cfg_attr(
            feature = "json",
            serde(default, skip_serializing_if = "Option::is_none")
        )]
        maximum: Option<i64>,
    },
    /// A number with a point.
    Number {
        /// The least.
        #[cfg_attr(
            feature = "json",
            serde(default, skip_serializing_if = "Option::is_none")
        )]
        minimum: Option<f64>,
        /// The greatest.
        #[cfg_attr(
            feature = "json",
            serde(default, skip_serializing_if = "Option::is_none")
        )]
        maximum: Option<f64>,
    },
    /// Text.
    String(StringSchema),
}

/// What a text may look like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "json", serde(default, rename_all = "camelCase"))]
#[non_exhaustive]
pub struct StringSchema {
    /// The least number of characters.
    #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
    pub min_length: Option<usize>,
    /// The greatest number of characters.
    #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
    pub max_length: Option<usize>,
    /// A regular expression of ECMA-262, anchored.
    #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
    pub pattern: Option<String>,
    /// `uuid`, `date-time` and so on.
    #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
    pub format: Option<String>,
    /// All that it may be; empty if that is not limited.
    #[cfg_attr(
        feature = "json",
        serde(rename = "enum", skip_serializing_if = "Vec::is_empty")
    )]
    pub one_of: Vec<String>,
}

impl Schema {
    /// Text of so many characters.
    pub fn text(min_length: usize, max_length: Option<usize>) -> Self {
        Self::String(StringSchema {
            min_length: Some(min_length).filter(|length| *length > 0),
            max_length,
            ..StringSchema::default()
        })
    }

    /// One of these texts.
    pub fn one_of(texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::String(StringSchema {
            one_of: texts.into_iter().map(Into::into).collect(),
            ..StringSchema::default()
        })
    }

    /// A UUID.
    pub fn uuid() -> Self {
        Self::String(StringSchema {
            format: Some("uuid".to_owned()),
            ..StringSchema::default()
        })
    }

    /// Text that the whole of a regular expression matches, which need not be anchored; any text, where the expression
    /// has what the notation of ECMA-262 has not, or has with another meaning.
    pub fn of_regex(regex: &str) -> Self {
        Self::String(StringSchema {
            pattern: is_portable(regex).then(|| format!("^(?:{regex})$")),
            ..StringSchema::default()
        })
    }
}

/// Whether a regular expression of Rust or Python means the same in JavaScript.
fn is_portable(regex: &str) -> bool {
    // Groups with options, and operations on classes.
    let foreign = [
        "(?", "[[", "[:", "&&", "--", "~~", "[]", "[^]", "*+", "++", "?+",
    ];
    if foreign.iter().any(|text| regex.contains(text)) {
        return false;
    }
    let mut rest = regex.chars();
    while let Some(c) = rest.next() {
        // Other escapes are errors in JavaScript, or something else.
        if c == '\\'
            && !rest
                .next()
                .is_some_and(|c| r"dDwWsS^$\.*+?()[]{}|/-".contains(c))
        {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_told_where_they_mean_the_same_in_javascript() {
        let pattern = |regex| match Schema::of_regex(regex) {
            Schema::String(text) => text.pattern,
            other => unreachable!("{other:?}"),
        };
        assert_eq!(pattern("a|b").as_deref(), Some("^(?:a|b)$"));
        assert_eq!(
            pattern(r"\d{4}\.[^/]+").as_deref(),
            Some(r"^(?:\d{4}\.[^/]+)$")
        );
        for foreign in [
            r"(?i)a",
            r"[a-z&&[^b]]",
            r"\pL",
            r"\Aa\z",
            r"[[:alpha:]]",
            r"a++",
            "a\\",
        ] {
            assert_eq!(pattern(foreign), None, "{foreign}");
        }
    }
}
