use std::collections::HashSet;
use std::time::Duration;

use wsgi_core::testing::{Answer, EnvironBuilder, get, run};
use wsgi_core::{
    Application, Body, ExcInfo, HeaderError, Headers, StatusLine, application_fn, environ,
};
use wsgi_middleware::{
    ContentSecurityPolicy, CspDirective, CspError, CspNonce, CspSource, Hsts, SecurityHeaders,
    SecurityHeadersError,
};

/// An application with this status and these fields, which shows the nonce that it got.
fn answering(status: &'static str, fields: &'static [(&str, &str)]) -> impl Application {
    application_fn(move |environ, start_response| {
        let nonce = environ
            .var(environ::CSP_NONCE)
            .unwrap_or_default()
            .into_owned();
        let extension = environ.extensions().get::<CspNonce>();
        let extension = extension.map(CspNonce::as_str).unwrap_or_default();
        assert_eq!(nonce, extension.as_bytes());
        start_response.start(StatusLine::from_static(status), fields.iter().copied())?;
        Ok(Body::from(nonce))
    })
}

fn app() -> SecurityHeaders<impl Application> {
    SecurityHeaders::new(answering("200 OK", &[]))
}

fn fields(answer: &Answer) -> Vec<String> {
    let text = |(name, value): (&str, &[u8])| format!("{name}: {}", String::from_utf8_lossy(value));
    answer.headers.iter().map(text).collect()
}

#[test]
fn the_default_is_what_owasp_and_helmet_advise() {
    let wanted = [
        "X-Content-Type-Options: nosniff",
        "X-Frame-Options: DENY",
        "Referrer-Policy: strict-origin-when-cross-origin",
        "Cross-Origin-Opener-Policy: same-origin",
        "Cross-Origin-Resource-Policy: same-origin",
        "Origin-Agent-Cluster: ?1",
        "Permissions-Policy: camera=(), geolocation=(), microphone=()",
        "X-Permitted-Cross-Domain-Policies: none",
    ];
    assert_eq!(fields(&get(&app(), "/")), wanted);
}

#[test]
fn what_the_application_says_stays() {
    let own = answering(
        "200 OK",
        &[
            ("x-frame-options", "SAMEORIGIN"),
            ("content-security-policy", "default-src *"),
            ("strict-transport-security", "max-age=1"),
        ],
    );
    let policy = ContentSecurityPolicy::strict();
    let app = SecurityHeaders::new(own)
        .content_security_policy(policy)
        .hsts(Hsts::default());
    let request = EnvironBuilder::get("/").var("wsgi.url_scheme", "https");
    let answer = run(&app, request.build()).unwrap();
    for (name, wanted) in [
        ("X-Frame-Options", "SAMEORIGIN"),
        ("Content-Security-Policy", "default-src *"),
        ("Strict-Transport-Security", "max-age=1"),
    ] {
        let values: Vec<_> = answer.headers.get_all(name).collect();
        assert_eq!(values, [wanted.as_bytes()], "{name}");
    }
    assert_eq!(
        answer.header("Referrer-Policy"),
        Some("strict-origin-when-cross-origin")
    );
}

#[test]
fn a_response_that_replaces_another_has_them_too() {
    let app = SecurityHeaders::new(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("X-Frame-Options", "SAMEORIGIN")])?;
        let exc_info = Some(ExcInfo::new("trapped"));
        start_response.start_response(StatusLine::BAD_REQUEST, Headers::new(), exc_info)?;
        Ok(Body::empty())
    }));
    assert_eq!(get(&app, "/").header("X-Frame-Options"), Some("DENY"));
}

