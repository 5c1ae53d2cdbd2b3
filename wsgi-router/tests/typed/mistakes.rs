//! Types that do not fit their route: what is said when the router is built.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use wsgi_core::handler;
use wsgi_router::{Endpoint, Path, PathError, RouteError, Router, Rule, get, path_handler, post};

use crate::{Entry, Language, Order, showing};

/// What is said of the type, without the route.
fn mistake<T: DeserializeOwned + Debug + 'static>(route: impl Into<Rule>) -> String {
    let route = route.into();
    let text = route.text().to_owned();
    let error = showing::<T>(route).expect_err(&text);
    let prefix = format!("route {text:?}: ");
    match error.strip_prefix(&prefix) {
        Some(mistake) => mistake.to_owned(),
        None => error,
    }
}

#[test]
fn another_number_of_values_than_there_are_parameters() {
    let number = "let the two have the same number";
    assert_eq!(
        mistake::<(u16,)>("/<int:year>/<slug>"),
        format!("(u16,) takes one value, but the route has <int:year>, <slug>; {number}")
    );
    assert_eq!(
        mistake::<(u16, String, String)>("/<int:year>/<slug>"),
        format!(
            "(u16, String, String) takes 3 values, but the route has <int:year>, <slug>; {number}"
        )
    );
    assert_eq!(
        mistake::<(u16, String)>("/"),
        format!("(u16, String) takes 2 values, but the route has no parameters; {number}")
    );
    assert_eq!(
        mistake::<String>("/{a}/{*b}"),
        format!("String takes one value, but the route has {{a}}, {{*b}}; {number}")
    );
    assert_eq!(
        mistake::<Order>("/"),
        format!("Order takes one value, but the route has no parameters; {number}")
    );
    assert_eq!(
        mistake::<()>("/<a>"),
        format!("() takes 0 values, but the route has <a>; {number}")
    );
    assert_eq!(
        mistake::<(u16,)>(Rule::new("/<int:year>").default("page", 1)),
        format!("(u16,) takes one value, but the route has <int:year>, page=1; {number}")
    );
}

#[test]
fn a_field_that_is_no_parameter() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Page {
        slug: String,
        page: Option<u32>,
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Only {
        slug: String,
    }
    assert_eq!(
        mistake::<Entry>("/<slug>"),
        r#"Entry has the field "year", but the route has <slug>; add <year> to it, or make the field an Option"#
    );
    assert_eq!(
        mistake::<Entry>("/<int:year>/<sulg>"),
        r#"Entry has the field "slug", but the route has <int:year>, <sulg>; did you mean "sulg"?"#
    );
    // An `Option` may be absent; but not because of a slip of the pen, which would go unnoticed.
    assert!(showing::<Page>("/<slug>").is_ok());
    assert!(showing::<Page>("/<slug>/<other>").is_ok());
    assert_eq!(
        mistake::<Page>("/<slug>/<int:pgae>"),
        r#"Page has the field "page", but the route has <slug>, <int:pgae>; did you mean "pgae"?"#
    );
    assert_eq!(
        mistake::<Only>("/<slug>/<other>"),
        "Only has no field for <other>; add one of that name"
    );
}

