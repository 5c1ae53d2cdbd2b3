use wsgi_core::testing::{EnvironBuilder, get, run};
use wsgi_core::{Application, Body};
use wsgi_middleware::{
    Redirect, RedirectError, RedirectRule, RedirectStatus, RedirectStatusError, TemplateError,
};

use crate::answering;

fn here() -> impl Application {
    answering(|| Body::from("here"))
}

/// Where it leads; `-` for nowhere.
fn location(app: &impl Application, request: EnvironBuilder) -> String {
    let answer = run(app, request.build()).unwrap();
    let location = answer.header("Location");
    assert_eq!(location.is_some(), answer.status.code() >= 300);
    location.unwrap_or("-").to_owned()
}

#[rustfmt::skip]
const RULES: &[(&str, &str)] = &[
    ("/", "-"),
    ("/old", "/new"),
    ("/old?q=1", "/new?q=1"),
    ("/old/", "-"),
    ("/Old", "-"),
    ("/with-query?b=2", "/new?a=1&b=2#part"),
    ("/z%C3%BCrich", "https://example.org:8443/caf%C3%A9%20x"),
    ("/blog", "https://blog.example.org"),
    ("/blog/", "https://blog.example.org/"),
    ("/blog/2024/a%2Fb?p=1", "https://blog.example.org/2024/a/b?p=1"),
    ("/blogger", "-"),
    ("/docs/a%3Fb", "/manual/a%3Fb"),
    ("/docs", "/manual"),
    ("/p/7", "/posts/7?title="),
    ("/p/7/a%20b%26c%23d", "/posts/7?title=a%20b%26c%23d"),
    ("/p/x", "-"),
    ("/tag/rust/", "/tags/rust$"),
    // The first one counts.
    ("/both", "/first"),
];

#[test]
fn the_first_rule_that_fits_counts() {
    let app = Redirect::new(here())
        .exact("/old", "/new")
        .and_then(|app| app.exact("/with-query", "/new?a=1#part"))
        .and_then(|app| app.exact("/z\u{fc}rich", "https://example.org:8443/caf\u{e9} x"))
        .and_then(|app| app.prefix("/blog/", "https://blog.example.org/"))
        .and_then(|app| app.prefix("/docs", "/manual"))
        .and_then(|app| app.pattern(r"^/p/(\d+)(?:/(?<title>.*))?$", "/posts/$1?title=${title}"))
        .and_then(|app| app.pattern("^/tag/([a-z]+)/", "/tags/${1}$$"))
        .and_then(|app| app.pattern("^/both$", "/first"))
        .and_then(|app| app.exact("/both", "/second"))
        .unwrap();
    for &(target, wanted) in RULES {
        assert_eq!(
            location(&app, EnvironBuilder::get(target)),
            wanted,
            "{target}"
        );
    }
    let app = Redirect::new(here())
        .exact("/both", "/first")
        .and_then(|app| app.pattern("^/both$", "/second"))
        .unwrap();
    assert_eq!(location(&app, EnvironBuilder::get("/both")), "/first");
}

/// A request, and where `^/go/(.*)$` leads that should stay on the host that `/$1` names: this one.
#[rustfmt::skip]
const OPEN: &[(&str, &str)] = &[
    ("/go/a", "/a"),
    ("/go//evil.example", "/.//evil.example"),
    ("/go/%2F%2Fevil.example", "/.///evil.example"),
    ("/go/%5Cevil.example", "/%5Cevil.example"),
    ("/go/%09/evil.example", "/%09/evil.example"),
    ("/go/%0D%0ASet-Cookie:%20a=b", "/%0D%0ASet-Cookie:%20a=b"),
    ("/go/%0Aa", "/%0Aa"),
    ("/go/https://evil.example", "/https://evil.example"),
    ("/go/@evil.example", "/@evil.example"),
    ("/go/a%00b", "/a%00b"),
    ("/go/%25%3Cscript%3E%22", "/%25%3Cscript%3E%22"),
    ("/go/", "/"),
];

#[test]
fn captures_lead_to_no_other_host_and_end_no_field() {
    let app = Redirect::new(here()).pattern("^/go/(.*)$", "/$1").unwrap();
    let elsewhere = Redirect::new(here())
        .pattern("^/go/(.*)$", "https://example.org/$1")
        .unwrap();
    for &(target, wanted) in OPEN {
        assert_eq!(
            location(&app, EnvironBuilder::get(target)),
            wanted,
            "{target}"
        );
        let elsewhere = location(&elsewhere, EnvironBuilder::get(target));
        let rest = elsewhere.strip_prefix("https://example.org/").unwrap();
        assert!(
            !rest.contains(['\\', '\r', '\n', '\t', ' ', '"', '<']),
            "{rest}"
        );
    }
    let prefix = Redirect::new(here()).prefix("/go", "/").unwrap();
    let request = EnvironBuilder::get("/go//evil.example");
    assert_eq!(location(&prefix, request), "/.//evil.example");
    assert_eq!(location(&prefix, EnvironBuilder::get("/go")), "/");
}

