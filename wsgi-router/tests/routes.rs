//! Routes, methods, hosts, mounts: what a router answers, and what it refuses to be built of.

use http::Request;
use wsgi_core::testing::{Answer, EnvironBuilder, get as ask, run};
use wsgi_core::{Application, Body, Input, StatusLine, application_fn, handler};
use wsgi_router::{
    HostError, MountError, Params, Problem, RouteError, Router, any, delete, get, head, on,
    options, patch, post, put,
};

/// Answers with its name and all parameters: `name a=1 b=2`.
fn named(name: &'static str) -> impl Application + Clone {
    handler(move |request: Request<Input>| {
        let params = Params::of(request.extensions());
        params.iter().fold(name.to_owned(), |text, (key, value)| {
            format!("{text} {key}={}", String::from_utf8_lossy(value))
        })
    })
}

/// Answers with where it sees itself: `name SCRIPT_NAME + PATH_INFO`.
fn placed(name: &'static str) -> impl Application + Clone {
    application_fn(move |environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        let (script, path) = (environ.script_name(), environ.path_info());
        let text = [name.as_bytes(), b" ", script, b" + ", path].concat();
        Ok(Body::from(text))
    })
}

fn request(router: &Router, method: &str, target: &str) -> Answer {
    run(router, EnvironBuilder::new(method, target).build())
        .expect("the applications here do not fail")
}

#[test]
fn the_more_specific_pattern_answers() {
    let router = Router::builder()
        .route("/", get(named("home")))
        .route("/about", get(named("about")))
        .route("/{page}", get(named("page")))
        .route("/users/{id}", get(named("user")))
        .route("/users/me", get(named("me")))
        .route("/users/{id}/posts/{post}", get(named("post")))
        .route("/img/{name}.png", get(named("image")))
        .route("/files/{*path}", get(named("file")))
        .route("/{{x}}", get(named("braces")))
        .route("/café/{x}é", get(named("café")))
        .build()
        .unwrap();
    #[rustfmt::skip]
    let cases = [
        ("/",                     "home"),
        ("/about",                "about"),
        ("/abou",                 "page page=abou"),
        ("/users/7",              "user id=7"),
        ("/users/me",             "me"),
        ("/users/mee",            "user id=mee"),
        ("/users/7/posts/9",      "post id=7 post=9"),
        ("/img/a.b.png",          "image name=a.b"),
        ("/files/a/b//c",         "file path=a/b//c"),
        ("/{x}",                  "braces"),
        ("/%7Bx%7D",              "braces"),
        ("/a%20b",                "page page=a b"),
        ("/caf%C3%A9/1%C3%A9",    "café x=1"),
        ("/%E4%BD%A0",            "page page=你"),
        ("/about/",               "404 Not Found\n"),
        ("/users/",               "404 Not Found\n"),
        ("/files/",               "404 Not Found\n"),
        ("/users//posts/9",       "404 Not Found\n"),
        ("/img/.png",             "404 Not Found\n"),
    ];
    for (target, text) in cases {
        assert_eq!(ask(&router, target).text(), text, "{target}");
    }
}

#[test]
fn an_empty_path_counts_as_the_root() {
    let router = Router::builder()
        .route("/", get(placed("root")))
        .build()
        .unwrap();
    assert_eq!(ask(&router, "").text(), "root  + ");
}

#[test]
fn a_parameter_that_is_not_utf8_is_given_as_bytes() {
    let app = application_fn(|environ, start_response| {
        let params = Params::of(environ.extensions());
        assert_eq!(params.get("x"), None);
        assert_eq!((params.len(), params.is_empty()), (1, false));
        let value = params.get_bytes("x").unwrap_or_default().to_vec();
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from(value))
    });
    let router = Router::builder().route("/{x}/é", app).build().unwrap();
    assert_eq!(ask(&router, "/%FFa%C3/%C3%A9").body(), b"\xffa\xc3");
}

#[test]
fn each_method_has_its_application() {
    let methods = get(named("get"))
        .post(named("post"))
        .put(named("put"))
        .delete(named("delete"))
        .patch(named("patch"))
        .on("PROPFIND".parse().unwrap(), named("propfind"));
    let router = Router::builder().route("/x", methods).build().unwrap();
    for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "PROPFIND"] {
        let answer = request(&router, method, "/x");
        assert_eq!(answer.text(), method.to_lowercase());
    }
    assert_eq!(
        request(&router, "MKCOL", "/x").header("Allow"),
        Some("GET, HEAD, POST, PUT, DELETE, PATCH, PROPFIND, OPTIONS")
    );
}

