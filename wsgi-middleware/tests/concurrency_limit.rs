use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use wsgi_core::testing::{Answer, EnvironBuilder, Recorder, TrackedBody, run};
use wsgi_core::{
    Application, Body, Client, ClientStatus, Mark, RequestDeadline, StatusLine, application_fn,
};
use wsgi_middleware::ConcurrencyLimit;

use crate::{answering, failure};

const HOUR: Duration = Duration::from_secs(3600);

/// A request to a server that has other threads.
fn request(target: &str) -> EnvironBuilder {
    EnvironBuilder::get(target).with(|environ| environ.connection_mut().multithread = true)
}

fn ask(app: &impl Application, target: &str) -> Answer {
    run(app, request(target).build()).unwrap()
}

/// A response under way.
fn begin(app: &impl Application) -> Body {
    let mut recorder = Recorder::default();
    app.call(&mut request("/").build(), &mut recorder).unwrap()
}

/// Answers in blocks.
fn streaming() -> impl Application {
    answering(|| TrackedBody::new(["one", "two"]).body())
}

fn wait_until(is_so: impl Fn() -> bool) {
    while !is_so() {
        thread::yield_now();
    }
}

fn assert_is_503(answer: &Answer) {
    assert_eq!(answer.status.as_bytes(), b"503 Service Unavailable");
    assert_eq!(answer.header("Retry-After"), Some("1"));
    assert_eq!(answer.text(), "Service Unavailable\n");
}

#[test]
fn a_permit_is_held_until_the_body_is_closed() {
    let app = ConcurrencyLimit::new(streaming()).limit(2).queue(0, HOUR);
    let mut first = begin(&app);
    let second = begin(&app);
    assert_eq!(app.in_use(), 2);
    assert_is_503(&ask(&app, "/"));
    while first.next_block().unwrap().is_some() {}
    assert_is_503(&ask(&app, "/"));
    first.close().unwrap();
    assert_eq!(ask(&app, "/").text(), "onetwo");
    drop(second);
    assert_eq!(app.in_use(), 0);
}

#[test]
fn a_complete_body_needs_no_permit() {
    let app = ConcurrencyLimit::new(answering(|| Body::from("all"))).limit(1);
    let body = begin(&app);
    assert_eq!((body.as_full(), app.in_use()), (Some(&b"all"[..]), 0));
}

#[test]
fn a_permit_comes_back_however_the_call_ends() {
    let app = ConcurrencyLimit::new(application_fn(|environ, _| {
        assert!(environ.path_info() != b"/panics", "on purpose");
        Err(failure())
    }))
    .limit(1);
    run(&app, request("/").build()).unwrap_err();
    let panics = AssertUnwindSafe(|| run(&app, request("/panics").build()));
    catch_unwind(panics).unwrap_err();
    assert_eq!(app.in_use(), 0);
    let app = answering(|| TrackedBody::new(["one"]).fail_at(0).body());
    let app = ConcurrencyLimit::new(app).limit(1);
    run(&app, request("/").build()).unwrap_err();
    assert_eq!(app.in_use(), 0);
}

#[test]
fn who_waits_is_let_in_first_come_first_served() {
    let order = Arc::new(Mutex::new(Vec::new()));
    let log = order.clone();
    let app = ConcurrencyLimit::new(application_fn(move |environ, start_response| {
        log.lock().unwrap().push(environ.path_info().to_vec());
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(TrackedBody::new(["one"]).body())
    }))
    .limit(1)
    .queue(4, HOUR);
    let first = begin(&app);
    thread::scope(|scope| {
        for (waiting, path) in ["/a", "/b", "/c", "/d"].into_iter().enumerate() {
            let app = &app;
            scope.spawn(move || assert_eq!(ask(app, path).status, StatusLine::OK));
            wait_until(|| app.waiting() == waiting + 1);
        }
        assert_is_503(&ask(&app, "/one-too-many"));
        first.close().unwrap();
    });
    let order = order.lock().unwrap();
    let expected: [&[u8]; 5] = [b"/", b"/a", b"/b", b"/c", b"/d"];
    assert_eq!(*order, expected);
    assert_eq!((app.in_use(), app.waiting()), (0, 0));
}

#[test]
fn who_has_waited_for_too_long_gives_up() {
    let app = ConcurrencyLimit::new(streaming())
        .limit(1)
        .queue(1, Duration::from_millis(1));
    let _held = begin(&app);
    assert_is_503(&ask(&app, "/"));
    assert_eq!(app.waiting(), 0);
}

/// There until it is asked.
#[derive(Default)]
struct Leaving(AtomicBool);

impl ClientStatus for Leaving {
    fn is_disconnected(&self) -> bool {
        self.0.swap(true, Ordering::SeqCst)
    }
}

