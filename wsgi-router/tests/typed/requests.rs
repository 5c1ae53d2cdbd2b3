//! What becomes of requests: values, `404`, or the bug that nobody checked.

use std::sync::Arc;

use wsgi_core::{
    Application, Body, Environ, RoutingArgs, StatusLine, application_fn, handler, testing,
};
use wsgi_router::{
    Converter, Endpoint, Params, Path, PathRejection, Router, TypedRoute, Value, get, path_handler,
};

use crate::{Entry, Language, ask, showing};

#[test]
fn values_that_the_type_refuses_name_nothing() {
    let router = showing::<u8>("/<int:a>").expect("it fits");
    assert_eq!(ask(&router, "/255"), (200, "255".to_owned()));
    for path in ["/256", "/99999999999999999999999999999999999999999999"] {
        assert_eq!(
            ask(&router, path),
            (404, "404 Not Found\n".to_owned()),
            "{path}"
        );
    }
    let router = showing::<Language>("/<a>").expect("it fits");
    assert_eq!(ask(&router, "/french").0, 404);
    let router = showing::<f32>("/<float:a>").expect("it fits");
    assert_eq!(
        ask(&router, &format!("/{}.0", "9".repeat(60))).0,
        404,
        "infinite"
    );
    let router = showing::<std::num::NonZeroU8>("/<int:a>").expect("it fits");
    assert_eq!(ask(&router, "/0").0, 404);
    let router = showing::<char>("/<a>").expect("it fits");
    assert_eq!(ask(&router, "/ab").0, 404);
}

#[test]
fn what_the_pattern_refuses_never_comes_to_the_handler() {
    let router = showing::<u32>("/<int(max=9):a>").expect("it fits");
    assert_eq!(ask(&router, "/10").0, 404);
    assert_eq!(ask(&router, "/x").0, 404);
}

#[test]
fn parameters_are_those_of_the_innermost_route() {
    let both = path_handler(|Path((id,)): Path<(u32,)>, request| {
        let all = Params::of(request.extensions());
        let all: Vec<&str> = all.iter().map(|(name, _)| name).collect();
        format!("{id} of {}", all.join(" "))
    });
    let none = path_handler(|Path(()): Path<()>, _| "none");
    let inner = Router::builder()
        .route("/posts/<int:id>", get(both))
        .route("/about", get(none))
        .build();
    let inner = inner.expect("the types fit their own routes");
    let outer = Router::builder().mount("/t/<tenant>", inner).build();
    let outer = outer.expect("it fits");
    assert_eq!(
        ask(&outer, "/t/acme/posts/7"),
        (200, "7 of tenant id".to_owned())
    );
    assert_eq!(ask(&outer, "/t/acme/about"), (200, "none".to_owned()));
}

#[test]
fn an_inner_parameter_of_the_same_name_is_the_inner_routes() {
    let show = path_handler(|Path(all): Path<Vec<(String, String)>>, _| format!("{all:?}"));
    let inner = Router::builder().route("/<b>/<a>", get(show)).build();
    let outer = Router::builder()
        .mount("/<a>", inner.expect("it fits"))
        .build();
    let (_, text) = ask(&outer.expect("it fits"), "/1/2/3");
    assert_eq!(text, r#"[("b", "2"), ("a", "3")]"#);
}

#[test]
fn the_parameters_of_a_nested_route_begin_with_its_prefix() {
    let show = path_handler(|Path((tenant, id)): Path<(String, u32)>, _| format!("{tenant} {id}"));
    let inner = || Router::builder().route("/posts/<int:id>", get(show));
    let router = Router::builder().nest("/t/<tenant>", inner()).build();
    let router = router.expect("it fits");
    assert_eq!(ask(&router, "/t/acme/posts/7").1, "acme 7");
    let alone = inner().build().expect_err("the tenant is missing");
    assert_eq!(
        alone.to_string(),
        r#"route "/posts/<int:id>": (String, u32) takes 2 values, but the route has <int:id>; let the two have the same number"#
    );
}

#[test]
fn a_mount_sees_the_parameters_of_its_prefix() {
    let app = application_fn(|environ, start_response| {
        let Path(tenant) = Path::<String>::of(environ.extensions()).expect("one parameter");
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from(tenant))
    });
    let router = Router::builder().mount("/t/<tenant>", app).build();
    assert_eq!(ask(&router.expect("it fits"), "/t/acme/x").1, "acme");
}

