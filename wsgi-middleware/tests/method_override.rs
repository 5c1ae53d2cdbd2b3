use std::io::Read;

use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::{Application, Body, Input, StatusLine, application_fn};
use wsgi_middleware::{MethodOverride, MethodOverrideError};

const FORM: &str = "application/x-www-form-urlencoded";

/// Shows the method, the one before, and the body.
fn shows() -> impl Application {
    application_fn(|environ, start_response| {
        let mut text = environ.method().to_string();
        let original = environ.var("wsgi_rs.method_override.orig.request_method");
        text += &format!(
            " {} ",
            String::from_utf8_lossy(&original.unwrap_or_default())
        );
        match environ.input().read_all() {
            Ok(body) => text += &String::from_utf8_lossy(&body),
            Err(error) => text += &error.kind().to_string(),
        }
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from(text))
    })
}

/// Method, header field, content type, body, and what the application sees.
#[rustfmt::skip]
const CASES: &[(&str, &str, &str, &str, &str)] = &[
    ("POST", "", "", "x", "POST  x"),
    ("POST", "PUT", "", "x", "PUT POST x"),
    ("POST", "patch", "", "x", "PATCH POST x"),
    ("POST", "GET", "", "x", "POST  x"),
    ("POST", "CONNECT", "", "x", "POST  x"),
    ("POST", "FOO", "", "x", "POST  x"),
    ("POST", "PUT, DELETE", "", "x", "POST  x"),
    ("GET", "PUT", "", "", "GET  "),
    ("PUT", "DELETE", "", "x", "PUT  x"),
    ("POST", "", FORM, "_method=DELETE&a=1", "DELETE POST _method=DELETE&a=1"),
    ("POST", "", FORM, "a=1&_method=delete", "DELETE POST a=1&_method=delete"),
    ("POST", "", "Application/X-WWW-Form-Urlencoded ; charset=utf-8", "_method=put", "PUT POST _method=put"),
    ("POST", "", FORM, "%5Fmethod=p%75t", "PUT POST %5Fmethod=p%75t"),
    ("POST", "", FORM, "_method=PUT&_method=DELETE", "DELETE POST _method=PUT&_method=DELETE"),
    ("POST", "", FORM, "_method=", "POST  _method="),
    ("POST", "", FORM, "_method", "POST  _method"),
    ("POST", "", FORM, "_method=GET", "POST  _method=GET"),
    ("POST", "", FORM, "%FF&=&&_method=%ff", "POST  %FF&=&&_method=%ff"),
    ("POST", "", "multipart/form-data; boundary=x", "_method=PUT", "POST  _method=PUT"),
    ("POST", "", "application/x-www-form-urlencodedx", "_method=PUT", "POST  _method=PUT"),
    ("PUT", "", FORM, "_method=DELETE", "PUT  _method=DELETE"),
    // The field comes first.
    ("POST", "PUT", FORM, "_method=DELETE", "PUT POST _method=DELETE"),
    ("POST", "GET", FORM, "_method=DELETE", "DELETE POST _method=DELETE"),
];

#[test]
fn a_post_becomes_what_it_may() {
    let app = MethodOverride::new(shows());
    for &(method, header, content_type, body, wanted) in CASES {
        for length in [Some(body.len() as u64), None] {
            let input = Input::from_reader(body.as_bytes(), length);
            let mut request =
                EnvironBuilder::new(method, "/").with(|environ| environ.set_input(input));
            for (name, value) in [
                ("X-HTTP-Method-Override", header),
                ("Content-Type", content_type),
            ] {
                if !value.is_empty() {
                    request = request.header(name, value);
                }
            }
            let answer = run(&app, request.build()).unwrap();
            assert_eq!(
                answer.text(),
                wanted,
                "{method} {header} {content_type} {body}"
            );
        }
    }
}

