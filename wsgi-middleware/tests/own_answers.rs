//! What layers answer in place of the application, between two validators, which find nothing: the status in words as plain
//! text, to `HEAD` without a body. The application is not asked.

use std::sync::{Arc, Mutex};

use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::validate::{Validator, Violation};
use wsgi_core::{Application, application_fn};

type App = Box<dyn Application>;
type Row = (
    fn(App) -> App,
    &'static [&'static str],
    fn(EnvironBuilder) -> EnvironBuilder,
    &'static str,
);

#[allow(
    dead_code,
    reason = "which layers are there is a matter of the features"
)]
const READING: &[&str] = &["GET", "HEAD"];

/// A layer, requests that it answers, and the status.
fn rows() -> Vec<Row> {
    vec![
        #[cfg(feature = "basic-auth")]
        (
            |app| Box::new(wsgi_middleware::BasicAuth::new(app)),
            READING,
            |request| request,
            "401 Unauthorized",
        ),
        #[cfg(feature = "bearer-auth")]
        (
            |app| Box::new(wsgi_middleware::BearerAuth::new(app)),
            READING,
            |request| request,
            "401 Unauthorized",
        ),
        #[cfg(feature = "body-limit")]
        (
            |app| Box::new(wsgi_middleware::BodyLimit::new(app).limit(1)),
            &["POST", "HEAD"],
            |request| request.body("more"),
            "413 Content Too Large",
        ),
        #[cfg(feature = "buffer")]
        (
            |app| Box::new(wsgi_middleware::Buffer::new(app).request_limit(1)),
            &["POST", "HEAD"],
            |request| request.body("more"),
            "413 Content Too Large",
        ),
        #[cfg(feature = "concurrency-limit")]
        (
            |app| Box::new(wsgi_middleware::ConcurrencyLimit::new(app).limit(0)),
            READING,
            |request| request,
            "503 Service Unavailable",
        ),
        #[cfg(feature = "csrf")]
        (
            |app| Box::new(wsgi_middleware::Csrf::new(app)),
            &["POST"],
            |request| request.header("Sec-Fetch-Site", "cross-site"),
            "403 Forbidden",
        ),
        #[cfg(feature = "deadline")]
        (
            |app| Box::new(wsgi_middleware::Deadline::new(app).budget(Default::default())),
            READING,
            |request| request,
            "504 Gateway Timeout",
        ),
        #[cfg(feature = "decompress")]
        (
            |app| Box::new(wsgi_middleware::Decompress::new(app)),
            &["POST", "HEAD"],
            |request| request.header("Content-Encoding", "rot13").body("more"),
            "415 Unsupported Media Type",
        ),
        #[cfg(feature = "https-redirect")]
        (
            |app| Box::new(wsgi_middleware::HttpsRedirect::new(app)),
            READING,
            |request| request,
            "301 Moved Permanently",
        ),
        #[cfg(feature = "https-redirect")]
        (
            |app| Box::new(wsgi_middleware::HttpsRedirect::new(app)),
            READING,
            |request| request.header("Host", "a b"),
            "400 Bad Request",
        ),
        #[cfg(feature = "prefix")]
        (
            |app| Box::new(wsgi_middleware::Prefix::new(app).at("/mounted").unwrap()),
            READING,
            |request| request,
            "404 Not Found",
        ),
        #[cfg(feature = "redirect")]
        (
            |app| {
                let layer = wsgi_middleware::Redirect::new(app);
                Box::new(layer.exact("/", "/new").unwrap())
            },
            READING,
            |request| request,
            "307 Temporary Redirect",
        ),
        #[cfg(feature = "trusted-hosts")]
        (
            |app| Box::new(wsgi_middleware::TrustedHosts::new(app)),
            READING,
            |request| request.header("Host", "a.example"),
            "421 Misdirected Request",
        ),
        #[cfg(feature = "trusted-hosts")]
        (
            |app| Box::new(wsgi_middleware::TrustedHosts::new(app)),
            READING,
            |request| request.header("Host", "a b"),
            "400 Bad Request",
        ),
    ]
}

#[test]
fn all_say_their_status_in_words_and_to_head_nothing() {
    for (wrap, methods, change, status) in rows() {
        for method in methods {
            let found: Arc<Mutex<Vec<Violation>>> = Arc::default();
            let sink = || {
                let found = found.clone();
                move |violation| found.lock().unwrap().push(violation)
            };
            let never = application_fn(|_, _| panic!("nobody asks the application"));
            let inner = Validator::new(never).on_violation(sink());
            let app = Validator::new(wrap(Box::new(inner))).on_violation(sink());
            let request = change(EnvironBuilder::new(method, "/"));
            let answer = run(&app, request.build()).unwrap();
            let case = format!("{method} {status}");
            assert_eq!(answer.status.as_bytes(), status.as_bytes(), "{case}");
            let kind = answer.header("Content-Type");
            assert_eq!(kind, Some("text/plain; charset=utf-8"), "{case}");
            // Not all servers leave out the body of an answer to HEAD.
            let (text, words) = (answer.text(), &status[4..]);
            let is_said = text.starts_with(words) && text.ends_with('\n');
            assert!(
                if *method == "HEAD" {
                    text.is_empty()
                } else {
                    is_said
                },
                "{case}: {text}"
            );
            let found = found.lock().unwrap();
            assert!(found.is_empty(), "{case}: {found:?}");
        }
    }
}

#[cfg(feature = "cors")]
#[test]
fn a_preflight_is_answered_without_a_word() {
    let never = application_fn(|_, _| panic!("nobody asks the application"));
    let app = wsgi_middleware::Cors::new(never).mirror_origin();
    let request = EnvironBuilder::new("OPTIONS", "/")
        .header("Origin", "http://a.example")
        .header("Access-Control-Request-Method", "PUT");
    let answer = run(&Validator::new(app), request.build()).unwrap();
    assert_eq!((answer.status.code(), answer.text().as_str()), (204, ""));
}
