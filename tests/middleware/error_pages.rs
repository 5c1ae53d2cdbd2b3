//! `ErrorPages` around Python, and exported.

use wsgi_core::testing::get;
use wsgi_middleware::ErrorPages;

use crate::{python, served};

#[test]
fn what_python_left_empty_has_a_page() {
    // A list of no blocks, and a generator that ends without one.
    for path in ["/nowhere", "/silent"] {
        let answer = get(&ErrorPages::new(python().0), path);
        assert_eq!(
            (answer.status.code(), answer.text().as_str()),
            (404, "404 Not Found\n"),
            "{path}"
        );
        assert_eq!(answer.header("Content-Length"), Some("14"), "{path}");
    }
}

#[test]
fn exported_it_leaves_all_else_as_it_is() {
    for (path, status, body) in [
        ("/nowhere", "404 Not Found", "404 Not Found\n"),
        ("/silent", "404 Not Found", "404 Not Found\n"),
        ("/blocks", "200 OK", "onetwo"),
        ("/write", "200 OK", "onetwothree"),
        ("/again", "503 Service Unavailable", "sorry"),
        ("/late", "201 Created", "late"),
    ] {
        let (found, _, text, _) = served(ErrorPages::new(python().0), path);
        assert_eq!((found.as_str(), text.as_str()), (status, body), "{path}");
    }
}

/// The application for the page is Python's, and so is the error.
#[test]
fn an_application_of_python_answers() {
    let pages = ErrorPages::new(python().0)
        .answered_by(404, python().0)
        .expect("404 is an error");
    // It has nothing for that path either, and gets no page for its own emptiness.
    let (status, _, body, _) = served(pages, "/nowhere");
    assert_eq!((status.as_str(), body.as_str()), ("404 Not Found", ""));
}
