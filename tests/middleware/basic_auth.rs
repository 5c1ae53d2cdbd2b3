//! `BasicAuth` around an application of Python, and exported.

use wsgi_middleware::BasicAuth;

use crate::seeing::{app, both};

#[test]
fn the_application_sees_who_it_is() {
    let auth = || BasicAuth::new(app()).user("alice", "wonderland").unwrap();
    let right = "Basic YWxpY2U6d29uZGVybGFuZA==";
    both(auth, &[("Authorization", right)], |got| {
        assert_eq!(got.text, format!("alice | Basic | {right} | - | - | - | -"));
    });
    let auth = || auth().remove_credentials(true);
    both(auth, &[("Authorization", right)], |got| {
        assert_eq!(got.text, "alice | Basic | - | - | - | - | -");
    });
}

#[test]
fn others_do_not_reach_it() {
    let auth = || BasicAuth::new(app()).user("alice", "wonderland").unwrap();
    for fields in [&[][..], &[("Authorization", "Basic YWxpY2U6")]] {
        both(auth, fields, |got| {
            assert_eq!((got.status, got.text.as_str()), (401, "Unauthorized\n"));
            let challenge = "Basic realm=\"Restricted\", charset=\"UTF-8\"";
            assert_eq!(got.header("WWW-Authenticate"), Some(challenge));
        });
    }
}