#[test]
fn layers_and_applications_of_environs_have_them_as_well() {
    let app = application_fn(|environ, start_response| {
        let Path((id,)) = match Path::<(u8,)>::of(environ.extensions()) {
            Ok(path) => path,
            Err(rejection) => return rejection.respond(start_response),
        };
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from(id.to_string()))
    });
    let counted = Endpoint::new(app).expecting::<(u8,)>().map(|inner| {
        application_fn(move |environ: &mut Environ, start_response| {
            inner.call(environ, start_response)
        })
    });
    let router = Router::builder().route("/<int:id>", get(counted)).build();
    let router = router.expect("it fits");
    assert_eq!(ask(&router, "/7"), (200, "7".to_owned()));
    assert_eq!(ask(&router, "/700").0, 404);
}

#[test]
fn what_was_not_checked_and_does_not_fit_is_a_bug() {
    let unchecked = application_fn(|environ, start_response| {
        match Path::<(u8, u8)>::of(environ.extensions()) {
            Ok(_) => unreachable!("there is one parameter"),
            Err(rejection) => rejection.respond(start_response),
        }
    });
    let router = Router::builder().route("/<int:id>", get(unchecked)).build();
    let router = router.expect("nothing is known of it");
    let environ = testing::EnvironBuilder::new("GET", "/7").build();
    let error = testing::run(&router, environ).expect_err("a bug");
    assert_eq!(error.to_string(), "2 values are asked for, and 1 are there");
}

/// The reading itself, without a router.
fn read<T: serde::de::DeserializeOwned>(args: RoutingArgs) -> Result<T, PathRejection> {
    let mut environ = Environ::new();
    environ.extensions_mut().insert(args);
    Path::of(environ.extensions()).map(|Path(value)| value)
}

