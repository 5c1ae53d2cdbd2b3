//! Whatever values a URL is made of, it leads back to them.

use std::sync::LazyLock;

use http::Method;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wsgi_core::Environ;
use wsgi_core::RoutingArgs;
use wsgi_router::{Map, Path, Rule, TypedRoute};

use crate::{Entry, Order};

/// A typed route, and a map that has it.
struct Both<T> {
    route: TypedRoute<T>,
    map: Map,
}

impl<T: Serialize + DeserializeOwned> Both<T> {
    fn new(pattern: &str) -> Self {
        let route = TypedRoute::new(pattern).expect("it fits");
        let map = Map::builder().add(Rule::from(&route)).build();
        let map = map.expect("one rule");
        Self { route, map }
    }

    /// What a request to the URL of the values has; `None` if there is no such URL.
    fn there_and_back(&self, values: &T) -> Option<T> {
        let url = self.route.url(values).ok()?;
        let adapter = self.map.bind("");
        let found = adapter.match_target(&url, &Method::GET).found();
        let found = found.expect("a URL that is given is found");
        let mut args = RoutingArgs::new();
        for (name, _) in found.values().iter() {
            let text = found.text(name).expect("a parameter has a text");
            args.push_own(name, text.into_owned());
        }
        let mut environ = Environ::new();
        environ.extensions_mut().insert(args);
        let Path(back) = Path::of(environ.extensions()).expect("a URL that is given can be read");
        Some(back)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct All {
    small: i8,
    large: u128,
    signed: i128,
    real: f64,
    short: f32,
    on: bool,
    order: Order,
    letter: char,
    text: String,
    rest: String,
}

static ALL: LazyLock<Both<All>> = LazyLock::new(|| {
    Both::new(concat!(
        "/<int(signed=True):small>/<int:large>/<int(signed=True):signed>/<float(signed=True):real>",
        "/<float(signed=True):short>/<any(true, false):on>/<any(asc, desc):order>/<string(length=1):letter>",
        "/<text>/x/<path:rest>"
    ))
});
static ENTRY: LazyLock<Both<Entry>> = LazyLock::new(|| Both::new("/<slug>-<int:year>.html"));
static PAIR: LazyLock<Both<(String, String)>> = LazyLock::new(|| Both::new("/<a>-<b>"));
static REST: LazyLock<Both<(String, String)>> = LazyLock::new(|| Both::new("/<path:a>/edit/<b>"));

/// Text of one segment that any rule takes.
fn segment() -> impl Strategy<Value = String> {
    ".+".prop_filter("clients take them away", |text| text != "." && text != "..")
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![Just(Order::Asc), Just(Order::Desc)]
}

fn all() -> impl Strategy<Value = All> {
    use prop::num::{f32, f64};
    let numbers = (any::<i8>(), any::<u128>(), any::<i128>());
    let reals = (
        f64::NORMAL | f64::ZERO | f64::SUBNORMAL,
        f32::NORMAL | f32::ZERO,
    );
    let texts = (any::<char>(), segment(), "[^/\n]+(/[^/\n]+){0,3}");
    let texts = texts.prop_filter("clients take them away", |(letter, _, rest)| {
        !matches!(letter, '.' | '/') && rest.split('/').all(|part| part != "." && part != "..")
    });
    (numbers, reals, any::<bool>(), order(), texts).prop_map(
        |((small, large, signed), (real, short), on, order, (letter, text, rest))| All {
            small,
            large,
            signed,
            real,
            short,
            on,
            order,
            letter,
            text,
            rest,
        },
    )
}

proptest! {
    #[test]
    fn values_within_the_bounds_have_a_url_and_come_back(values in all()) {
        prop_assert_eq!(ALL.there_and_back(&values), Some(values));
    }

    #[test]
    fn a_url_that_is_given_leads_back_wherever_parameters_meet(
        a in ".*", b in ".*", year in any::<u16>(), c in "[-/a.]{0,6}", d in "[-/a.]{0,6}",
    ) {
        let entry = Entry { year, slug: c.clone() };
        for (given, back) in [(a, b), (c, d)].into_iter().flat_map(|(a, b)| {
            let given = (a, b);
            [&*PAIR, &*REST].map(|both| (given.clone(), both.there_and_back(&given)))
        }) {
            prop_assert!(back.is_none_or(|back| back == given));
        }
        prop_assert!(ENTRY.there_and_back(&entry).is_none_or(|back| back == entry));
    }
}
