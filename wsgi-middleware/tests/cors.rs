use std::time::Duration;

use wsgi_core::testing::{Answer, EnvironBuilder, run};
use wsgi_core::{
    Application, ApplicationError, Body, Environ, StartResponse, StatusLine, application_fn,
};
use wsgi_middleware::{Cors, CorsError};

const SHOP: &str = "https://shop.example";

/// Answers what the path says; `/vary` and `/own` with fields that the layer has, too.
fn inner(
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    let (status, field) = match environ.path_info() {
        b"/missing" => (StatusLine::NOT_FOUND, ("X-A", "1")),
        b"/vary" => (StatusLine::OK, ("Vary", "Accept-Encoding")),
        b"/own" => (
            StatusLine::OK,
            ("Access-Control-Allow-Origin", "https://own.example"),
        ),
        _ => (StatusLine::OK, ("X-A", "1")),
    };
    start_response.start(status, [field])?;
    Ok(Body::from("in"))
}

type Layer = Cors<fn(&mut Environ, &mut dyn StartResponse) -> Result<Body, ApplicationError>>;

fn cors() -> Layer {
    Cors::new(inner)
}

fn request(method: &str, path: &str, origin: Option<&str>) -> EnvironBuilder {
    let request = EnvironBuilder::new(method, path);
    match origin {
        Some(origin) => request.header("Origin", origin),
        None => request,
    }
}

fn preflight(origin: &str, method: &str, headers: &str) -> EnvironBuilder {
    let request = request("OPTIONS", "/", Some(origin));
    let request = request.header("Access-Control-Request-Method", method);
    match headers {
        "" => request,
        headers => request.header("Access-Control-Request-Headers", headers),
    }
}

fn ask(app: &impl Application, request: EnvironBuilder) -> Answer {
    run(app, request.build()).unwrap()
}

/// The fields of the protocol, in order, without `Access-Control-`.
fn leave(answer: &Answer) -> Vec<String> {
    let fields = answer.headers.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("Access-Control-")?;
        Some(format!("{name}: {}", String::from_utf8_lossy(value)))
    });
    fields.collect()
}

#[test]
fn nobody_has_leave_by_default() {
    for origin in [SHOP, "null", "*"] {
        let answer = ask(&cors(), request("GET", "/", Some(origin)));
        assert_eq!((answer.text().as_str(), leave(&answer)), ("in", vec![]));
        let answer = ask(&cors(), preflight(origin, "PUT", ""));
        assert_eq!(answer.status, StatusLine::NO_CONTENT);
        assert_eq!(leave(&answer), [""; 0]);
    }
}

/// How it is configured, an origin, whether that has leave.
type OriginCase = (
    &'static str,
    fn(Layer) -> Result<Layer, CorsError>,
    &'static str,
    bool,
);