#[test]
fn bytes_that_are_no_text_are_matched_by_byte() {
    let app = Redirect::new(here())
        .pattern("(?s-u)^/go/(.*)$", "/$1")
        .unwrap();
    assert_eq!(location(&app, EnvironBuilder::get("/go/%FF")), "/%FF");
}

#[test]
fn targets_are_below_the_place_of_a_mounted_application() {
    let app = Redirect::new(here())
        .exact("/old", "/new")
        .and_then(|app| app.exact("/out", "https://example.org/"))
        .unwrap();
    for (path, wanted) in [("/old", "/shop/new"), ("/out", "https://example.org/")] {
        let request = EnvironBuilder::get(path).script_name("/shop");
        assert_eq!(location(&app, request), wanted);
    }
}

#[test]
fn status_query_and_host_are_the_rules() {
    let rule = RedirectRule::prefix("/", "https://www.example.org")
        .and_then(|rule| rule.host("example.org"))
        .and_then(|rule| rule.host("*.old.example.org:8080"))
        .unwrap()
        .status(RedirectStatus::MovedPermanently)
        .keep_query(false);
    let app = Redirect::new(here()).rule(rule);
    for (host, wanted) in [
        ("example.org", "https://www.example.org/a"),
        ("Example.Org:81", "https://www.example.org/a"),
        ("x.old.example.org:8080", "https://www.example.org/a"),
        ("x.old.example.org", "-"),
        ("old.example.org:8080", "-"),
        ("www.example.org", "-"),
        ("exa mple.org", "-"),
    ] {
        let request = EnvironBuilder::get("/a?q").header("Host", host);
        assert_eq!(location(&app, request), wanted, "{host}");
    }
    let request = EnvironBuilder::get("/").header("Host", "example.org");
    let answer = run(&app, request.build()).unwrap();
    assert_eq!(answer.status.code(), 301);
    assert_eq!(answer.text(), "Moved Permanently\n");
}

#[test]
fn the_status_is_temporary_unless_told() {
    let app = Redirect::new(here()).exact("/a", "/b").unwrap();
    assert_eq!(get(&app, "/a").status.code(), 307);
    for code in [301, 302, 303, 307, 308] {
        assert_eq!(
            RedirectStatus::try_from(code).map(RedirectStatus::code),
            Ok(code)
        );
    }
    for code in [0, 200, 300, 304, 305, 306, 309] {
        assert_eq!(
            RedirectStatus::try_from(code),
            Err(RedirectStatusError { code })
        );
    }
}

#[test]
fn nobody_is_sent_in_a_circle_of_one() {
    let app = Redirect::new(here())
        .pattern("^/(.*)$", "/$1")
        .and_then(|app| app.exact("/a", "/b"))
        .unwrap();
    assert_eq!(location(&app, EnvironBuilder::get("/a")), "/b");
    assert_eq!(location(&app, EnvironBuilder::get("/c?q")), "-");
}

#[test]
fn ten_thousand_paths_are_looked_up() {
    let mut app = Redirect::new(here());
    for n in 0..10_000 {
        app = app.exact(format!("/{n}"), &format!("/n/{n}")).unwrap();
    }
    assert_eq!(location(&app, EnvironBuilder::get("/9999")), "/n/9999");
    assert_eq!(location(&app, EnvironBuilder::get("/10000")), "-");
}

#[test]
fn rules_that_cannot_be_are_refused() {
    for target in [
        "new",
        "",
        "//evil.example",
        "/\\evil.example",
        "ftp://a",
        "javascript:x",
        "https://",
        "https:///a",
        "https://a b/",
        "https://user@a/",
        "https://a:x/",
    ] {
        let error = RedirectRule::exact("/old", target).unwrap_err();
        assert!(matches!(error, RedirectError::Target { .. }), "{target}");
    }
    for target in [
        "https://$1/",
        "https://example.org$1",
        "HTTPS://$1.example.org/",
        "http://a:$1/",
    ] {
        let error = RedirectRule::pattern("(.*)", target).unwrap_err();
        assert!(
            matches!(error, RedirectError::CaptureInHost { .. }),
            "{target}"
        );
    }
    for path in ["", "old", "https://a/"] {
        for error in [
            RedirectRule::exact(path, "/"),
            RedirectRule::prefix(path, "/"),
        ] {
            assert!(matches!(error, Err(RedirectError::Path { .. })), "{path}");
        }
    }
    let pattern = RedirectRule::pattern("(", "/").unwrap_err();
    assert!(matches!(
        pattern,
        RedirectError::Template(TemplateError::Pattern(_))
    ));
    let group = RedirectRule::pattern("a", "/$1").unwrap_err();
    assert!(matches!(
        group,
        RedirectError::Template(TemplateError::NoGroup { .. })
    ));
    let host = RedirectRule::exact("/", "/a")
        .unwrap()
        .host("a/b")
        .unwrap_err();
    assert!(matches!(host, RedirectError::Host(_)));
}
