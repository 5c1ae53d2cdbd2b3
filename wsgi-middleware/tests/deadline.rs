use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use wsgi_core::testing::{Answer, EnvironBuilder, Recorder, TrackedBody, get, run};
use wsgi_core::validate::Validator;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, RequestDeadline, StatusLine, WriteError,
    application_fn,
};
use wsgi_middleware::{Deadline, DeadlineLayer};

use crate::{answering, failure};

const SHORT: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

/// Comes back when the request's time is over.
fn outlast(environ: &Environ) {
    let deadline = environ.extensions().get::<RequestDeadline>().unwrap();
    while !deadline.has_passed() {
        std::thread::yield_now();
    }
}

fn assert_is_504(answer: &Answer) {
    assert_eq!(answer.status.as_bytes(), b"504 Gateway Timeout");
    assert_eq!(answer.header("X-Lost"), None);
    assert_eq!(
        answer.header("Content-Type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(answer.text(), "Gateway Timeout\n");
}

#[test]
fn the_application_is_told_how_much_is_left() {
    let app = Deadline::new(application_fn(|environ, start_response| {
        let deadline = environ.extensions().get::<RequestDeadline>().unwrap();
        let left = deadline.remaining();
        assert!(left > Duration::from_secs(20) && left <= Duration::from_secs(30));
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from("in time"))
    }));
    assert_eq!(get(&app, "/").text(), "in time");
}

#[test]
fn a_request_without_any_time_does_not_reach_the_application() {
    let app = application_fn(|_, _| panic!("it was called"));
    assert_is_504(&get(&Deadline::new(app).budget(Duration::ZERO), "/"));
}

#[test]
fn a_late_response_is_replaced_and_closed_once() {
    let tracked = TrackedBody::new(["late"]);
    let inner = tracked.clone();
    let app = application_fn(move |environ, start_response| {
        start_response.start(StatusLine::OK, [("X-Lost", "1")])?;
        outlast(environ);
        Ok(inner.body())
    });
    let app = Deadline::new(Validator::new(app)).budget(SHORT);
    assert_is_504(&get(&Validator::new(app), "/"));
    assert_eq!(tracked.log(), ["close"]);
}

#[test]
fn what_fails_late_is_a_504_and_a_report() {
    let app = application_fn(|environ, _| {
        outlast(environ);
        Err(failure())
    });
    let answer = get(&Deadline::new(app).budget(SHORT), "/");
    assert_is_504(&answer);
    assert_eq!(answer.errors, "failed on purpose\n");
}

#[test]
fn who_gives_up_by_the_deadline_has_nothing_to_report() {
    let app = application_fn(|environ, _| {
        outlast(environ);
        let deadline = environ.extensions().get::<RequestDeadline>();
        deadline.map_or(Ok(()), RequestDeadline::check)?;
        unreachable!("the time is over");
    });
    let answer = get(&Deadline::new(app).budget(SHORT), "/");
    assert_is_504(&answer);
    assert_eq!(answer.errors, "");
}

#[test]
fn failures_in_time_and_of_the_client_go_on() {
    let app = Deadline::new(application_fn(|_, _| Err(failure())));
    let error = run(&app, Environ::new()).unwrap_err();
    assert_eq!(error.to_string(), "failed on purpose");
    let app = Deadline::new(application_fn(|environ, _| {
        outlast(environ);
        Err(WriteError::Disconnected.into())
    }));
    let error = run(&app.budget(SHORT), Environ::new()).unwrap_err();
    assert!(matches!(
        error,
        ApplicationError::Write(WriteError::Disconnected)
    ));
}

/// Gives two blocks, and is asked for the second one when the time is over.
fn two_blocks(app: &impl Application, tracked: &TrackedBody) -> Option<String> {
    let mut environ = Environ::new();
    let mut body = app.call(&mut environ, &mut Recorder::default()).unwrap();
    assert_eq!(body.next_block().unwrap(), Some(&b"one"[..]));
    outlast(&environ);
    let second = body.next_block().map(|block| block.map(<[u8]>::to_vec));
    body.close().unwrap();
    assert_eq!(tracked.closed(), 1);
    second.err().map(|error| error.to_string())
}

#[test]
fn a_body_breaks_off_between_two_blocks() {
    let tracked = TrackedBody::new(["one", "two"]);
    let inner = tracked.clone();
    let app = answering(move || inner.body());
    // The time must not be over before the first block, however busy the machine is.
    let app = Deadline::new(app).budget(Duration::from_millis(500));
    let error = two_blocks(&app, &tracked);
    assert_eq!(error.as_deref(), Some("the request's deadline has passed"));
}

#[test]
fn a_body_may_take_longer_where_only_the_start_counts() {
    let tracked = TrackedBody::new(["one", "two"]);
    let inner = tracked.clone();
    let app = answering(move || inner.body());
    let app = Deadline::new(app)
        .budget(Duration::from_millis(500))
        .until_start(true);
    assert_eq!(two_blocks(&app, &tracked), None);
}

#[test]
fn nothing_is_written_late() {
    for (before, sent) in [(0, false), (1, true)] {
        let app = application_fn(move |environ, start_response| {
            start_response.start(StatusLine::OK, [("X-Lost", "1")])?;
            for _ in 0..before {
                start_response.write(b"early")?;
            }
            outlast(environ);
            start_response.write(b"late")?;
            Ok(Body::empty())
        });
        let app = Deadline::new(app).budget(Duration::from_millis(500));
        let mut recorder = Recorder::default();
        let answer = app.call(&mut Environ::new(), &mut recorder);
        assert_eq!(recorder.written.len(), before);
        assert_eq!(answer.is_err(), sent, "{answer:?}");
        let (status, _) = recorder.started.unwrap();
        assert_eq!(status.code(), if sent { 200 } else { 504 });
    }
}

#[test]
fn a_field_of_the_request_can_only_shorten_its_time() {
    let left = || {
        application_fn(|environ, start_response| {
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            let deadline = environ.extensions().get::<RequestDeadline>().unwrap();
            Ok(Body::from(deadline.remaining().as_secs().to_string()))
        })
    };
    let app = Deadline::new(left())
        .shortened_by("X-Request-Timeout")
        .unwrap();
    for (value, expected) in [("10.9", 10), ("60", 29), ("soon", 29), ("-1", 29)] {
        let request = EnvironBuilder::get("/").header("X-Request-Timeout", value);
        let text = run(&app, request.build()).unwrap().text();
        assert_eq!(text, expected.to_string(), "{value}");
    }
    let request = EnvironBuilder::get("/").header("X-Request-Timeout", "0");
    assert_is_504(&run(&app, request.build()).unwrap());
    let request = EnvironBuilder::get("/").header("X-Request-Timeout", "10");
    let answer = run(&Deadline::new(left()), request.build()).unwrap();
    assert_eq!(answer.text(), "29", "nobody said that the field counts");
    Deadline::new(left())
        .shortened_by("X Timeout")
        .err()
        .unwrap();
}

#[test]
fn the_earliest_of_several_deadlines_counts() {
    let calls = AtomicUsize::new(0);
    let app = application_fn(|environ, start_response| {
        calls.fetch_add(1, Ordering::SeqCst);
        let deadline = environ.extensions().get::<RequestDeadline>().unwrap();
        assert!(deadline.remaining() <= HOUR / 2);
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::empty())
    });
    for (outer, inner) in [(HOUR / 2, HOUR), (HOUR, HOUR / 2)] {
        let app = Deadline::new(Deadline::new(&app).budget(inner)).budget(outer);
        assert_eq!(get(&app, "/").status, StatusLine::OK);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[test]
fn an_answer_to_head_has_no_body() {
    let app = DeadlineLayer::default().budget(Duration::ZERO);
    let app = wsgi_core::Layer::layer(&app, answering(Body::empty));
    let answer = run(&app, EnvironBuilder::new("HEAD", "/").build()).unwrap();
    assert_eq!((answer.status.code(), answer.text().as_str()), (504, ""));
}