#[test]
fn a_parameter_that_is_never_of_the_type() {
    #[rustfmt::skip]
    let cases = [
        (mistake::<(u16, u32)>("/<int:year>/<slug>"),
         "<slug> is text, but (u16, u32) takes a u32 there; write <int:slug>, or take a String"),
        (mistake::<i8>("/<path:a>"),
         "<path:a> is text with slashes, but i8 takes an i8 there; write <int:a>, or take a String"),
        (mistake::<u128>("/<uuid:a>"),
         "<uuid:a> is a UUID, but u128 takes a u128 there; write <int:a>, or take a String"),
        (mistake::<u64>("/<float:a>"),
         "<float:a> is a floating-point number, but u64 takes a u64 there; write <int:a>, or take an f64"),
        (mistake::<f64>("/<a>"),
         "<a> is text, but f64 takes an f64 there; write <float:a>, or take a String"),
        (mistake::<bool>("/<a>"),
         "<a> is text, but bool takes a bool there; write <any(true, false):a>, or take a String"),
        (mistake::<bool>("/<int:a>"),
         "<int:a> is a whole number, but bool takes a bool there; write <any(true, false):a>, or take a whole number"),
        (mistake::<char>("/<int:a>"),
         "<int:a> is a whole number, but char takes a char there; write <string(length=1):a>, or take a whole number"),
        (mistake::<char>("/<string(minlength=2):a>"),
         "<a> is text, but char takes a char there; write <string(length=1):a>, or take a String"),
        (mistake::<Order>("/<a>"),
         r#"<a> is text, but Order takes one of ["asc", "desc"] there; write <any(asc, desc):a>, or take a String"#),
        (mistake::<Order>("/<int:a>"),
         r#"<int:a> is a whole number, but Order takes one of ["asc", "desc"] there; write <any(asc, desc):a>, or take a whole number"#),
        (mistake::<u32>("/{a}"),
         "{a} is text, but u32 takes a u32 there; write the route in angles with <int:a>, or take a String"),
        (mistake::<Option<u32>>("/<a>"),
         "<a> is text, but Option<u32> takes a u32 there; write <int:a>, or take a String"),
        (mistake::<HashMap<String, u32>>("/<int:a>/<b>"),
         "<b> is text, but HashMap<String, u32> takes a u32 there; write <int:b>, or take a String"),
        (mistake::<Vec<(String, u32)>>("/<int:a>/<b>"),
         "<b> is text, but Vec<(String, u32)> takes a u32 there; write <int:b>, or take a String"),
    ];
    for (said, expected) in cases {
        assert_eq!(said, expected);
    }
}

#[test]
fn a_value_of_a_parameter_that_the_type_does_not_have() {
    let same = "let the rule and the type have the same values";
    assert_eq!(
        mistake::<Order>("/<any(asc, up):a>"),
        format!(r#"<any(…):a> can be "up", but Order takes one of ["asc", "desc"] there; {same}"#)
    );
    assert_eq!(
        mistake::<(u8,)>(r#"/<any("1", "300"):a>"#),
        format!(r#"<any(…):a> can be "300", but (u8,) takes a u8 there; {same}"#)
    );
    assert_eq!(
        mistake::<(bool,)>("/<any(true, no):a>"),
        format!(r#"<any(…):a> can be "no", but (bool,) takes a bool there; {same}"#)
    );
    assert_eq!(
        mistake::<(u8,)>(Rule::new("/").default("page", "first")),
        format!(r#"page=first can be "first", but (u8,) takes a u8 there; {same}"#)
    );
}

#[test]
fn numbers_that_are_all_out_of_range() {
    assert_eq!(
        mistake::<(u8,)>("/<int(min=300):a>"),
        r#"<int:a> is never a u8, which (u8,) takes there: 300 is the nearest it has; take a larger type"#
    );
    assert_eq!(
        mistake::<u32>("/<int(max=-1, signed=True):a>"),
        r#"<int:a> is never a u32, which u32 takes there: -1 is the nearest it has; take a larger type"#
    );
    // Some are: the others are not found.
    assert!(showing::<u8>("/<int:a>").is_ok());
    assert!(showing::<u8>("/<int(min=200, max=300):a>").is_ok());
}

#[test]
fn what_no_parameter_is() {
    let one = "but a parameter is one number or text; give it one of these types";
    assert_eq!(
        mistake::<((String, String),)>("/<a>"),
        format!("((String, String),) takes a tuple of 2 for <a>, {one}")
    );
    assert_eq!(
        mistake::<(Vec<String>,)>("/<path:a>"),
        format!("(Vec<String>,) takes a sequence for <path:a>, {one}")
    );
    assert_eq!(
        mistake::<BTreeMap<String, Entry>>("/<a>"),
        format!("BTreeMap<String, Entry> takes a struct for <a>, {one}")
    );
    assert_eq!(
        mistake::<((),)>("/<a>"),
        format!("((),) takes nothing for <a>, {one}")
    );
}

#[test]
fn the_types_own_validation_hides_no_mistake_behind_it() {
    // The samples of `a` are refused until one is a language; then `b` is looked at.
    assert_eq!(
        mistake::<(Language, u32)>("/<a>/<b>"),
        "<b> is text, but (Language, u32) takes a u32 there; write <int:b>, or take a String"
    );
    assert!(showing::<(Language, u32)>("/<a>/<int:b>").is_ok());
}

#[test]
fn each_endpoint_of_each_route_is_checked() {
    let one = path_handler(|Path(id): Path<u32>, _| id.to_string());
    let other = path_handler(|Path((id,)): Path<(u8,)>, _| id.to_string());
    let environ_style = || Endpoint::new(handler(|_| "")).expecting::<(u32, u32)>();
    let built = Router::builder()
        .route("/a/<int:id>", get(one).post(other))
        .route("/b/<id>", get(one).post(other))
        .route("/c/<id>", get(handler(|_| "")).put(environ_style()))
        .route("/d", one)
        .build();
    let error = built.expect_err("four mistakes");
    let lines: Vec<String> = error.mistakes().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            r#"route "/b/<id>": <id> is text, but u32 takes a u32 there; write <int:id>, or take a String"#,
            r#"route "/b/<id>": <id> is text, but (u8,) takes a u8 there; write <int:id>, or take a String"#,
            r#"route "/c/<id>": (u32, u32) takes 2 values, but the route has <id>; let the two have the same number"#,
            r#"route "/d": u32 takes one value, but the route has no parameters; let the two have the same number"#,
        ]
    );
    assert!(matches!(
        &error.mistakes()[0],
        RouteError::Path { problem, .. } if matches!(problem, PathError::Type { .. })
    ));
    drop(post(one));
}
