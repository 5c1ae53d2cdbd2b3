//! What rules, mounts, nesting and layers make of requests and of URLs.

use std::sync::{Arc, Mutex};

use http::Request;
use wsgi_core::testing::{Answer, EnvironBuilder, get as ask, run};
use wsgi_core::{Application, Body, Environ, Input, StatusLine, application_fn, handler};
use wsgi_router::{Params, RouteError, Router, Rule, get, post};

/// Answers with its name, where it sees itself, and all parameters: `name SCRIPT_NAME + PATH_INFO a=1`.
fn placed(name: &'static str) -> impl Application + Clone {
    application_fn(move |environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        let (script, path) = (environ.script_name(), environ.path_info());
        let mut text = [name.as_bytes(), b" ", script, b" + ", path].concat();
        for (key, value) in Params::of(environ.extensions()).iter() {
            text.extend([b" ", key.as_bytes(), b"=", value].concat());
        }
        Ok(Body::from(text))
    })
}

fn request(router: &Router, method: &str, target: &str) -> Answer {
    run(router, EnvironBuilder::new(method, target).build())
        .expect("the applications here do not fail")
}

fn location(router: &Router, target: &str) -> Option<String> {
    let answer = ask(router, target);
    let location = answer.header("Location").map(str::to_owned);
    location.inspect(|_| assert_eq!(answer.status.code(), 308))
}

#[test]
fn rules_of_both_syntaxes_are_one_map() {
    let router = Router::builder()
        .route("/<int:id>", get(placed("number")))
        .route("/{name}", get(placed("name")))
        .route(Rule::new("/all/").default("page", 1), get(placed("all")))
        .route(
            Rule::new("/all/<int:page>"),
            get(placed("page")).name("all"),
        )
        .build()
        .unwrap();
    let cases = [
        ("/7", "number  + /7 id=7"),
        ("/seven", "name  + /seven name=seven"),
        ("/all/", "all  + /all/ page=1"),
        ("/all/2", "page  + /all/2 page=2"),
    ];
    for (target, text) in cases {
        assert_eq!(ask(&router, target).text(), text, "{target}");
    }
}

#[test]
fn redirects_name_the_path_only_and_keep_the_query() {
    let router = Router::builder()
        .route("/a/", get(placed("a")))
        .route("/é/{x}/", get(placed("e")))
        .rules(Rule::new("/old/<int:id>").redirect_to("/new/<id>"))
        .rules(Rule::new("/away").redirect_to("https://example.org/"))
        .build()
        .unwrap();
    let cases = [
        ("/a?b=%20c", "/a/?b=%20c"),
        ("/a//", "/a/"),
        ("/%C3%A9/x%2Fy%FF", "/%C3%A9/x%2Fy%FF/"),
        ("/%C3%A9/%FF", "/%C3%A9/%FF/"),
        ("/old/7", "/new/7"),
        ("/away", "https://example.org/"),
    ];
    for (target, expected) in cases {
        assert_eq!(location(&router, target).as_deref(), Some(expected));
    }
    let below = EnvironBuilder::get("/a").script_name("/s é").build();
    let answer = run(&router, below).unwrap();
    assert_eq!(answer.header("Location"), Some("/s%20%C3%A9/a/"));
    let found = Router::builder()
        .route("/a/", get(placed("a")))
        .redirect_status(http::StatusCode::FOUND)
        .build()
        .unwrap();
    assert_eq!(ask(&found, "/a").status.code(), 302);
}

#[test]
fn slashes_may_be_left_to_the_application() {
    let router = Router::builder()
        .strict_slashes(false)
        .merge_slashes(false)
        .route("/a/", get(placed("a")))
        .build()
        .unwrap();
    assert_eq!(ask(&router, "/a").text(), "a  + /a");
    assert_eq!(ask(&router, "//a").status.code(), 404);
}

/// RFC 3986 §2.2: an encoded slash is data.
#[test]
fn an_encoded_slash_divides_nothing_not_even_below_a_mount() {
    let inner = Router::builder()
        .route("/{x}/{y}", get(placed("inner")))
        .build()
        .unwrap();
    let router = Router::builder()
        .route("/v/{x}", get(placed("one")))
        .mount("/t/<tenant>", inner)
        .mount("/a", placed("a"))
        .build()
        .unwrap();
    let cases = [
        ("/v/a%2Fb", "one  + /v/a/b x=a/b"),
        (
            "/t/a%2Fb/c%2fd/e",
            "inner /t/a/b + /c/d/e tenant=a/b x=c/d y=e",
        ),
        ("/a/b%2Fc", "a /a + /b/c"),
        ("/a%2Fb", "404 Not Found\n"),
        (
            "/t/%FF/%2F/%FE",
            "inner /t/\u{fffd} + ///\u{fffd} tenant=\u{fffd} x=/ y=\u{fffd}",
        ),
    ];
    for (target, text) in cases {
        assert_eq!(ask(&router, target).text(), text, "{target}");
    }
    // A layer has changed the path: it counts, and the target does not.
    let rewritten = EnvironBuilder::get("/v/a%2Fb").with(|environ| environ.set_path_info("/a/x"));
    let answer = run(&router, rewritten.build()).unwrap();
    assert_eq!(answer.text(), "a /a + /x");
}