#[test]
fn fields_are_changed_added_and_left_out() {
    let app = app()
        .set("x-frame-options", "sameorigin")
        .unwrap()
        .set(
            "Cross-Origin-Embedder-Policy",
            "require-corp; report-to=\"main\"",
        )
        .unwrap()
        .set("Reporting-Endpoints", "main=\"https://reports.example\"")
        .unwrap()
        .set("Referrer-Policy", "no-referrer, strict-origin")
        .unwrap()
        .without("permissions-policy")
        .without("X-Never-There");
    let answer = get(&app, "/");
    for (name, wanted) in [
        ("X-Frame-Options", Some("sameorigin")),
        (
            "Cross-Origin-Embedder-Policy",
            Some("require-corp; report-to=\"main\""),
        ),
        (
            "Reporting-Endpoints",
            Some("main=\"https://reports.example\""),
        ),
        ("Referrer-Policy", Some("no-referrer, strict-origin")),
        ("Permissions-Policy", None),
        ("X-Content-Type-Options", Some("nosniff")),
    ] {
        assert_eq!(answer.header(name), wanted, "{name}");
    }
    assert_eq!(answer.headers.len(), 9);
}

#[test]
fn values_that_browsers_ignore_are_refused() {
    for (name, value) in [
        ("X-Frame-Options", "ALLOW-FROM https://a.example"),
        ("X-Frame-Options", ""),
        ("X-Content-Type-Options", "no-sniff"),
        ("Referrer-Policy", "none"),
        ("Referrer-Policy", "strict-origin, nonsense"),
        ("Cross-Origin-Opener-Policy", "require-corp"),
        ("Cross-Origin-Embedder-Policy", "same-origin"),
        ("cross-origin-resource-policy", "none"),
        ("Origin-Agent-Cluster", "1"),
    ] {
        let error = app().set(name, value).err().unwrap();
        assert!(
            matches!(error, SecurityHeadersError::Value { .. }),
            "{name}: {value}"
        );
    }
    let refused = |name, value| app().set(name, value).err().unwrap();
    assert_eq!(
        refused("strict-transport-security", "max-age=1"),
        SecurityHeadersError::Hsts
    );
    assert!(matches!(
        refused("X A", "1"),
        SecurityHeadersError::Header(HeaderError::Name { .. })
    ));
    assert!(matches!(
        refused("X-A", "1\r\nX-B: 2"),
        SecurityHeadersError::Header(HeaderError::Value { .. })
    ));
    assert!(matches!(
        refused("Connection", "close"),
        SecurityHeadersError::Header(HeaderError::HopByHop { .. })
    ));
}

/// RFC 6797 §7.2 "HTTP Request Type"
#[test]
fn the_promise_of_https_is_made_by_https() {
    let app = app().hsts(Hsts::new(Duration::from_secs(60)));
    assert_eq!(get(&app, "/").header("Strict-Transport-Security"), None);
    let request = EnvironBuilder::get("/").var("wsgi.url_scheme", "https");
    let answer = run(&app, request.build()).unwrap();
    assert_eq!(
        answer.header("Strict-Transport-Security"),
        Some("max-age=60")
    );
}

#[test]
fn each_request_has_a_nonce_of_its_own_where_a_policy_has_one() {
    let reported = ContentSecurityPolicy::new()
        .directive(CspDirective::StyleSrc, [CspSource::SELF, CspSource::NONCE])
        .unwrap();
    let app = app()
        .content_security_policy(ContentSecurityPolicy::strict())
        .content_security_policy_report_only(reported);
    let mut nonces = HashSet::new();
    for _ in 0..100 {
        let answer = get(&app, "/");
        let nonce = answer.text();
        let is_base64url = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        assert!(
            nonce.len() == 22 && nonce.chars().all(is_base64url),
            "{nonce}"
        );
        let enforced = format!(
            "script-src 'nonce-{nonce}' 'strict-dynamic'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
        );
        assert_eq!(answer.header("Content-Security-Policy"), Some(&*enforced));
        let reported = format!("style-src 'self' 'nonce-{nonce}'");
        assert_eq!(
            answer.header("Content-Security-Policy-Report-Only"),
            Some(&*reported)
        );
        assert!(nonces.insert(nonce));
    }
}

