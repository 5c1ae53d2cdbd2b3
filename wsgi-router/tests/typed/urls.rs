//! URLs of typed routes.

use serde::{Deserialize, Serialize};
use wsgi_core::Environ;
use wsgi_router::{Map, Rule, TypedRoute, UrlError, Value};

use crate::{Entry, Language, Order};

fn environ(script_name: &str, host: &str) -> Environ {
    let mut environ = Environ::new();
    environ.set_script_name(script_name);
    environ
        .headers_mut()
        .try_append("Host", host)
        .expect("a host is a field value");
    environ
}

/// The URL of a route made of these values.
fn url<T: Serialize + serde::de::DeserializeOwned>(
    route: impl Into<Rule>,
    values: T,
) -> Result<String, String> {
    let route = TypedRoute::<T>::new(route).map_err(|error| error.to_string())?;
    route.url(&values).map_err(|error| error.to_string())
}

fn built(url: &str) -> Result<String, String> {
    Ok(url.to_owned())
}

#[test]
fn values_of_all_types_are_written() {
    let slug = || "a/b c\u{e9}".to_owned();
    assert_eq!(url("/", ()), built("/"));
    assert_eq!(url("/users/<int:id>", (7_u8,)), built("/users/7"));
    assert_eq!(url("/users/<int:id>", 7_i64), built("/users/7"));
    assert_eq!(url("/users/{id}", slug()), built("/users/a%2Fb%20c%C3%A9"));
    assert_eq!(url("/x/{*rest}", ("a/b".to_owned(),)), built("/x/a/b"));
    assert_eq!(
        url("/<int:n>", (u128::MAX,)),
        built(&format!("/{}", u128::MAX))
    );
    assert_eq!(url("/<int(fixed_digits=4):n>", (7_u16,)), built("/0007"));
    assert_eq!(
        url("/<int(signed=True):n>", (i128::MIN,)),
        built(&format!("/{}", i128::MIN))
    );
    assert_eq!(url("/<float:x>", (0.1_f32,)), built("/0.1"));
    assert_eq!(
        url("/<float:x>", (1e21_f64,)),
        built("/1000000000000000000000.0")
    );
    assert_eq!(url("/<int:x>", (2.0_f64,)), built("/2"));
    assert_eq!(url("/<any(true, false):on>", (true,)), built("/true"));
    assert_eq!(url("/<string(length=1):c>", ('\u{e9}',)), built("/%C3%A9"));
    assert_eq!(url("/<any(asc, desc):order>", Order::Desc), built("/desc"));
    assert_eq!(url("/<any(asc, desc):order>", (Order::Asc,)), built("/asc"));
    assert_eq!(url("/<lang>/", (Language("fr".to_owned()),)), built("/fr/"));
    let entry = Entry {
        year: 2024,
        slug: slug(),
    };
    assert_eq!(
        url("/<slug>/<int:year>", entry),
        built("/a%2Fb%20c%C3%A9/2024")
    );
    // A UUID in whatever way its type writes it.
    let uuid = "6BA7B810-9DAD-11D1-80B4-00C04FD430C8".to_owned();
    assert_eq!(
        url("/<uuid:id>", (uuid.clone(),)),
        built(&format!("/{uuid}"))
    );
}

#[test]
fn a_host_and_the_root_of_the_application_come_in_front() {
    let user = TypedRoute::<(u32,)>::new("/users/<int:id>").unwrap();
    let at = environ("/app\u{e9}", "example.com:8000");
    assert_eq!(user.url_in(&at, &(7,)).unwrap(), "/app%C3%A9/users/7");
    let absolute = user.build(&(7,)).absolute(&at).url();
    assert_eq!(
        absolute.unwrap(),
        "http://example.com:8000/app%C3%A9/users/7"
    );

    let host = Rule::new("/<int:id>").host("<tenant>.example.com");
    let tenant = TypedRoute::<(String, u32)>::new(host).unwrap();
    let values = ("acme".to_owned(), 7);
    assert_eq!(tenant.url(&values).unwrap(), "//acme.example.com/7");
    assert_eq!(
        tenant.url_in(&environ("/app", "x"), &values).unwrap(),
        "//acme.example.com/app/7"
    );
    let absolute = |host| {
        tenant
            .build(&values)
            .absolute(&environ("", host))
            .url()
            .unwrap()
    };
    assert_eq!(absolute("www.example.com"), "http://acme.example.com/7");
    assert_eq!(
        absolute("www.example.com:8000"),
        "http://acme.example.com:8000/7"
    );
    assert_eq!(absolute("[::1]"), "http://acme.example.com/7");
}