#[test]
fn a_field_that_came_twice_says_nothing() {
    let request = EnvironBuilder::post("/", "")
        .append_header("X-HTTP-Method-Override", "PUT")
        .append_header("X-HTTP-Method-Override", "PUT");
    let answer = run(&MethodOverride::new(shows()), request.build()).unwrap();
    assert_eq!(answer.text(), "POST  ");
}

#[test]
fn a_compressed_form_is_not_looked_at() {
    let request = EnvironBuilder::post("/", "_method=PUT")
        .header("Content-Type", FORM)
        .header("Content-Encoding", "gzip");
    let answer = run(&MethodOverride::new(shows()), request.build()).unwrap();
    assert_eq!(answer.text(), "POST  _method=PUT");
}

#[test]
fn a_larger_form_is_left_alone_and_whole() {
    let body = "_method=PUT&a=123456";
    let size = body.len() as u64;
    for (limit, wanted) in [(size, "PUT POST "), (size - 1, "POST  "), (0, "POST  ")] {
        for length in [Some(size), None] {
            let app = MethodOverride::new(shows()).body_limit(limit);
            let request = EnvironBuilder::post("/", Input::from_reader(body.as_bytes(), length))
                .header("Content-Type", FORM);
            let answer = run(&app, request.build()).unwrap();
            assert_eq!(answer.text(), format!("{wanted}{body}"), "{limit}");
        }
    }
    let app = MethodOverride::new(shows()).body_limit(u64::MAX);
    let request = EnvironBuilder::post("/", body).header("Content-Type", FORM);
    assert!(
        run(&app, request.build())
            .unwrap()
            .text()
            .starts_with("PUT")
    );
}

#[test]
fn a_form_that_breaks_off_breaks_off_for_the_application() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::ConnectionReset.into())
        }
    }
    let body = Input::from_reader(b"_method=PUT&".chain(Broken), None);
    let request = EnvironBuilder::post("/", body).header("Content-Type", FORM);
    let answer = run(&MethodOverride::new(shows()), request.build()).unwrap();
    assert_eq!(answer.text(), "POST  connection reset");
}

#[test]
fn where_it_looks_and_what_it_allows_may_be_changed() {
    let app = MethodOverride::new(shows())
        .header(Some("X-Method"))
        .and_then(|app| app.field(Some("verb")).methods(["PURGE"]))
        .unwrap();
    let by_header = EnvironBuilder::post("/", "").header("X-Method", "purge");
    assert_eq!(run(&app, by_header.build()).unwrap().text(), "PURGE POST ");
    let by_field = EnvironBuilder::post("/", "verb=purge").header("Content-Type", FORM);
    assert_eq!(
        run(&app, by_field.build()).unwrap().text(),
        "PURGE POST verb=purge"
    );
    let put = EnvironBuilder::post("/", "").header("X-Method", "PUT");
    assert_eq!(run(&app, put.build()).unwrap().text(), "POST  ");

    let blind = MethodOverride::new(shows())
        .header(None)
        .unwrap()
        .field(None);
    let request = EnvironBuilder::post("/", "_method=PUT")
        .header("Content-Type", FORM)
        .header("X-HTTP-Method-Override", "PUT");
    assert_eq!(
        run(&blind, request.build()).unwrap().text(),
        "POST  _method=PUT"
    );
}

#[test]
fn what_a_post_must_not_turn_to_is_refused() {
    for method in ["GET", "HEAD", "CONNECT", "OPTIONS", "TRACE"] {
        let error = MethodOverride::new(shows()).methods([method]).err();
        assert!(
            matches!(error, Some(MethodOverrideError::Forbidden { .. })),
            "{method}"
        );
    }
    let error = MethodOverride::new(shows()).methods(["P T"]).err();
    assert!(matches!(error, Some(MethodOverrideError::Method { .. })));
    let error = MethodOverride::new(shows()).header(Some("a b")).err();
    assert!(matches!(error, Some(MethodOverrideError::Header { .. })));
}
