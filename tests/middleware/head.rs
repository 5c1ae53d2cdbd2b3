//! `Head` around Python, and exported.

use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_middleware::Head;

use crate::exchange::{application, exchange};

const GET_ONLY: &str = r#"
def app(environ, start_response):
    if environ["REQUEST_METHOD"] != "GET":
        start_response("405 Method Not Allowed", [("Content-Type", "text/plain")])
        return [b"no"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
"#;

#[test]
fn an_application_of_python_is_shown_a_get() {
    for (as_get, status, length) in [(true, 200, "5"), (false, 405, "2")] {
        let app = Head::new(application(GET_ONLY)).as_get(as_get);
        let answer = run(&app, EnvironBuilder::new("HEAD", "/").build());
        let answer = answer.expect("an answer");
        assert_eq!((answer.status.code(), &*answer.text()), (status, ""));
        assert_eq!(answer.header("Content-Length"), Some(length));
    }
}

#[test]
fn exported_the_servers_environ_has_its_method_back() {
    let app = Head::new(application(GET_ONLY)).as_get(true);
    let answer = exchange(app, &[("REQUEST_METHOD", "HEAD")], "");
    assert_eq!((&*answer.status, &*answer.body), ("200 OK", ""));
    assert_eq!(answer.headers["Content-Length"], "5");
    assert_eq!(answer.method, "HEAD");
}
