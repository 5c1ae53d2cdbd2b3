use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::{Application, Body, StatusLine, application_fn};
use wsgi_middleware::{Rewrite, RewriteError, RewriteRule, TemplateError};

/// Shows script name, path and query, and what they were.
fn shows() -> impl Application {
    application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        let var = |key| environ.var(key).unwrap_or_default();
        let parts: [&[u8]; 7] = [
            environ.path_info(),
            b"?",
            environ.query_string(),
            b" ",
            &var("wsgi_rs.rewrite.orig.path_info"),
            b"?",
            &var("wsgi_rs.rewrite.orig.query_string"),
        ];
        Ok(Body::from(parts.concat()))
    })
}

fn rule(pattern: &str, text: &str) -> RewriteRule {
    RewriteRule::new(pattern, text).unwrap()
}

fn seen(app: &impl Application, request: EnvironBuilder) -> String {
    run(app, request.build()).unwrap().text()
}

/// Pattern, text, target, and what the application sees.
#[rustfmt::skip]
const RULES: &[(&str, &str, &str, &str)] = &[
    ("^/a$", "/b", "/a?q=1", "/b?q=1 /a?"),
    ("^/a$", "/b", "/ab?q=1", "/ab?q=1 ?"),
    ("a", "/b", "/xax", "/b? /xax?"),
    (r"^/u/(\w+)$", "/index.php?user=$1", "/u/ada?p=2", "/index.php?user=ada&p=2 /u/ada?p=2"),
    ("^/u/(?<n>.*)$", "/i?user=${n}", "/u/a%26b%3D%20%3F", "/i?user=a%26b%3D%20%3F /u/a&b= ??"),
    // What is captured is no query, and is not decoded once more.
    ("^/u/(.*)$", "/v/$1", "/u/a%3Fadmin=1", "/v/a?admin=1? /u/a?admin=1?"),
    ("^/u/(.*)$", "/v/$1", "/u/%252e%252e", "/v/%2e%2e? /u/%2e%2e?"),
    // A line feed hides nothing.
    ("^/u/(.*)$", "/v/$1", "/u/a%0Ab", "/v/a\nb? /u/a\nb?"),
    ("^/a(b)?$", "/x$1y", "/a", "/xy? /a?"),
    ("^/a$", "/$$1", "/a", "/$1? /a?"),
    ("^/a$", "/b?", "/a?q", "/b?q /a?q"),
    ("^/z\u{fc}", "/\u{e9}", "/z%C3%BC", "/\u{e9}? /z\u{fc}?"),
];

#[test]
fn the_text_replaces_the_path() {
    for &(pattern, text, target, wanted) in RULES {
        let app = Rewrite::new(shows()).rule(rule(pattern, text));
        assert_eq!(seen(&app, EnvironBuilder::get(target)), wanted, "{pattern}");
    }
}

#[test]
fn a_query_may_be_replaced() {
    let app = Rewrite::new(shows()).rule(rule("^/a$", "/b?x=1").keep_query(false));
    assert_eq!(seen(&app, EnvironBuilder::get("/a?q")), "/b?x=1 /a?q");
}

#[test]
fn script_name_and_target_stay() {
    let app = Rewrite::new(shows()).rule(rule("^/a$", "/b"));
    let request = EnvironBuilder::get("/a").script_name("/shop");
    let answer = run(&app, request.build()).unwrap();
    assert_eq!(answer.environ.script_name(), b"/shop");
    assert_eq!(answer.environ.target(), b"/a");
}

#[test]
fn rules_follow_one_another_until_one_stops() {
    let app = Rewrite::new(shows())
        .rule(rule("^/a$", "/b"))
        .rule(rule("^/b$", "/c"))
        .rule(rule("^/c$", "/d").stop())
        .rule(rule("^/d$", "/e"));
    assert_eq!(seen(&app, EnvironBuilder::get("/a")), "/d? /a?");
    assert_eq!(seen(&app, EnvironBuilder::get("/d")), "/e? /d?");
}