#[test]
fn a_route_of_the_path_answers_even_what_a_mount_around_it_would() {
    let router = Router::builder()
        .route("/api/users", get(placed("users")))
        .route("/api/<int:id>", get(placed("id")))
        .route("/api/list/", get(placed("list")))
        .mount("/api", placed("api"))
        .mount("/", placed("root"))
        .build()
        .unwrap();
    for (target, allow) in [
        ("/api/users", "GET, HEAD, OPTIONS"),
        ("/api/7", "GET, HEAD, OPTIONS"),
    ] {
        let answer = request(&router, "POST", target);
        assert_eq!(answer.status.code(), 405, "{target}");
        assert_eq!(answer.header("Allow"), Some(allow), "{target}");
    }
    assert_eq!(
        location(&router, "/api/list").as_deref(),
        Some("/api/list/")
    );
    assert_eq!(request(&router, "POST", "/api/x").text(), "api /api + /x");
    assert_eq!(ask(&router, "/api//x").text(), "api /api + //x");
    assert_eq!(request(&router, "POST", "/x").text(), "root  + /x");
}

#[test]
fn methods_decide_between_rules_and_a_405_has_those_of_all() {
    let router = Router::builder()
        .route("/<int:id>", get(placed("get")))
        .route("/<name>", post(placed("post")))
        .method_not_allowed(handler(|_| (http::StatusCode::METHOD_NOT_ALLOWED, "mine")))
        .build()
        .unwrap();
    assert_eq!(request(&router, "POST", "/7").text(), "post  + /7 name=7");
    let answer = request(&router, "PUT", "/7");
    assert_eq!((answer.status.code(), &*answer.text()), (405, "mine"));
    assert_eq!(answer.header("Allow"), Some("GET, HEAD, POST, OPTIONS"));
    let answer = request(&router, "OPTIONS", "/7");
    assert_eq!((answer.status.code(), &*answer.text()), (204, ""));
    // RFC 9110 §9.1: methods are case-sensitive.
    assert_eq!(request(&router, "get", "/7").status.code(), 405);
}

/// RFC 6455 §4.2.1, RFC 9110 §7.8.
#[test]
fn a_websocket_route_is_for_websockets_only() {
    let router = Router::builder()
        .route(Rule::new("/ws").websocket(true), get(placed("socket")))
        .route("/page", get(placed("page")))
        .build()
        .unwrap();
    let upgraded = |target: &str| {
        let environ = EnvironBuilder::get(target).header("Upgrade", "websocket");
        run(&router, environ.header("Connection", "Upgrade").build()).unwrap()
    };
    assert_eq!(upgraded("/ws").text(), "socket  + /ws");
    assert_eq!(upgraded("/page").status.code(), 400);
    assert_eq!(ask(&router, "/ws").status.code(), 400);
    // Where no route is for WebSockets, the upgrade is not taken up (RFC 9110 §7.8).
    let plain = Router::builder().route("/page", placed("page"));
    let environ = EnvironBuilder::get("/page").header("Upgrade", "websocket");
    let environ = environ.header("Connection", "Upgrade").build();
    assert_eq!(
        run(&plain.build().unwrap(), environ).unwrap().text(),
        "page  + /page"
    );
}

#[test]
fn nested_routes_are_rules_below_the_prefix() {
    let blog = || {
        Router::builder()
            .strict_slashes(false)
            .route("/", get(placed("index")).name("index"))
            .route("/<int:id>", get(placed("post")))
            .mount("/admin", placed("admin"))
            .fallback(placed("nothing"))
    };
    let shop = Router::builder().route("/{x}", get(placed("shop")));
    let router = Router::builder()
        .nest("/blog", blog())
        .nest("/u/<user>", blog())
        .nest("/<string:s>/shop", shop)
        .build()
        .unwrap();
    let cases = [
        ("/blog/", "index  + /blog/"),
        ("/blog", "index  + /blog"),
        ("/blog/7", "post  + /blog/7 id=7"),
        ("/blog/x", "nothing  + /blog/x"),
        ("/blog/admin/x", "admin /blog/admin + /x"),
        ("/u/a/7", "post  + /u/a/7 user=a id=7"),
        ("/a/shop/b", "shop  + /a/shop/b s=a x=b"),
        ("/x", "404 Not Found\n"),
    ];
    for (target, text) in cases {
        assert_eq!(ask(&router, target).text(), text, "{target}");
    }
    assert_eq!(request(&router, "POST", "/blog/7").status.code(), 405);
    let hosted = Router::builder().host("a.example", placed("a"));
    let error = Router::builder().nest("/x", hosted).build().unwrap_err();
    assert!(matches!(
        error.mistakes(),
        [RouteError::Nested { what: "hosts", .. }]
    ));
}