#[test]
fn a_subdomain_needs_an_adapter() {
    let rule = Rule::new("/<int:id>").subdomain("api");
    let user = TypedRoute::<(u32,)>::new(rule).unwrap();
    assert_eq!(
        user.url(&(7,)).unwrap_err().to_string(),
        r#"route "/<int:id>" is on a subdomain; say of which host by an adapter, `bound`"#
    );
    let map = Map::builder().build().unwrap();
    let adapter = map
        .bind("example.com")
        .url_scheme("https")
        .script_name("/app");
    assert_eq!(
        user.build(&(7,)).bound(&adapter).url().unwrap(),
        "https://api.example.com/app/7"
    );
    let plain = TypedRoute::<(u32,)>::new("/<int:id>").unwrap();
    assert_eq!(
        plain.build(&(7,)).bound(&adapter).url().unwrap(),
        "https://example.com/app/7"
    );
}

#[test]
fn a_query_is_appended() {
    let user = TypedRoute::<(u32,)>::new("/users/<int:id>").unwrap();
    let tags = Value::from(vec![Value::from("a b"), Value::from("c&d")]);
    let link = user
        .build(&(7,))
        .query("tag", tags)
        .query("none", Value::None)
        .query("page", 2);
    assert_eq!(link.url().unwrap(), "/users/7?tag=a+b&tag=c%26d&page=2");
}

#[test]
fn a_route_goes_below_a_prefix_and_keeps_its_own() {
    let user = TypedRoute::<(u32,)>::new("/users/<int:id>").unwrap();
    assert_eq!(
        user.under("/api/").unwrap().url(&(7,)).unwrap(),
        "/api/users/7"
    );
    assert_eq!(user.clone().url(&(7,)).unwrap(), "/users/7");
    let more = user.under("/<tenant>").unwrap_err();
    assert!(more.to_string().contains("<tenant>, <int:id>"), "{more}");
}