#[test]
fn a_rule_may_begin_again_a_number_of_times() {
    let app = || Rewrite::new(shows()).rule(rule("^/([^_]*)_(.*)$", "/$1-$2").restart());
    assert_eq!(
        seen(&app(), EnvironBuilder::get("/a_b_c_d")),
        "/a-b-c-d? /a_b_c_d?"
    );
    let many = format!("/{}", "_".repeat(10));
    let error = run(&app(), EnvironBuilder::get(&many).build()).unwrap_err();
    assert!(error.to_string().contains("more than 10 times"), "{error}");
    let app = app().pass_limit(11);
    assert!(seen(&app, EnvironBuilder::get(&many)).starts_with("/----------?"));
    // What changes nothing does not begin again.
    let app = Rewrite::new(shows())
        .rule(rule("^(.*)$", "/a").restart())
        .rule(rule("^/a$", "/b"));
    assert_eq!(seen(&app, EnvironBuilder::get("/x")), "/b? /x?");
}

#[test]
fn paths_do_not_grow_without_end() {
    let mut app = Rewrite::new(shows());
    for _ in 0..40 {
        app = app.rule(rule("^/(.*)$", "/$1$1"));
    }
    let error = run(&app, EnvironBuilder::get("/abc").build()).unwrap_err();
    assert!(error.to_string().contains("65536 bytes"), "{error}");
}

#[test]
fn conditions_on_method_host_and_header_fields_are_all_met() {
    let rule = rule("^/a$", "/b")
        .methods(["GET", "HEAD"])
        .and_then(|rule| rule.host("example.org"))
        .and_then(|rule| rule.host("*.example.org"))
        .and_then(|rule| rule.header("User-Agent", "(?i)mobile"))
        .and_then(|rule| rule.unless_header("Cookie", r"\bfull=1\b"))
        .unwrap();
    let app = Rewrite::new(shows()).rule(rule);
    for (method, host, agent, cookie, fits) in [
        ("GET", "example.org", "Mobile", "", true),
        ("HEAD", "a.example.org", "a mobile b", "full=10", true),
        ("POST", "example.org", "Mobile", "", false),
        ("GET", "example.com", "Mobile", "", false),
        ("GET", "example.org", "Desktop", "", false),
        ("GET", "example.org", "", "", false),
        ("GET", "example.org", "Mobile", "a=1; full=1", false),
    ] {
        let mut request = EnvironBuilder::new(method, "/a").header("Host", host);
        for (name, value) in [("User-Agent", agent), ("Cookie", cookie)] {
            if !value.is_empty() {
                request = request.header(name, value);
            }
        }
        let path = seen(&app, request);
        assert_eq!(
            path.starts_with("/b"),
            fits,
            "{method} {host} {agent} {cookie}"
        );
    }
}

#[test]
fn rules_that_cannot_be_are_refused() {
    for text in ["", "b", "https://a/", "$1", "/b#c"] {
        let error = RewriteRule::new("(a)", text).unwrap_err();
        assert!(matches!(error, RewriteError::Path { .. }), "{text}");
    }
    let error = RewriteRule::new("(", "/").unwrap_err();
    assert!(matches!(
        error,
        RewriteError::Template(TemplateError::Pattern(_))
    ));
    let error = RewriteRule::new("a", "/?x=$1").unwrap_err();
    assert!(matches!(
        error,
        RewriteError::Template(TemplateError::NoGroup { .. })
    ));
    let new = || rule("a", "/");
    assert!(matches!(
        new().methods(["G T"]),
        Err(RewriteError::Method { .. })
    ));
    assert!(matches!(new().host("a/b"), Err(RewriteError::Host(_))));
    assert!(matches!(
        new().header("a b", ""),
        Err(RewriteError::Header { .. })
    ));
    assert!(matches!(
        new().unless_header("a", "("),
        Err(RewriteError::Template(_))
    ));
}