#[test]
fn rejections_say_which_parameter_and_why() {
    let args = |value: &[u8]| RoutingArgs::new().with("id", value);
    let said = |rejection: PathRejection| (rejection.status().as_u16(), rejection.to_string());
    #[rustfmt::skip]
    let cases = [
        (said(read::<u8>(args(b"300")).unwrap_err()), 404, r#"parameter "id": "300" is not a u8"#),
        (said(read::<u8>(args(b"+3")).unwrap_err()), 404, r#"parameter "id": "+3" is not a u8"#),
        (said(read::<f64>(args(b"inf")).unwrap_err()), 404, r#"parameter "id": "inf" is not an f64"#),
        (said(read::<f64>(args(b"1e5")).unwrap_err()), 404, r#"parameter "id": "1e5" is not an f64"#),
        (said(read::<bool>(args(b"1")).unwrap_err()), 404, r#"parameter "id": "1" is not a bool"#),
        (said(read::<String>(args(b"\xff")).unwrap_err()), 404, r#"parameter "id": \xff is not UTF-8"#),
        (said(read::<Language>(args(b"x")).unwrap_err()), 404, r#"parameter "id": a language has two letters"#),
        (said(read::<(u8, u8)>(args(b"1")).unwrap_err()), 500, "2 values are asked for, and 1 are there"),
        (said(read::<Entry>(args(b"1")).unwrap_err()), 500, r#"there is no parameter "year""#),
        (said(read::<(Vec<u8>,)>(args(b"1")).unwrap_err()), 500, r#"parameter "id": a parameter is one text, not a sequence"#),
    ];
    for (said, status, text) in cases {
        assert_eq!(said, (status, text.to_owned()));
    }
}

#[test]
fn without_a_router_there_are_no_parameters() {
    let environ = Environ::new();
    assert!(Path::<()>::of(environ.extensions()).is_ok());
    assert!(Path::<u8>::of(environ.extensions()).is_err());
}

#[test]
fn nothing_is_allocated_but_what_the_type_owns() {
    let mut environ = Environ::new();
    let args = RoutingArgs::new().with("year", "2024").with("slug", "x");
    environ.extensions_mut().insert(args);
    let extensions = environ.extensions();
    let counted = allocation_counter::measure(|| {
        let Path(two) = Path::<(u16, char)>::of(extensions).expect("it fits");
        assert_eq!(two, (2024, 'x'));
    });
    assert_eq!(counted.count_total, 0);
    let counted = allocation_counter::measure(|| {
        drop(Path::<Entry>::of(extensions).expect("it fits"));
    });
    assert_eq!(counted.count_total, 1, "the slug");
}

#[test]
fn a_typed_route_brings_its_type_to_the_router() {
    let user = TypedRoute::<(u32, String)>::new("/users/<int:id>/<name>").expect("it fits");
    let show = user.handler(|Path((id, name)), _| format!("{id} is {name}"));
    let router = Router::builder().route(&user, get(show)).build();
    let router = router.expect("it fits");
    let url = user.url(&(7, "a/b".to_owned())).expect("a URL");
    assert_eq!(ask(&router, &url), (200, "7 is a/b".to_owned()));

    static MISTAKEN: TypedRoute<(u32,)> = TypedRoute::from_static("/users/<id>");
    let built = Router::builder()
        .route(&MISTAKEN, get(handler(|_| "")))
        .build();
    assert_eq!(
        built.expect_err("the type does not fit").to_string(),
        r#"route "/users/<id>": <id> is text, but (u32,) takes a u32 there; write <int:id>, or take a String"#
    );
}

#[test]
fn a_typed_route_that_is_mounted_links_by_the_request() {
    static POST: TypedRoute<(u32,)> = TypedRoute::from_static("/posts/<int:id>");
    let next = POST.handler(|Path((id,)), request| {
        let next = POST.url_in(&request, &(id + 1,));
        next.map_err(wsgi_core::ApplicationError::raised)
    });
    let inner = Router::builder().route(&POST, get(next)).build();
    let outer = Router::builder().mount("/blog \u{e9}", inner.expect("it fits"));
    let outer = outer.build().expect("it fits");
    let (status, link) = ask(&outer, "/blog%20%C3%A9/posts/7");
    assert_eq!((status, link.as_str()), (200, "/blog%20%C3%A9/posts/8"));
    assert_eq!(ask(&outer, &link).1, "/blog%20%C3%A9/posts/9");
}

#[test]
fn a_typed_route_is_not_nested_below_what_its_urls_lack() {
    static POST: TypedRoute<(u32,)> = TypedRoute::from_static("/posts/<int:id>");
    let inner = Router::builder().route(&POST, get(handler(|_| "")));
    let built = Router::builder().nest("/blog", inner.clone()).build();
    assert_eq!(
        built
            .expect_err("its URLs would lack the prefix")
            .to_string(),
        r#"route "/blog/posts/<int:id>": it is the typed route "/posts/<int:id>" below another prefix, which its URLs would lack; write the whole pattern in the typed route and give it to the outer builder, or mount the inner one"#
    );
    assert!(Router::builder().merge(inner).build().is_ok());
}

#[test]
fn a_converter_of_ones_own_gives_what_it_makes() {
    #[derive(Debug)]
    struct Hex;
    impl Converter for Hex {
        fn to_value(&self, text: &str) -> Option<Value> {
            i64::from_str_radix(text, 16).ok().map(Value::from)
        }
    }
    let show =
        path_handler(|Path((color, name)): Path<(u32, String)>, _| format!("{color} {name}"));
    let router = Router::builder()
        .converter("hex", |_| Ok(Arc::new(Hex)))
        .route("/<hex:color>/<name>", get(show))
        .build();
    let router = router.expect("nothing is known of what it makes");
    assert_eq!(ask(&router, "/ff/red"), (200, "255 red".to_owned()));
    assert_eq!(ask(&router, "/xy/red").0, 404);
}