/// Notes its name before and after the call.
fn noting(
    name: &'static str,
    log: &Arc<Mutex<Vec<&'static str>>>,
) -> impl tower_layer::Layer<Arc<dyn Application>, Service = Box<dyn Application>>
+ Clone
+ Send
+ Sync
+ 'static {
    let log = log.clone();
    tower_layer::layer_fn(move |app: Arc<dyn Application>| {
        let log = log.clone();
        Box::new(application_fn(
            move |environ: &mut Environ, start_response| {
                log.lock().expect("no layer panics").push(name);
                app.call(environ, start_response)
            },
        )) as Box<dyn Application>
    })
}

#[test]
fn layers_are_around_what_they_were_given_to() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let note = |name| noting(name, &log);
    let nested = Router::builder()
        .route("/n", get(placed("n")))
        .route_layer(note("nested route"))
        .layer(note("nested"));
    let router = Router::builder()
        .route("/a", get(placed("a")).layer(note("own")).post(placed("b")))
        .mount("/m", placed("m"))
        .nest("/in", nested.clone())
        .merge(nested)
        .fallback(placed("fallback"))
        .route_layer(note("route"))
        .layer(note("first"))
        .layer(note("second"))
        .build()
        .unwrap();
    let cases: [(&str, &str, &[&str]); 7] = [
        ("GET", "/a", &["first", "second", "route", "own"]),
        ("POST", "/a", &["first", "second", "route"]),
        ("PUT", "/a", &["first", "second"]),
        ("GET", "/m/x", &["first", "second", "route"]),
        (
            "GET",
            "/in/n",
            &["first", "second", "route", "nested", "nested route"],
        ),
        (
            "GET",
            "/n",
            &["first", "second", "route", "nested", "nested route"],
        ),
        ("GET", "/x", &["first", "second"]),
    ];
    for (method, target, expected) in cases {
        request(&router, method, target);
        assert_eq!(
            *log.lock().expect("no layer panics"),
            expected,
            "{method} {target}"
        );
        log.lock().expect("no layer panics").clear();
    }
}

#[test]
fn hosts_have_parameters_and_single_routes_may_have_hosts() {
    let router = Router::builder()
        .server_name("example.com")
        .host("www.example.com", placed("www"))
        .host("<tenant>.example.com", placed("tenant"))
        .host("{a}.{b}.example.com", placed("two"))
        .host("*.example.com", placed("any"))
        .route(Rule::new("/x").host("one.test"), get(placed("one")))
        .route(Rule::new("/x").host("<t>.test"), get(placed("test")))
        .route("/x", get(placed("x")).post(placed("post")))
        .build()
        .unwrap();
    let cases = [
        ("www.example.com", "www  + /x"),
        ("ACME.example.com:8000", "tenant  + /x tenant=acme"),
        ("p.q.example.com", "two  + /x a=p b=q"),
        ("p.q.r.example.com", "any  + /x"),
        ("one.test:80", "one  + /x"),
        ("two.test", "test  + /x t=two"),
        ("example.com", "x  + /x"),
    ];
    for (host, text) in cases {
        let environ = EnvironBuilder::get("/x").header("Host", host).build();
        assert_eq!(run(&router, environ).unwrap().text(), text, "{host}");
    }
    let environ = EnvironBuilder::new("POST", "/x").header("Host", "one.test");
    assert_eq!(run(&router, environ.build()).unwrap().text(), "post  + /x");
}