#[test]
fn without_a_nonce_in_the_policy_none_is_made() {
    assert_eq!(get(&app(), "/").text(), "");
    let policy = ContentSecurityPolicy::new();
    let policy = policy
        .directive(CspDirective::DefaultSrc, ["'self'", "https:"])
        .unwrap();
    let answer = get(&app().content_security_policy(policy), "/");
    assert_eq!(answer.text(), "");
    assert_eq!(
        answer.header("Content-Security-Policy"),
        Some("default-src 'self' https:")
    );
    assert_eq!(answer.header("Content-Security-Policy-Report-Only"), None);
}

#[test]
fn a_policy_without_directives_is_not_sent() {
    let app = app().content_security_policy(ContentSecurityPolicy::new());
    assert_eq!(get(&app, "/").header("Content-Security-Policy"), None);
}

/// RFC 9110 §15.4.5 "304 Not Modified": the page that the client has bears the nonce of its own request.
#[test]
fn a_304_does_not_change_the_nonce_of_the_page() {
    let policy = |policy| {
        let app = SecurityHeaders::new(answering("304 Not Modified", &[]));
        let answer = get(&app.content_security_policy(policy), "/");
        answer.header("Content-Security-Policy").map(str::to_owned)
    };
    assert_eq!(policy(ContentSecurityPolicy::strict()), None);
    let without = ContentSecurityPolicy::strict().without(CspDirective::ScriptSrc);
    assert!(policy(without).is_some());
}

#[test]
fn the_innermost_policy_has_the_nonce_that_the_application_sees() {
    let policy = ContentSecurityPolicy::strict();
    let app = SecurityHeaders::new(app().content_security_policy(policy.clone()));
    let answer = get(&app.content_security_policy(policy), "/");
    let header = answer.header("Content-Security-Policy").unwrap();
    assert!(header.contains(&format!("'nonce-{}'", answer.text())));
    assert_eq!(answer.headers.get_all("Content-Security-Policy").count(), 1);
}

use CspDirective as D;

#[test]
fn directives_have_their_values() {
    let sha256 = format!("'sha256-{}='", "A".repeat(43));
    let urlsafe = format!("'sha256-{}'", "-".repeat(42) + "8");
    let sha512 = format!("'sha512-{}=='", "a".repeat(85) + "A");
    let cases: &[(CspDirective, &[&str])] = &[
        (D::DefaultSrc, &["'none'"]),
        (
            D::DefaultSrc,
            &["'self'", "'nonce'", "'unsafe-inline'", &sha256],
        ),
        (
            D::ScriptSrc,
            &["'nonce'", "'strict-dynamic'", "'unsafe-inline'", "https:"],
        ),
        (
            D::ScriptSrc,
            &[
                "'unsafe-eval'",
                "'wasm-unsafe-eval'",
                "'unsafe-hashes'",
                &urlsafe,
            ],
        ),
        (
            D::ScriptSrcElem,
            &["'report-sample'", "'inline-speculation-rules'", &sha512],
        ),
        (
            D::StyleSrc,
            &["'unsafe-inline'", "'nonce'", "'unsafe-hashes'"],
        ),
        (D::ImgSrc, &["*", "data:", "blob:", "'self'"]),
        (
            D::ConnectSrc,
            &["wss://example.org", "localhost:3000", "127.0.0.1:*"],
        ),
        (
            D::FontSrc,
            &["https://*.example.org:8443/fonts/a%20b.woff2"],
        ),
        (
            D::FrameAncestors,
            &["'self'", "https://a.example", "https:"],
        ),
        (D::FormAction, &["'self'", "pay.example."]),
        (D::Sandbox, &[]),
        (D::Sandbox, &["allow-forms", "allow-scripts"]),
        (D::ReportTo, &["main"]),
        (D::ReportUri, &["/csp?a=1", "https://reports.example/csp"]),
        (D::RequireTrustedTypesFor, &["'script'"]),
        (D::TrustedTypes, &[]),
        (
            D::TrustedTypes,
            &["dompurify", "my#policy", "'allow-duplicates'"],
        ),
        (D::UpgradeInsecureRequests, &[]),
    ];
    for (directive, values) in cases {
        let policy = ContentSecurityPolicy::new()
            .directive(*directive, *values)
            .unwrap();
        let wanted = [&[directive.as_str()], *values].concat().join(" ");
        assert_eq!(policy.to_string(), wanted);
    }
}

