//! Parameters of the path as types: what they can be made of, what is told when a router is built, what a request
//! gives, and the URLs of typed routes.

mod mistakes;
mod properties;
mod requests;
mod shapes;
mod urls;

use serde::{Deserialize, Serialize};
use wsgi_core::{Application, testing};
use wsgi_router::{Path, Router, get, path_handler};

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

/// A router of one route, which shows what its parameters are.
fn showing<T>(route: impl Into<wsgi_router::Rule>) -> Result<Router, String>
where
    T: serde::de::DeserializeOwned + std::fmt::Debug + 'static,
{
    let show = path_handler(|Path(values): Path<T>, _| format!("{values:?}"));
    let router = Router::builder().route(route, get(show)).build();
    router.map_err(|error| error.to_string())
}

/// Status and text.
fn ask(app: &dyn Application, path: &str) -> (u16, String) {
    let answer = testing::get(app, path);
    (answer.status.code(), answer.text())
}
