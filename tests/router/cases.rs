//! The cases that are put to Werkzeug and to our map: each feature at its borders.

mod arguments;
mod behaviour;
mod documented;
mod environs;
mod patterns;
mod urls;

use serde_json::{Value as Json, json};

use crate::oracle::Case;

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    let groups = [
        patterns::converters(),
        patterns::in_segments(),
        patterns::pairs(),
        patterns::malformed(),
        behaviour::slashes(),
        behaviour::methods(),
        behaviour::websockets(),
        behaviour::defaults(),
        behaviour::aliases(),
        behaviour::redirects(),
        urls::hosts(),
        urls::building(),
        urls::queries(),
        urls::factories(),
        patterns::unicode(),
        documented::quickstart(),
        documented::priority(),
        documented::slashes(),
        documented::redirects(),
        documented::adapters(),
        documented::values(),
        documented::custom(),
        arguments::literals(),
        arguments::limits(),
        arguments::bytes(),
        environs::hosts(),
        environs::requests(),
        environs::names(),
    ];
    groups.into_iter().flatten().collect()
}

fn rule(rule: &str, endpoint: &str) -> Json {
    json!({"rule": rule, "endpoint": endpoint})
}

/// A rule with further options.
fn with(rule: &str, endpoint: &str, options: Json) -> Json {
    let mut spec = self::rule(rule, endpoint);
    for (name, value) in options.as_object().expect("an object") {
        spec[name] = value.clone();
    }
    spec
}

/// Each rule leads to an endpoint of its place: `e0`, `e1`, …
fn numbered<R: AsRef<str>>(rules: &[R]) -> Vec<Json> {
    rules
        .iter()
        .enumerate()
        .map(|(at, text)| rule(text.as_ref(), &format!("e{at}")))
        .collect()
}

pub(crate) const UUID: &str = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
