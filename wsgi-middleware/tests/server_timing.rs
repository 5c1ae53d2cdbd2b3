use std::time::{Duration, Instant};

use wsgi_core::testing::{Answer, EnvironBuilder, get, run};
use wsgi_core::{Application, Body, ExcInfo, Headers, Mark, StatusLine, application_fn};
use wsgi_middleware::ServerTiming;

use crate::answering;

/// The field lines of `Server-Timing`.
fn lines(answer: &Answer) -> Vec<String> {
    let lines = answer.headers.get_all("Server-Timing");
    lines
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect()
}

/// Names and milliseconds of the metrics of a field line.
fn metrics(line: &str) -> Vec<(&str, f64)> {
    line.split(", ")
        .map(|metric| {
            let (name, milliseconds) = metric.split_once(";dur=").unwrap();
            let (_, fraction) = milliseconds.split_once('.').unwrap();
            assert_eq!(fraction.len(), 3, "{line}");
            (name, milliseconds.parse().unwrap())
        })
        .collect()
}

/// A request that was parsed in 21 µs, was read in 2 ms, and waited 400 µs for a thread and 7 µs for the interpreter.
fn on_the_books() -> EnvironBuilder {
    EnvironBuilder::post("/", "body").with(|environ| {
        let called = Instant::now();
        let us = Duration::from_micros;
        let received = called - us(21) - us(2000) - us(400) - us(7);
        environ.begin_ledger(received);
        let ledger = environ.ledger_mut().unwrap();
        ledger.mark(Mark::Parsed, received + us(21));
        ledger.mark(Mark::Ready, received + us(2021));
        ledger.waited(us(7));
        ledger.mark(Mark::Called, called);
    })
}

#[test]
fn what_the_server_knows_is_told_in_milliseconds() {
    let app = ServerTiming::new(answering(|| Body::from("hello")));
    let answer = run(&app, on_the_books().build()).unwrap();
    let [line] = &lines(&answer)[..] else {
        panic!("{answer:?}")
    };
    let metrics = metrics(line);
    let known = [
        ("parse", 0.021),
        ("receive", 2.0),
        ("queue", 0.4),
        ("interpreter", 0.007),
    ];
    assert_eq!(metrics[..4], known);
    assert_eq!((metrics.len(), metrics[4].0), (5, "app"));
}

#[test]
fn without_a_ledger_the_application_is_timed_alone() {
    let app = ServerTiming::new(answering(|| Body::from("hello")));
    let lines = lines(&get(&app, "/"));
    assert_eq!(lines.len(), 1);
    let names: Vec<&str> = metrics(&lines[0]).iter().map(|metric| metric.0).collect();
    assert_eq!(names, ["app"]);
}

#[test]
fn the_applications_own_metrics_stay() {
    let app = ServerTiming::new(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Server-Timing", "db;dur=53")])?;
        Ok(Body::empty())
    }));
    let lines = lines(&get(&app, "/"));
    assert_eq!((lines.len(), lines[0].as_str()), (2, "db;dur=53"));
    assert!(lines[1].starts_with("app;dur="));
}

#[test]
fn a_response_that_replaces_another_is_timed_once() {
    let app = ServerTiming::new(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        start_response.start_response(
            StatusLine::INTERNAL_SERVER_ERROR,
            Headers::new(),
            Some(ExcInfo::new("trapped")),
        )?;
        Ok(Body::empty())
    }));
    let answer = get(&app, "/");
    assert_eq!(answer.status, StatusLine::INTERNAL_SERVER_ERROR);
    assert_eq!(lines(&answer).len(), 1);
}

#[test]
fn only_those_who_ask_are_told_if_so_wished() {
    fn told(app: &impl Application, environ: EnvironBuilder) -> bool {
        !lines(&run(app, environ.build()).unwrap()).is_empty()
    }
    let app = ServerTiming::new(answering(|| Body::from("hello"))).only_when_asked(true);
    assert!(!told(&app, on_the_books()));
    let asking = on_the_books().header("Prefer", "respond-async, server-timing");
    assert!(told(&app, asking));
}
