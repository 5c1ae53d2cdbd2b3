//! Why no URL could be built, and what would help.

use std::fmt::{Display, Formatter, Result as FmtResult};

use thiserror::Error;

use crate::map::Map;
use crate::map::compile::Compiled;
use crate::map::machine::RuleIndex;
use crate::map::outcome::RuleId;
use crate::map::rule::Rule;
use crate::map::value::{Value, Values};

/// Why a URL could not be built.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No rule of the endpoint takes the values.
    #[error("{0}")]
    NoRule(Box<NoRule>),
    /// A converter refuses a value.
    #[error("rule {rule:?}: the value of {name:?} cannot be written into the URL: {reason}")]
    Value {
        /// The rule as it was written.
        rule: String,
        /// The parameter.
        name: String,
        /// What the converter says.
        reason: String,
    },
}

/// That no rule takes the values, what was asked for, and the rule that was probably meant.
#[derive(Clone, Debug)]
pub struct NoRule {
    endpoint: String,
    method: Option<String>,
    values: Vec<String>,
    nearest: Option<Nearest>,
}

/// A rule that does not fit, and why.
#[derive(Clone, Debug)]
struct Nearest {
    id: RuleId,
    rule: Rule,
    missing: Vec<String>,
    contradicted: Vec<(String, Value)>,
}

impl NoRule {
    /// The rule of the most similar endpoint; of its rules the one that takes the values, answers the method, and
    /// lacks the fewest values.
    pub(crate) fn new(map: &Map, endpoint: &str, values: &Values, method: Option<&str>) -> Self {
        let score = |rule: &Compiled| {
            let taken = values.iter().all(|(name, _)| rule.takes(name));
            let answers = method.is_some_and(|method| rule.answers(method));
            let missing = missing(rule, values).count();
            0.01 * f64::from(u8::from(taken)) + 0.01 * f64::from(u8::from(answers))
                - 1e-6 * missing as f64
        };
        let mut rules = alike(map, endpoint);
        // Of equals the one that was added first.
        rules.sort_unstable_by(|a, b| b.cmp(a));
        let rules = rules.into_iter().map(|index| {
            let rule = &map.rules[index as usize];
            (index, rule, score(rule))
        });
        let nearest = rules.max_by(|(_, _, a), (_, _, b)| a.total_cmp(b));
        let nearest = nearest.map(|(index, rule, _)| Nearest {
            id: RuleId(index),
            rule: rule.rule.clone(),
            missing: missing(rule, values).map(str::to_owned).collect(),
            contradicted: contradicted(rule, values),
        });
        Self {
            endpoint: endpoint.to_owned(),
            method: method.map(str::to_owned),
            values: values.iter().map(|(name, _)| name.to_owned()).collect(),
            nearest,
        }
    }

    /// The endpoint that was asked for.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The method that was asked for.
    pub fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    /// The names of the values that were given.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// The rule that was probably meant, perhaps of another endpoint; `None` if the map has no rules.
    pub fn nearest(&self) -> Option<(RuleId, &Rule)> {
        self.nearest.as_ref().map(|near| (near.id, &near.rule))
    }

    /// The endpoint that was probably meant; `None` if the one that was given has rules.
    pub fn suggestion(&self) -> Option<&str> {
        let near = self.nearest.as_ref()?;
        (near.rule.endpoint != self.endpoint).then_some(&near.rule.endpoint)
    }

    /// The values that the nearest rule takes besides those given, when the endpoint is right.
    pub fn missing(&self) -> &[String] {
        self.near().map_or(&[], |near| &near.missing)
    }

    /// The defaults of the nearest rule that the values contradict, when the endpoint is right: its URL is for these
    /// alone.
    pub fn contradicted(&self) -> &[(String, Value)] {
        self.near().map_or(&[], |near| &near.contradicted)
    }

    /// The methods of the nearest rule, when the endpoint is right and the method that was asked for is none of them.
    pub fn methods(&self) -> &[String] {
        let methods = self.near().and_then(|near| near.rule.methods.as_deref());
        let wrong = |methods: &&[String]| {
            let asked = self.method.as_ref();
            asked.is_some_and(|asked| !methods.contains(asked))
        };
        methods.filter(wrong).unwrap_or_default()
    }

    /// The nearest rule, if it is of this endpoint.
    fn near(&self) -> Option<&Nearest> {
        let near = self.nearest.as_ref();
        near.filter(|near| near.rule.endpoint == self.endpoint)
    }
}

/// The rules of the endpoints whose names are most alike: of this one itself, if it has any.
fn alike(map: &Map, endpoint: &str) -> Vec<RuleIndex> {
    if let Some(rules) = map.endpoints.get(endpoint) {
        return rules.clone();
    }
    let alike = |known: &str| strsim::normalized_damerau_levenshtein(known, endpoint);
    let (mut nearest, mut found) = (f64::MIN, Vec::new());
    for (known, rules) in &map.endpoints {
        let alike = alike(known);
        if alike > nearest {
            (nearest, found) = (alike, rules.clone());
        } else if alike.total_cmp(&nearest).is_eq() {
            found.extend_from_slice(rules);
        }
    }
    found
}