#[test]
fn each_method_can_come_first() {
    let firsts = [
        ("GET", get(named("x"))),
        ("POST", post(named("x"))),
        ("PUT", put(named("x"))),
        ("DELETE", delete(named("x"))),
        ("PATCH", patch(named("x"))),
        ("HEAD", head(named("x"))),
        ("OPTIONS", options(named("x"))),
        ("LOCK", on("LOCK".parse().unwrap(), named("x"))),
        ("ANYTHING", any(named("x"))),
    ];
    for (method, methods) in firsts {
        let router = Router::builder().route("/", methods).build().unwrap();
        let answer = request(&router, method, "/");
        assert_eq!(answer.text(), "x", "{method}");
    }
}

/// RFC 9110 §15.5.6: a 405 has `Allow`.
#[test]
fn another_method_is_refused_with_allow() {
    let router = Router::builder()
        .route("/x", get(named("get")))
        .build()
        .unwrap();
    let answer = request(&router, "POST", "/x");
    assert_eq!(answer.status, StatusLine::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("Allow"), Some("GET, HEAD, OPTIONS"));
    assert_eq!(answer.header("Content-Length"), Some("23"));
    assert_eq!(answer.body().len(), 23);
}

/// RFC 9110 §9.3.2: HEAD is GET without the content; taking that away is the server's part.
#[test]
fn head_is_answered_by_the_application_for_get() {
    let methods = |environ: &mut wsgi_core::Environ,
                   start_response: &mut dyn wsgi_core::StartResponse| {
        start_response.start(StatusLine::OK, [("X-Method", environ.method().as_str())])?;
        Ok(Body::from("content"))
    };
    let router = Router::builder()
        .route("/", get(methods).any(named("any")))
        .route("/own", get(named("get")).head(named("head")))
        .route("/post", post(named("post")))
        .build()
        .unwrap();
    let answer = request(&router, "HEAD", "/");
    assert_eq!(answer.header("X-Method"), Some("HEAD"));
    assert_eq!(answer.body(), b"content");
    assert_eq!(request(&router, "HEAD", "/own").text(), "head");
    assert_eq!(request(&router, "HEAD", "/post").status.code(), 405);
}

/// RFC 9110 §9.3.7: OPTIONS tells what may be asked.
#[test]
fn options_is_answered_unless_an_application_does() {
    let router = Router::builder()
        .route("/", get(named("get")).post(named("post")))
        .route("/own", get(named("get")).options(named("mine")))
        .route("/any", any(named("any")))
        .build()
        .unwrap();
    let answer = request(&router, "OPTIONS", "/");
    assert_eq!(answer.status, StatusLine::NO_CONTENT);
    assert_eq!(answer.header("Allow"), Some("GET, HEAD, POST, OPTIONS"));
    assert!(answer.body().is_empty());
    assert_eq!(request(&router, "OPTIONS", "/own").text(), "mine");
    assert_eq!(
        request(&router, "PUT", "/own").header("Allow"),
        Some("GET, HEAD, OPTIONS")
    );
    assert_eq!(request(&router, "OPTIONS", "/any").text(), "any");
}

#[test]
fn a_pattern_may_be_given_again_for_other_methods() {
    let router = Router::builder()
        .route("/x", get(named("get")))
        .route("/x", post(named("post")))
        .route("/x", named("rest"))
        .build()
        .unwrap();
    for (method, text) in [("GET", "get"), ("POST", "post"), ("PUT", "rest")] {
        assert_eq!(request(&router, method, "/x").text(), text);
    }
}

/// PEP 3333, "environ Variables": `SCRIPT_NAME` is the part of the path that led to the application.
#[test]
fn a_mount_moves_its_prefix_into_script_name() {
    let router = Router::builder()
        .mount("/blog", placed("blog"))
        .mount("/blog/admin", placed("admin"))
        .mount("/café", placed("café"))
        .route("/blog/feed", get(placed("feed")))
        .fallback(placed("fallback"))
        .build()
        .unwrap();
    #[rustfmt::skip]
    let cases = [
        ("/blog",             "blog /blog + "),
        ("/blog/",            "blog /blog + /"),
        ("/blog/2024/1",      "blog /blog + /2024/1"),
        ("/blog//x",          "blog /blog + //x"),
        ("/blog/adm",         "blog /blog + /adm"),
        ("/blog/admins",      "blog /blog + /admins"),
        ("/blog/admin",       "admin /blog/admin + "),
        ("/blog/admin/x",     "admin /blog/admin + /x"),
        ("/blog/feed",        "feed  + /blog/feed"),
        ("/caf%C3%A9/x",      "café /café + /x"),
        ("/blogs",            "fallback  + /blogs"),
        ("/",                 "fallback  + /"),
        ("",                  "fallback  + "),
        ("//blog",            "fallback  + //blog"),
        ("blog",              "fallback  + blog"),
    ];
    for (target, text) in cases {
        assert_eq!(ask(&router, target).text(), text, "{target}");
    }
}

