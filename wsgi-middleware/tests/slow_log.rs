//! What has a line, and when. What lines look like is tested where they are made: `access_log.rs`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use wsgi_core::testing::{EnvironBuilder, Recorder, TrackedBody, get, run};
use wsgi_core::{
    Application, ApplicationError, Blocks, Body, Environ, Layer, Mark, StatusLine, application_fn,
    environ,
};
use wsgi_middleware::{AccessLogFormat, SlowLog, SlowLogLayer};

use crate::{answering, failure};

type Lines = Arc<Mutex<Vec<String>>>;

/// A clock that stands still unless it is moved, in milliseconds.
#[derive(Clone, Default)]
struct Clock(Arc<AtomicU64>);

impl Clock {
    fn advance(&self, milliseconds: u64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }

    fn layer(&self) -> (SlowLogLayer, Lines) {
        let lines = Lines::default();
        let (sink, clock) = (lines.clone(), self.clone());
        let layer = SlowLogLayer::default()
            .clock(move || {
                SystemTime::UNIX_EPOCH + Duration::from_millis(clock.0.load(Ordering::SeqCst))
            })
            .output_with(move |line| sink.lock().unwrap().push(line.to_owned()));
        (layer, lines)
    }
}

/// Takes as many milliseconds as the path says.
fn taking(clock: &Clock) -> impl Application + use<> {
    let clock = clock.clone();
    application_fn(move |environ, start_response| {
        let path = String::from_utf8_lossy(&environ.path_info()[1..]).into_owned();
        clock.advance(path.parse().unwrap_or(0));
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from("hello"))
    })
}

fn taken(lines: &Lines) -> Vec<String> {
    std::mem::take(&mut lines.lock().unwrap())
}

#[test]
fn what_reaches_the_threshold_has_a_line() {
    let clock = Clock::default();
    let (layer, lines) = clock.layer();
    let app = layer.layer(taking(&clock));
    get(&app, "/999");
    assert_eq!(taken(&lines), [""; 0]);
    let request = EnvironBuilder::get("/1000?q=\n")
        .var(environ::REQUEST_ID, "r-1")
        .var(environ::TRACE_ID, "4bf92f3577b34da6a3ce929d0e0e4736")
        .with(|environ| environ.set_route("/<int:milliseconds>".into()));
    run(&app, request.build()).unwrap();
    let lines = taken(&lines);
    let wanted = "[01/Jan/1970:00:00:00 +0000] slow request: 1.000000 s \"GET /1000?q=\\x0A HTTP/1.1\" 200 \
                  route=/<int:milliseconds> request_id=r-1 trace_id=4bf92f3577b34da6a3ce929d0e0e4736 parse=- receive=- ";
    assert!(lines[0].starts_with(wanted), "{lines:?}");
    assert_eq!(lines.len(), 1);

    let (layer, lines) = clock.layer();
    get(
        &layer
            .threshold(Duration::from_millis(20))
            .layer(taking(&clock)),
        "/20",
    );
    assert_eq!(taken(&lines).len(), 1);
}

/// A clock has to be read at the beginning and at the end, and need not be read for a line that there is not.
#[test]
fn a_fast_request_looks_at_the_clock_twice() {
    let looks = Arc::new(AtomicU64::new(0));
    let counted = looks.clone();
    let app = SlowLog::new(answering(|| Body::from("hello"))).clock(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        SystemTime::UNIX_EPOCH
    });
    assert_eq!(get(&app, "/").errors, "");
    assert_eq!(looks.load(Ordering::SeqCst), 2);
}

#[test]
fn a_body_that_takes_long_is_slow() {
    struct Slow(Clock, u8);
    impl Blocks for Slow {
        fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
            self.0.advance(400);
            self.1 += 1;
            Ok((self.1 < 3).then_some(b"block"))
        }
    }
    let clock = Clock::default();
    let (layer, lines) = clock.layer();
    let inner = clock.clone();
    let app = layer.layer(answering(move || Body::from_blocks(Slow(inner.clone(), 0))));
    get(&app, "/");
    assert!(taken(&lines)[0].contains("slow request: 1.200000 s \"GET / HTTP/1.1\" 200 "));
    let app = layer.layer(answering(|| TrackedBody::new(["one"]).body()));
    get(&app, "/");
    assert_eq!(taken(&lines), [""; 0], "a quick one is none");
}

