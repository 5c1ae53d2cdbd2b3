use std::time::Duration;

use wsgi_core::testing::{Answer, EnvironBuilder, run};
use wsgi_core::{Application, Body, ExcInfo, Headers, StatusLine, application_fn};
use wsgi_middleware::{Hsts, HstsError, HttpsRedirect, HttpsRedirectError};

use crate::answering;

fn app() -> HttpsRedirect<impl Application> {
    HttpsRedirect::new(answering(|| Body::from("in")))
}

fn ask(app: &impl Application, request: EnvironBuilder) -> Answer {
    run(app, request.build()).unwrap()
}

fn get(target: &str) -> EnvironBuilder {
    EnvironBuilder::get(target).header("Host", "example.org")
}

fn by_https(request: EnvironBuilder) -> EnvironBuilder {
    request.var("wsgi.url_scheme", "https")
}

/// `Host`, target, where it leads; `None` for 400.
const LOCATIONS: &[(&str, &str, Option<&str>)] = &[
    ("example.org", "/", Some("https://example.org/")),
    ("example.org:80", "/", Some("https://example.org/")),
    ("example.org:8080", "/", Some("https://example.org/")),
    ("example.org.", "/", Some("https://example.org/")),
    ("[::1]:80", "/a", Some("https://[::1]/a")),
    (
        "example.org",
        "/a%2Fb%20c?d=%2F&e",
        Some("https://example.org/a%2Fb%20c?d=%2F&e"),
    ),
    ("example.org", "/a?", Some("https://example.org/a")),
    (
        "example.org",
        "//evil.example/",
        Some("https://example.org//evil.example/"),
    ),
    (
        "example.org",
        "/\\evil.example",
        Some("https://example.org/%5Cevil.example"),
    ),
    (
        "example.org",
        "/caf\u{e9}?\u{e9}\"",
        Some("https://example.org/caf%C3%A9?%C3%A9%22"),
    ),
    ("example.org", "*", Some("https://example.org/")),
    ("example.org/evil", "/", None),
    ("example.org@evil.example", "/", None),
    ("evil.example#", "/", None),
    ("", "/", None),
];

#[test]
fn the_same_url_by_https() {
    for &(host, target, wanted) in LOCATIONS {
        let answer = ask(&app(), EnvironBuilder::get(target).header("Host", host));
        assert_eq!(answer.header("Location"), wanted, "{host} {target}");
        let status = if wanted.is_some() { 301 } else { 400 };
        assert_eq!(answer.status.code(), status, "{host} {target}");
    }
}

/// Method, whether temporary, whether unsafe ones are refused, status.
const STATUSES: &[(&str, bool, bool, u16)] = &[
    ("GET", false, false, 301),
    ("HEAD", false, false, 301),
    ("POST", false, false, 308),
    ("DELETE", false, false, 308),
    ("OPTIONS", false, false, 308),
    ("GET", true, false, 302),
    ("POST", true, false, 307),
    ("GET", false, true, 301),
    ("HEAD", false, true, 301),
    ("POST", false, true, 403),
    ("POST", true, true, 403),
];

#[test]
fn methods_other_than_get_stay_what_they_are_or_are_refused() {
    for &(method, temporary, refuse, wanted) in STATUSES {
        let app = app().temporary(temporary).refuse_unsafe(refuse);
        let answer = ask(&app, EnvironBuilder::new(method, "/a"));
        assert_eq!(answer.status.code(), wanted, "{method}");
        assert_eq!(
            answer.header("Location").is_some(),
            wanted != 403,
            "{method}"
        );
    }
}

#[test]
fn https_reaches_the_application() {
    let answer = ask(&app(), by_https(get("/")));
    assert_eq!(answer.text(), "in");
    assert_eq!(answer.header("Strict-Transport-Security"), None);
}

#[test]
fn a_path_that_layers_have_moved_leads_to_where_the_client_was() {
    let moved = get("/shop/a%2Fb")
        .script_name("/shop")
        .with(|environ| environ.set_path_info("/a/b"));
    let answer = ask(&app(), moved);
    assert_eq!(
        answer.header("Location"),
        Some("https://example.org/shop/a%2Fb")
    );
    // A prefix that a proxy has cut off, and a server that does not tell the target.
    let cut = get("/a%2Fb").script_name("/shop");
    assert_eq!(
        ask(&app(), cut).header("Location"),
        Some("https://example.org/shop/a/b")
    );
    let untold = get("/a%3F%25?q=1").with(|environ| environ.set_target(""));
    assert_eq!(
        ask(&app(), untold).header("Location"),
        Some("https://example.org/a%3F%25?q=1")
    );
}

