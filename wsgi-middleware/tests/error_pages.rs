use wsgi_core::testing::{Answer, EnvironBuilder, TrackedBody, get, run};
use wsgi_core::validate::Validator;
use wsgi_core::{
    Application, ApplicationError, Blocks, Body, ExcInfo, Headers, StatusLine, application_fn,
};
use wsgi_middleware::{ErrorPages, ErrorPagesError};

use crate::failure;

/// Answers with this status, these fields and what `body` gives.
fn failing(
    status: &'static str,
    fields: &'static [(&'static str, &'static str)],
    body: impl Fn() -> Body + Send + Sync,
) -> impl Application {
    application_fn(move |_, start_response| {
        start_response.start(StatusLine::from_static(status), fields.iter().copied())?;
        Ok(body())
    })
}

fn not_found() -> impl Application {
    failing(
        "404 Not Found",
        &[("Content-Type", "text/plain")],
        Body::empty,
    )
}

/// The answer, which a validator on each side has found no fault with.
fn ask(app: ErrorPages<impl Application>, method: &str, accept: Option<&str>) -> Answer {
    let mut request = EnvironBuilder::new(method, "/here");
    if let Some(accept) = accept {
        request = request.header("Accept", accept);
    }
    run(&Validator::new(app), request.build()).unwrap()
}

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[test]
fn without_a_page_there_is_the_status_in_words() {
    let html = "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>404 Not Found</title>\n\
                <h1>404 Not Found</h1>\n</html>\n";
    let json = "{\"status\":404,\"error\":\"Not Found\"}\n";
    let text = "404 Not Found\n";
    for (accept, kind, body) in [
        (None, "text/plain; charset=utf-8", text),
        (Some("*/*"), "text/plain; charset=utf-8", text),
        (Some(BROWSER), "text/html; charset=utf-8", html),
        (Some("application/json"), "application/json", json),
        (Some("image/png"), "text/plain; charset=utf-8", text),
    ] {
        let answer = ask(ErrorPages::new(not_found()), "GET", accept);
        assert_eq!(answer.status, StatusLine::NOT_FOUND);
        assert_eq!(answer.text(), body, "{accept:?}");
        assert_eq!(answer.header("Content-Type"), Some(kind), "{accept:?}");
        let length = body.len().to_string();
        assert_eq!(answer.header("Content-Length"), Some(length.as_str()));
        assert_eq!(answer.header("Vary"), Some("Accept"));
    }
}

#[test]
fn the_page_of_the_status_then_that_of_the_range_then_words() {
    let app = |status| {
        ErrorPages::new(failing(status, &[], Body::empty))
            .page(400..=499, "text/html", "range")
            .and_then(|pages| pages.page(404, "text/html", "single"))
            .and_then(|pages| pages.page(400..=599, "application/json", "{}"))
            .unwrap()
    };
    for (status, accept, expected) in [
        ("404 Not Found", BROWSER, "single"),
        ("404 Not Found", "*/*", "single"),
        ("410 Gone", BROWSER, "range"),
        ("410 Gone", "application/json", "{}"),
        ("503 Busy", "text/plain", "503 Busy\n"),
        ("503 Busy", "*/*", "{}"),
    ] {
        let answer = ask(app(status), "GET", Some(accept));
        assert_eq!(answer.text(), expected, "{status} {accept}");
    }
}

#[test]
fn only_errors_have_pages() {
    for status in ["200 OK", "302 Found", "399 Odd", "600 Odd"] {
        let app = failing(status, &[("Content-Type", "text/plain")], Body::empty);
        let answer = ask(ErrorPages::new(app), "GET", None);
        assert_eq!((answer.text().as_str(), answer.header("Vary")), ("", None));
    }
}

#[test]
fn fields_of_the_body_go_those_of_the_error_stay() {
    const FIELDS: &[(&str, &str)] = &[
        ("WWW-Authenticate", "Basic realm=\"a\""),
        ("Content-Type", "image/png"),
        ("Content-Length", "0"),
        ("Content-Encoding", "gzip"),
        ("ETag", "\"x\""),
        ("Last-Modified", "Sat, 01 Jan 2000 00:00:00 GMT"),
        ("Accept-Ranges", "bytes"),
        ("Content-Disposition", "attachment"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("Content-Range", "bytes */7"),
    ];
    let app = ErrorPages::new(failing("401 Unauthorized", FIELDS, Body::empty));
    let answer = ask(app, "GET", None);
    let names: Vec<&str> = answer.headers.names().collect();
    let expected = [
        "WWW-Authenticate",
        "Set-Cookie",
        "Set-Cookie",
        "Content-Range",
        "Content-Type",
        "Content-Length",
        "Vary",
    ];
    assert_eq!(names, expected);
    assert_eq!(answer.text(), "401 Unauthorized\n");
}

/// A stream of which is known that nothing comes, as of a Python generator that has ended without a block.
struct Ended;

impl Blocks for Ended {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        Ok(None)
    }

    fn length(&self) -> Option<u64> {
        Some(0)
    }
}

