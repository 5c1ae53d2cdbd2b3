//! `ProxyFix` by the field of RFC 7239, around an application of Python, and exported.

use wsgi_core::{Body, StatusLine, application_fn, url};
use wsgi_middleware::{ForwardedField, ForwardedSyntax, ProxyFix};

use crate::seeing::both;

/// Separators in quotes are text: the client of the proxy cannot speak for the proxy (as in Rack, CVE-2026-32762).
#[test]
fn what_a_client_puts_into_quotes_changes_nothing() {
    let fixed = || {
        let app = application_fn(|environ, start_response| {
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            Ok(Body::from(url::request_uri(environ, false)))
        });
        let believed = [ForwardedField::Host, ForwardedField::Proto];
        let fix = ProxyFix::new(app).syntax(ForwardedSyntax::Rfc7239);
        fix.believe(believed).trust(["*"]).unwrap()
    };
    for (forwarded, wanted) in [
        (
            "for=192.0.2.1;host=shop.example;proto=https",
            "https://shop.example/",
        ),
        (
            "for=\"192.0.2.1;host=evil.example\";proto=https",
            "https://internal/",
        ),
        (
            "for=\"192.0.2.1, host=evil.example\";proto=https",
            "https://internal/",
        ),
        (
            "for=192.0.2.1;host=\"evil.example;proto=https\"",
            "http://internal/",
        ),
    ] {
        both(
            fixed,
            &[("Host", "internal"), ("Forwarded", forwarded)],
            |got| {
                assert_eq!(got.text, wanted, "{forwarded}");
            },
        );
    }
}

/// Nor are there hosts with a path, a query or a user in them (as in Rack, CVE-2026-34835).
#[test]
fn a_host_is_nothing_but_a_host() {
    let fixed = || {
        let app = application_fn(|environ, start_response| {
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            Ok(Body::from(url::request_uri(environ, false)))
        });
        let fix = ProxyFix::new(app).believe([ForwardedField::Host]);
        fix.trust(["*"]).unwrap()
    };
    for host in [
        "evil.example/@shop.example",
        "a?b",
        "a#b",
        "u@a",
        "a b",
        "a\\b",
        "a:b:80",
        "[::1",
        "",
    ] {
        both(
            fixed,
            &[("Host", "internal"), ("X-Forwarded-Host", host)],
            |got| {
                assert_eq!(got.text, "http://internal/", "{host}");
            },
        );
    }
}
