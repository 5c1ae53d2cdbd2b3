use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::{Application, Body, Environ, Layer, StatusLine, application_fn};
use wsgi_middleware::{Dispatcher, DispatcherError, DispatcherLayer, NotFound};

/// Shows its name, `SCRIPT_NAME` and `PATH_INFO`.
fn named(name: &'static str) -> impl Application {
    application_fn(move |environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        let (script, path) = (environ.script_name(), environ.path_info());
        Ok(Body::from(
            [name.as_bytes(), b" ", script, b"|", path].concat(),
        ))
    })
}

fn seen(app: &impl Application, environ: Environ) -> String {
    run(app, environ).unwrap().text()
}

/// Path, and what the application saw. The prefixes are Werkzeug's and Rack's own tests' and their neighbours.
const PATHS: &[(&str, &str)] = &[
    ("/", "none |/"),
    ("/foo", "foo /foo|"),
    ("/foo/", "foo /foo|/"),
    ("/foo/bar", "bar /foo/bar|"),
    ("/foo/bar/baz", "bar /foo/bar|/baz"),
    ("/foo/bar//baz", "bar /foo/bar|//baz"),
    ("/foo/barrier", "foo /foo|/barrier"),
    ("/foo//bar", "foo /foo|//bar"),
    ("/food", "none |/food"),
    ("/Foo", "none |/Foo"),
    ("//foo", "none |//foo"),
    ("/quux/foo", "none |/quux/foo"),
    ("/foo%2Fbar", "bar /foo/bar|"),
    ("/two/segments/x", "two /two/segments|/x"),
    ("/two", "none |/two"),
    ("*", "none |*"),
];

#[test]
fn the_longest_prefix_of_whole_segments_wins() {
    let app = Dispatcher::new(named("none"))
        .mount("/foo", named("foo"))
        .and_then(|app| app.mount("/foo/bar/", named("bar")))
        .and_then(|app| app.mount("/two/segments", named("two")))
        .unwrap();
    for &(path, wanted) in PATHS {
        let environ = EnvironBuilder::get(path).build();
        assert_eq!(seen(&app, environ), wanted, "{path}");
    }
    let below = EnvironBuilder::get("/foo/x").script_name("/outer").build();
    assert_eq!(seen(&app, below), "foo /outer/foo|/x");
}

#[test]
fn an_application_at_the_root_has_what_is_left() {
    for root in ["", "/"] {
        let app = Dispatcher::new(NotFound)
            .mount(root, named("root"))
            .unwrap();
        let environ = EnvironBuilder::get("/x").build();
        assert_eq!(seen(&app, environ), "root |/x");
    }
}

/// `Host`, path, and what answers.
const HOSTS: &[(&str, &str, &str)] = &[
    ("example.org", "/", "example |/"),
    ("EXAMPLE.ORG", "/", "example |/"),
    ("example.org.", "/", "example |/"),
    ("example.org:80", "/", "example |/"),
    ("example.org:8080", "/", "port |/"),
    // At that port the root is mounted, too, and that is where it is looked first.
    ("example.org:8080", "/shop", "port |/shop"),
    ("example.org", "/shop/x", "shop of example /shop|/x"),
    ("www.example.org", "/", "wildcard |/"),
    ("a.b.example.org", "/", "wildcard |/"),
    ("b.deep.example.org", "/", "deep |/"),
    ("deep.example.org", "/", "wildcard |/"),
    ("only.example.org", "/v1/x", "v1 /v1|/x"),
    // The exact host has nothing there, the wildcard has.
    ("only.example.org", "/v2", "wildcard |/v2"),
    ("notexample.org", "/", "none |/"),
    ("notexample.org", "/everywhere", "everywhere /everywhere|"),
    // The wildcard's root covers it; hosts come before no host.
    ("www.example.org", "/everywhere", "wildcard |/everywhere"),
    ("example.org.evil.example", "/", "none |/"),
    ("[::1]:8080", "/", "loopback |/"),
    ("[::1]", "/", "loopback |/"),
    // No hosts at all.
    ("example.org@evil", "/", "none |/"),
    ("example.org:x", "/", "none |/"),
    (".example.org", "/", "none |/"),
];

#[test]
fn exact_hosts_come_before_wildcards_before_none() {
    let app = Dispatcher::new(named("none"))
        .mount("/everywhere", named("everywhere"))
        .and_then(|app| app.mount_host("Example.org", "/", named("example")))
        .and_then(|app| app.mount_host("example.org", "/shop", named("shop of example")))
        .and_then(|app| app.mount_host("example.org:8080", "/", named("port")))
        .and_then(|app| app.mount_host("*.example.org", "/", named("wildcard")))
        .and_then(|app| app.mount_host("*.deep.example.org", "/", named("deep")))
        .and_then(|app| app.mount_host("only.example.org", "/v1", named("v1")))
        .and_then(|app| app.mount_host("[::1]", "/", named("loopback")))
        .unwrap();
    for &(host, path, wanted) in HOSTS {
        let environ = EnvironBuilder::get(path).header("Host", host).build();
        assert_eq!(seen(&app, environ), wanted, "{host} {path}");
    }
}

