//! `Csrf` around Python, and exported.

use wsgi_middleware::Csrf;

use crate::exchange::exchange;
use crate::python;

#[test]
fn exported_it_refuses_what_another_site_sent() {
    let site = "HTTP_SEC_FETCH_SITE";
    for (site, origin, wanted) in [
        (site, "https://pay.example", "200 OK"),
        (site, "https://evil.example", "403 Forbidden"),
        ("HTTP_X_OTHER", "http://a.example", "200 OK"),
        ("HTTP_X_OTHER", "http://b.example", "403 Forbidden"),
    ] {
        let variables = [
            ("PATH_INFO", "/blocks"),
            ("REQUEST_METHOD", "POST"),
            (site, "cross-site"),
            ("HTTP_ORIGIN", origin),
            ("HTTP_HOST", "a.example"),
        ];
        let app = Csrf::new(python().0).trust(["https://pay.example"]);
        let answer = exchange(app.expect("an origin"), &variables, "");
        assert_eq!(answer.status, wanted, "{site} {origin}");
        assert_eq!(answer.body == "onetwo", wanted == "200 OK");
    }
}
