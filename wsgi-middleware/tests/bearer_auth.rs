use wsgi_core::testing::{Answer, EnvironBuilder, get, run};
use wsgi_core::{Application, Body, Layer, StatusLine, application_fn, environ};
use wsgi_middleware::{BearerAuth, BearerAuthError, BearerAuthLayer, Grant};

/// Answers who it is, by what scheme, and for what.
fn who() -> impl Application {
    application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        let var = |key| environ.var(key).unwrap_or_else(|| b"-"[..].into());
        let keys = [
            environ::REMOTE_USER,
            environ::AUTH_TYPE,
            "wsgi_rs.bearer_scope",
        ];
        Ok(Body::from(keys.map(var).join(&b' ')))
    })
}

fn auth() -> BearerAuthLayer {
    let layer = BearerAuthLayer::default();
    let layer = layer.token("a-z.A_Z~0+9/==", "alice").unwrap();
    layer
        .token("reader", Grant::to("bob").scopes(["read", "list all"]))
        .unwrap()
}

fn ask(app: &impl Application, fields: &[&str]) -> Answer {
    let mut request = EnvironBuilder::get("/?access_token=reader");
    for field in fields {
        request = request.append_header("Authorization", field);
    }
    run(app, request.build()).unwrap()
}

#[test]
fn a_known_token_is_somebodys() {
    let app = auth().layer(who());
    for (field, wanted) in [
        ("Bearer a-z.A_Z~0+9/==", "alice Bearer -"),
        ("bearer  reader ", "bob Bearer read list all"),
    ] {
        assert_eq!(ask(&app, &[field]).text(), wanted);
    }
}

/// Fields, status, and what the challenge says behind the realm (RFC 6750 §3).
const REFUSED: &[(&[&str], u16, &str)] = &[
    (&[], 401, ""),
    (&["Basic dTpw"], 401, ""),
    (&["reader"], 401, ""),
    (&["Bearer unknown"], 401, ", error=\"invalid_token\""),
    (&["Bearer Reader"], 401, ", error=\"invalid_token\""),
    (&["Bearer reader="], 401, ", error=\"invalid_token\""),
    (&["Bearer"], 400, MALFORMED),
    (&["Bearer "], 400, MALFORMED),
    (&["Bearer ="], 400, MALFORMED),
    (&["Bearer reader x"], 400, MALFORMED),
    (&["Bearer rea=der"], 400, MALFORMED),
    (&["Bearer reader, Bearer reader"], 400, MALFORMED),
    (&["Bearer \"reader\""], 400, MALFORMED),
    (&["Bearer caf\u{e9}"], 400, MALFORMED),
    (&["Bearer reader", "Bearer reader"], 400, TWICE),
    (&["Bearer reader", "Basic dTpw"], 400, TWICE),
];
const MALFORMED: &str = ", error=\"invalid_request\", error_description=\"malformed token\"";
const TWICE: &str =
    ", error=\"invalid_request\", error_description=\"more than one Authorization field\"";

#[test]
fn a_refusal_says_what_was_wrong() {
    let app = auth().realm("The \"API\"").unwrap().layer(who());
    for (fields, status, told) in REFUSED {
        let answer = ask(&app, fields);
        assert_eq!(answer.status.code(), *status, "{fields:?}");
        let challenge = format!("Bearer realm=\"The \\\"API\\\"\"{told}");
        let found = answer.header("WWW-Authenticate");
        assert_eq!(found, Some(challenge.as_str()), "{fields:?}");
    }
}

