//! Access logs that tell where the time went: written when the response has gone out, which the server alone sees.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use wsgi_core::testing::{EnvironBuilder, Recorder, TrackedBody, run};
use wsgi_core::{Application, Body, Environ, Mark, application_fn};
use wsgi_middleware::{AccessLog, AccessLogFormat};

use crate::{answering, failure};

type Lines = Arc<Mutex<Vec<String>>>;

fn logged<A: Application>(app: A) -> (AccessLog<A>, Lines) {
    let lines = Lines::default();
    let sink = lines.clone();
    let app = AccessLog::new(app)
        .format(AccessLogFormat::Json)
        .timing(true)
        .output_with(move |line| sink.lock().unwrap().push(line.to_owned()));
    (app, lines)
}

/// The one line that there should be.
fn line(lines: &Lines) -> Value {
    let lines = lines.lock().unwrap();
    assert_eq!(lines.len(), 1, "{lines:?}");
    serde_json::from_str(&lines[0]).unwrap()
}

fn is_empty(lines: &Lines) -> bool {
    lines.lock().unwrap().is_empty()
}

/// The environ of a server that keeps a ledger, 21 µs after the request came.
fn on_the_books() -> Environ {
    let mut environ = Environ::new();
    let received = Instant::now() - Duration::from_micros(21);
    environ.begin_ledger(received);
    let ledger = environ.ledger_mut().unwrap();
    ledger.mark(Mark::Parsed, received + Duration::from_micros(21));
    environ
}

/// As a server does it: calls, takes the body, closes it.
fn serve(app: &impl Application, environ: &mut Environ) {
    environ.mark(Mark::Called);
    let mut body = app.call(environ, &mut Recorder::default()).unwrap();
    environ.mark(Mark::Started);
    while body.next_block().unwrap().is_some() {}
    body.close().unwrap();
}

#[test]
fn the_line_waits_until_the_response_has_gone_out() {
    for body in [
        || TrackedBody::new(["one", "two"]).body(),
        || Body::from("onetwo"),
    ] {
        let (app, lines) = logged(answering(body));
        let mut environ = on_the_books();
        serve(&app, &mut environ);
        let completion = environ.take_completion().unwrap();
        environ.reset();
        assert!(is_empty(&lines));
        thread::spawn(|| completion.finish()).join().unwrap();
        let line = line(&lines);
        assert_eq!(
            (&line["status"], &line["body_bytes"]),
            (&200.into(), &6.into())
        );
        let timing = &line["timing_us"];
        assert_eq!(timing["parse"], 21);
        assert!(timing["receive"].is_null() && timing["interpreter"].is_null());
        for phase in ["queue", "app", "stream", "drain", "first_byte", "total"] {
            assert!(timing[phase].is_u64(), "{phase} in {line}");
        }
    }
}

#[test]
fn a_response_that_was_cut_short_has_a_line_without_its_drain() {
    let (app, lines) = logged(answering(|| Body::from("hello")));
    let mut environ = on_the_books();
    serve(&app, &mut environ);
    drop(environ.take_completion());
    let timing = &line(&lines)["timing_us"];
    assert!(timing["drain"].is_null() && timing["first_byte"].is_null());
    assert!(timing["stream"].is_u64());
}

#[test]
fn a_server_that_forgets_loses_no_line() {
    let (app, lines) = logged(answering(|| TrackedBody::new(["one"]).body()));
    let mut environ = on_the_books();
    let body = app.call(&mut environ, &mut Recorder::default()).unwrap();
    drop(environ);
    assert!(is_empty(&lines), "the body is not closed yet");
    drop(body);
    assert_eq!(line(&lines)["timing_us"]["parse"], 21);
}

#[test]
fn a_failure_has_its_line_too() {
    let (app, lines) = logged(application_fn(|_, _| Err(failure())));
    let mut environ = on_the_books();
    app.call(&mut environ, &mut Recorder::default())
        .unwrap_err();
    assert!(is_empty(&lines), "the server has an answer to send");
    environ.take_completion().unwrap().finish();
    let line = line(&lines);
    assert_eq!(line["status"], 500);
    assert!(line["timing_us"]["drain"].is_u64());
}

#[test]
fn without_a_ledger_the_layers_own_clock_has_to_do() {
    let (app, lines) = logged(answering(|| TrackedBody::new(["one"]).body()));
    run(&app, EnvironBuilder::get("/").build()).unwrap();
    let timing = &line(&lines)["timing_us"];
    for phase in ["app", "stream", "total"] {
        assert!(timing[phase].is_u64(), "{phase} in {timing}");
    }
    for phase in [
        "parse",
        "receive",
        "queue",
        "interpreter",
        "drain",
        "first_byte",
    ] {
        assert!(timing[phase].is_null(), "{phase} in {timing}");
    }
}

#[test]
fn a_log_that_does_not_tell_times_does_not_wait_for_them() {
    let lines = Lines::default();
    let sink = lines.clone();
    let app = AccessLog::new(answering(|| Body::from("hello")))
        .output_with(move |line| sink.lock().unwrap().push(line.to_owned()));
    serve(&app, &mut on_the_books());
    let lines = lines.lock().unwrap();
    assert!(
        lines[0].ends_with("\"GET / HTTP/1.1\" 200 5 \"-\" \"-\""),
        "{lines:?}"
    );
}
