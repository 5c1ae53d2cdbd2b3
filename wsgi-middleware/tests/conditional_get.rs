use wsgi_core::testing::{Answer, EnvironBuilder, TrackedBody, run};
use wsgi_core::{Application, Body, ExcInfo, Headers, StatusLine, application_fn};
use wsgi_middleware::ConditionalGet;

use crate::between_validators::between;

const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

type Fields = [(&'static str, &'static str)];

fn with(status: &'static str, fields: &'static Fields) -> impl Application + 'static {
    application_fn(move |_, start_response| {
        start_response.start(StatusLine::from_static(status), fields.iter().copied())?;
        Ok(Body::from("body"))
    })
}

fn ask(app: impl Application + 'static, method: &str, fields: &Fields) -> Answer {
    let request = EnvironBuilder::new(method, "/");
    let request = fields.iter().fold(request, |request, (name, value)| {
        request.header(name, value)
    });
    between(app, ConditionalGet::new, request.build()).unwrap()
}

/// Those of the request, those of the response, and the status.
#[rustfmt::skip]
const CASES: &[(&Fields, &Fields, u16)] = &[
    (&[], &[("ETag", "\"v\"")], 200),
    (&[("If-None-Match", "\"v\"")], &[("ETag", "\"v\"")], 304),
    (&[("if-none-match", "\"v\"")], &[("etag", "\"v\"")], 304),
    (&[("If-None-Match", "\"x\", W/\"v\"")], &[("ETag", "\"v\"")], 304),
    (&[("If-None-Match", "\"v\"")], &[("ETag", "W/\"v\"")], 304),
    (&[("If-None-Match", "*")], &[("ETag", "\"v\"")], 304),
    (&[("If-None-Match", "\"x\"")], &[("ETag", "\"v\"")], 200),
    (&[("If-None-Match", "v")], &[("ETag", "\"v\"")], 200),
    (&[("If-None-Match", "\"v\"")], &[("ETag", "v")], 200),
    (&[("If-None-Match", "\"v\"")], &[("ETag", "\"v\" x")], 200),
    (&[("If-None-Match", "\"v\"")], &[("ETag", "\"v\""), ("ETag", "\"w\"")], 200),
    (&[("If-None-Match", "\"v\"")], &[("X-None", "1")], 200),
    (&[("If-None-Match", "*")], &[("X-None", "1")], 200),
    (&[("If-Modified-Since", SAME)], &[("Last-Modified", SAME)], 304),
    (&[("If-Modified-Since", AFTER)], &[("Last-Modified", SAME)], 304),
    (&[("If-Modified-Since", BEFORE)], &[("Last-Modified", SAME)], 200),
    (&[("If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT")], &[("Last-Modified", SAME)], 304),
    (&[("If-Modified-Since", "Sun Nov  6 08:49:37 1994")], &[("Last-Modified", SAME)], 304),
    (&[("If-Modified-Since", "Sunny")], &[("Last-Modified", SAME)], 200),
    (&[("If-Modified-Since", SAME)], &[("Last-Modified", "lately")], 200),
    (&[("If-Modified-Since", SAME)], &[("ETag", "\"v\"")], 200),
    // The tag decides where the client sends one.
    (&[("If-None-Match", "\"x\""), ("If-Modified-Since", SAME)], &[("ETag", "\"v\""), ("Last-Modified", SAME)], 200),
    (&[("If-None-Match", "\"v\""), ("If-Modified-Since", BEFORE)], &[("ETag", "\"v\""), ("Last-Modified", SAME)], 304),
    (&[("If-None-Match", "\"v\""), ("If-Modified-Since", SAME)], &[("Last-Modified", SAME)], 200),
    (&[("If-Match", "\"v\"")], &[("ETag", "\"v\"")], 200),
    (&[("If-Match", "*")], &[("Last-Modified", SAME)], 200),
    (&[("If-Match", "\"x\"")], &[("ETag", "\"v\"")], 412),
    (&[("If-Match", "W/\"v\"")], &[("ETag", "\"v\"")], 412),
    (&[("If-Match", "\"v\"")], &[("ETag", "W/\"v\"")], 412),
    (&[("If-Match", "\"v\"")], &[("Last-Modified", SAME)], 412),
    (&[("If-Match", "\"v\"")], &[("X-None", "1")], 200),
    (&[("If-Match", "\"v\""), ("If-None-Match", "\"v\"")], &[("ETag", "\"v\"")], 304),
    (&[("If-Unmodified-Since", BEFORE)], &[("Last-Modified", SAME)], 412),
    (&[("If-Unmodified-Since", SAME)], &[("Last-Modified", SAME)], 200),
    (&[("If-Range", "\"v\"")], &[("ETag", "\"v\"")], 200),
];

#[test]
fn a_client_that_has_it_is_told_so() {
    for &(request, response, status) in CASES {
        for method in ["GET", "HEAD"] {
            let answer = ask(with("200 OK", response), method, request);
            let case = format!("{method} {request:?} {response:?}");
            assert_eq!(answer.status.code(), status, "{case}");
            let body = match (status, method) {
                (200, _) => "body",
                (412, "GET") => "Precondition Failed\n",
                _ => "",
            };
            assert_eq!(answer.text(), body, "{case}");
        }
    }
}

