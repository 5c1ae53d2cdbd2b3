//! Queries of values, and the order of their fields.

use std::cmp::Ordering;
use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::sync::Arc;

use super::quote;
use super::value::Value;

type Compare = dyn Fn((&str, &Value), (&str, &Value)) -> Ordering + Send + Sync;

/// The order of the fields in a query.
#[derive(Clone)]
pub(crate) enum Order {
    /// That of the values.
    Given,
    /// By name, then by value.
    ByName,
    /// As the application wants it.
    By(Arc<Compare>),
}

impl Debug for Order {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str(match self {
            Self::Given => "Given",
            Self::ByName => "ByName",
            Self::By(_) => "By",
        })
    }
}

impl Order {
    fn sort(&self, fields: &mut [(&str, &Value)]) {
        match self {
            Self::Given => {}
            Self::ByName => fields.sort_by(|(a, x), (b, y)| {
                a.cmp(b).then_with(|| match (x, y) {
                    (Value::Int(x), Value::Int(y)) => x.cmp(y),
                    _ => x.to_string().cmp(&y.to_string()),
                })
            }),
            Self::By(compare) => fields.sort_by(|a, b| compare(*a, *b)),
        }
    }
}

/// The query of these values: lists repeat their field, and what is [`Value::None`] is left out.
pub(crate) fn of<'v>(values: impl Iterator<Item = (&'v str, &'v Value)>, order: &Order) -> String {
    let mut fields: Vec<(&str, &Value)> = Vec::new();
    for (name, value) in values {
        match value {
            Value::List(values) => fields.extend(values.iter().map(|value| (name, value))),
            value => fields.push((name, value)),
        }
    }
    fields.retain(|(_, value)| !matches!(value, Value::None));
    order.sort(&mut fields);
    let fields = fields.iter();
    quote::query(fields.map(|(name, value)| (*name, value.to_string())))
}

#[cfg(test)]
mod tests {
    use crate::{Map, MapBuilder, Rule, Value, Values};

    fn built(builder: MapBuilder) -> String {
        let map = builder.add(Rule::new("/").endpoint("e")).build().unwrap();
        let list = Value::from(vec![Value::from(10), Value::None, Value::from(9)]);
        let values: Values = [("b", Value::from("x")), ("a", list), ("c", Value::None)].into();
        map.bind("example.org").build("e", &values).url().unwrap()
    }

    #[test]
    fn fields_stand_in_the_order_of_the_map() {
        let map = Map::builder;
        assert_eq!(built(map()), "/?b=x&a=10&a=9");
        assert_eq!(built(map().sort_parameters(true)), "/?a=9&a=10&b=x");
        let by_value = |a: (&str, &Value), b: (&str, &Value)| b.1.to_string().cmp(&a.1.to_string());
        assert_eq!(built(map().sort_parameters_by(by_value)), "/?b=x&a=9&a=10");
    }
}
