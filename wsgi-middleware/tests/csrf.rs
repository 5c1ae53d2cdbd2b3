use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::{Application, ApplicationError, Body};
use wsgi_middleware::{Csrf, OriginError};

use crate::answering;

fn app() -> Csrf<impl Application> {
    Csrf::new(answering(|| Body::from("done")))
}

/// A request to `http://shop.example`, with these fields if they are not empty.
fn request(method: &str, site: &str, origin: &str) -> EnvironBuilder {
    let mut request = EnvironBuilder::new(method, "/buy").header("Host", "shop.example");
    for (name, value) in [("Sec-Fetch-Site", site), ("Origin", origin)] {
        if !value.is_empty() {
            request = request.header(name, value);
        }
    }
    request
}

fn status(app: &impl Application, request: EnvironBuilder) -> u16 {
    let answer = run(app, request.build()).unwrap();
    let code = answer.status.code();
    assert_eq!(answer.text() == "done", code == 200);
    code
}

/// Method, `Sec-Fetch-Site`, `Origin`, status.
const CASES: &[(&str, &str, &str, u16)] = &[
    ("POST", "same-origin", "", 200),
    ("POST", "same-origin", "http://shop.example", 200),
    ("POST", "none", "", 200),
    ("POST", "cross-site", "", 403),
    ("POST", "same-site", "", 403),
    ("POST", "Same-Origin", "", 403),
    ("POST", "same-origin, cross-site", "", 403),
    // The first field is what counts: the host may be another one behind a proxy.
    ("POST", "cross-site", "http://shop.example", 403),
    ("POST", "same-origin", "https://elsewhere.example", 200),
    ("POST", "", "", 200),
    ("POST", "", "http://shop.example", 200),
    ("POST", "", "https://shop.example", 200),
    ("POST", "", "http://shop.example:80", 200),
    ("POST", "", "http://SHOP.example", 200),
    ("POST", "", "http://shop.example:8080", 403),
    ("POST", "", "https://evil.example", 403),
    ("POST", "", "https://shop.example.evil.example", 403),
    ("POST", "", "https://evilshop.example", 403),
    ("POST", "", "null", 403),
    ("POST", "", "shop.example", 403),
    ("POST", "", "//shop.example", 403),
    ("POST", "", "http://shop.example/", 403),
    ("POST", "", "http://shop.example, http://evil.example", 403),
    ("GET", "cross-site", "https://evil.example", 200),
    ("HEAD", "cross-site", "https://evil.example", 200),
    ("OPTIONS", "cross-site", "https://evil.example", 200),
    ("PUT", "cross-site", "https://evil.example", 403),
    ("PATCH", "cross-site", "https://evil.example", 403),
    ("DELETE", "cross-site", "https://evil.example", 403),
    ("get", "cross-site", "https://evil.example", 403),
];

#[test]
fn what_another_site_sent_is_refused() {
    for &(method, site, origin, wanted) in CASES {
        let found = status(&app(), request(method, site, origin));
        assert_eq!(found, wanted, "{method}, site {site:?}, origin {origin:?}");
    }
}

#[test]
fn the_port_of_the_host_is_that_of_the_scheme_or_its_own() {
    for (host, origin, wanted) in [
        ("shop.example:443", "https://shop.example", 200),
        ("shop.example:80", "https://shop.example", 403),
        ("shop.example:8443", "https://shop.example:8443", 200),
        ("shop.example:8443", "https://shop.example", 403),
        ("[::1]:8000", "http://[::1]:8000", 200),
        ("[0::1]:8000", "http://[::1]:8000", 200),
        ("[::2]:8000", "http://[::1]:8000", 403),
        ("", "http://shop.example", 403),
        ("shop.example@evil.example", "http://shop.example", 403),
    ] {
        let request = request("POST", "", origin).header("Host", host);
        assert_eq!(status(&app(), request), wanted, "{origin} to {host}");
    }
    let without = request("POST", "", "http://shop.example");
    let without = without.with(|environ| environ.remove_var("HTTP_HOST"));
    assert_eq!(status(&app(), without), 403);
}