#[test]
fn a_client_that_leaves_gives_up_its_place() {
    let app = ConcurrencyLimit::new(streaming()).limit(1).queue(1, HOUR);
    let held = begin(&app);
    let client = Client::new(Arc::new(Leaving::default()));
    let request = request("/").with(|environ| environ.connection_mut().client = Some(client));
    assert_is_503(&run(&app, request.build()).unwrap());
    assert_eq!(app.waiting(), 0);
    drop(held);
    assert_eq!(ask(&app, "/").status, StatusLine::OK);
}

#[test]
fn a_deadline_ends_the_wait() {
    let app = ConcurrencyLimit::new(streaming()).limit(1).queue(1, HOUR);
    let _held = begin(&app);
    let request = request("/").with(|environ| {
        let deadline = RequestDeadline::after(Duration::from_millis(1));
        environ.extensions_mut().insert(deadline);
    });
    assert_is_503(&run(&app, request.build()).unwrap());
}

#[test]
fn the_wait_is_a_part_of_the_queue() {
    const WAIT: Duration = Duration::from_millis(2);
    let app = ConcurrencyLimit::new(streaming()).limit(1).queue(1, WAIT);
    let _held = begin(&app);
    let mut environ = request("/").build();
    environ.begin_ledger(Instant::now());
    environ.mark(Mark::Parsed);
    environ.mark(Mark::Called);
    app.call(&mut environ, &mut Recorder::default()).unwrap();
    assert!(environ.ledger().unwrap().queue().unwrap() >= WAIT);
}

/// The place could only come free on this very thread.
#[test]
fn where_there_is_one_thread_nobody_waits() {
    let app = ConcurrencyLimit::new(streaming()).limit(1).queue(1, HOUR);
    let _held = begin(&app);
    assert_is_503(&run(&app, EnvironBuilder::get("/").build()).unwrap());
}

#[test]
fn a_request_needs_one_permit_however_often_it_comes_by() {
    let layer = wsgi_middleware::ConcurrencyLimitLayer::default()
        .limit(1)
        .queue(1, HOUR);
    let seen = Arc::new(AtomicUsize::new(0));
    let count = seen.clone();
    let inner = wsgi_core::Layer::layer(&layer, streaming());
    let probe = layer.clone();
    let between = application_fn(move |environ, start_response| {
        count.fetch_max(probe.in_use(), Ordering::SeqCst);
        inner.call(environ, start_response)
    });
    let app = wsgi_core::Layer::layer(&layer, between);
    assert_eq!(ask(&app, "/").text(), "onetwo");
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    assert_eq!(app.in_use(), 0);
}

/// It waits for itself, and so in vain; but not for ever.
#[test]
fn a_request_that_the_application_makes_to_itself_is_a_request_more() {
    let layer = wsgi_middleware::ConcurrencyLimitLayer::default()
        .limit(1)
        .queue(1, Duration::from_millis(1));
    let inner = wsgi_core::Layer::layer(&layer, streaming());
    let app = wsgi_core::Layer::layer(
        &layer,
        application_fn(move |_, start_response| {
            let answer = ask(&inner, "/");
            start_response.start(answer.status, [("Content-Type", "text/plain")])?;
            Ok(Body::empty())
        }),
    );
    assert_eq!(ask(&app, "/").status.code(), 503);
}

#[test]
fn clones_share_the_permits_and_other_numbers_make_new_ones() {
    let app = ConcurrencyLimit::new(Arc::new(streaming()))
        .limit(1)
        .queue(0, HOUR);
    let _held = begin(&app);
    assert_is_503(&ask(&app.clone(), "/"));
    assert_eq!(ask(&app.clone().limit(1), "/").status, StatusLine::OK);
    assert_is_503(&ask(&app.clone().limit(0), "/"));
}

#[test]
fn the_time_to_try_again_is_in_whole_seconds() {
    for (time, expected) in [
        (Duration::ZERO, "0"),
        (Duration::from_secs(7), "7"),
        (Duration::from_millis(1001), "2"),
        (Duration::MAX, "18446744073709551615"),
    ] {
        let app = ConcurrencyLimit::new(streaming())
            .limit(0)
            .retry_after(time);
        assert_eq!(ask(&app, "/").header("Retry-After"), Some(expected));
    }
}

#[test]
fn never_more_than_the_limit_and_nobody_is_forgotten() {
    const THREADS: usize = 8;
    const REQUESTS: usize = 200;
    let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let app = ConcurrencyLimit::new(application_fn(|_, start_response| {
        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        thread::yield_now();
        inside.fetch_sub(1, Ordering::SeqCst);
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(TrackedBody::new(["one"]).body())
    }))
    .limit(3)
    .queue(THREADS, HOUR);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..REQUESTS {
                    assert_eq!(ask(&app, "/").status, StatusLine::OK);
                }
            });
        }
    });
    assert!(most.load(Ordering::SeqCst) <= 3);
    assert_eq!((app.in_use(), app.waiting()), (0, 0));
}
