use std::io::{Seek, Write};

use wsgi_core::testing::{EnvironBuilder, TrackedBody, get};
use wsgi_core::{Application, Body, FileWrapper, StatusLine, application_fn};
use wsgi_middleware::ETag;

use crate::answering;
use crate::between_validators::between;

const HELLO: &str = "W/\"ea8f163db38682925e4491c5e58d4bb3\"";

type Fields = &'static [(&'static str, &'static str)];

fn with(status: &'static str, fields: Fields, body: &'static str) -> impl Application {
    application_fn(move |_, start_response| {
        start_response.start(StatusLine::from_static(status), fields.iter().copied())?;
        Ok(Body::from(body))
    })
}

/// Method, status, fields, body, and the tag that the response leaves with.
#[rustfmt::skip]
const CASES: &[(&str, &str, Fields, &str, Option<&str>)] = &[
    ("GET", "200 OK", &[], "hello", Some(HELLO)),
    ("HEAD", "200 OK", &[], "hello", Some(HELLO)),
    ("GET", "200 OK", &[("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")], "hello", Some(HELLO)),
    ("GET", "200 OK", &[("Set-Cookie", "a=1")], "hello", Some(HELLO)),
    ("GET", "200 OK", &[("Cache-Control", "no-cache, private")], "hello", Some(HELLO)),
    ("GET", "200 OK", &[("ETag", "\"own\"")], "hello", Some("\"own\"")),
    ("GET", "200 OK", &[("etag", "own")], "hello", Some("own")),
    ("GET", "200 OK", &[("Cache-Control", "private, No-Store")], "hello", None),
    ("GET", "200 OK", &[("Cache-Control", "private"), ("Cache-Control", "no-store")], "hello", None),
    ("HEAD", "200 OK", &[], "", None),
    ("POST", "200 OK", &[], "hello", None),
    ("GET", "201 Created", &[], "hello", None),
    ("GET", "206 Partial Content", &[], "hello", None),
    ("GET", "404 Not Found", &[], "hello", None),
    ("GET", "204 No Content", &[], "", None),
];

#[test]
fn complete_bodies_get_a_tag() {
    for &(method, status, fields, body, wanted) in CASES {
        let environ = EnvironBuilder::new(method, "/").build();
        let answer = between(with(status, fields, body), ETag::new, environ).unwrap();
        let case = format!("{method} {status} {fields:?} {body:?}");
        assert_eq!(answer.header("ETag"), wanted, "{case}");
        let tags = answer.headers.get_all("ETag").count();
        assert_eq!(tags, usize::from(wanted.is_some()), "{case}");
        assert_eq!(answer.text(), body, "{case}");
    }
}

#[test]
fn an_empty_page_has_a_tag_of_its_own() {
    let tag = |body| {
        let answer = get(&ETag::new(with("200 OK", &[], body)), "/");
        answer.header("ETag").map(str::to_owned)
    };
    assert!(tag("").is_some());
    assert_ne!(tag(""), tag("hello"));
    assert_ne!(tag("hello"), tag("hallo"));
}

#[test]
fn streams_and_files_get_none() {
    let app = ETag::new(answering(|| TrackedBody::new(["hello"]).body()));
    assert_eq!(get(&app, "/").header("ETag"), None);
    let app = ETag::new(answering(|| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"hello").unwrap();
        file.rewind().unwrap();
        Body::from(FileWrapper::new(file).unwrap())
    }));
    assert_eq!(get(&app, "/").header("ETag"), None);
    let app = ETag::new(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        start_response.write(b"hel")?;
        Ok(Body::from("lo"))
    }));
    assert_eq!(get(&app, "/").header("ETag"), None);
}

#[test]
fn a_strong_one_has_no_prefix_and_a_limit_holds() {
    let app = ETag::new(with("200 OK", &[], "hello")).strong(true);
    assert_eq!(get(&app, "/").header("ETag"), HELLO.strip_prefix("W/"));
    for (limit, wanted) in [(4, None), (5, Some(HELLO))] {
        let app = ETag::new(with("200 OK", &[], "hello")).limit(limit);
        assert_eq!(get(&app, "/").header("ETag"), wanted);
    }
}
