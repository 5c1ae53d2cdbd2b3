//! Whatever values a URL is made of, it leads back to them.

use std::fmt::Debug;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wsgi_core::testing;
use wsgi_router::{Path, Router, TypedRoute, get};

use crate::{Entry, Order};

/// A typed route, and a router that has it and shows the values it was given.
struct Both<T> {
    route: TypedRoute<T>,
    router: Router,
}

impl<T: Debug + Serialize + DeserializeOwned + 'static> Both<T> {
    fn new(pattern: &str) -> Self {
        let route = TypedRoute::<T>::new(pattern).expect("it fits");
        let show = route.handler(|Path(values), _| format!("{values:?}"));
        let router = Router::builder().route(&route, get(show)).build();
        let router = router.expect("one route");
        Self { route, router }
    }

    /// Whether a request to the URL of the values has them; `None` if there is no such URL.
    fn there_and_back(&self, values: &T) -> Option<bool> {
        let url = self.route.url(values).ok()?;
        let answer = testing::get(&self.router, &url);
        assert_eq!(
            answer.status.code(),
            200,
            "a URL that is given is found: {url}"
        );
        Some(answer.text() == format!("{values:?}"))
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
        prop_assert_eq!(ALL.there_and_back(&values), Some(true));
    }

    #[test]
    fn a_url_that_is_given_leads_back_wherever_parameters_meet(
        a in ".*", b in ".*", year in any::<u16>(), c in "[-/a.]{0,6}", d in "[-/a.]{0,6}",
    ) {
        let entry = Entry { year, slug: c.clone() };
        prop_assert_ne!(ENTRY.there_and_back(&entry), Some(false));
        for values in [(a, b), (c, d)] {
            prop_assert_ne!(PAIR.there_and_back(&values), Some(false));
            prop_assert_ne!(REST.there_and_back(&values), Some(false));
        }
    }
}
