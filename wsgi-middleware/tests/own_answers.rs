//! What layers answer in place of the application, between two validators, which find nothing, neither for `GET` nor for
//! `HEAD`; the application is not asked.

use std::sync::{Arc, Mutex};

use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::validate::{Validator, Violation};
use wsgi_core::{Application, application_fn};

type App = Box<dyn Application>;
type Row = (
    &'static str,
    fn(App) -> App,
    fn(EnvironBuilder) -> EnvironBuilder,
    u16,
);

/// A layer, a request that it answers, and how.
fn rows() -> Vec<Row> {
    vec![
        #[cfg(feature = "basic-auth")]
        (
            "HEAD",
            |app| Box::new(wsgi_middleware::BasicAuth::new(app)),
            |request| request,
            401,
        ),
        #[cfg(feature = "bearer-auth")]
        (
            "HEAD",
            |app| Box::new(wsgi_middleware::BearerAuth::new(app)),
            |request| request,
            401,
        ),
        #[cfg(feature = "cors")]
        (
            "OPTIONS",
            |app| Box::new(wsgi_middleware::Cors::new(app).mirror_origin()),
            |request| {
                request
                    .header("Origin", "http://a.example")
                    .header("Access-Control-Request-Method", "PUT")
            },
            204,
        ),
        #[cfg(feature = "concurrency-limit")]
        (
            "GET",
            |app| Box::new(wsgi_middleware::ConcurrencyLimit::new(app).limit(0)),
            |request| request,
            503,
        ),
        #[cfg(feature = "concurrency-limit")]
        (
            "HEAD",
            |app| Box::new(wsgi_middleware::ConcurrencyLimit::new(app).limit(0)),
            |request| request,
            503,
        ),
        #[cfg(feature = "decompress")]
        (
            "HEAD",
            |app| Box::new(wsgi_middleware::Decompress::new(app)),
            |request| request.header("Content-Encoding", "compress"),
            415,
        ),
        #[cfg(feature = "csrf")]
        (
            "POST",
            |app| Box::new(wsgi_middleware::Csrf::new(app)),
            |request| request.header("Sec-Fetch-Site", "cross-site"),
            403,
        ),
        #[cfg(feature = "deadline")]
        (
            "GET",
            |app| Box::new(wsgi_middleware::Deadline::new(app).budget(Default::default())),
            |request| request,
            504,
        ),
        #[cfg(feature = "deadline")]
        (
            "HEAD",
            |app| Box::new(wsgi_middleware::Deadline::new(app).budget(Default::default())),
            |request| request,
            504,
        ),
        #[cfg(feature = "https-redirect")]
        (
            "GET",
            |app| Box::new(wsgi_middleware::HttpsRedirect::new(app)),
            |request| request,
            301,
        ),
        #[cfg(feature = "https-redirect")]
        (
            "HEAD",
            |app| Box::new(wsgi_middleware::HttpsRedirect::new(app)),
            |request| request,
            301,
        ),
        #[cfg(feature = "trusted-hosts")]
        (
            "GET",
            |app| Box::new(wsgi_middleware::TrustedHosts::new(app)),
            |request| request.header("Host", "a.example"),
            421,
        ),
        #[cfg(feature = "trusted-hosts")]
        (
            "HEAD",
            |app| Box::new(wsgi_middleware::TrustedHosts::new(app)),
            |request| request.header("Host", "a b"),
            400,
        ),
    ]
}

#[test]
fn validators_on_both_sides_find_nothing_and_the_application_rests() {
    for (method, wrap, change, status) in rows() {
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
        assert_eq!(answer.status.code(), status, "{method}");
        // Not all servers leave out the body of an answer to HEAD.
        let is_empty = answer.body().is_empty();
        assert!(method != "HEAD" || is_empty, "{method} {status}");
        let found = found.lock().unwrap();
        assert!(found.is_empty(), "{method} {status}: {found:?}");
    }
}
