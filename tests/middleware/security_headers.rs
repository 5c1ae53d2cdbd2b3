//! `SecurityHeaders` around Python, and exported.

use wsgi_core::Application;
use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_middleware::{ContentSecurityPolicy, SecurityHeaders};

use crate::exchange::{application, exchange};

const SHOWS_ITS_NONCE: &str = r#"
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Frame-Options", "SAMEORIGIN")])
    return [environ["wsgi_rs.csp_nonce"].encode()]
"#;

fn app() -> impl Application {
    SecurityHeaders::new(application(SHOWS_ITS_NONCE))
        .content_security_policy(ContentSecurityPolicy::strict())
}

#[test]
fn a_python_application_sees_the_nonce_of_its_policy() {
    let app = app();
    let ask = || run(&app, EnvironBuilder::get("/").build()).expect("an answer");
    let (first, second) = (ask(), ask());
    assert_ne!(first.text(), second.text());
    for answer in [first, second] {
        let policy = answer.header("Content-Security-Policy").expect("a policy");
        let source = format!("'nonce-{}'", answer.text());
        assert!(policy.contains(&source), "{policy}");
        assert_eq!(answer.header("X-Frame-Options"), Some("SAMEORIGIN"));
    }
}

#[test]
fn exported_it_puts_the_nonce_into_the_servers_dict() {
    let answer = exchange(app(), &[], "");
    assert_eq!(answer.status, "200 OK");
    assert_eq!(answer.body.len(), 22);
    let policy = &answer.headers["Content-Security-Policy"];
    let source = format!("'nonce-{}'", answer.body);
    assert!(policy.contains(&source), "{policy}");
    assert_eq!(answer.headers["X-Frame-Options"], "SAMEORIGIN");
    assert_eq!(answer.headers["X-Content-Type-Options"], "nosniff");
}
