//! Parameters of the path as types: what they can be made of, what is told when a router is built, what a request
//! gives, and the URLs of typed routes.

//mod mistakes;
mod properties;
//mod requests;
//mod shapes;
mod urls;

use serde::{Deserialize, Serialize};

/// The parameters of most tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    year: u16,
    slug: String,
}

/// What `any(asc, desc)` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Order {
    Asc,
    Desc,
}

/// A type with a validation of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Language(String);

impl TryFrom<String> for Language {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.len() {
            2 => Ok(Self(text)),
            _ => Err("a language has two letters"),
        }
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}
