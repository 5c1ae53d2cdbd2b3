use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wsgi_core::testing::{Answer, EnvironBuilder, get, run};
use wsgi_core::{Application, Body, Layer, StatusLine, application_fn, environ};
use wsgi_middleware::{BasicAuth, BasicAuthError, BasicAuthLayer};

/// Answers who it is, by what scheme, and whether the credentials came along.
fn who() -> impl Application {
    application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        let var = |key| environ.var(key).unwrap_or_else(|| b"-"[..].into());
        let (user, scheme) = (var(environ::REMOTE_USER), var(environ::AUTH_TYPE));
        let kept = environ.headers().contains("Authorization");
        let kept: &[u8] = if kept { b" kept" } else { b"" };
        Ok(Body::from([&user, &b" "[..], &scheme, kept].concat()))
    })
}

fn auth() -> BasicAuthLayer {
    let layer = BasicAuthLayer::default();
    let layer = layer.user("alice", "wonderland").unwrap();
    let layer = layer.user("alice", "looking:glass").unwrap();
    layer
        .user("Jürgen", "pass")
        .unwrap()
        .user("bob", "")
        .unwrap()
}

fn basic(credentials: impl AsRef<[u8]>) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

fn ask(app: &impl Application, fields: &[&str]) -> Answer {
    let mut request = EnvironBuilder::get("/");
    for field in fields {
        request = request.append_header("Authorization", field);
    }
    run(app, request.build()).unwrap()
}

/// What comes after `Basic `, before it is encoded, and whose it is.
const CREDENTIALS: &[(&[u8], Option<&str>)] = &[
    (b"alice:wonderland", Some("alice")),
    (b"alice:looking:glass", Some("alice")),
    ("Jürgen:pass".as_bytes(), Some("Jürgen")),
    (b"bob:", Some("bob")),
    (b"alice:", None),
    (b"alice", None),
    (b":wonderland", None),
    (b"alice:wonderland ", None),
    (b"alice:wonderlan", None),
    (b"Alice:wonderland", None),
    (b"alice\0:wonderland", None),
    (b"carol:wonderland", None),
    // Latin-1, though UTF-8 was asked for.
    (b"J\xfcrgen:pass", None),
    (b"", None),
    (b":", None),
];

#[test]
fn who_knows_name_and_password_comes_in() {
    let app = auth().layer(who());
    for (credentials, user) in CREDENTIALS {
        let answer = ask(&app, &[&basic(credentials)]);
        match user {
            Some(user) => assert_eq!(answer.text(), format!("{user} Basic kept")),
            None => assert_eq!(answer.status.code(), 401, "{credentials:?}"),
        }
    }
}

#[test]
fn what_is_malformed_is_asked_for_again() {
    let right = basic("alice:wonderland");
    let again = format!("{right}, {right}");
    let cases: &[&[&str]] = &[
        &[],
        &[""],
        &["Basic"],
        &["Basic !"],
        &["Basic YWxpY2U6d29uZGVybGFuZ"],
        &["Basic YWxpY2U6 d29uZGVybGFuZA=="],
        &["YWxpY2U6d29uZGVybGFuZA=="],
        &["Bearer YWxpY2U6d29uZGVybGFuZA=="],
        &["Basic user=\"alice\""],
        // Which of them would the application take?
        &[&right, &right],
        &[&again],
    ];
    let app = auth().layer(who());
    for fields in cases {
        let answer = ask(&app, fields);
        assert_eq!(answer.status.code(), 401, "{fields:?}");
        assert_eq!(answer.text(), "Unauthorized\n");
        let challenge = "Basic realm=\"Restricted\", charset=\"UTF-8\"";
        assert_eq!(answer.header("WWW-Authenticate"), Some(challenge));
    }
    let lower = right.replace("Basic", "bAsIC");
    assert_eq!(ask(&app, &[&lower]).status.code(), 200);
}

#[test]
fn by_default_nobody_comes_in() {
    let app = BasicAuth::new(who());
    for credentials in [":", "a:", "alice:wonderland"] {
        assert_eq!(ask(&app, &[&basic(credentials)]).status.code(), 401);
    }
}