#[test]
fn other_methods_and_statuses_pass() {
    const TAGGED: &Fields = &[("ETag", "\"v\"")];
    for condition in [("If-None-Match", "\"v\""), ("If-Match", "\"x\"")] {
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            let answer = ask(with("200 OK", TAGGED), method, &[condition]);
            assert_eq!(
                (answer.status.code(), answer.text().as_str()),
                (200, "body")
            );
        }
        for status in [
            "201 Created",
            "206 Partial Content",
            "404 Not Found",
            "500 Oh",
        ] {
            let answer = ask(with(status, TAGGED), "GET", &[condition]);
            assert_eq!(answer.status, StatusLine::from_static(status));
            assert_eq!(answer.text(), "body");
        }
    }
}

#[test]
fn a_304_keeps_what_guides_caches_and_what_is_not_of_the_body() {
    const FIELDS: &Fields = &[
        ("Content-Type", "text/plain"),
        ("Content-Length", "4"),
        ("Content-Encoding", "identity"),
        ("Content-Language", "en"),
        ("Content-Digest", "x"),
        ("Cache-Control", "max-age=60"),
        ("Content-Location", "/here"),
        ("Date", SAME),
        ("ETag", "\"v\""),
        ("Expires", AFTER),
        ("Vary", "Cookie"),
        ("Last-Modified", SAME),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("Content-Security-Policy", "default-src 'none'"),
        ("Access-Control-Allow-Origin", "*"),
    ];
    let answer = ask(with("200 OK", FIELDS), "GET", &[("If-None-Match", "\"v\"")]);
    let names: Vec<&str> = answer.headers.names().collect();
    #[rustfmt::skip]
    assert_eq!(names, [
        "Cache-Control", "Content-Location", "Date", "ETag", "Expires", "Vary", "Set-Cookie", "Set-Cookie",
        "Content-Security-Policy", "Access-Control-Allow-Origin",
    ]);
    // Where there is no tag, the date guides.
    let dated = with(
        "200 OK",
        &[("Last-Modified", SAME), ("Content-Length", "4")],
    );
    let answer = ask(dated, "GET", &[("If-Modified-Since", SAME)]);
    assert_eq!(
        answer.headers.names().collect::<Vec<_>>(),
        ["Last-Modified"]
    );
    // An error has nothing of the representation, and its own length.
    let answer = ask(with("200 OK", FIELDS), "HEAD", &[("If-Match", "\"x\"")]);
    assert_eq!(answer.header("ETag"), None);
    assert_eq!(answer.header("Cache-Control"), None);
    assert_eq!(answer.header("Content-Length"), Some("20"));
    assert_eq!(answer.headers.get_all("Set-Cookie").count(), 2);
}

#[test]
fn the_body_is_closed_unread_and_not_before_the_end() {
    let tracked = TrackedBody::new(["one", "two"]);
    let inner = tracked.clone();
    let app = ConditionalGet::new(application_fn(move |_, start_response| {
        start_response.start(StatusLine::OK, [("ETag", "\"v\"")])?;
        Ok(inner.body())
    }));
    let mut request = EnvironBuilder::get("/")
        .header("If-None-Match", "\"v\"")
        .build();
    let mut recorder = wsgi_core::testing::Recorder::default();
    let mut body = app.call(&mut request, &mut recorder).unwrap();
    assert_eq!(body.length(), Some(0));
    assert_eq!(body.next_block().unwrap(), None);
    assert!(tracked.log().is_empty());
    body.close().unwrap();
    assert_eq!(tracked.log(), ["close"]);
}

#[test]
fn what_is_written_for_a_body_that_is_left_out_goes_nowhere() {
    let writing = application_fn(|_, start_response| {
        assert!(start_response.write(b"early").is_err());
        start_response.start(StatusLine::OK, [("ETag", "\"v\"")])?;
        start_response.write(b"one")?;
        Ok(TrackedBody::new(["two"]).body())
    });
    let app = ConditionalGet::new(writing);
    for (tag, status, body) in [("\"v\"", 304, ""), ("\"x\"", 200, "onetwo")] {
        let request = EnvironBuilder::get("/").header("If-None-Match", tag);
        let answer = run(&app, request.build()).unwrap();
        assert_eq!(
            (answer.status.code(), answer.text().as_str()),
            (status, body)
        );
    }
}

#[test]
fn an_error_handler_may_replace_a_304() {
    let failing = application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("ETag", "\"v\"")])?;
        let trapped = Some(ExcInfo::new("trapped"));
        let headers = Headers::try_from_pairs([("Content-Type", "text/plain")])?;
        start_response.start_response(StatusLine::BAD_REQUEST, headers, trapped)?;
        Ok(Body::from("sorry"))
    });
    let answer = ask(failing, "GET", &[("If-None-Match", "\"v\"")]);
    assert_eq!(
        (answer.status.code(), answer.text().as_str()),
        (400, "sorry")
    );
}

/// Rails' CVE-2023-22795 was a field of this name that took time beyond measure. Here a tag costs what it is long.
#[test]
fn a_field_that_is_made_to_be_slow_is_read_once() {
    for hostile in [
        ", ".repeat(400_000),
        "\"".repeat(400_001),
        "W/".repeat(400_000),
        "\"a\",".repeat(200_000),
        format!("{}\"v\"", " ".repeat(800_000)),
    ] {
        let hits = hostile.ends_with("\"v\"");
        let request = EnvironBuilder::get("/").header("If-None-Match", &hostile);
        let app = with("200 OK", &[("ETag", "\"v\"")]);
        let answer = between(app, ConditionalGet::new, request.build()).unwrap();
        assert_eq!(answer.status.code(), if hits { 304 } else { 200 });
    }
}
