use http::Method;
use wsgi_core::testing::EnvironBuilder;

use crate::{Map, Outcome, RequestParts, Rule, Value, Values};

fn map() -> Map {
    Map::builder()
        .add(Rule::new("/").endpoint("index"))
        .add(Rule::new("/").subdomain("<user>").endpoint("home"))
        .add(Rule::new("/").subdomain("a.b").endpoint("deep"))
        .add(Rule::new("/live/now").endpoint("live").websocket(true))
        .add(Rule::new("/<name>/").endpoint("page"))
        .build()
        .unwrap()
}

fn parts<'r>(scheme: &'r str, host: &'r str, path_info: &'r str) -> RequestParts<'r> {
    RequestParts {
        url_scheme: scheme.into(),
        host: Some(host.as_bytes().into()),
        path_info: path_info.as_bytes().into(),
        ..RequestParts::default()
    }
}

fn shown(outcome: Outcome<'_, '_>) -> String {
    match outcome {
        Outcome::Found(found) => found.endpoint().to_owned(),
        Outcome::Redirect { url } => url,
        other => format!("{other:?}"),
    }
}

#[test]
fn the_subdomain_is_what_is_in_front_of_the_server_name() {
    #[rustfmt::skip]
    let cases = [
        ("http", "example.com", "example.com", "index"),
        ("http", "ann.example.com", "example.com", "home"),
        ("http", "a.b.Example.com", "EXAMPLE.com", "deep"),
        ("http", "b.b.example.com", "example.com", "home"),
        ("http", "ann.example.com:80", "example.com", "home"),
        ("http", "ann.example.com", "example.com:80", "home"),
        ("https", "ann.example.com", "example.com:443", "home"),
        ("http", "ann.example.com:8000", "example.com:8000", "home"),
        ("http", "ann.example.com:8000", "example.com", "NotFound"),
        ("http", "ann.example.com", "example.com:8000", "NotFound"),
        ("http", "annexample.com", "example.com", "NotFound"),
        ("http", "127.0.0.1", "example.com", "NotFound"),
        ("http", "com", "example.com", "NotFound"),
        ("http", "", "example.com", "NotFound"),
        ("http", "xn--bcher-kva.example", "b\u{fc}cher.example", "index"),
    ];
    let map = map();
    for (scheme, host, server_name, expected) in cases {
        let adapter = map.bind_parts(parts(scheme, host, "/")).unwrap();
        let adapter = adapter.server_name(server_name);
        assert_eq!(
            shown(adapter.match_request()),
            expected,
            "{host} {server_name}"
        );
    }
}

#[test]
fn without_a_server_name_no_subdomain_is_known() {
    let map = map();
    let adapter = map
        .bind_parts(parts("http", "ann.example.com", "/"))
        .unwrap();
    assert_eq!(shown(adapter.match_request()), "index");
    assert_eq!(shown(adapter.subdomain("ann").match_request()), "home");
}

#[test]
fn subdomains_are_ignored_where_they_do_not_match() {
    let map = map()
        .to_builder()
        .subdomain_matching(false)
        .build()
        .unwrap();
    for host in ["ann.example.com", "example.com", "127.0.0.1"] {
        let adapter = map.bind_parts(parts("http", host, "/")).unwrap();
        let adapter = adapter.server_name("example.com");
        assert_eq!(shown(adapter.match_request()), "index", "{host}");
    }
}

#[test]
fn a_host_is_matched_whole_where_hosts_are() {
    let rules = [
        Rule::new("/").host("<who>.example.com").endpoint("who"),
        Rule::new("/").host("example.com:8000").endpoint("port"),
    ];
    let map = Map::builder()
        .host_matching(true)
        .add(rules)
        .build()
        .unwrap();
    for (host, expected) in [
        ("ann.example.com", "who"),
        ("ann.example.com:80", "who"),
        ("Example.com:8000", "port"),
        ("example.com", "NotFound"),
    ] {
        let adapter = map.bind_parts(parts("http", host, "/")).unwrap();
        assert_eq!(shown(adapter.match_request()), expected, "{host}");
        let configured = adapter.server_name("other.example");
        assert_eq!(shown(configured.match_request()), expected, "{host}");
    }
}