#[test]
fn a_function_checks_what_the_table_does_not_know() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let app = auth().check(move |name, password| {
        count.fetch_add(1, Ordering::SeqCst);
        match (name, password) {
            ("carol", "a:b") => Ok(Some("Carol".to_owned())),
            ("nameless", _) => Ok(Some(String::new())),
            ("broken", _) => Err(crate::failure()),
            _ => Ok(None),
        }
    });
    let app = app.layer(who());
    let answer = |credentials| ask(&app, &[&basic(credentials)]);
    assert_eq!(answer("carol:a:b").text(), "Carol Basic kept");
    assert_eq!(answer("carol:a").status.code(), 401);
    assert_eq!(answer("nameless:x").status.code(), 401);
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    // Neither for those whom the table knows, nor for what is malformed.
    assert_eq!(answer("alice:wonderland").status.code(), 200);
    assert_eq!(ask(&app, &["Basic !"]).status.code(), 401);
    assert_eq!(ask(&app, &[]).status.code(), 401);
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    let request = EnvironBuilder::get("/").header("Authorization", basic("broken:x"));
    let error = run(&app, request.build()).unwrap_err();
    assert_eq!(error.to_string(), "failed on purpose");
}

#[test]
fn the_realm_is_quoted() {
    let app = BasicAuth::new(who()).realm(r#"The "Shop""#).unwrap();
    let challenge = r#"Basic realm="The \"Shop\"", charset="UTF-8""#;
    assert_eq!(get(&app, "/").header("WWW-Authenticate"), Some(challenge));
    BasicAuth::new(who()).realm("a\r\nX: b").err().unwrap();
}

#[test]
fn exempt_paths_are_not_asked() {
    let app = auth()
        .exempt("/public/")
        .unwrap()
        .exempt("/health")
        .unwrap()
        .exempt_if(|environ| match environ.path_info() {
            b"/broken" => Err(crate::failure()),
            _ => Ok(environ.method() == http::Method::OPTIONS),
        })
        .layer(who());
    for (path, is_exempt) in [
        ("/health", true),
        ("/health/", false),
        ("/public", false),
        ("/public/a", true),
        ("/publicly", false),
        ("/public/../admin", false),
        ("/public/..;/admin", false),
        ("/public/%2e%2e/admin", false),
        ("/public%2f..%2fadmin", false),
        ("/", false),
    ] {
        let status = if is_exempt { 200 } else { 401 };
        assert_eq!(get(&app, path).status.code(), status, "{path}");
    }
    assert!(run(&app, EnvironBuilder::get("/broken").build()).is_err());
    let options = EnvironBuilder::new("OPTIONS", "/").build();
    assert_eq!(run(&app, options).unwrap().text(), "- -");
}

#[test]
fn anonymous_requests_pass_where_they_may_and_wrong_ones_never_do() {
    let app = auth().anonymous(true).layer(who());
    assert_eq!(ask(&app, &[]).text(), "- -");
    assert_eq!(ask(&app, &["Bearer t"]).text(), "- - kept");
    assert_eq!(
        ask(&app, &[&basic("alice:wonderland")]).text(),
        "alice Basic kept"
    );
    for fields in [&["Basic !"][..], &["Bearer t", "Bearer t"]] {
        assert_eq!(ask(&app, fields).status.code(), 401, "{fields:?}");
    }
    assert_eq!(ask(&app, &[&basic("alice:no")]).status.code(), 401);
}

#[test]
fn credentials_are_kept_from_the_application_when_asked() {
    let app = auth().remove_credentials(true).layer(who());
    assert_eq!(
        ask(&app, &[&basic("alice:wonderland")]).text(),
        "alice Basic"
    );
}

#[test]
fn the_next_request_of_the_connection_is_nobodys() {
    let app = auth().anonymous(true).layer(who());
    let mut environ = ask(&app, &[&basic("alice:wonderland")]).environ;
    environ.reset();
    assert_eq!(run(&app, environ).unwrap().text(), "- -");
}

#[test]
fn what_no_client_can_send_is_refused() {
    let refused = |name: &str, password: &str| {
        let layer = BasicAuthLayer::default();
        layer.user(name, password).err().unwrap()
    };
    assert_eq!(refused("", "x"), BasicAuthError::NoName);
    assert!(matches!(refused("a:b", "x"), BasicAuthError::Colon { .. }));
    assert!(matches!(
        refused("a\n", "x"),
        BasicAuthError::Control { .. }
    ));
    let error = refused("a", "secret\n");
    assert!(matches!(error, BasicAuthError::Control { .. }));
    assert!(!error.to_string().contains("secret"));
}

#[test]
fn debugging_output_has_no_password() {
    let shown = format!("{:?}", auth());
    assert!(
        !shown.contains("wonderland") && !shown.contains("looking"),
        "{shown}"
    );
}
