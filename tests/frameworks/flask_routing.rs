//! Flask with our map of its routes, from `wsgi_rs.routing`.

use wsgi_tests::{python, root, wheel};

use super::Framework;

const FRAMEWORK: Framework = Framework("flask_routing_app.py");

#[test]
fn flask_answers_with_our_map_as_with_its_own() {
    wheel::install();
    let app = root().join("tests/frameworks/apps").join(FRAMEWORK.0);
    let mut command = python::environment().command("python");
    let ended = command.arg(app).output().expect("python can be run");
    let said = String::from_utf8_lossy(&ended.stdout);
    let failed = String::from_utf8_lossy(&ended.stderr);
    assert!(
        said.ends_with("answers are Flask's own\n"),
        "{said}{failed}"
    );
}

#[test]
fn flask_is_served_with_our_map() {
    wheel::install();
    let server = FRAMEWORK.serve(&[]);
    let mut connection = server.connect();
    connection.send("GET /de/blog/x HTTP/1.1\r\nHost: www.example.com\r\n\r\n");
    let answer = connection.response().json();
    assert_eq!(answer["slug"], "x");
    assert_eq!(answer["link"], "/de/blog/a%20b");
    connection.send("GET /branch HTTP/1.1\r\nHost: example.com\r\n\r\n");
    let redirect = connection.response();
    assert_eq!(redirect.status, 308);
    assert_eq!(
        redirect.header("location"),
        Some("http://example.com/branch/")
    );
}