#[test]
fn a_failure_may_be_slow() {
    let clock = Clock::default();
    let (layer, lines) = clock.layer();
    let inner = clock.clone();
    let app = layer.layer(application_fn(move |_, _| {
        inner.advance(5000);
        Err(failure())
    }));
    run(&app, Environ::new()).unwrap_err();
    assert!(taken(&lines)[0].contains("slow request: 5.000000 s \"GET / HTTP/1.1\" 500 "));
}

/// A request that waited two seconds for a thread, and one whose client took as long to send it.
#[test]
fn waiting_for_a_thread_counts_and_a_slow_client_does_not() {
    for (parsed_after, is_slow) in [(0, true), (2000, false)] {
        let clock = Clock::default();
        let (layer, lines) = clock.layer();
        let app = layer.layer(taking(&clock));
        let mut environ = EnvironBuilder::get("/10").build();
        let received = Instant::now() - Duration::from_millis(2000);
        environ.begin_ledger(received);
        let ledger = environ.ledger_mut().unwrap();
        ledger.mark(Mark::Parsed, received + Duration::from_millis(parsed_after));
        ledger.mark(Mark::Called, received + Duration::from_millis(2000));
        app.call(&mut environ, &mut Recorder::default()).unwrap();
        assert_eq!(taken(&lines), [""; 0], "the response has not gone out");
        environ.take_completion().unwrap().finish();
        let lines = taken(&lines);
        assert_eq!(lines.len(), usize::from(is_slow), "{lines:?}");
        if is_slow {
            assert!(
                lines[0].contains(" parse=0 receive=- queue=2000000 "),
                "{lines:?}"
            );
        }
    }
}

#[test]
fn there_are_only_so_many_lines_a_minute() {
    let clock = Clock::default();
    let (layer, lines) = clock.layer();
    let layer = layer.limit(2).format("%(U)s".parse().unwrap());
    // The limit is the layer's, not the application's.
    let apps = [layer.layer(taking(&clock)), layer.layer(taking(&clock))];
    for app in apps.iter().cycle().take(5) {
        get(app, "/1000");
    }
    let written = taken(&lines);
    assert_eq!(written.len(), 2);
    assert!(
        written.iter().all(|line| line.starts_with("/1000 parse=")),
        "{written:?}"
    );
    clock.advance(60_000);
    get(&apps[0], "/1000");
    get(&apps[0], "/1000");
    let written = taken(&lines);
    assert!(
        written[0].starts_with("/1000 suppressed=3 parse="),
        "{written:?}"
    );
    assert!(written[1].starts_with("/1000 parse="), "{written:?}");
}

#[test]
fn json_tells_what_was_left_out() {
    let clock = Clock::default();
    let (layer, lines) = clock.layer();
    let app = layer
        .limit(1)
        .format(AccessLogFormat::Json)
        .layer(taking(&clock));
    get(&app, "/1000");
    get(&app, "/1000");
    clock.advance(60_000);
    get(&app, "/1000");
    let lines = taken(&lines);
    let values: Vec<serde_json::Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(values[0]["suppressed"].is_null());
    assert_eq!(values[1]["suppressed"], 1);
    assert_eq!(values[1]["duration_us"], 1_000_000);
    assert!(values[1]["timing_us"]["app"].is_u64());
}

#[test]
fn lines_go_to_wsgi_errors_unless_told_otherwise() {
    let clock = Clock::default();
    let inner = clock.clone();
    let app = SlowLog::new(taking(&clock)).clock(move || {
        SystemTime::UNIX_EPOCH + Duration::from_millis(inner.0.load(Ordering::SeqCst))
    });
    let answer = get(&app, "/1000");
    assert!(
        answer.errors.contains(" slow request: 1.000000 s "),
        "{}",
        answer.errors
    );
    assert_eq!(get(&app, "/0").errors, "");
}