/// Go's documentation leaves this to HSTS; where the scheme is known, nothing needs to be left to it.
#[test]
fn a_page_by_http_is_no_page_by_https() {
    let by_https = |origin| request("POST", "", origin).var("wsgi.url_scheme", "https");
    assert_eq!(status(&app(), by_https("http://shop.example")), 403);
    assert_eq!(status(&app(), by_https("http://shop.example:443")), 403);
    assert_eq!(status(&app(), by_https("https://shop.example")), 200);
}

#[test]
fn two_fields_where_browsers_send_one_are_nonsense() {
    let twice = |name: &str, value: &str| {
        let request = request("POST", "same-origin", "http://shop.example");
        status(&app(), request.append_header(name, value))
    };
    assert_eq!(twice("Sec-Fetch-Site", "cross-site"), 403);
    assert_eq!(twice("Origin", "https://evil.example"), 200);
    let old = request("POST", "", "http://shop.example");
    let old = old.append_header("Origin", "https://evil.example");
    assert_eq!(status(&app(), old), 403);
}

#[test]
fn trusted_origins_pass() {
    let trusted = || {
        app()
            .trust(["https://Pay.example:443", "http://a.example:8000"])
            .unwrap()
    };
    for (site, origin, wanted) in [
        ("cross-site", "https://pay.example", 200),
        ("same-site", "http://a.example:8000", 200),
        ("", "https://pay.example", 200),
        ("cross-site", "http://pay.example", 403),
        ("cross-site", "https://pay.example.evil.example", 403),
        ("cross-site", "http://a.example", 403),
        ("cross-site", "", 403),
        ("cross-site", "null", 403),
    ] {
        let found = status(&trusted(), request("POST", site, origin));
        assert_eq!(found, wanted, "{site} {origin}");
    }
    let both = request("POST", "cross-site", "https://pay.example");
    let both = both.append_header("Origin", "https://evil.example");
    assert_eq!(status(&trusted(), both), 403);
}

#[test]
fn what_is_no_origin_cannot_be_trusted() {
    let refused = |origin: &str| app().trust([origin]).err().unwrap();
    assert_eq!(refused("null"), OriginError::Null);
    for origin in [
        "*",
        "pay.example",
        "https://pay.example/",
        "https://*.example",
    ] {
        let origin = origin.to_owned();
        assert_eq!(refused(&origin), OriginError::Malformed { origin });
    }
}

#[test]
fn exempt_requests_pass() {
    let app = app().exempt("/hooks/").unwrap();
    let app = app.exempt_if(|environ| Ok(environ.headers().contains("X-Signature")));
    let post = |path: &str| {
        let request = request("POST", "cross-site", "https://evil.example");
        status(&app, request.with(|environ| environ.set_path_info(path)))
    };
    assert_eq!(post("/hooks/a"), 200);
    // Go's CVE-2025-47910, and what an application may make of dots.
    assert_eq!(post("/hooks"), 403);
    assert_eq!(post("/hooks/../buy"), 403);
    let signed = request("POST", "cross-site", "").header("X-Signature", "s");
    assert_eq!(status(&app, signed), 200);
    assert!(app.exempt("hooks").is_err());
}

#[test]
fn evidence_may_be_required() {
    let app = app().require_evidence(true);
    assert_eq!(status(&app, request("POST", "", "")), 403);
    assert_eq!(status(&app, request("GET", "", "")), 200);
    assert_eq!(status(&app, request("POST", "none", "")), 200);
    assert_eq!(
        status(&app, request("POST", "", "http://shop.example")),
        200
    );
    let app = app.exempt("/buy").unwrap();
    assert_eq!(status(&app, request("POST", "", "")), 200);
}

#[test]
fn a_test_that_fails_is_a_failure_of_the_application() {
    let app = app().exempt_if(|_| Err(ApplicationError::raised("no idea")));
    let error = run(&app, request("POST", "cross-site", "").build()).unwrap_err();
    assert_eq!(error.to_string(), "no idea");
    // Nobody is asked where nothing depends on it.
    assert_eq!(status(&app, request("POST", "same-origin", "")), 200);
}

#[test]
fn a_refusal_says_why() {
    let answer = run(&app(), request("POST", "cross-site", "").build()).unwrap();
    assert_eq!(
        answer.text(),
        "Forbidden: the request comes from another site\n"
    );
    assert_eq!(
        answer.header("Content-Type"),
        Some("text/plain; charset=utf-8")
    );
}