#[test]
fn a_token_has_to_be_good_for_all_that_is_asked_for() {
    let app = |scopes: &[&str]| {
        let scoped = |layer: BearerAuthLayer, scope: &&str| layer.scope(scope).unwrap();
        scopes.iter().fold(auth(), scoped).layer(who())
    };
    assert_eq!(ask(&app(&["read"]), &["Bearer reader"]).status.code(), 200);
    assert_eq!(
        ask(&app(&["all", "read"]), &["Bearer reader"])
            .status
            .code(),
        200
    );
    let answer = ask(&app(&["read", "write"]), &["Bearer reader"]);
    assert_eq!(answer.status.code(), 403);
    let challenge =
        "Bearer realm=\"Restricted\", scope=\"read write\", error=\"insufficient_scope\"";
    assert_eq!(answer.header("WWW-Authenticate"), Some(challenge));
    // What is asked for is told to those without a token, too.
    let answer = ask(&app(&["read"]), &[]);
    let challenge = "Bearer realm=\"Restricted\", scope=\"read\"";
    assert_eq!(answer.header("WWW-Authenticate"), Some(challenge));
}

#[test]
fn by_default_nobody_comes_in() {
    let app = BearerAuth::new(who());
    assert_eq!(ask(&app, &["Bearer reader"]).status.code(), 401);
}

#[test]
fn a_function_checks_what_the_table_does_not_know() {
    let app = auth().scope("read").unwrap().check(|token| match token {
        "full" => Ok(Some(Grant::to("carol").scopes(["read"]))),
        "poor" => Ok(Some("dave".into())),
        "nobody" => Ok(Some("".into())),
        "broken" => Err(crate::failure()),
        _ => Ok(None),
    });
    let app = app.layer(who());
    assert_eq!(ask(&app, &["Bearer full"]).text(), "carol Bearer read");
    for (token, status) in [
        ("poor", 403),
        ("nobody", 401),
        ("other", 401),
        ("reader", 200),
    ] {
        let answer = ask(&app, &[&format!("Bearer {token}")]);
        assert_eq!(answer.status.code(), status, "{token}");
    }
    let request = EnvironBuilder::get("/").header("Authorization", "Bearer broken");
    assert!(run(&app, request.build()).is_err());
}

#[test]
fn exempt_and_anonymous_requests_pass() {
    let app = auth().exempt("/public/").unwrap().layer(who());
    assert_eq!(get(&app, "/public/x").text(), "- - -");
    assert_eq!(get(&app, "/public/../x").status.code(), 401);
    let app = auth().anonymous(true).layer(who());
    assert_eq!(ask(&app, &[]).text(), "- - -");
    assert_eq!(ask(&app, &["Basic dTpw"]).text(), "- - -");
    assert_eq!(ask(&app, &["Bearer no"]).status.code(), 401);
}

/// One layer inside of the other: either scheme will do.
#[cfg(feature = "basic-auth")]
#[test]
fn it_stands_beside_another_scheme() {
    let basic = wsgi_middleware::BasicAuth::new(auth().layer(who()));
    let basic = basic.user("u", "p").unwrap();
    let app = basic.exempt_if(|environ| {
        let field = environ.headers().get("Authorization").unwrap_or_default();
        Ok(field.starts_with(b"Bearer "))
    });
    assert_eq!(ask(&app, &["Bearer reader"]).status.code(), 200);
    assert_eq!(ask(&app, &["Bearer no"]).status.code(), 401);
}

#[test]
fn what_can_never_come_is_refused() {
    for token in ["", "=", "a b", "a=b", "caf\u{e9}", "a\"b"] {
        let error = BearerAuthLayer::default().token(token, "u").err().unwrap();
        assert_eq!(error, BearerAuthError::Token, "{token}");
    }
    for scope in ["", "a b", "a\"b", "a\\b", "\u{e9}"] {
        assert!(BearerAuthLayer::default().scope(scope).is_err(), "{scope}");
    }
    assert!(BearerAuthLayer::default().realm("a\nb").is_err());
}

#[test]
fn credentials_are_kept_from_the_application_when_asked() {
    let app = auth().remove_credentials(true).layer(who());
    let answer = ask(&app, &["Bearer reader"]);
    assert!(!answer.environ.headers().contains("Authorization"));
    assert!(!format!("{:?}", auth()).contains("reader"));
}
