//! `ConditionalGet` and `ETag` around Python, and exported.

use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_middleware::{ConditionalGet, ETag};

use crate::exchange::{application, exchange};

const TAGGED: &str = r#"
closed = []

class Body:
    def __iter__(self):
        raise AssertionError("nobody asks for blocks")
    def close(self):
        closed.append(True)

def tagged(environ, start_response):
    if environ["PATH_INFO"] == "/closed":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(len(closed)).encode()]
    start_response("200 OK", [("Content-Type", "text/plain"), ("ETag", '"v"'), ("Set-Cookie", "a=1")])
    return Body() if environ["PATH_INFO"] == "/body" else [b"one", b"two"]

app = tagged
"#;

const PLAIN: &str = r#"
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
"#;

#[test]
fn a_body_of_python_is_left_out() {
    let app = ConditionalGet::new(application(TAGGED));
    let get = |path, tag| {
        let request = EnvironBuilder::get(path).header("If-None-Match", tag);
        run(&app, request.build()).expect("an answer")
    };
    let answer = get("/", "\"x\"");
    assert_eq!((answer.status.code(), &*answer.text()), (200, "onetwo"));
    let answer = get("/", "\"v\"");
    assert_eq!((answer.status.code(), &*answer.text()), (304, ""));
    assert_eq!(answer.header("Set-Cookie"), Some("a=1"));
    assert_eq!(answer.header("Content-Type"), None);
}

/// The bridge has the first block at hand when an application returns, so `__iter__` may be asked, as by a server.
#[test]
fn close_of_python_runs_once() {
    let lazy = TAGGED.replace(
        "raise AssertionError(\"nobody asks for blocks\")",
        "return iter([b\"one\", b\"two\"])",
    );
    let app = ConditionalGet::new(application(&lazy));
    let request = EnvironBuilder::get("/body").header("If-None-Match", "\"v\"");
    assert_eq!(run(&app, request.build()).expect("an answer").text(), "");
    let closed = run(&app, EnvironBuilder::get("/closed").build());
    assert_eq!(closed.expect("an answer").text(), "1");
}

#[test]
fn exported_they_tag_and_answer() {
    let stack = || ConditionalGet::new(ETag::new(application(PLAIN)));
    let first = exchange(stack(), &[], "");
    assert_eq!((&*first.status, &*first.body), ("200 OK", "hello"));
    let tag = first.headers["ETag"].clone();
    let again = exchange(stack(), &[("HTTP_IF_NONE_MATCH", &tag)], "");
    assert_eq!((&*again.status, &*again.body), ("304 Not Modified", ""));
    assert_eq!(again.headers["ETag"], tag);
    let failed = exchange(stack(), &[("HTTP_IF_MATCH", "\"x\"")], "");
    assert_eq!(failed.status, "412 Precondition Failed");
    assert_eq!(failed.body, "Precondition Failed\n");
}