#[test]
fn values_that_a_directive_cannot_have_are_refused() {
    let cases: &[(CspDirective, &[&str])] = &[
        (D::ScriptSrc, &[]),
        (D::ScriptSrc, &[""]),
        (D::ScriptSrc, &["self"]),
        (D::ScriptSrc, &["'self"]),
        (D::ScriptSrc, &["unsafe-inline"]),
        (D::ScriptSrc, &["'slef'"]),
        (D::ScriptSrc, &["'none'", "'self'"]),
        // Written down, it would be the same for all requests.
        (D::ScriptSrc, &["'nonce-abc'"]),
        (D::ScriptSrc, &["nonce-abc"]),
        (D::ScriptSrc, &["'sha256-abc'"]),
        (
            D::ScriptSrc,
            &["'sha512-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa='"],
        ),
        (
            D::ScriptSrc,
            &["sha256-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa="],
        ),
        (D::ScriptSrc, &["https://a.example; object-src *"]),
        (D::ScriptSrc, &["https://a.example, default-src *"]),
        (D::ScriptSrc, &["https://a.example https://b.example"]),
        (D::ScriptSrc, &["https://a.example/;b"]),
        (D::ScriptSrc, &["https://a.example\r\nX-A: 1"]),
        (D::ScriptSrc, &["https://a.example/?b"]),
        (D::ScriptSrc, &["https://a.*.example"]),
        (D::ScriptSrc, &["https://user@a.example"]),
        (D::ScriptSrc, &["https://a.example:port"]),
        (D::ScriptSrc, &["https://a.example:+80"]),
        (D::ScriptSrc, &["https://[::1]"]),
        (D::ScriptSrc, &["https://m\u{fc}ller.example"]),
        (D::ScriptSrc, &["://a.example"]),
        (D::StyleSrc, &["'strict-dynamic'"]),
        (D::ImgSrc, &["'nonce'"]),
        (D::ImgSrc, &["'unsafe-inline'"]),
        (D::FrameAncestors, &["'report-sample'"]),
        (D::Sandbox, &["allow-everything"]),
        (D::ReportTo, &[]),
        (D::ReportTo, &["a", "b"]),
        (D::ReportTo, &["'nonce'"]),
        (D::ReportUri, &["/a;b"]),
        (D::RequireTrustedTypesFor, &["script"]),
        (D::TrustedTypes, &["a b"]),
        (D::UpgradeInsecureRequests, &["1"]),
    ];
    for (directive, values) in cases {
        let policy = ContentSecurityPolicy::new().directive(*directive, *values);
        let error = policy.expect_err(&format!("{} {values:?}", directive.as_str()));
        assert!(error.to_string().contains(directive.as_str()), "{error}");
    }
}

#[test]
fn the_last_word_on_a_directive_counts() {
    let policy = ContentSecurityPolicy::strict();
    let policy = policy
        .directive(D::ScriptSrc, ["'self'"])
        .unwrap()
        .without(D::BaseUri);
    let wanted = "script-src 'self'; object-src 'none'; frame-ancestors 'none'";
    assert_eq!(policy.to_string(), wanted);
    assert!(!policy.has_nonce());
}

#[test]
fn names_are_read() {
    assert_eq!("script-src".parse(), Ok(D::ScriptSrc));
    for name in ["scriptSrc", "script_src", "plugin-types", ""] {
        let name = name.to_owned();
        assert_eq!(
            name.parse::<CspDirective>(),
            Err(CspError::Directive { name })
        );
    }
    assert_eq!("'self'".parse(), Ok(CspSource::SELF));
    "self".parse::<CspSource>().unwrap_err();
}
