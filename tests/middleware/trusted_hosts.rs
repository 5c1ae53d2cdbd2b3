//! `TrustedHosts` around Python, and exported.

use wsgi_middleware::TrustedHosts;

use crate::exchange::exchange;
use crate::python;

#[test]
fn exported_it_refuses_other_hosts() {
    for (host, wanted) in [
        ("shop.example:8000", "200 OK"),
        ("evil.example", "421 Misdirected Request"),
        ("shop.example@evil.example", "400 Bad Request"),
        // What servers make of two fields.
        ("shop.example,evil.example", "400 Bad Request"),
    ] {
        let app = TrustedHosts::new(python().0).hosts(["shop.example"]);
        let variables = [("PATH_INFO", "/blocks"), ("HTTP_HOST", host)];
        let answer = exchange(app.expect("a host"), &variables, "");
        assert_eq!(answer.status, wanted, "{host}");
    }
}
