//! What a type wants a parameter to be, and how a rule says so.

/// What a type wants a parameter to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A whole number of this type.
    Whole(&'static str),
    /// A floating-point number of this type.
    Real(&'static str),
    Bool,
    Char,
    /// One of these variants of an enum.
    Variant(&'static [&'static str]),
}

impl Wanted {
    pub(crate) fn with_article(self) -> String {
        match self {
            Self::Whole(name) => format!("{} {name}", article(name)),
            Self::Real(name) => format!("an {name}"),
            Self::Bool => "a bool".to_owned(),
            Self::Char => "a char".to_owned(),
            Self::Variant(variants) => format!("one of {variants:?}"),
        }
    }

    /// The converter that gives it, with the parameter: `<int:year>`.
    pub(crate) fn rule(self, name: &str) -> String {
        match self {
            Self::Whole(_) => format!("<int:{name}>"),
            Self::Real(_) => format!("<float:{name}>"),
            Self::Bool => format!("<any(true, false):{name}>"),
            Self::Char => format!("<string(length=1):{name}>"),
            Self::Variant(variants) => {
                let items: Vec<String> = variants.iter().map(|variant| item(variant)).collect();
                format!("<any({}):{name}>", items.join(", "))
            }
        }
    }
}

/// As it is read aloud: "an eye eight", "a you thirty-two".
fn article(name: &str) -> &'static str {
    if name.starts_with('i') { "an" } else { "a" }
}

/// An item of `any`: bare where that is read as text, else quoted.
fn item(text: &str) -> String {
    let word = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && !matches!(text, "True" | "False" | "None");
    if word {
        text.to_owned()
    } else {
        format!("{text:?}")
    }
}