/// Whatever a rule's host is written like: hosts are compared without case, and in ASCII.
#[test]
fn the_hosts_of_rules_are_compared_as_hosts_are() {
    let rules = [
        Rule::new("/").host("Api.Example.com").endpoint("api"),
        Rule::new("/")
            .host("<a>.B\u{fc}cher.example:8000")
            .endpoint("books"),
    ];
    let builder = Map::builder().host_matching(true).add(rules);
    let map = builder.build().unwrap();
    let ask = |host| {
        let adapter = map.bind_parts(parts("http", host, "/")).unwrap();
        shown(adapter.match_request())
    };
    assert_eq!(ask("API.example.com"), "api");
    assert_eq!(ask("x.xn--bcher-kva.example:8000"), "books");
    let values = [("a", "x")].into();
    let url = map.bind("h").build("books", &values).url().unwrap();
    assert_eq!(url, "http://x.xn--bcher-kva.example:8000/");
}

#[test]
fn a_request_is_bound_with_its_root_scheme_method_and_query() {
    let map = map();
    let mut environ = EnvironBuilder::new("POST", "/caf%C3%A9?a=%20b")
        .header("Host", "example.com:443")
        .build();
    environ.set_script_name("/s");
    environ.set_var("wsgi.url_scheme", "https").unwrap();
    let adapter = map.bind_environ(&environ).unwrap();
    assert_eq!(
        shown(adapter.match_request()),
        "https://example.com/s/caf%C3%A9/?a=%20b"
    );
    assert_eq!(adapter.default_method, Method::POST);
    let adapter = adapter.path_info("/x");
    assert_eq!(
        shown(adapter.clone().match_request()),
        "https://example.com/s/x/?a=%20b"
    );
    let values: Values = [
        ("q", Value::from(vec![Value::from(1), Value::None])),
        ("r", Value::from("\u{e9}&")),
    ]
    .into();
    let adapter = adapter.target("/y%2Fz").query_values(&values);
    assert_eq!(
        shown(adapter.match_request()),
        "https://example.com/s/y%2Fz/?q=1&r=%C3%A9%26"
    );
}

#[test]
fn the_server_stands_in_for_a_missing_host() {
    let map = map();
    let server = RequestParts {
        server_name: b"::1"[..].into(),
        server_port: b"8000"[..].into(),
        path_info: b"/x"[..].into(),
        ..RequestParts::default()
    };
    let adapter = map.bind_parts(server).unwrap();
    assert_eq!(shown(adapter.match_request()), "http://[::1]:8000/x/");
}

/// RFC 6455 §4.2.1: both fields are lists, of tokens in any case.
#[test]
fn a_websocket_is_told_by_its_fields() {
    #[rustfmt::skip]
    let cases = [
        ("Upgrade", "websocket", true), ("keep-alive, UPGRADE", "WebSocket", true), ("upgrade", "h2c, websocket", true),
        ("upgrade", "h2c", false), ("keep-alive", "websocket", false), ("", "websocket", false), ("upgrades", "websocket", false),
    ];
    let map = map();
    for (connection, upgrade, websocket) in cases {
        let environ = EnvironBuilder::new("GET", "/live/now")
            .header("Connection", connection)
            .header("Upgrade", upgrade)
            .build();
        let adapter = map.bind_environ(&environ).unwrap();
        let expected = if websocket {
            "live"
        } else {
            "WebsocketMismatch"
        };
        assert_eq!(
            shown(adapter.match_request()),
            expected,
            "{connection} {upgrade}"
        );
        assert_eq!(adapter.url_scheme == "ws", websocket);
        let other = adapter.websocket(!websocket);
        assert_ne!(shown(other.match_request()), expected);
    }
    let secure = RequestParts {
        connection: Some(b"upgrade"[..].into()),
        upgrade: Some(b"websocket"[..].into()),
        ..parts("https", "example.com:443", "/live/now")
    };
    let adapter = map.bind_parts(secure).unwrap();
    let url = adapter.build("live", &Values::new()).url().unwrap();
    assert_eq!(url, "wss://example.com/live/now");
}

#[test]
fn a_host_that_is_none_is_told() {
    let map = map();
    let error = map.bind_parts(parts("http", "a b", "/")).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#""a b" is no host: a name is made of letters, digits, hyphens and points"#
    );
    assert!(map.bind_host("a/b").is_err());
    assert!(map.bind_host("\u{fc}".repeat(70)).is_err());
    let adapter = map.bind_host("B\u{fc}cher.example:8000").unwrap();
    assert_eq!(
        shown(adapter.path_info("/x").match_request()),
        "http://xn--bcher-kva.example:8000/x/"
    );
}
