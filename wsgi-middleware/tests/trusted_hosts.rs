use wsgi_core::testing::{Answer, EnvironBuilder, run};
use wsgi_core::{Application, ApplicationError, Body};
use wsgi_middleware::{HostPatternError, TrustedHosts};

use crate::answering;

fn app() -> TrustedHosts<impl Application> {
    TrustedHosts::new(answering(|| Body::from("in")))
}

fn ask(app: &impl Application, host: &str) -> Answer {
    run(app, EnvironBuilder::get("/").header("Host", host).build()).unwrap()
}

/// Pattern, `Host`, status.
const CASES: &[(&str, &str, u16)] = &[
    ("example.org", "example.org", 200),
    ("example.org", "EXAMPLE.org", 200),
    ("Example.ORG", "example.org", 200),
    ("example.org", "example.org:8000", 200),
    ("example.org", "example.org.", 200),
    ("example.org.", "example.org", 200),
    ("example.org", "www.example.org", 421),
    ("example.org", "example.org.evil.example", 421),
    ("example.org", "evilexample.org", 421),
    (".example.org", "example.org", 200),
    (".example.org", "www.example.org:8000", 200),
    (".example.org", "a.b.example.org.", 200),
    (".example.org", "evilexample.org", 421),
    ("*.example.org", "www.example.org", 200),
    ("*.example.org", "example.org", 421),
    ("*.example.org", "evilexample.org", 421),
    ("example.org:8443", "example.org:8443", 200),
    ("example.org:8443", "example.org:8444", 421),
    ("example.org:8443", "example.org", 421),
    ("example.org:80", "example.org", 200),
    ("*.example.org:80", "www.example.org:80", 200),
    ("*.example.org:80", "www.example.org:81", 421),
    ("192.0.2.1", "192.0.2.1:8000", 200),
    ("192.0.2.1", "192.0.2.10", 421),
    ("[2001:db8::1]", "[2001:db8::1]", 200),
    ("[2001:db8::1]", "[2001:DB8:0:0:0:0:0:1]:8000", 200),
    ("[2001:db8::1]:443", "[2001:db8::1]:8000", 421),
    ("[2001:db8::1]", "[2001:db8::2]", 421),
    ("*", "anything.example", 200),
    ("*", "[::1]", 200),
    // What no URL should be made of is refused whichever hosts are trusted, as Rack and Django do since their CVEs.
    ("*", "", 400),
    ("*", "example.org/evil", 400),
    ("*", "example.org@evil.example", 400),
    ("*", "example.org?", 400),
    ("*", "example.org#", 400),
    ("*", "example.org\\evil.example", 400),
    ("*", "example.org evil.example", 400),
    ("*", "example.org,evil.example", 400),
    ("*", "example.org:8000:80", 400),
    ("*", "example.org:port", 400),
    ("*", "example.org:99999", 400),
    ("*", "[::1", 400),
    ("*", "::1", 400),
    ("*", "<script>", 400),
    ("*", "exam%70le.org", 400),
    (".example.org", "..example.org", 400),
];

#[test]
fn hosts_are_trusted_misdirected_or_malformed() {
    for &(pattern, host, wanted) in CASES {
        let answer = ask(&app().hosts([pattern]).unwrap(), host);
        assert_eq!(answer.status.code(), wanted, "{host} by {pattern}");
        let text = match wanted {
            200 => "in",
            400 => "Bad Request\n",
            _ => "Misdirected Request\n",
        };
        assert_eq!(answer.text(), text, "{host} by {pattern}");
    }
}

#[test]
fn only_this_machine_is_trusted_by_default() {
    for (host, wanted) in [
        ("localhost:8000", 200),
        ("shop.localhost", 200),
        ("127.0.0.1", 200),
        ("[::1]:8000", 200),
        ("127.0.0.2", 421),
        ("example.org", 421),
    ] {
        assert_eq!(ask(&app(), host).status.code(), wanted, "{host}");
    }
}

#[test]
fn several_hosts_replace_the_default() {
    let app = app().hosts(["a.example", "b.example"]).unwrap();
    assert_eq!(ask(&app, "a.example").status.code(), 200);
    assert_eq!(ask(&app, "b.example").status.code(), 200);
    assert_eq!(ask(&app, "localhost").status.code(), 421);
}

/// RFC 9110 §7.2 "Host and :authority"
#[test]
fn a_missing_host_and_two_of_them_are_bad_requests() {
    let without = || EnvironBuilder::get("/").with(|environ| environ.remove_var("HTTP_HOST"));
    let app = app().hosts(["*"]).unwrap();
    assert_eq!(run(&app, without().build()).unwrap().status.code(), 400);
    let twice = EnvironBuilder::get("/").append_header("Host", "127.0.0.1");
    assert_eq!(run(&app, twice.build()).unwrap().status.code(), 400);
    let app = app.allow_missing(true);
    assert_eq!(run(&app, without().build()).unwrap().text(), "in");
    assert_eq!(ask(&app, "").status.code(), 400);
}

#[test]
fn what_proxies_say_is_not_looked_at() {
    let request = EnvironBuilder::get("/").header("Host", "evil.example");
    let request = request.header("X-Forwarded-Host", "example.org");
    let app = app().hosts(["example.org"]).unwrap();
    assert_eq!(run(&app, request.build()).unwrap().status.code(), 421);
}

#[test]
fn exempt_requests_pass_whatever_their_host() {
    let app = app().exempt("/healthz").unwrap();
    let app = app.exempt_if(|environ| Ok(environ.query_string() == b"probe"));
    let ask = |target| {
        let request = EnvironBuilder::get(target).header("Host", "10.1.2.3:8000");
        run(&app, request.build()).unwrap().status.code()
    };
    assert_eq!(ask("/healthz"), 200);
    assert_eq!(ask("/?probe"), 200);
    assert_eq!(ask("/healthz/"), 421);
    assert_eq!(ask("/"), 421);
}

#[test]
fn a_test_that_fails_is_a_failure_of_the_application() {
    let app = app().exempt_if(|_| Err(ApplicationError::raised("no idea")));
    let request = EnvironBuilder::get("/").header("Host", "example.org");
    assert_eq!(
        run(&app, request.build()).unwrap_err().to_string(),
        "no idea"
    );
}

#[test]
fn what_names_no_host_is_refused_at_once() {
    let named = app().hosts(["https://example.org"]).err().unwrap();
    assert!(matches!(named, HostPatternError::Name { .. }));
    let wildcard = app().hosts(["example.org", "a.*.example.org"]).err();
    assert!(
        matches!(wildcard, Some(HostPatternError::Wildcard { host }) if host.starts_with("a."))
    );
}