#[test]
fn ports_and_hosts_may_be_given() {
    let location = |app: &HttpsRedirect<_>, host: &str| {
        let answer = ask(app, EnvironBuilder::get("/a").header("Host", host));
        answer.header("Location").unwrap_or_default().to_owned()
    };
    let mapped = app().port(8080, 8443).port(80, 444).port(81, 443);
    for (host, wanted) in [
        ("example.org:8080", "https://example.org:8443/a"),
        ("example.org", "https://example.org:444/a"),
        ("example.org:81", "https://example.org/a"),
        ("example.org:82", "https://example.org/a"),
    ] {
        assert_eq!(location(&mapped, host), wanted);
    }
    let fixed = app().host("www.example.org").unwrap();
    assert_eq!(
        location(&fixed, "evil.example"),
        "https://www.example.org/a"
    );
    assert_eq!(location(&fixed, "no host"), "https://www.example.org/a");
    let fixed = app().host("www.example.org:8443").unwrap();
    assert_eq!(
        location(&fixed, "evil.example"),
        "https://www.example.org:8443/a"
    );
    for host in ["", "https://example.org", "example.org/", "a b"] {
        let error = app().host(host).err().unwrap();
        assert_eq!(
            error,
            HttpsRedirectError::Host {
                host: host.to_owned()
            }
        );
    }
}

#[test]
fn two_hosts_are_none() {
    let answer = ask(&app(), get("/").append_header("Host", "evil.example"));
    assert_eq!(answer.status.code(), 400);
}

#[test]
fn exempt_requests_pass_without_a_promise() {
    let app = app().hsts(Hsts::default());
    let app = app
        .exempt("/healthz")
        .unwrap()
        .exempt("/.well-known/acme-challenge/")
        .unwrap();
    let app = app.exempt_if(|environ| Ok(environ.headers().contains("X-Probe")));
    for target in ["/healthz", "/.well-known/acme-challenge/token"] {
        let answer = ask(&app, get(target));
        assert_eq!(answer.text(), "in", "{target}");
        // RFC 6797 §7.2: not over insecure transport.
        assert_eq!(answer.header("Strict-Transport-Security"), None);
    }
    assert_eq!(ask(&app, get("/").header("X-Probe", "1")).text(), "in");
    for target in [
        "/healthz/",
        "/.well-known/acme-challenge",
        "/.well-known/acme-challenge/../a",
    ] {
        assert_eq!(ask(&app, get(target)).status.code(), 301, "{target}");
    }
}

#[test]
fn the_promise_is_made_once_and_by_https_alone() {
    let promise = |app: &dyn Fn() -> HttpsRedirect<Box<dyn Application>>, hsts: Hsts| {
        let answer = ask(&app().hsts(hsts), by_https(get("/")));
        let values = answer.headers.get_all("Strict-Transport-Security");
        values
            .map(|value| String::from_utf8_lossy(value).into_owned())
            .collect::<Vec<_>>()
    };
    let silent = || HttpsRedirect::new(Box::new(answering(Body::empty)) as Box<dyn Application>);
    assert_eq!(promise(&silent, Hsts::default()), ["max-age=31536000"]);
    assert_eq!(
        promise(&silent, Hsts::new(Duration::from_millis(1500))),
        ["max-age=1"]
    );
    let all = Hsts::default().include_subdomains().preload().unwrap();
    assert_eq!(
        promise(&silent, all),
        ["max-age=31536000; includeSubDomains; preload"]
    );
    let speaking = || {
        let app = application_fn(|_, start_response| {
            start_response.start(StatusLine::OK, [("strict-transport-security", "max-age=0")])?;
            let headers = Headers::try_from_pairs([("strict-transport-security", "max-age=5")])?;
            start_response.start_response(StatusLine::OK, headers, Some(ExcInfo::new("again")))?;
            Ok(Body::empty())
        });
        HttpsRedirect::new(Box::new(app) as Box<dyn Application>)
    };
    assert_eq!(promise(&speaking, all), ["max-age=5"]);
    let redirected = ask(&silent().hsts(all), get("/"));
    assert_eq!(redirected.header("Strict-Transport-Security"), None);
}

#[test]
fn what_the_preload_list_refuses_is_refused() {
    let short = Hsts::new(Duration::from_secs(300)).include_subdomains();
    assert_eq!(short.preload(), Err(HstsError::MaxAge { seconds: 300 }));
    assert_eq!(Hsts::default().preload(), Err(HstsError::Subdomains));
}
