//! `SensitiveHeaders` around an application of Python, and exported.

use wsgi_middleware::{AccessLog, SensitiveHeaders};

use crate::seeing::{app, both};

#[test]
fn the_application_has_the_values_and_the_log_has_not() {
    let logged = || {
        let format = "%{Authorization}i %{HTTP_COOKIE}e %{Set-Cookie}o %s";
        AccessLog::new(SensitiveHeaders::new(app())).format(format.parse().unwrap())
    };
    let fields = [("Authorization", "Bearer t"), ("Cookie", "a=1")];
    both(logged, &fields, |got| {
        assert_eq!(got.text, "- | - | Bearer t | a=1 | - | - | -");
        assert_eq!(got.header("Set-Cookie"), Some("seen=1; Path=/"));
        assert_eq!(got.errors, "*** *** *** 200\n");
    });
}