const ORIGINS: &[OriginCase] = &[
    (
        "list",
        |it| it.allow_origins([SHOP, "http://a.example:8000"]),
        SHOP,
        true,
    ),
    (
        "list",
        |it| it.allow_origins([SHOP, "http://a.example:8000"]),
        "http://a.example:8000",
        true,
    ),
    (
        "two lists",
        |it| {
            it.allow_origins(["http://a.example"])?
                .allow_origins([SHOP])
        },
        SHOP,
        true,
    ),
    (
        "written otherwise",
        |it| it.allow_origins(["HTTPS://Shop.Example:443"]),
        SHOP,
        true,
    ),
    (
        "scheme",
        |it| it.allow_origins([SHOP]),
        "http://shop.example",
        false,
    ),
    (
        "port",
        |it| it.allow_origins([SHOP]),
        "https://shop.example:8443",
        false,
    ),
    (
        "suffix",
        |it| it.allow_origins([SHOP]),
        "https://shop.example.evil.example",
        false,
    ),
    (
        "prefix",
        |it| it.allow_origins([SHOP]),
        "https://evilshop.example",
        false,
    ),
    (
        "case",
        |it| it.allow_origins([SHOP]),
        "https://Shop.example",
        false,
    ),
    (
        "slash",
        |it| it.allow_origins([SHOP]),
        "https://shop.example/",
        false,
    ),
    ("null", |it| it.allow_origins([SHOP]), "null", false),
    ("null allowed", Cors::allow_null_origin, "null", true),
    ("null allowed", Cors::allow_null_origin, SHOP, false),
    (
        "pattern",
        |it| it.allow_origin_pattern(r"https://\w+\.example"),
        SHOP,
        true,
    ),
    // Flask-CORS and many others were caught by patterns that match a part.
    (
        "pattern",
        |it| it.allow_origin_pattern(r"https://\w+\.example"),
        "https://shop.example.evil.example",
        false,
    ),
    (
        "pattern",
        |it| it.allow_origin_pattern(r"shop\.example"),
        SHOP,
        false,
    ),
    (
        "pattern",
        |it| it.allow_origin_pattern(r"http://a|https://shop\.example"),
        "http://a.evil.example",
        false,
    ),
    (
        "pattern",
        |it| it.allow_origin_pattern(r"http://a|https://shop\.example"),
        SHOP,
        true,
    ),
    (
        "pattern",
        |it| it.allow_origin_pattern(r".*"),
        "null",
        false,
    ),
    (
        "pattern",
        |it| it.allow_origin_pattern(r".*"),
        "<script>",
        false,
    ),
    (
        "test",
        |it| Ok(it.allow_origin_if(|it, _| Ok(it.ends_with(".example")))),
        SHOP,
        true,
    ),
    (
        "test",
        |it| Ok(it.allow_origin_if(|_, _| Ok(false))),
        SHOP,
        false,
    ),
    (
        "test",
        |it| Ok(it.allow_origin_if(|_, _| Ok(true))),
        "null",
        false,
    ),
    (
        "test",
        |it| Ok(it.allow_origin_if(|_, _| Ok(true))),
        "a b",
        false,
    ),
    ("mirror", |it| Ok(it.mirror_origin()), SHOP, true),
    ("mirror", |it| Ok(it.mirror_origin()), "null", false),
    (
        "mirror",
        |it| Ok(it.mirror_origin()),
        "https://a.example, https://b.example",
        false,
    ),
    (
        "mirror and null",
        |it| it.mirror_origin().allow_null_origin(),
        "null",
        true,
    ),
];

#[test]
fn origins_have_leave_or_not() {
    for (name, configure, origin, wanted) in ORIGINS {
        let app = configure(cors()).unwrap();
        let expected = match wanted {
            true => vec![format!("Allow-Origin: {origin}")],
            false => vec![],
        };
        for request in [
            request("GET", "/", Some(origin)),
            preflight(origin, "GET", ""),
        ] {
            let answer = ask(&app, request);
            assert_eq!(leave(&answer), expected, "{name}: {origin}");
            let vary = answer.header("Vary").unwrap();
            assert!(vary.starts_with("Origin"), "{name}: {origin}");
        }
    }
}

#[test]
fn any_origin_is_a_star_and_needs_no_vary() {
    let app = cors().allow_any_origin().unwrap();
    // Fetch "CORS protocol and HTTP caches": without an origin, too, for what a cache keeps of that serves all.
    for origin in [Some(SHOP), Some("null"), None] {
        let answer = ask(&app, request("GET", "/", origin));
        assert_eq!(leave(&answer), ["Allow-Origin: *"], "{origin:?}");
        assert_eq!(answer.header("Vary"), None, "{origin:?}");
    }
}

#[test]
fn a_test_sees_the_request_and_may_fail() {
    let app = cors().allow_origin_if(|origin, environ| match environ.path_info() {
        b"/fails" => Err(ApplicationError::raised("no idea")),
        path => Ok(path == b"/public" && origin == SHOP),
    });
    assert_eq!(
        leave(&ask(&app, request("GET", "/public", Some(SHOP)))).len(),
        1
    );
    assert_eq!(
        leave(&ask(&app, request("GET", "/private", Some(SHOP)))).len(),
        0
    );
    let error = run(&app, request("GET", "/fails", Some(SHOP)).build()).unwrap_err();
    assert_eq!(error.to_string(), "no idea");
}

#[test]
fn two_origins_are_no_browsers() {
    let app = cors().mirror_origin();
    let twice = request("GET", "/", Some(SHOP)).append_header("Origin", "https://evil.example");
    assert_eq!(leave(&ask(&app, twice)), [""; 0]);
}

