//! `ContentType` around Python, and exported.

use wsgi_core::testing::get;
use wsgi_middleware::ContentType;

use crate::exchange::{application, exchange};

const UNTYPED: &str = r#"
def app(environ, start_response):
    start_response("200 OK", [])
    return [b"hello"]
"#;

#[test]
fn what_python_leaves_out_is_added() {
    let app = ContentType::new(application(UNTYPED));
    let answer = get(&app, "/");
    assert_eq!(
        answer.header("Content-Type"),
        Some("application/octet-stream")
    );
}

/// `wsgiref.validate` has every response with a body bear the field.
#[test]
fn exported_it_satisfies_a_server_that_insists() {
    let app = ContentType::new(application(UNTYPED));
    let app = app.fallback("text/html").expect("it is a type");
    let app = app.charset("utf-8").expect("it is one");
    let answer = exchange(app, &[], "");
    assert_eq!(answer.headers["Content-Type"], "text/html; charset=utf-8");
    assert_eq!(answer.body, "hello");
}
