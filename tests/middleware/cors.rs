//! `Cors` around Python, and exported.

use wsgi_core::Application;
use wsgi_middleware::Cors;

use crate::exchange::exchange;
use crate::python;

const ORIGIN: (&str, &str) = ("HTTP_ORIGIN", "https://shop.example");

fn app() -> impl Application {
    let app = Cors::new(python().0);
    let app = app
        .allow_origins(["https://shop.example"])
        .expect("an origin");
    let app = app.allow_methods(["PUT"]).expect("a method");
    app.allow_credentials(true).expect("no wildcard")
}

#[test]
fn exported_it_answers_preflights_and_gives_leave() {
    let preflight = [
        ORIGIN,
        ("PATH_INFO", "/fails"),
        ("REQUEST_METHOD", "OPTIONS"),
        ("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "PUT"),
    ];
    let answer = exchange(app(), &preflight, "");
    assert_eq!((&*answer.status, &*answer.body), ("204 No Content", ""));
    let leave = &answer.headers["Access-Control-Allow-Origin"];
    assert_eq!(leave, "https://shop.example");
    assert_eq!(answer.headers["Access-Control-Allow-Methods"], "PUT");

    let answer = exchange(app(), &[ORIGIN, ("PATH_INFO", "/blocks")], "");
    assert_eq!((&*answer.status, &*answer.body), ("200 OK", "onetwo"));
    assert_eq!(answer.headers["Access-Control-Allow-Credentials"], "true");
    assert_eq!(answer.headers["Vary"], "Origin");

    let answer = exchange(app(), &[("PATH_INFO", "/blocks")], "");
    assert_eq!(answer.body, "onetwo");
    assert!(!answer.headers.contains_key("Access-Control-Allow-Origin"));
    assert_eq!(answer.headers["Vary"], "Origin");
}

#[test]
fn responses_of_python_have_leave_however_they_begin() {
    for path in ["/write", "/late", "/again"] {
        let answer = exchange(app(), &[ORIGIN, ("PATH_INFO", path)], "");
        let leave = &answer.headers["Access-Control-Allow-Origin"];
        assert_eq!(leave, "https://shop.example", "{path}");
    }
}