fn full() -> Layer {
    let app = cors().allow_origins([SHOP]).unwrap();
    let app = app.allow_methods(["PUT", "PATCH"]).unwrap();
    let app = app.allow_headers(["Content-Type", "X-Token"]).unwrap();
    let app = app.expose_headers(["ETag", "X-Total"]).unwrap();
    let app = app.allow_credentials(true).unwrap();
    app.max_age(Duration::from_millis(600_900))
}

#[test]
fn a_preflight_is_answered_without_the_application() {
    let answer = ask(&full(), preflight(SHOP, "PUT", "content-type"));
    assert_eq!(answer.status, StatusLine::NO_CONTENT);
    assert_eq!(answer.body(), b"");
    assert_eq!(answer.header("X-A"), None);
    let wanted = [
        "Allow-Origin: https://shop.example",
        "Allow-Credentials: true",
        "Allow-Methods: PUT, PATCH",
        "Allow-Headers: Content-Type, X-Token",
        "Max-Age: 600",
    ];
    assert_eq!(leave(&answer), wanted);
    let vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
    assert_eq!(answer.header("Vary"), Some(vary));
    // What may not be is not in the lists; a browser refuses it.
    assert_eq!(
        leave(&ask(&full(), preflight(SHOP, "DELETE", "x-other"))),
        wanted
    );
    let stranger = ask(&full(), preflight("https://evil.example", "PUT", ""));
    assert_eq!((stranger.status.code(), leave(&stranger)), (204, vec![]));
    assert_eq!(stranger.header("Vary"), Some(vary));
}

#[test]
fn other_options_requests_are_the_applications() {
    let without_method = request("OPTIONS", "/", Some(SHOP));
    let answer = ask(&full(), without_method);
    assert_eq!(answer.text(), "in");
    assert_eq!(leave(&answer)[0], "Allow-Origin: https://shop.example");
    let vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
    assert_eq!(answer.header("Vary"), Some(vary));
    let without_origin = request("OPTIONS", "/", None);
    let without_origin = without_origin.header("Access-Control-Request-Method", "PUT");
    let answer = ask(&full(), without_origin);
    assert_eq!((answer.text().as_str(), leave(&answer)), ("in", vec![]));
    let other_method =
        preflight(SHOP, "PUT", "").with(|environ| environ.set_method(http::Method::GET));
    assert_eq!(ask(&full(), other_method).text(), "in");
}

#[test]
fn responses_have_leave_whatever_their_status() {
    let wanted = [
        "Allow-Origin: https://shop.example",
        "Allow-Credentials: true",
        "Expose-Headers: ETag, X-Total",
    ];
    for path in ["/", "/missing"] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = ask(&full(), request(method, path, Some(SHOP)));
            assert_eq!(leave(&answer), wanted, "{method} {path}");
            assert_eq!(answer.text(), "in");
        }
    }
}

#[test]
fn vary_is_there_with_and_without_an_origin_and_keeps_what_it_has() {
    for origin in [None, Some(SHOP), Some("https://evil.example")] {
        for (path, wanted) in [
            ("/", "Origin"),
            ("/missing", "Origin"),
            ("/vary", "Accept-Encoding, Origin"),
        ] {
            let answer = ask(&full(), request("GET", path, origin));
            assert_eq!(answer.header("Vary"), Some(wanted), "{path} {origin:?}");
        }
    }
}

#[test]
fn leave_that_the_application_gives_is_left_to_it() {
    let answer = ask(&full(), request("GET", "/own", Some(SHOP)));
    assert_eq!(leave(&answer), ["Allow-Origin: https://own.example"]);
    assert_eq!(answer.header("Vary"), Some("Origin"));
}

