use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use wsgi_core::testing::{Answer, EnvironBuilder, get, run};
use wsgi_core::{Application, Body, ExcInfo, Headers, Layer, StatusLine, application_fn, environ};
use wsgi_middleware::{RequestId, RequestIdLayer};

/// Answers with the id of the environ and the field of the request.
fn seen() -> impl Application {
    application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("X-Request-Id", "the application's own")])?;
        let id = environ.var(environ::REQUEST_ID).unwrap_or_default();
        let field = environ.var("HTTP_X_REQUEST_ID").unwrap_or_default();
        Ok(Body::from([&id, &b" "[..], &field].concat()))
    })
}

fn counting() -> RequestIdLayer {
    let count = AtomicU64::new(1);
    let next = move || Ok(format!("n{}", count.fetch_add(1, Ordering::SeqCst)));
    RequestIdLayer::default().generate_with(next)
}

/// The id, which all who look have to see.
fn id_of(answer: &Answer) -> String {
    let id = answer.header("X-Request-Id").unwrap().to_owned();
    assert_eq!(answer.text(), format!("{id} {id}"));
    assert_eq!(answer.headers.get_all("X-Request-Id").count(), 1);
    id
}

#[test]
fn each_request_has_a_uuid_of_its_own() {
    let app = RequestId::new(seen());
    let ids: HashSet<_> = (0..100).map(|_| id_of(&get(&app, "/"))).collect();
    assert_eq!(ids.len(), 100);
    for id in ids {
        let form = id.replace(|c: char| c.is_ascii_hexdigit(), "x");
        assert_eq!(form, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
        assert_eq!(id.as_bytes()[14], b'7', "the version");
    }
}

#[test]
fn what_a_client_sends_is_replaced() {
    let app = counting().layer(seen());
    let request = EnvironBuilder::get("/").header("X-Request-Id", "mine");
    assert_eq!(id_of(&run(&app, request.build()).unwrap()), "n1");
}

/// What a request brings, and whether it is taken where it may be.
const INCOMING: &[(&[&str], bool)] = &[
    (&["01890a5d-ac96-774b-bcce-b302099a8057"], true),
    (&["A-Za-z0-9_.~+/=:@"], true),
    (&["Root=1-67891233-abcdef012345678912345678"], false),
    (&["a"], true),
    (&[""], false),
    (&["a b"], false),
    (&["a,b"], false),
    (&["a;b"], false),
    (&["a\"b"], false),
    (&["a\tb"], false),
    (&["<script>"], false),
    (&["${jndi:ldap://x}"], false),
    (&["caf\u{e9}"], false),
    (&["a", "b"], false),
    (&["a", "a"], false),
];

#[test]
fn an_accepted_one_is_short_and_plain() {
    for (values, is_taken) in INCOMING {
        // Amazon's is longer than this limit.
        let app = counting().accept_incoming().length_limit(36).layer(seen());
        let mut request = EnvironBuilder::get("/");
        for value in *values {
            request = request.append_header("X-Request-Id", value);
        }
        let id = id_of(&run(&app, request.build()).unwrap());
        assert_eq!(id, if *is_taken { values[0] } else { "n1" }, "{values:?}");
    }
}

#[test]
fn ids_are_of_128_bytes_at_most() {
    for (length, is_taken) in [(128, true), (129, false)] {
        let app = counting().accept_incoming().layer(seen());
        let sent = "x".repeat(length);
        let request = EnvironBuilder::get("/").header("X-Request-Id", &sent);
        let id = id_of(&run(&app, request.build()).unwrap());
        assert_eq!(id == sent, is_taken, "{length}");
    }
}

#[test]
fn the_outermost_layer_names_the_request() {
    let app = counting().layer(counting().accept_incoming().layer(seen()));
    get(&app, "/");
    assert_eq!(id_of(&get(&app, "/")), "n2");
}

#[test]
fn the_field_may_have_another_name() {
    let app = counting().header("X-Correlation-Id").unwrap();
    let answer = get(&app.layer(seen()), "/");
    assert_eq!(answer.header("x-correlation-id"), Some("n1"));
    assert_eq!(answer.header("X-Request-Id"), Some("the application's own"));
    assert!(answer.environ.headers().contains("X-Correlation-Id"));
    for wrong in ["", "X Id", "X-Id:"] {
        RequestId::new(seen()).header(wrong).err().unwrap();
    }
}

#[test]
fn a_generator_that_fails_or_gives_no_value_fails_the_request() {
    let failing = RequestId::new(seen()).generate_with(|| Err(crate::failure()));
    let request = || EnvironBuilder::get("/").build();
    let error = run(&failing, request()).unwrap_err();
    assert_eq!(error.to_string(), "failed on purpose");
    let splitting = RequestId::new(seen()).generate_with(|| Ok("a\r\nSet-Cookie: b".to_owned()));
    assert!(run(&splitting, request()).is_err());
}

#[test]
fn a_response_that_replaces_another_has_the_id_too() {
    let app = counting().layer(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("X-A", "1")])?;
        let exc_info = Some(ExcInfo::new("trapped"));
        start_response.start_response(StatusLine::BAD_REQUEST, Headers::new(), exc_info)?;
        Ok(Body::empty())
    }));
    assert_eq!(get(&app, "/").header("X-Request-Id"), Some("n1"));
}

#[test]
fn the_next_request_of_the_connection_has_another() {
    let app = counting().layer(seen());
    let mut environ = run(&app, EnvironBuilder::get("/").build()).unwrap().environ;
    environ.reset();
    assert_eq!(id_of(&run(&app, environ).unwrap()), "n2");
}