#[test]
fn a_mount_at_the_root_has_what_nothing_else_has() {
    let router = Router::builder()
        .mount("/", placed("root"))
        .mount("/api", placed("api"))
        .route("/health", get(placed("health")))
        .build()
        .unwrap();
    #[rustfmt::skip]
    let cases = [
        ("",          "root  + "),
        ("/",         "root  + /"),
        ("/x",        "root  + /x"),
        ("/api/x",    "api /api + /x"),
        ("/apis",     "root  + /apis"),
        ("/health",   "health  + /health"),
    ];
    for (target, text) in cases {
        assert_eq!(ask(&router, target).text(), text, "{target}");
    }
}

#[test]
fn a_route_wins_over_a_mount_unless_its_parameters_begin_before_the_mount_ends() {
    let router = Router::builder()
        .route("/api", get(named("index")))
        .route("/api/{id}", get(named("item")))
        .route("/{page}", get(named("page")))
        .route("/{page}/edit", get(named("edit")))
        .mount("/api", placed("api"))
        .mount("/docs", placed("docs"))
        .build()
        .unwrap();
    #[rustfmt::skip]
    let cases = [
        ("/api",          "index"),
        ("/api/7",        "item id=7"),
        ("/api/7/8",      "api /api + /7/8"),
        ("/api/",         "api /api + /"),
        ("/docs",         "docs /docs + "),
        ("/docs/edit",    "docs /docs + /edit"),
        ("/x/edit",       "edit page=x"),
    ];
    for (target, text) in cases {
        assert_eq!(ask(&router, target).text(), text, "{target}");
    }
}

#[test]
fn routers_nest_and_keep_their_paths_and_parameters() {
    let inner = Router::builder()
        .route("/{id}", get(named("inner")))
        .route("/", get(placed("index")))
        .mount("/deep", placed("deep"))
        .build()
        .unwrap();
    let outer = Router::builder()
        .mount("/a/b", inner.clone())
        .route("/{tenant}", inner)
        .build()
        .unwrap();
    assert_eq!(ask(&outer, "/a/b/7").text(), "inner id=7");
    assert_eq!(ask(&outer, "/a/b").text(), "index /a/b + ");
    assert_eq!(ask(&outer, "/a/b/deep/x").text(), "deep /a/b/deep + /x");
    assert_eq!(ask(&outer, "/x").text(), "inner tenant=x id=x");
    let mounted = EnvironBuilder::get("/a/b/deep/x").script_name("/outer");
    let answer = run(&outer, mounted.build()).unwrap();
    assert_eq!(answer.text(), "deep /outer/a/b/deep + /x");
    // The layers around the router see what it moved.
    assert_eq!(answer.environ.script_name(), b"/outer/a/b/deep");
    assert_eq!(answer.environ.path_info(), b"/x");
}

#[test]
fn a_host_has_a_site_of_its_own() {
    let router = Router::builder()
        .host("api.example.com", named("api"))
        .host("*.example.com", named("wild"))
        .host("*.eu.example.com", named("eu"))
        .host("[::1]", named("loopback"))
        .host("fallback.test", named("server name"))
        .route("/", get(named("rest")))
        .build()
        .unwrap();
    #[rustfmt::skip]
    let cases = [
        ("api.example.com",          "api"),
        ("API.Example.COM:8000",     "api"),
        ("api.example.com.",         "api"),
        ("www.example.com",          "wild"),
        ("a.b.example.com",          "wild"),
        ("www.eu.example.com",       "eu"),
        ("eu.example.com",           "wild"),
        ("example.com",              "rest"),
        ("badexample.com",           "rest"),
        (".example.com",             "rest"),
        ("[::1]:80",                 "loopback"),
        ("",                         "rest"),
        ("\u{ff}",                   "rest"),
    ];
    for (host, text) in cases {
        let environ = EnvironBuilder::get("/").header("Host", host).build();
        assert_eq!(run(&router, environ).unwrap().text(), text, "{host:?}");
    }
    let without_host = EnvironBuilder::get("/").with(|environ| {
        environ.headers_mut().remove("Host");
        environ.connection_mut().server_name = "fallback.test".into();
    });
    let answer = run(&router, without_host.build()).unwrap();
    assert_eq!(answer.text(), "server name");
}

