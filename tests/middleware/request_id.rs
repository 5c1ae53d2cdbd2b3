//! `RequestId` around an application of Python, and exported.

use wsgi_middleware::{AccessLog, RequestId};

use crate::seeing::{app, both};

#[test]
fn the_application_the_client_and_the_log_have_the_same_id() {
    let named = || {
        let named = RequestId::new(app()).generate_with(|| Ok("r1".to_owned()));
        AccessLog::new(named).format("%{X-Request-Id}i %{X-Request-Id}o".parse().unwrap())
    };
    both(named, &[("X-Request-Id", "forged")], |got| {
        assert_eq!(got.text, "- | - | - | - | r1 | r1 | -");
        assert_eq!(got.header("X-Request-Id"), Some("r1"));
        assert_eq!(got.errors, "r1 r1\n");
    });
    let accepting = || RequestId::new(app()).accept_incoming();
    both(accepting, &[("X-Request-Id", "p1")], |got| {
        assert_eq!(got.text, "- | - | - | - | p1 | p1 | -");
    });
}