/// The arguments that are neither given nor defaults.
fn missing<'r>(rule: &'r Compiled, values: &Values) -> impl Iterator<Item = &'r str> {
    let defaults = &rule.rule.defaults;
    let names = rule.arguments.iter().map(String::as_str);
    names.filter(|name| values.get(name).is_none() && defaults.get(name).is_none())
}

fn contradicted(rule: &Compiled, values: &Values) -> Vec<(String, Value)> {
    let other = |name: &str, default: &Value| values.get(name).is_some_and(|v| v != default);
    let defaults = rule.rule.defaults.iter();
    let contradicted = defaults.filter(|(name, default)| other(name, default));
    contradicted
        .map(|(name, default)| (name.to_owned(), default.clone()))
        .collect()
}

impl Display for NoRule {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        write!(f, "no URL can be built for endpoint {:?}", self.endpoint)?;
        if let Some(method) = &self.method {
            write!(f, " and method {method:?}")?;
        }
        if !self.values.is_empty() {
            write!(f, " of the values {:?}", self.values)?;
        }
        let Some(nearest) = &self.nearest else {
            return f.write_str("; the map has no rules");
        };
        if let Some(name) = self.suggestion() {
            return write!(f, "; did you mean the endpoint {name:?}?");
        }
        let mut reasons = Vec::new();
        if !self.missing().is_empty() {
            reasons.push(format!("needs {:?} as well", self.missing()));
        }
        if !self.methods().is_empty() {
            reasons.push(format!("answers {:?} only", self.methods()));
        }
        for (name, default) in self.contradicted() {
            reasons.push(format!("is for {name:?} {:?} only", default.to_string()));
        }
        if reasons.is_empty() {
            reasons.push("has a converter that takes no such value".to_owned());
        }
        let rule = nearest.rule.text();
        write!(f, "; rule {rule:?} {}", reasons.join(", and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(map: &Map, endpoint: &str, values: Values, method: Option<&str>) -> NoRule {
        let adapter = map.bind("example.org");
        let build = adapter.build(endpoint, &values);
        let url = match method {
            Some(method) => build.method(method).url(),
            None => build.url(),
        };
        match url {
            Err(BuildError::NoRule(error)) => *error,
            other => panic!("{other:?}"),
        }
    }

    fn map() -> Map {
        let user = Rule::new("/users/<id>/<tab>").endpoint("user");
        let builder = Map::builder()
            .add(user.methods(["GET"]))
            .add(Rule::new("/all/").endpoint("all").default("page", 1))
            .add(Rule::new("/by/name/<name>").endpoint("find"))
            .add(Rule::new("/by/mail/<mail>").endpoint("find"))
            .add(Rule::new("/by/mail/<mail>/<folder>").endpoint("find"));
        builder.build().unwrap()
    }

    #[test]
    fn an_error_names_the_nearest_rule_and_all_that_keeps_it_from_fitting() {
        let map = map();
        let text =
            |endpoint: &str, values, method| error(&map, endpoint, values, method).to_string();
        let id = || Values::from([("id", 1)]);
        assert_eq!(
            text("user", id(), Some("POST")),
            r#"no URL can be built for endpoint "user" and method "POST" of the values ["id"]; rule "/users/<id>/<tab>" needs ["tab"] as well, and answers ["GET", "HEAD"] only"#
        );
        assert_eq!(
            text("all", [("page", 2)].into(), None),
            r#"no URL can be built for endpoint "all" of the values ["page"]; rule "/all/" is for "page" "1" only"#
        );
        assert_eq!(
            text("usr", Values::new(), None),
            r#"no URL can be built for endpoint "usr"; did you mean the endpoint "user"?"#
        );
        let nothing = Map::builder().build().unwrap();
        assert_eq!(
            error(&nothing, "e", Values::new(), None).to_string(),
            r#"no URL can be built for endpoint "e"; the map has no rules"#
        );
    }

    #[test]
    fn the_nearest_rule_takes_the_values_and_lacks_few() {
        let map = map();
        let nearest = |values: Values| {
            let error = error(&map, "find", values, None);
            let (_, rule) = error.nearest().unwrap();
            (rule.text().to_owned(), error.missing().to_vec())
        };
        assert_eq!(nearest(Values::new()).0, "/by/name/<name>");
        let folder = nearest([("folder", "x")].into());
        assert_eq!(
            folder,
            (
                "/by/mail/<mail>/<folder>".to_owned(),
                vec!["mail".to_owned()]
            )
        );
        assert_eq!(nearest([("x", 1)].into()).0, "/by/name/<name>");
    }
}
