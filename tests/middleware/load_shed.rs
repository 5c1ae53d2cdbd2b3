//! `LoadShed` around Python, and exported.

use std::time::{Duration, Instant};

use wsgi_core::Mark;
use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_middleware::LoadShed;

use crate::{python, served};

#[test]
fn python_is_not_asked_for_what_is_refused() {
    let app = LoadShed::new(python().0).interval(Duration::from_millis(5));
    let request = || {
        EnvironBuilder::get("/blocks").with(|environ| {
            environ.begin_ledger(Instant::now());
            environ.mark(Mark::Parsed);
            environ.mark(Mark::Called);
            environ.waited_in_queue(Duration::from_secs(5));
        })
    };
    loop {
        let answer = run(&app, request().build()).expect("an answer");
        match answer.status.code() {
            200 => assert_eq!(answer.text(), "onetwo"),
            code => {
                assert_eq!(code, 503);
                break;
            }
        }
    }
}

#[test]
fn exported_it_goes_by_what_the_proxy_tells() {
    let app = LoadShed::new(python().0)
        .interval(Duration::from_millis(5))
        .request_start("X-Forwarded-Proto") // a field of these requests, and no time
        .expect("a name");
    let (status, _, body, _) = served(app, "/blocks");
    assert_eq!((status.as_str(), body.as_str()), ("200 OK", "onetwo"));
}
