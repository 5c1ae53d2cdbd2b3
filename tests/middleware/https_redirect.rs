//! `HttpsRedirect` around Python, and exported.

use wsgi_core::Application;
use wsgi_middleware::{Hsts, HttpsRedirect};

use crate::exchange::exchange;
use crate::python;

fn app() -> impl Application {
    HttpsRedirect::new(python().0).hsts(Hsts::default())
}

#[test]
fn exported_it_redirects_to_the_url_of_the_servers_dict() {
    let http = [
        ("HTTP_HOST", "shop.example:80"),
        ("SCRIPT_NAME", "/a b"),
        ("PATH_INFO", "/environ"),
        ("QUERY_STRING", "q=1"),
    ];
    let answer = exchange(app(), &http, "");
    assert_eq!(answer.status, "301 Moved Permanently");
    let location = &answer.headers["Location"];
    assert_eq!(location, "https://shop.example/a%20b/environ?q=1");
    assert!(!answer.headers.contains_key("Strict-Transport-Security"));

    let https = [
        ("PATH_INFO", "/blocks"),
        ("wsgi.url_scheme", "https"),
        ("HTTPS", "on"),
    ];
    let answer = exchange(app(), &https, "");
    assert_eq!((&*answer.status, &*answer.body), ("200 OK", "onetwo"));
    let promise = &answer.headers["Strict-Transport-Security"];
    assert_eq!(promise, "max-age=31536000");
}
