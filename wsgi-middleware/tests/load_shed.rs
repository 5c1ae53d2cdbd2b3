use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use wsgi_core::testing::{Answer, EnvironBuilder, run};
use wsgi_core::{Application, Body, Environ, Mark};
use wsgi_middleware::{LoadShed, LoadShedLayer};

use crate::{answering, failure};

const LONG: Duration = Duration::from_secs(5);

fn hello() -> impl Application {
    answering(|| Body::from("hello"))
}

/// A request that has waited for so long, by the ledger of its server.
fn queued(time: Duration) -> Environ {
    EnvironBuilder::get("/here")
        .with(|environ| {
            environ.begin_ledger(Instant::now());
            environ.mark(Mark::Parsed);
            environ.mark(Mark::Called);
            environ.waited_in_queue(time);
        })
        .build()
}

/// Asks until the server counts as overloaded; what the last request got.
fn overload<A: Application>(app: &LoadShed<A>, request: impl Fn() -> Environ) -> Answer {
    loop {
        let answer = run(app, request()).unwrap();
        if app.is_overloaded() {
            return answer;
        }
        std::thread::yield_now();
    }
}

/// Overloaded after a short time.
fn quick<A: Application>(app: A) -> LoadShed<A> {
    LoadShed::new(app).interval(Duration::from_millis(5))
}

#[test]
fn under_overload_those_who_waited_for_too_long_are_refused() {
    let app = quick(hello()).retry_after(Duration::from_millis(2500));
    let answer = overload(&app, || queued(LONG));
    assert_eq!(answer.status.as_bytes(), b"503 Service Unavailable");
    assert_eq!(answer.header("Retry-After"), Some("3"));
    assert_eq!(answer.text(), "Service Unavailable\n");
}

#[test]
fn one_that_comes_through_in_time_ends_the_overload() {
    let app = quick(hello());
    overload(&app, || queued(LONG));
    assert_eq!(run(&app, queued(Duration::ZERO)).unwrap().text(), "hello");
    assert!(!app.is_overloaded());
}

#[test]
fn a_first_request_is_let_through_however_long_it_has_waited() {
    let app = LoadShed::new(hello());
    assert_eq!(run(&app, queued(LONG)).unwrap().text(), "hello");
}

#[test]
fn whose_wait_is_not_known_is_let_through() {
    let app = quick(hello());
    overload(&app, || queued(LONG));
    let answer = run(&app, EnvironBuilder::get("/").build()).unwrap();
    assert_eq!(answer.text(), "hello");
}

#[test]
fn the_exempt_are_let_through_and_only_asked_when_it_matters() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let app = quick(hello()).exempt(move |environ| {
        count.fetch_add(1, Ordering::SeqCst);
        Ok(environ.path_info() == b"/here")
    });
    run(&app, queued(LONG)).unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert_eq!(overload(&app, || queued(LONG)).text(), "hello");
    assert!(asked.load(Ordering::SeqCst) > 0);
}

#[test]
fn a_test_that_fails_is_the_failure_of_the_application() {
    let app = quick(hello()).exempt(|_| Err(failure()));
    let error = loop {
        if let Err(error) = run(&app, queued(LONG)) {
            break error;
        }
    };
    assert_eq!(error.to_string(), "failed on purpose");
}

#[test]
fn a_proxy_may_tell_when_the_request_came() {
    let app = quick(hello()).request_start("X-Request-Start").unwrap();
    let since_1970 = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let request = || {
        let came = (since_1970() - LONG).as_millis();
        EnvironBuilder::get("/")
            .header("X-Request-Start", format!("t={came}"))
            .build()
    };
    assert_eq!(overload(&app, request).status.code(), 503);
    for value in ["soon", "t=", "99999999999999"] {
        let request = EnvironBuilder::get("/").header("X-Request-Start", value);
        let answer = run(&app, request.build()).unwrap();
        assert_eq!(answer.text(), "hello", "{value}");
    }
    LoadShed::new(hello()).request_start("").err().unwrap();
}

#[test]
fn all_that_a_layer_has_wrapped_see_the_same_queue() {
    let layer = LoadShedLayer::default().interval(Duration::from_millis(5));
    let (one, other) = (
        wsgi_core::Layer::layer(&layer, hello()),
        wsgi_core::Layer::layer(&layer, hello()),
    );
    overload(&one, || queued(LONG));
    assert!(other.is_overloaded() && layer.is_overloaded());
    assert!(!one.target(LONG).is_overloaded());
}