#[test]
fn defaults_need_no_value_and_allow_no_other() {
    #[derive(Serialize, Deserialize)]
    struct Page {
        page: Option<u32>,
    }
    let first = || Rule::new("/posts/").default("page", 1);
    assert_eq!(url(first(), Page { page: None }), built("/posts/"));
    assert_eq!(url(first(), Page { page: Some(1) }), built("/posts/"));
    assert_eq!(
        url(first(), (2_u32,)),
        Err(r#"route "/posts/" cannot have this value for page=1: "2" is not "1", which it always is"#.to_owned())
    );
}

#[test]
fn what_the_route_does_not_take_is_an_error_and_no_url() {
    let text = |text: &str| text.to_owned();
    let refused = |route: &str, parameter: &str, reason: &str| -> Result<String, String> {
        Err(format!(
            "route {route:?} cannot have this value for {parameter}: {reason}"
        ))
    };
    let bounds = "/<int(min=2, max=9):id>";
    assert_eq!(
        url(bounds, (10_u32,)),
        refused(bounds, "<int:id>", r#""10" is out of its bounds"#)
    );
    assert_eq!(url(bounds, (9_u32,)), built("/9"));
    assert_eq!(
        url("/<int:n>", (-1_i32,)),
        refused("/<int:n>", "<int:n>", r#""-1" is out of its bounds"#)
    );
    assert_eq!(
        url("/<int:n>", (2.5_f64,)),
        refused("/<int:n>", "<int:n>", r#""2.5" would come back as "2""#)
    );
    assert_eq!(
        url("/<int:n>", text("x")),
        refused("/<int:n>", "<int:n>", r#""x" is no whole number"#)
    );
    assert_eq!(
        url("/<int:n>", text("007")),
        refused("/<int:n>", "<int:n>", r#""007" would come back as "7""#)
    );
    assert_eq!(
        url("/<float:x>", f64::NAN),
        refused("/<float:x>", "<float:x>", "NaN has no digits")
    );
    assert_eq!(
        url("/u/<name>", text("")),
        refused("/u/<name>", "<name>", r#""" is out of its bounds"#)
    );
    let three = "/<string(maxlength=3):a>";
    assert_eq!(
        url(three, text("long")),
        refused(three, "<a>", r#""long" is out of its bounds"#)
    );
    assert_eq!(
        url("/<any(a, b):x>", text("c")),
        refused(
            "/<any(a, b):x>",
            "<any(…):x>",
            r#""c" is not one of ["a", "b"]"#
        )
    );
    // What a browser would take for another host.
    assert_eq!(
        url("/<path:rest>", text("/evil.example")),
        refused(
            "/<path:rest>",
            "<path:rest>",
            r#""/evil.example" would come back as "evil.example""#
        )
    );
    assert_eq!(
        url("/u/<name>/x", text("..")),
        Err(r#"route "/u/<name>/x" would be at "/u/../x", from which clients take the segments "." and ".." away"#.to_owned())
    );
    // `a-b` and `c` would be found as `a` and `b-c`, or the other way round.
    let route = TypedRoute::<(String, String)>::new("/<first>-<second>").unwrap();
    assert_eq!(route.url(&(text("a"), text("b"))).unwrap(), "/a-b");
    let ways = [(text("a-b"), text("c")), (text("a"), text("b-c"))];
    let ways = ways.map(|values| route.url(&values).is_ok());
    assert_eq!(ways.iter().filter(|right| **right).count(), 1);
}

#[test]
fn a_handle_has_a_place_for_each_parameter() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Year {
        year: Option<u16>,
    }
    #[derive(Debug, Serialize, Deserialize)]
    struct Named {
        id: u32,
    }
    fn mistake<T: Serialize + serde::de::DeserializeOwned + std::fmt::Debug>(
        route: &str,
    ) -> String {
        TypedRoute::<T>::new(route).unwrap_err().to_string()
    }
    assert_eq!(
        mistake::<Year>("/<int:year>"),
        r#"route "/<int:year>": Year may lack <int:year>, so that no URL could be built; use a tuple or a struct that always has it"#
    );
    assert_eq!(
        mistake::<std::collections::HashMap<String, String>>("/<a>"),
        r#"route "/<a>": HashMap<String, String> may lack <a>, so that no URL could be built; use a tuple or a struct that always has it"#
    );
    assert_eq!(
        mistake::<Named>("/<int:id>/<slug>"),
        r#"route "/<int:id>/<slug>": Named has no field for <slug>; add one of that name"#
    );
    assert_eq!(
        mistake::<(u32, String)>("/<id>/<slug>"),
        r#"route "/<id>/<slug>": <id> is text, but (u32, String) takes a u32 there; write <int:id>, or take a String"#
    );
    assert_eq!(
        mistake::<(u32,)>("/<number:id>"),
        r#"rule "/<number:id>": there is no converter "number""#
    );
}

#[test]
fn a_static_route_that_is_mistaken_says_so_in_place_of_a_url() {
    static MISTAKEN: TypedRoute<(u32,)> = TypedRoute::from_static("/users/<id>");
    let error = MISTAKEN.url(&(7,)).unwrap_err();
    assert!(matches!(error, UrlError::Route(_)));
    assert_eq!(
        error.to_string(),
        r#"route "/users/<id>": <id> is text, but (u32,) takes a u32 there; write <int:id>, or take a String"#
    );
    static USER: TypedRoute<(u32,)> = TypedRoute::from_static("/users/<int:id>");
    assert_eq!(USER.url(&(7,)).unwrap(), "/users/7");
}

#[test]
fn values_that_are_no_parameters_are_not_lost() {
    #[derive(Serialize, Deserialize)]
    struct Search {
        id: u32,
        query: Option<String>,
    }
    let search = |query| Search { id: 7, query };
    assert_eq!(url("/<int:id>", search(None)), built("/7"));
    assert_eq!(
        url("/<int:id>", search(Some("x".to_owned()))),
        Err(r#"route "/<int:id>" has no parameter "query", so the value would be lost"#.to_owned())
    );
}

#[test]
fn converters_of_ones_own_come_with_the_settings() {
    use std::sync::Arc;
    use wsgi_router::{Converter, ToUrlError};

    #[derive(Debug)]
    struct Hex;
    impl Converter for Hex {
        fn regex(&self) -> String {
            "[0-9a-f]+".to_owned()
        }
        fn to_value(&self, text: &str) -> Option<Value> {
            i64::from_str_radix(text, 16).ok().map(Value::from)
        }
        fn to_url(&self, value: &Value) -> Result<String, ToUrlError> {
            let number = value.as_i64().unwrap_or_default();
            Ok(format!("{number:x}"))
        }
    }
    let settings = Map::builder().converter("hex", |_| Ok(Arc::new(Hex)));
    let color = TypedRoute::<(u32,)>::with_settings(settings, "/<hex:color>").unwrap();
    assert_eq!(color.url(&(255,)).unwrap(), "/ff");
    assert_eq!(color.under("/c").unwrap().url(&(255,)).unwrap(), "/c/ff");
}