#[test]
fn mistakes_are_told_all_at_once_when_the_router_is_built() {
    let app = || named("x");
    let error = Router::builder()
        .route("/users/{id}", get(app()).get(app()))
        .route("bad", app())
        .route("/twice", app())
        .route("/twice", app())
        .mount("/m", app())
        .mount("/m", app())
        .mount("/m/", app())
        .mount("m", app())
        .mount("", app())
        .mount("/a%20b", app())
        .host("http://example.com", app())
        .host("example.com:80", app())
        .host("", app())
        .host("a.*.com", app())
        .host("*com", app())
        .fallback(app())
        .fallback(app())
        .mount("/", app())
        .build()
        .unwrap_err();
    let mount = |prefix: &str, problem| RouteError::Mount {
        prefix: prefix.into(),
        problem,
    };
    let host = |host: &str, problem| RouteError::Host {
        host: host.into(),
        problem,
    };
    let twice = |pattern: &str, method: &str| RouteError::MethodTwice {
        pattern: pattern.into(),
        method: method.into(),
    };
    let expected = [
        mount("/m", MountError::Twice),
        mount("/m/", MountError::TrailingSlash),
        mount("m", MountError::NoLeadingSlash),
        mount("", MountError::NoLeadingSlash),
        RouteError::FallbackTwice,
        twice("/users/{id}", "GET"),
        twice("/twice", "any method"),
        RouteError::Encoded {
            pattern: "/a%20b".into(),
            escape: "%20".into(),
        },
        host("http://example.com", HostError::Name),
        host("example.com:80", HostError::Name),
        host("", HostError::Name),
        host("a.*.com", HostError::Wildcard),
        host("*com", HostError::Wildcard),
        RouteError::FallbackUnreachable,
        RouteError::Rule {
            pattern: "bad".into(),
            problem: Problem::NoLeadingSlash,
        },
    ];
    assert_eq!(error.mistakes(), expected);
    assert_eq!(error.to_string().lines().count(), expected.len());
}

#[test]
fn what_is_in_the_way_of_something_else_is_told_with_both_and_a_path() {
    let app = || named("x");
    let error = Router::builder()
        .route("/users/{id}", get(app()))
        .route("/users/<name>", get(app()).post(app()))
        .route("/é/{*b}", app())
        .mount("/é", app())
        .mount("/t/<a>", app())
        .mount("/t/<b>", app())
        .mount("/", app())
        .route("/<path:all>", app())
        .host("example.com", app())
        .host("EXAMPLE.com", app())
        .build()
        .unwrap_err();
    let expected = [
        r#"host "EXAMPLE.com": an application has this host already; give one of the two another host"#,
        r#"rule "/users/<name>" is ambiguous with rule "/users/{id}", which comes first for GET, HEAD, such as "/users/x"; remove one of the two, or set them apart by a method or by text in their paths"#,
        r#"mount "/é" conflicts with "/é/{*b}", which takes every path below it, such as "/%C3%A9/a/b"; remove one of the two"#,
        r#"mount "/t/<b>" conflicts with "/t/<a>", which takes every path below it, such as "/t/x/a/b"; remove one of the two"#,
        r#"mount "/" conflicts with "/<path:all>", which takes every path below it, such as "/a/b"; remove one of the two"#,
    ];
    assert_eq!(error.to_string().lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_static_route_is_found_without_allocation() {
    let silent =
        |_: &mut wsgi_core::Environ, _: &mut dyn wsgi_core::StartResponse| Ok(Body::empty());
    let router = Router::builder()
        .route("/about/us", get(silent))
        .route("/{x}/{y}", get(silent))
        .mount("/static", silent)
        .build()
        .unwrap();
    let mut environ = EnvironBuilder::get("/about/us").build();
    let mut recorder = wsgi_core::testing::Recorder::default();
    let allocated = allocation_counter::measure(|| {
        router.call(&mut environ, &mut recorder).unwrap();
    });
    assert_eq!(allocated.count_total, 0);
}
