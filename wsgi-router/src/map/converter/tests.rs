//! Converters of the application's own, as Werkzeug's own tests have them.

use std::sync::Arc;

use http::Method;

use super::*;
use crate::map::Map;
use crate::{Adapter, Outcome, Rule, Values};

/// `regex('…')`: whatever the rule says, slashes included.
#[derive(Debug)]
struct Expression(String);

impl Converter for Expression {
    fn regex(&self) -> String {
        self.0.clone()
    }
    fn part_isolating(&self) -> bool {
        false
    }
}

fn expression(arguments: &Arguments) -> Result<Arc<dyn Converter>, String> {
    let [regex] = arguments.bind(["regex"])?;
    let regex = regex.as_str().ok_or("the expression is no text")?;
    Ok(Arc::new(Expression(regex.to_owned())))
}

/// Two words with a slash between, as a list.
#[derive(Debug)]
struct Two;

impl Converter for Two {
    fn regex(&self) -> String {
        r"(\w\w+)/(\w\w+)".to_owned()
    }
    fn to_value(&self, text: &str) -> Option<Value> {
        let (one, two) = text.split_once('/')?;
        Some(Value::from(vec![Value::from(one), Value::from(two)]))
    }
    fn to_url(&self, value: &Value) -> Result<String, ToUrlError> {
        match value {
            Value::List(words) if words.len() == 2 => Ok(format!("{}/{}", words[0], words[1])),
            _ => Err(ToUrlError::Declined),
        }
    }
}

/// A number that is no multiple of the argument; of a weight of its own.
#[derive(Debug)]
struct NoMultiple {
    of: i64,
    weight: i64,
}

impl Converter for NoMultiple {
    fn regex(&self) -> String {
        r"\d+".to_owned()
    }
    fn weight(&self) -> i64 {
        self.weight
    }
    fn to_value(&self, text: &str) -> Option<Value> {
        let number: i64 = text.parse().ok()?;
        (number % self.of != 0).then(|| Value::from(number))
    }
}

fn map(rules: impl IntoIterator<Item = &'static str>) -> Map {
    let rules = rules.into_iter().map(|text| Rule::new(text).endpoint(text));
    let builder = Map::builder().add(rules.collect::<Vec<_>>());
    let builder = builder
        .converter("regex", expression)
        .converter("two", |_| Ok(Arc::new(Two)))
        .converter("no_multiple", |arguments| {
            let [of, weight] = arguments.bind(["of", "weight"])?;
            let of = of.as_i64().ok_or("it needs a number")?;
            let weight = weight.as_i64().unwrap_or(50);
            Ok(Arc::new(NoMultiple { of, weight }))
        });
    builder.build().unwrap()
}

fn found<'m>(adapter: &Adapter<'m, '_>, path: &str) -> Option<(&'m str, Values)> {
    match adapter.match_path(path, &Method::GET) {
        Outcome::Found(found) => Some((found.endpoint(), found.values())),
        _ => None,
    }
}

#[test]
fn an_expression_may_have_slashes_and_groups() {
    let map = map([
        r"/two/<two:words>/",
        r"/<regex('((\d{8}T\d{6}([.,]\d{1,3})?)|(\d{4}-\d{2}))Z'):start>/<regex('(a|b)+'):end>/",
    ]);
    let adapter = map.bind("example.org");
    let words = Value::from(vec![Value::from("qwert"), Value::from("yuiop")]);
    let (endpoint, values) = found(&adapter, "/two/qwert/yuiop/").unwrap();
    assert_eq!(values, [("words", words)].into());
    assert_eq!(
        adapter.build(endpoint, &values).url().unwrap(),
        "/two/qwert/yuiop/"
    );
    let (_, values) = found(&adapter, "/20230216T233636.266Z/abba/").unwrap();
    let expected = [("start", "20230216T233636.266Z"), ("end", "abba")];
    assert_eq!(values, expected.into());
    assert_eq!(found(&adapter, "/2023Z/abba/"), None);
}

/// Werkzeug's `ValidationError`: once the rule is chosen, a refused value is `404`, though another rule would match.
#[test]
fn a_value_that_is_refused_is_not_found() {
    let map = map(["/<no_multiple(3):n>", "/<any>"]);
    let adapter = map.bind("example.org");
    let (endpoint, values) = found(&adapter, "/7").unwrap();
    assert_eq!(
        (endpoint, values),
        ("/<no_multiple(3):n>", [("n", 7)].into())
    );
    assert_eq!(found(&adapter, "/9"), None);
    assert_eq!(found(&adapter, "/x").unwrap().0, "/<any>");
}

#[test]
fn the_smaller_weight_is_tried_first() {
    let map = map([
        "/<string(length=1):s>",
        "/a/<no_multiple(3, weight=150):n>",
        "/a/<string(length=1):s>",
    ]);
    let adapter = map.bind("example.org");
    assert_eq!(
        found(&adapter, "/a/7").unwrap().0,
        "/a/<string(length=1):s>"
    );
    assert_eq!(
        found(&adapter, "/a/77").unwrap().0,
        "/a/<no_multiple(3, weight=150):n>"
    );
}

#[test]
fn what_a_converter_says_to_its_arguments_is_told() {
    let builder = Map::builder().converter("regex", expression);
    let rules = [
        Rule::new("/<regex(5):a>"),
        Rule::new("/<regex('('):b>"),
        Rule::new("/<regex(1, 2):c>"),
    ];
    let error = builder.add(rules).build().unwrap_err().to_string();
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(
        lines[0],
        r#"rule "/<regex(5):a>": parameter "a": the expression is no text"#
    );
    assert!(
        lines[1].starts_with(r#"rule "/<regex('('):b>": parameter "b": regex parse error"#),
        "{error}"
    );
    assert!(
        error.ends_with(r#"rule "/<regex(1, 2):c>": parameter "c": it takes 1 arguments, not 2"#),
        "{error}"
    );
}