#[test]
fn urls_lead_to_the_routes_of_all_routers() {
    let users = Router::builder()
        .route("/users/<int:id>", get(placed("user")).name("user"))
        .route("/", get(placed("home")).name("home"))
        .build()
        .unwrap();
    let tenants = Router::builder().mount("/t/<tenant>", users.clone());
    let router = Router::builder()
        .route("/<page>", get(placed("page")).name("page"))
        .route("/plain", get(placed("plain")))
        .mount("/app", tenants.build().unwrap())
        .host(
            "<lang>.example.com",
            Router::builder()
                .route("/w", get(placed("w")).name("wiki"))
                .build()
                .unwrap(),
        )
        .build()
        .unwrap();
    let url = |name: &str, values: &[(&str, &str)]| {
        router.url_for(name, &values.iter().copied().collect())
    };
    assert_eq!(url("page", &[("page", "a/b")]).unwrap(), "/a%2Fb");
    assert_eq!(url("/plain", &[("q", "1")]).unwrap(), "/plain?q=1");
    let user = url("user", &[("tenant", "a c"), ("id", "7"), ("q", "1")]);
    assert_eq!(user.unwrap(), "/app/t/a%20c/users/7?q=1");
    assert_eq!(
        url("wiki", &[("lang", "de")]).unwrap(),
        "http://de.example.com/w"
    );
    let error = url("user", &[("id", "7")]).unwrap_err().to_string();
    assert!(error.contains("tenant"), "{error}");
    let environ = EnvironBuilder::get("/").script_name("/s é").build();
    let urls = router.bind(&environ);
    let values = [("tenant", "a"), ("id", "7")].into();
    assert_eq!(
        urls.url_for("user", &values).unwrap(),
        "/s%20%C3%A9/app/t/a/users/7"
    );
    // What is built is found again, with the same values.
    let found = ask(&router, &user_url(&router));
    assert_eq!(found.text(), "user /app/t/x/y + /users/7 tenant=x/y id=7");
}

fn user_url(router: &Router) -> String {
    let values = [("tenant", "x/y"), ("id", "7")].into();
    router
        .url_for("user", &values)
        .expect("the values are all there")
}

#[test]
fn the_report_has_the_routes_of_all_routers_and_which_were_hit() {
    let inner = Router::builder().route("/<int:id>", get(placed("x")).name("x"));
    let router = Router::builder()
        .route("/a", get(placed("a")))
        .route("/b", placed("b"))
        .mount("/flask", placed("flask"))
        .mount("/in", inner.build().unwrap())
        .host("*.example.com", placed("h"))
        .build()
        .unwrap();
    ask(&router, "/a");
    ask(&router, "/in/7");
    let report = router.report();
    let lines: Vec<(&str, &str, Option<bool>)> = report
        .lines
        .iter()
        .map(|line| (&*line.path, &*line.endpoint, line.hit))
        .collect();
    let expected = [
        ("/*", "", None),
        ("/a", "", Some(true)),
        ("/b", "", Some(false)),
        ("/flask/*", "", Some(false)),
        ("/in/<int:id>", "x", Some(true)),
    ];
    assert_eq!(lines, expected);
    assert_eq!(report.lines[4].template.as_deref(), Some("/in/{id}"));
}

#[test]
fn layers_around_the_router_learn_which_route_has_answered() {
    let inner = Router::builder().route("/<int:id>", get(placed("x")));
    let router = Router::builder()
        .route("/users/<name>", get(placed("a")))
        .mount("/flask", placed("flask"))
        .mount("/t/{tenant}", inner.build().unwrap())
        .build()
        .unwrap();
    let cases = [
        ("/users/7", Some("/users/<name>")),
        ("/flask/7", Some("/flask/*")),
        ("/t/a/7", Some("/t/{tenant}/<int:id>")),
        ("/t/a/x", Some("/t/{tenant}/*")),
        ("/none", None),
    ];
    for (target, route) in cases {
        let answer = ask(&router, target);
        assert_eq!(answer.environ.route().as_deref(), route, "{target}");
    }
}

#[test]
fn what_cannot_work_is_told_when_the_router_is_built() {
    let typed = wsgi_router::path_handler(
        |wsgi_router::Path(id): wsgi_router::Path<u32>, _: Request<Input>| id.to_string(),
    );
    let error = Router::builder()
        .route("/t/<name>", get(typed))
        .route(Rule::new("/m").methods(["GET", "PUT"]), get(placed("m")))
        .route(Rule::new("/s").subdomain("api"), get(placed("s")))
        .rules(Rule::new("/n"))
        .nest(
            "/a/<x>",
            Router::builder().route(Rule::braced("/<{y}"), get(placed("y"))),
        )
        .redirect_status(http::StatusCode::OK)
        .build()
        .unwrap_err();
    let text = error.to_string();
    for part in [
        r#"route "/t/<name>": <name> is text, but u32"#,
        r#"route "/m": the rule is for PUT"#,
        r#"route "/s" is of the subdomain "api""#,
        r#"rule "/n" has no application"#,
        r#"route "/<{y}" cannot be written below "/a/<x>""#,
        "200 is no status of a redirect",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}
