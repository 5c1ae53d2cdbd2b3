//! `BearerAuth` around an application of Python, and exported.

use wsgi_middleware::{BearerAuth, Grant};

use crate::seeing::{app, both};

#[test]
fn the_application_sees_whose_token_it_is_and_what_for() {
    let grant = || Grant::to("alice").scopes(["read", "write"]);
    let auth = || {
        let auth = BearerAuth::new(app()).token("t", grant()).unwrap();
        auth.scope("read").unwrap().remove_credentials(true)
    };
    both(auth, &[("Authorization", "Bearer t")], |got| {
        assert_eq!(got.text, "alice | Bearer | - | - | - | - | read write");
    });
    both(auth, &[("Authorization", "Bearer x")], |got| {
        let challenge = "Bearer realm=\"Restricted\", scope=\"read\", error=\"invalid_token\"";
        assert_eq!(
            (got.status, got.header("WWW-Authenticate")),
            (401, Some(challenge))
        );
    });
}