/// What the application answers with, and whether that is replaced: by default, with `replace_complete`, with
/// `replace_streams`.
#[test]
fn bodies_make_room_as_they_were_told_to() {
    type Body_ = fn() -> Body;
    type Fields = &'static [(&'static str, &'static str)];
    let cases: [(&str, &str, Fields, Body_, [bool; 3]); 9] = [
        ("empty", "GET", &[], Body::empty, [true, true, true]),
        (
            "said to be empty",
            "GET",
            &[("Content-Length", "0")],
            || TrackedBody::new([""; 0]).body(),
            [true, true, true],
        ),
        (
            "complete",
            "GET",
            &[],
            || Body::from("own"),
            [false, true, true],
        ),
        (
            "stream",
            "GET",
            &[],
            || TrackedBody::new(["own"]).body(),
            [false, false, true],
        ),
        (
            "stream without a byte",
            "GET",
            &[],
            || Body::from_blocks(Ended),
            [true, true, true],
        ),
        (
            "HEAD, stream without a byte",
            "HEAD",
            &[],
            || Body::from_blocks(Ended),
            [false, false, true],
        ),
        (
            "HEAD, nothing said",
            "HEAD",
            &[],
            Body::empty,
            [false, true, true],
        ),
        (
            "HEAD, empty",
            "HEAD",
            &[("Content-Length", "0")],
            Body::empty,
            [true, true, true],
        ),
        (
            "HEAD, not empty",
            "HEAD",
            &[("Content-Length", "3")],
            Body::empty,
            [false, true, true],
        ),
    ];
    for (name, method, fields, body, expected) in cases {
        let app = || ErrorPages::new(failing("404 Not Found", fields, body));
        let apps = [
            app(),
            app().replace_complete(true),
            app().replace_complete(true).replace_streams(true),
        ];
        let found = apps.map(|app| ask(app, method, None).header("Vary").is_some());
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_body_that_makes_room_is_closed_unread() {
    let tracked = TrackedBody::new(["own"]);
    let inner = tracked.clone();
    let app = failing("500 Oops", &[], move || inner.body());
    let answer = ask(ErrorPages::new(app).replace_streams(true), "GET", None);
    assert_eq!(answer.text(), "500 Oops\n");
    assert_eq!(tracked.log(), ["close"]);
}

#[test]
fn an_answer_to_head_has_the_length_and_no_body() {
    let app = failing("404 Not Found", &[("Content-Length", "0")], Body::empty);
    let answer = ask(ErrorPages::new(app), "HEAD", None);
    assert_eq!(answer.header("Content-Length"), Some("14"));
    assert_eq!(answer.text(), "");
}

#[test]
fn what_was_written_stays() {
    let app = application_fn(|_, start_response| {
        start_response.start(StatusLine::NOT_FOUND, [("Content-Type", "text/plain")])?;
        start_response.write(b"own")?;
        Ok(Body::empty())
    });
    let answer = ask(ErrorPages::new(app).replace_streams(true), "GET", None);
    assert_eq!(
        (answer.text().as_str(), answer.header("Vary")),
        ("own", None)
    );
}

/// PEP 3333 "Error Handling": as long as nothing was sent, an application may begin another response.
#[test]
fn the_last_response_that_was_begun_counts() {
    for (first, second, expected) in [
        ("200 OK", "404 Not Found", "404 Not Found\n"),
        ("404 Not Found", "200 OK", ""),
        ("404 Not Found", "410 Gone", "410 Gone\n"),
        ("200 OK", "201 Created", ""),
    ] {
        let app = application_fn(move |_, start_response| {
            start_response.start(StatusLine::from_static(first), [("X-Lost", "1")])?;
            let headers = Headers::try_from_pairs([("Content-Type", "text/plain")])?;
            let trapped = Some(ExcInfo::new("trapped"));
            start_response.start_response(StatusLine::from_static(second), headers, trapped)?;
            Ok(Body::empty())
        });
        let answer = ask(ErrorPages::new(app), "GET", None);
        assert_eq!(answer.status.as_bytes(), second.as_bytes());
        assert_eq!(answer.text(), expected, "{first}, {second}");
        assert_eq!(answer.header("X-Lost"), None, "{first}, {second}");
    }
}

/// Tells what it sees of the request.
fn handler() -> impl Application {
    application_fn(|environ, start_response| {
        let body = environ.input().read_all()?;
        let status = environ.var(ErrorPages::<()>::STATUS).unwrap_or_default();
        let text = [
            environ.method().as_str().as_bytes(),
            environ.path_info(),
            &status,
            &body,
            environ.headers().get("Content-Length").unwrap_or(b"-"),
        ]
        .join(&b" "[..]);
        let fields = [
            ("Content-Type", "text/x-page"),
            ("Set-Cookie", "page=1"),
            ("Retry-After", "9"),
        ];
        start_response.start(StatusLine::OK, fields)?;
        Ok(Body::from(text))
    })
}

#[test]
fn an_application_answers_with_the_errors_status_and_fields() {
    const FIELDS: &[(&str, &str)] = &[
        ("Content-Type", "text/plain"),
        ("Set-Cookie", "app=1"),
        ("Retry-After", "1"),
        ("Allow", "GET"),
    ];
    let app = ErrorPages::new(failing("503 Busy", FIELDS, Body::empty))
        .page(503, "text/html", "a page")
        .and_then(|pages| pages.answered_by(500..=599, Validator::new(handler())))
        .unwrap();
    let request = EnvironBuilder::post("/here", "the body").build();
    let answer = run(&Validator::new(app), request).unwrap();
    assert_eq!(answer.status.as_bytes(), b"503 Busy");
    assert_eq!(answer.text(), "GET /here 503 Busy  -");
    assert_eq!(answer.header("Content-Type"), Some("text/x-page"));
    assert_eq!(answer.header("Retry-After"), Some("9"));
    assert_eq!(answer.header("Allow"), Some("GET"));
    let cookies: Vec<_> = answer.headers.get_all("Set-Cookie").collect();
    assert_eq!(cookies, [b"page=1".as_slice(), b"app=1"]);
    assert_eq!(answer.environ.method(), "POST", "as it was before");
}

#[test]
fn the_application_for_the_status_alone_comes_first_and_its_failure_goes_on() {
    let page = |text: &'static str| failing("200 OK", &[], move || Body::from(text));
    let app = ErrorPages::new(not_found())
        .answered_by(400..=499, page("range"))
        .and_then(|pages| pages.answered_by(404, page("single")))
        .unwrap();
    assert_eq!(get(&app, "/").text(), "single");
    let app = ErrorPages::new(not_found())
        .answered_by(404, application_fn(|_, _| Err(failure())))
        .unwrap();
    let error = run(&app, EnvironBuilder::get("/").build()).unwrap_err();
    assert_eq!(error.to_string(), "failed on purpose");
}

#[test]
fn pages_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("404.HTML");
    std::fs::write(&path, "from a file").unwrap();
    let app = ErrorPages::new(not_found()).file(404, &path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let answer = ask(app, "GET", None);
    assert_eq!(answer.text(), "from a file");
    assert_eq!(
        answer.header("Content-Type"),
        Some("text/html; charset=utf-8")
    );
    let missing = ErrorPages::new(not_found()).file(404, &path).err().unwrap();
    assert!(matches!(missing, ErrorPagesError::File { .. }), "{missing}");
    let odd = ErrorPages::new(not_found()).file(404, "page.php");
    let odd = odd.err().unwrap().to_string();
    assert!(odd.starts_with("page.php: its type is not known"), "{odd}");
}

#[test]
fn pages_are_for_errors() {
    for (first, last) in [(200, 200), (399, 404), (404, 600), (499, 400)] {
        let statuses = first..=last;
        let refused = ErrorPages::new(not_found()).page(statuses.clone(), "text/html", "");
        let refused = refused.err().unwrap();
        assert!(matches!(refused, ErrorPagesError::Status { .. }));
        let refused = ErrorPages::new(not_found()).answered_by(statuses, not_found());
        assert!(matches!(
            refused.err().unwrap(),
            ErrorPagesError::Status { .. }
        ));
    }
}