#[test]
fn stars_and_mirrors() {
    let stars = cors()
        .allow_any_origin()
        .unwrap()
        .allow_any_method()
        .unwrap();
    let stars = stars
        .allow_any_header()
        .unwrap()
        .expose_any_header()
        .unwrap();
    let answer = ask(&stars, preflight(SHOP, "PUT", "x-a, x-b"));
    assert_eq!(
        leave(&answer),
        ["Allow-Origin: *", "Allow-Methods: *", "Allow-Headers: *"]
    );
    let answer = ask(&stars, request("GET", "/", Some(SHOP)));
    assert_eq!(leave(&answer), ["Allow-Origin: *", "Expose-Headers: *"]);

    let mirrors = cors().mirror_origin().mirror_method().mirror_headers();
    let mirrors = mirrors.allow_credentials(true).unwrap();
    let answer = ask(&mirrors, preflight(SHOP, "PUT", "x-a, x-b"));
    let wanted = [
        "Allow-Origin: https://shop.example",
        "Allow-Credentials: true",
        "Allow-Methods: PUT",
        "Allow-Headers: x-a, x-b",
    ];
    assert_eq!(leave(&answer), wanted);
    assert_eq!(leave(&ask(&mirrors, preflight(SHOP, "PUT", ""))).len(), 3);
}

#[test]
fn a_private_network_is_opened_where_it_is_asked_for() {
    let asking =
        || preflight(SHOP, "GET", "").header("Access-Control-Request-Private-Network", "true");
    let field = "Allow-Private-Network: true".to_owned();
    let open = full().allow_private_network(true);
    let answer = ask(&open, asking());
    assert!(leave(&answer).contains(&field));
    assert!(
        answer
            .header("Vary")
            .unwrap()
            .ends_with("Access-Control-Request-Private-Network")
    );
    assert!(!leave(&ask(&open, preflight(SHOP, "GET", ""))).contains(&field));
    assert!(!leave(&ask(&full(), asking())).contains(&field));
}

#[test]
fn wildcards_and_credentials_exclude_each_other_in_any_order() {
    type Configure = fn(Layer) -> Result<Layer, CorsError>;
    let wildcards: [(&str, Configure); 4] = [
        ("Access-Control-Allow-Origin", Cors::allow_any_origin),
        ("Access-Control-Allow-Methods", Cors::allow_any_method),
        ("Access-Control-Allow-Headers", Cors::allow_any_header),
        ("Access-Control-Expose-Headers", Cors::expose_any_header),
    ];
    for (name, configure) in wildcards {
        let with = || cors().allow_credentials(true).unwrap();
        let orders = [
            configure(with()),
            configure(cors()).unwrap().allow_credentials(true),
        ];
        for refused in orders {
            let error = refused.err().unwrap();
            assert!(
                matches!(error, CorsError::Credentials { field } if field == name),
                "{error}"
            );
        }
        configure(cors()).unwrap().allow_credentials(false).unwrap();
    }
    let null = cors().allow_null_origin().unwrap().allow_credentials(true);
    assert!(matches!(null.err(), Some(CorsError::NullWithCredentials)));
}

#[test]
fn what_cannot_work_is_refused_at_once() {
    for origin in [
        "*",
        "null",
        "shop.example",
        "https://shop.example/",
        "https://*.example",
    ] {
        let error = cors().allow_origins([origin]).err().unwrap();
        assert!(matches!(error, CorsError::Origin(_)), "{origin}: {error}");
    }
    for pattern in ["(", ")|("] {
        let error = cors().allow_origin_pattern(pattern).err().unwrap();
        assert!(
            matches!(error, CorsError::Pattern { .. }),
            "{pattern}: {error}"
        );
    }
    for method in ["*", "", "PUT, PATCH", "patch"] {
        let error = cors().allow_methods([method]).err().unwrap();
        assert!(matches!(error, CorsError::Name { .. }), "{method}: {error}");
    }
    for name in ["*", "", "X A", "X-A, X-B", "X:"] {
        assert!(cors().allow_headers([name]).is_err(), "{name}");
        assert!(cors().expose_headers([name]).is_err(), "{name}");
    }
}

/// The response that replaces another has leave as well.
#[test]
fn an_error_handlers_response_has_leave() {
    use wsgi_core::{ExcInfo, Headers};
    let app = Cors::new(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("X-A", "1")])?;
        let exc_info = Some(ExcInfo::new("trapped"));
        start_response.start_response(StatusLine::BAD_REQUEST, Headers::new(), exc_info)?;
        Ok(Body::empty())
    }));
    let answer = ask(
        &app.allow_origins([SHOP]).unwrap(),
        request("GET", "/", Some(SHOP)),
    );
    assert_eq!(answer.status, StatusLine::BAD_REQUEST);
    assert_eq!(leave(&answer), ["Allow-Origin: https://shop.example"]);
}