#[test]
fn a_host_may_stand_for_itself_and_all_below_or_for_all() {
    let app = Dispatcher::new(named("none"))
        .mount_host(".example.org", "/", named("both"))
        .and_then(|app| app.mount_host("a.example.org", "/", named("a")))
        .and_then(|app| app.mount_host("*", "/all", named("all")))
        .unwrap();
    for (host, path, wanted) in [
        ("example.org", "/", "both |/"),
        ("b.c.example.org", "/", "both |/"),
        ("a.example.org", "/", "a |/"),
        ("notexample.org", "/", "none |/"),
        ("notexample.org", "/all", "all /all|"),
    ] {
        let environ = EnvironBuilder::get(path).header("Host", host).build();
        assert_eq!(seen(&app, environ), wanted, "{host} {path}");
    }
    let twice = app.mount_host("example.org", "/", named("again"));
    assert!(matches!(twice, Err(DispatcherError::Twice { .. })));
    let twice = Dispatcher::new(NotFound)
        .mount("/all", NotFound)
        .and_then(|app| app.mount_host("*", "/all", NotFound));
    assert!(matches!(twice, Err(DispatcherError::Twice { .. })));
}

#[test]
fn without_a_host_field_the_servers_name_counts() {
    let app = Dispatcher::new(named("none"))
        .mount_host("127.0.0.1:81", "/", named("server"))
        .and_then(|app| app.mount_host("example.org:443", "/", named("tls")))
        .unwrap();
    let environ = EnvironBuilder::get("/").with(|environ| {
        environ.remove_var("HTTP_HOST");
        environ.connection_mut().server_port = "81".into();
    });
    assert_eq!(seen(&app, environ.build()), "server |/");
    let environ = EnvironBuilder::get("/")
        .header("Host", "example.org")
        .var("wsgi.url_scheme", "https");
    assert_eq!(seen(&app, environ.build()), "tls |/");
}

#[test]
fn a_thousand_mounts_are_found() {
    let mut app = Dispatcher::new(named("none"));
    for n in 0..1000 {
        app = app.mount(format!("/t{n}"), named("tenant")).unwrap();
    }
    for n in 0..1000 {
        let environ = EnvironBuilder::get(&format!("/t{n}/x")).build();
        assert_eq!(seen(&app, environ), format!("tenant /t{n}|/x"));
    }
    let environ = EnvironBuilder::get("/t1000").build();
    assert_eq!(seen(&app, environ), "none |/t1000");
}

#[test]
fn logs_and_metrics_learn_the_mount() {
    let app = Dispatcher::new(named("none"))
        .mount("/shop", named("shop"))
        .unwrap();
    let answer = run(&app, EnvironBuilder::get("/shop/7").build()).unwrap();
    assert_eq!(answer.environ.route().as_deref(), Some("/shop/*"));
    let answer = run(&app, EnvironBuilder::get("/7").build()).unwrap();
    assert_eq!(answer.environ.route(), None);
}

#[test]
fn a_layer_mounts_beside_every_application() {
    let layer = DispatcherLayer::default()
        .mount("/shop", named("shop"))
        .unwrap();
    for name in ["one", "two"] {
        let app = layer.layer(named(name));
        let of = |path: &str| seen(&app, EnvironBuilder::get(path).build());
        assert_eq!(of("/shop"), "shop /shop|");
        assert_eq!(of("/"), format!("{name} |/"));
    }
}

#[test]
fn the_fallback_may_be_none() {
    let app = Dispatcher::new(NotFound);
    for (method, body) in [("GET", "Not Found\n"), ("HEAD", "")] {
        let answer = run(&app, EnvironBuilder::new(method, "/").build()).unwrap();
        assert_eq!(answer.status, StatusLine::NOT_FOUND);
        assert_eq!(answer.header("Content-Length"), Some("10"));
        assert_eq!(answer.text(), body);
    }
}

#[test]
fn a_place_that_cannot_be_is_refused() {
    let refused = |prefix: &str| {
        Dispatcher::new(NotFound)
            .mount(prefix, NotFound)
            .unwrap_err()
    };
    assert!(matches!(
        refused("shop"),
        DispatcherError::NoLeadingSlash { .. }
    ));
    assert!(matches!(
        refused("//example.com"),
        DispatcherError::EmptySegment { .. }
    ));
    let twice = Dispatcher::new(NotFound)
        .mount("/shop", NotFound)
        .and_then(|app| app.mount("/shop/", NotFound));
    assert!(matches!(twice, Err(DispatcherError::Twice { .. })));
    let twice = Dispatcher::new(NotFound)
        .mount_host("a.example", "/", NotFound)
        .and_then(|app| app.mount_host("A.example.", "", NotFound));
    assert!(matches!(twice, Err(DispatcherError::Twice { .. })));
    let host = Dispatcher::new(NotFound).mount_host("https://a.example", "/", NotFound);
    assert!(matches!(host, Err(DispatcherError::Host(_))));
}
